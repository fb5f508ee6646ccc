import { useReactFlow } from "@xyflow/react";
import { useRef, useState } from "react";
import { createPortal } from "react-dom";
import { edgeNear } from "../canvas/dropEdge";
import { getHot, setHot } from "../canvas/hot";
import { revealStep } from "../canvas/viewport";
import { Icon } from "../icons/Icon";
import type { Kind, Point } from "../model/types";
import { commands, getState, useEditor } from "../store";
import { matchingKinds } from "./kinds";

const START_PX = 4;

/** All kinds of steps, by group. Dragged onto the canvas or an edge; a click puts one below the selected step. */
export function Palette({ onDone }: { onDone?(): void }) {
  const catalogue = useEditor((s) => s.catalogue);
  const [text, setText] = useState("");
  const [ghost, setGhost] = useState<{ kind: Kind; at: Point } | null>(null);
  const press = useRef<{ kind: Kind; at: Point; moved: boolean } | null>(null);
  /** A drag ends in a click on the item too: that click is no wish of its own. */
  const dragged = useRef(false);
  const field = useRef<HTMLInputElement>(null);
  const flow = useReactFlow();
  const found = matchingKinds(catalogue, text);

  const overCanvas = (at: Point) => document.elementFromPoint(at.x, at.y)?.closest("[data-canvas]") !== null && document.elementFromPoint(at.x, at.y)?.closest(".float") === null;
  const cornerAt = (at: Point) => {
    const p = flow.screenToFlowPosition(at);
    return { x: p.x - 120, y: p.y - 32 };
  };

  const down = (kind: Kind) => (event: React.PointerEvent) => {
    if (event.button !== 0) return;
    dragged.current = false;
    press.current = { kind, at: { x: event.clientX, y: event.clientY }, moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: React.PointerEvent) => {
    const from = press.current;
    if (!from) return;
    const at = { x: event.clientX, y: event.clientY };
    if (!from.moved && Math.hypot(at.x - from.at.x, at.y - from.at.y) < START_PX) return;
    from.moved = true;
    dragged.current = true;
    setGhost({ kind: from.kind, at });
    const edge = from.kind.group !== "start" && overCanvas(at) ? edgeNear(getState(), flow.screenToFlowPosition(at)) : null;
    setHot({ dragging: true, edge });
  };
  const up = (event: React.PointerEvent) => {
    const from = press.current;
    press.current = null;
    if (!from) return;
    if (from.moved) {
      const at = { x: event.clientX, y: event.clientY };
      const { edge } = getHot();
      if (event.type === "pointerup" && overCanvas(at)) commands.addNode(from.kind.kind, edge ? { edge } : { position: cornerAt(at) });
      setGhost(null);
      setHot({ dragging: false, edge: null });
      onDone?.();
    }
  };
  const add = (kind: Kind) => {
    const { selection, document: drawing } = getState();
    const chosen = selection.length === 1 ? drawing.nodes.find((node) => node.id === selection[0]) : undefined;
    const pane = document.querySelector("[data-canvas]")?.getBoundingClientRect();
    const free = chosen && kind.group !== "start" ? commands.freePort(chosen.id) : null;
    // The first step stands at the top: the drawing grows down from it.
    const y = pane && (drawing.nodes.length ? pane.top + pane.height / 2 : pane.top + 56);
    if (chosen && free) revealStep(commands.addNode(kind.kind, { after: { node: chosen.id, port: free } }));
    else if (pane && y) commands.addNode(kind.kind, { position: commands.clearOf(cornerAt({ x: pane.left + pane.width / 2, y })) });
    onDone?.();
  };

  return (
    <aside className="step-palette" aria-label="Steps">
      <label className="step-search">
        <Icon name="search" size={16} />
        <input
          ref={field}
          type="search"
          placeholder="Find a step"
          aria-label="Find a step"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              if (text) setText("");
              else field.current?.blur();
            }
            if (event.key === "Enter" && found[0]?.kinds[0]) {
              add(found[0].kinds[0]);
              setText("");
            }
          }}
        />
        <kbd>/</kbd>
      </label>
      <div className="step-groups">
        {found.map((group) => (
          <section key={group.name} aria-label={group.label}>
            <h2>{group.label}</h2>
            {group.kinds.map((kind) => (
              <button
                key={kind.kind}
                type="button"
                className={`step-item g-${kind.group}`}
                title={kind.help.split("\n")[0]}
                data-kind={kind.kind}
                onPointerDown={down(kind)}
                onPointerMove={move}
                onPointerUp={up}
                onPointerCancel={up}
                onClick={() => {
                  if (!dragged.current) add(kind);
                  dragged.current = false;
                }}
              >
                <span className="step-tile">
                  <Icon name={kind.icon} size={14} />
                </span>
                {kind.label}
                <Icon name="dots-vertical" size={14} className="step-more" />
              </button>
            ))}
          </section>
        ))}
        {found.length === 0 ? <p className="step-none">No step is called that.</p> : null}
      </div>
      {ghost
        ? createPortal(
            <div className={`step-ghost g-${ghost.kind.group}`} style={{ left: ghost.at.x, top: ghost.at.y }} aria-hidden="true">
              <span className="step-icon">
                <Icon name={ghost.kind.icon} size={20} />
              </span>
              {ghost.kind.label}
            </div>,
            document.body,
          )
        : null}
    </aside>
  );
}
