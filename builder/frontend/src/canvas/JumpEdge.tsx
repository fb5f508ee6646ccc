import { EdgeLabelRenderer, type EdgeProps, useInternalNode } from "@xyflow/react";
import { memo } from "react";
import { bracket } from "../model/jumps";
import { grouped } from "../model/numbers";
import { pathShown, useEditor } from "../store";

/** A dashed link from a step to where it sends people back. It follows both boxes and takes no clicks: the setting is in the form. */
export const JumpEdge = memo(function JumpEdge({ source, target }: EdgeProps) {
  const from = useInternalNode(source);
  const to = useInternalNode(target);
  const live = useEditor((s) => s.mode === "live");
  const people = useEditor((s) => (s.mode === "live" ? (s.counts?.nodes[source]?.ports?.loop ?? 0) : 0));
  const chosen = useEditor((s) => s.selection.includes(source) || s.selection.includes(target));
  const on = useEditor((s) => pathShown(s)?.visits.some((visit) => visit.node === source && visit.port === "loop") ?? false);
  const dim = useEditor((s) => pathShown(s) !== null) && !on;
  if (!from || !to) return null;
  const box = (node: typeof from) => ({ ...node.internals.positionAbsolute, width: node.measured.width ?? 240, height: node.measured.height ?? 64 });
  const { d, at, left } = bracket(box(from), box(to));
  const end = box(to);
  const x = left ? end.x : end.x + end.width;
  const y = end.y + end.height / 2;
  const state = [chosen && !live && "is-hot", on && "on-path", dim && "is-dim"].filter(Boolean).join(" ");
  return (
    <g className={`edge-jump ${state}`} aria-hidden="true">
      <path d={d} className="edge-jump-line" />
      <path d={left ? `M${x} ${y}l-9 -5.5v11z` : `M${x} ${y}l9 -5.5v11z`} className="edge-jump-tip" />
      {people > 0 ? (
        <EdgeLabelRenderer>
          <span className={`edge-count${on ? " on-path" : ""}${dim ? " is-dim" : ""}`} title="Sent back" style={{ transform: `translate(-50%,-50%) translate(${at.x}px,${at.y}px)` }}>
            <span key={people} className="count">
              {grouped(people)}
            </span>
          </span>
        </EdgeLabelRenderer>
      ) : null}
    </g>
  );
});
