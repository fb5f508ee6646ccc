import { EdgeLabelRenderer, type EdgeProps, useStore } from "@xyflow/react";
import { memo } from "react";
import { Icon } from "../icons/Icon";
import { edgeById } from "../model/graph";
import { grouped } from "../model/numbers";
import { pathMap } from "../model/path";
import { commands, kindOf, nodeOf, portsShown, shownDocument, useEditor } from "../store";
import { setHot, useHot } from "./hot";
import { middleOf, pathOf, route } from "./route";

/** A way from one step to the next. In the live view its width is the traffic and its pill the people. */
export const StepEdge = memo(function StepEdge({ id, source, sourceX, sourceY, targetX, targetY, sourceHandleId, selected }: EdgeProps) {
  const live = useEditor((s) => s.mode === "live");
  const ports = useEditor((s) => {
    const node = nodeOf(s, source);
    return node ? portsShown(s, node).length : 1;
  });
  // The handle of a single way out is a wide target around its ring: the line begins in the ring's middle.
  const from = { x: sourceX, y: ports > 1 ? sourceY : sourceY - 12 };
  const points = route(from, { x: targetX, y: targetY });
  const props = { id, source, port: sourceHandleId ?? "next", d: pathOf(points), at: middleOf(points), from };
  return live ? <LiveEdge {...props} /> : <DrawnEdge {...props} selected={selected ?? false} many={ports > 3} />;
});

interface Way {
  id: string;
  source: string;
  port: string;
  d: string;
  at: { x: number; y: number };
  from: { x: number; y: number };
}

function DrawnEdge({ id, source, port, d, at, from, selected, many }: Way & { selected: boolean; many: boolean }) {
  const far = useStore((s) => s.transform[2] < 0.35);
  const hot = useHot((h) => h.edge === id);
  const dragging = useHot((h) => h.dragging);
  const readOnly = useEditor((s) => s.readOnly);
  const name = useEditor((s) => {
    if (!many && !(hot && dragging)) return null;
    const node = nodeOf(s, source);
    const found = node && portsShown(s, node).find((item) => item.name === port);
    return found && found.tone !== "next" ? found.label : null;
  });
  const target = useEditor((s) => edgeById(s.document, id)?.target);
  const trial = useEditor((s) => s.trial);
  const taken = trial !== null && pathMap(trial).ways.has(`${source} ${port}`);
  const open = useEditor((s) => s.picker?.edge === id);
  const cls = ["edge-line", selected && "is-selected", (hot || open) && "is-hot", hot && dragging && "is-drop"].filter(Boolean).join(" ");
  return (
    <g onPointerEnter={() => setHot({ edge: id })} onPointerLeave={() => setHot({ edge: null })}>
      {selected ? <path className="edge-halo" d={d} /> : null}
      <path className={`react-flow__edge-path ${cls}`} d={d} />
      {taken ? <path className="edge-path" d={d} /> : null}
      {far ? null : <path className="react-flow__edge-interaction" d={d} />}
      <EdgeLabelRenderer>
        {name ? (
          <span className="edge-name" style={{ transform: `translate(-50%,-50%) translate(${from.x}px,${from.y + 18}px)` }}>
            {name}
          </span>
        ) : null}
        {!readOnly && (hot || open || selected) && !dragging ? (
          <button
            type="button"
            className="edge-plus nodrag nopan"
            style={{ transform: `translate(-50%,-50%) translate(${at.x}px,${at.y}px)` }}
            aria-label="Insert a step here"
            tabIndex={-1}
            data-edge={id}
            data-target={target}
            onPointerEnter={() => setHot({ edge: id })}
            onPointerLeave={() => setHot({ edge: null })}
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              commands.openPicker({ edge: id, screen: { x: box.left + box.width / 2, y: box.bottom + 6 } });
            }}
          >
            <span>
              <Icon name="plus" size={14} />
            </span>
          </button>
        ) : null}
      </EdgeLabelRenderer>
    </g>
  );
}

function LiveEdge({ id, source, port, d, at, from }: Way) {
  const people = useEditor((s) => (s.comparing ? 0 : (s.counts?.nodes[source]?.ports[port] ?? 0)));
  const most = useEditor((s) => mostEntered(s.counts));
  const path = useEditor((s) => s.path);
  const many = useEditor((s) => {
    const node = nodeOf(s, source);
    return node && kindOf(s, node.kind)?.branch_field && portsShown(s, node).length > 3 ? portsShown(s, node).find((item) => item.name === port)?.label : undefined;
  });
  const known = useEditor((s) => edgeById(shownDocument(s), id) !== undefined);
  if (!known) return null;
  const on = path !== null && pathMap(path).ways.has(`${source} ${port}`);
  const dim = path !== null && !on;
  const width = 1.5 + 8.5 * Math.sqrt(most > 0 ? Math.min(1, people / most) : 0);
  return (
    <g>
      <path className={dim ? "edge-traffic is-dim" : "edge-traffic"} d={d} style={{ strokeWidth: width }} />
      {on ? <path className="edge-path" d={d} /> : null}
      <EdgeLabelRenderer>
        {people > 0 ? (
          <span className={`edge-count${on ? " on-path" : ""}${dim ? " is-dim" : ""}`} style={{ transform: `translate(-50%,-50%) translate(${at.x}px,${at.y}px)` }}>
            <span key={people} className="count">
              {grouped(people)}
            </span>
          </span>
        ) : null}
        {many ? (
          <span className={`edge-name${dim ? " is-dim" : ""}`} style={{ transform: `translate(-50%,-50%) translate(${from.x}px,${from.y + 18}px)` }}>
            {many}
          </span>
        ) : null}
      </EdgeLabelRenderer>
    </g>
  );
}

const mosts = new WeakMap<object, number>();

/** Everybody who came in: the measure of all widths. */
function mostEntered(counts: { nodes: Record<string, { entered: number }> } | null): number {
  if (!counts) return 0;
  let most = mosts.get(counts);
  if (most === undefined) mosts.set(counts, (most = Math.max(0, ...Object.values(counts.nodes).map((node) => node.entered))));
  return most;
}
