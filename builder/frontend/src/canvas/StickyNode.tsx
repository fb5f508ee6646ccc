import { type NodeProps, NodeResizeControl } from "@xyflow/react";
import { memo, useEffect, useRef, useState } from "react";
import { Icon } from "../icons/Icon";
import { commands, shownDocument, useEditor } from "../store";

const COLOURS = ["yellow", "green", "blue", "pink", "grey"] as const;

/** A note for colleagues. The engine never sees it. Its first words up to a colon stand out. */
export const StickyNode = memo(function StickyNode({ id, selected }: NodeProps) {
  const note = useEditor((s) => shownDocument(s).notes.find((item) => item.id === id));
  const readOnly = useEditor((s) => s.readOnly || s.mode === "live");
  const [writing, setWriting] = useState(() => note?.text === "" && selected);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (writing) area.current?.focus();
  }, [writing]);
  if (!note) return null;
  const [, lead, rest] = /^([^:\n]{1,40}:)([\s\S]*)$/.exec(note.text) ?? [null, "", note.text];
  return (
    <div className={`sticky sticky-${note.colour}${selected ? " is-selected" : ""}`} style={{ width: note.size.width, minHeight: note.size.height }} onDoubleClick={() => !readOnly && setWriting(true)} data-note={id} role="note" aria-label={`Note: ${note.text}`}>
      {writing && !readOnly ? (
        <textarea
          ref={area}
          className="nodrag nopan nowheel"
          aria-label="Note text"
          value={note.text}
          maxLength={2000}
          onChange={(event) => commands.updateSticky(id, { text: event.target.value }, `sticky:${id}`)}
          onBlur={() => setWriting(false)}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === "Escape") setWriting(false);
          }}
        />
      ) : (
        <p>{note.text ? <><strong>{lead}</strong>{rest}</> : <em>Double-click to write</em>}</p>
      )}
      {selected && !readOnly ? (
        <>
          <span className="sticky-bar nodrag">
            {COLOURS.map((colour) => (
              <button key={colour} type="button" className={`sticky-swatch sticky-${colour}`} aria-label={`Colour ${colour}`} aria-pressed={note.colour === colour} onClick={() => commands.updateSticky(id, { colour })} />
            ))}
            <button type="button" className="bar-button" aria-label="Delete note" onClick={() => commands.removeSticky(id)}>
              <Icon name="trash" size={14} />
            </button>
          </span>
          <NodeResizeControl
            minWidth={120}
            minHeight={48}
            className="sticky-grip"
            onResizeEnd={(_, size) => commands.updateSticky(id, { size: { width: Math.round(size.width / 24) * 24, height: Math.round(size.height / 8) * 8 } })}
          />
        </>
      ) : null}
    </div>
  );
});
