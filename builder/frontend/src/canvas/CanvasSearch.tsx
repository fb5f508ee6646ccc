import { useReactFlow } from "@xyflow/react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Icon } from "../icons/Icon";
import { readingOrder, nodesById } from "../model/graph";
import { commands, getState, kindOf, shownDocument, titleOf, useEditor } from "../store";
import { sentenceOf } from "./words";

/** Ctrl+F: counts what matches, and goes from one to the next. */
export function CanvasSearch() {
  const text = useEditor((s) => s.search);
  return text === null ? null : <Search text={text} />;
}

function Search({ text }: { text: string }) {
  const flow = useReactFlow();
  const document = useEditor(shownDocument);
  const sentences = useEditor((s) => s.sentences);
  const field = useRef<HTMLInputElement>(null);
  const [at, setAt] = useState(0);
  useEffect(() => {
    field.current?.focus();
  }, []);
  const hits = useMemo(() => found(text), [text, document, sentences]);
  const go = (i: number) => {
    if (!hits.length) return;
    const next = (i + hits.length) % hits.length;
    setAt(next);
    const node = nodesById(document).get(hits[next]!);
    if (!node) return;
    commands.select([node.id]);
    void flow.setCenter(node.position.x + 120, node.position.y + 32, { zoom: Math.max(0.8, flow.getZoom()), duration: 200 });
  };
  return (
    <div className="float canvas-search" role="search">
      <Icon name="search" size={18} />
      <input
        ref={field}
        aria-label="Find in this workflow"
        placeholder="Find in this workflow"
        value={text}
        onChange={(event) => {
          setAt(-1);
          commands.setSearch(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") commands.setSearch(null);
          if (event.key === "Enter") go(event.shiftKey ? at - 1 : at + 1);
        }}
      />
      <span className="search-count" aria-live="polite">
        {text.trim() === "" ? "" : hits.length === 0 ? "Nothing found" : `${Math.max(1, at + 1)} of ${hits.length}`}
      </span>
      <button type="button" className="zoom-button" aria-label="Previous" disabled={!hits.length} onClick={() => go(at - 1)}>
        <Icon name="chevron-up" />
      </button>
      <button type="button" className="zoom-button" aria-label="Next" disabled={!hits.length} onClick={() => go(at + 1)}>
        <Icon name="chevron-down" />
      </button>
      <button type="button" className="zoom-button" aria-label="Close search" onClick={() => commands.setSearch(null)}>
        <Icon name="x" />
      </button>
    </div>
  );
}

function found(text: string): string[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const state = getState();
  const document = shownDocument(state);
  return readingOrder(document).filter((id) => {
    const node = nodesById(document).get(id)!;
    return [titleOf(state, node), sentenceOf(state, node), kindOf(state, node.kind)?.label ?? "", node.note].some((part) => part.toLowerCase().includes(wanted));
  });
}
