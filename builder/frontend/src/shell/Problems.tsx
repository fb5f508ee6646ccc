import { useReactFlow } from "@xyflow/react";
import { useRef } from "react";
import { Icon } from "../icons/Icon";
import { nodesById } from "../model/graph";
import type { Problem } from "../model/types";
import { commands, getState, kindOf, titleOf, useEditor } from "../store";
import { useOutside } from "./Nav";

/** Everything that keeps the draft from being published; a click goes to the field. */
export function Problems() {
  const open = useEditor((s) => s.dialog === "problems");
  return open ? <List /> : null;
}

function List() {
  const problems = useEditor((s) => s.problems);
  const flow = useReactFlow();
  const box = useRef<HTMLDivElement>(null);
  useOutside(box, true, () => commands.setDialog(null));
  const go = (problem: Problem) => {
    commands.setDialog(null);
    if (!problem.node) {
      commands.select([]);
      return commands.showInspector();
    }
    commands.open(problem.node, problem.field);
    const node = nodesById(getState().document).get(problem.node);
    if (node && getState().mode !== "outline") void flow.setCenter(node.position.x + 120, node.position.y + 32, { zoom: Math.max(0.8, flow.getZoom()), duration: 200 });
  };
  const errors = problems.filter((problem) => problem.severity === "error");
  const warnings = problems.filter((problem) => problem.severity !== "error");
  return (
    <div ref={box} className="problem-list" role="dialog" aria-label="Problems">
      <h2>{errors.length ? "Before this can be published" : "Nothing stops publishing"}</h2>
      {[...errors, ...warnings].map((problem, i) => {
        const node = problem.node ? nodesById(getState().document).get(problem.node) : undefined;
        const kind = node && kindOf(getState(), node.kind);
        return (
          <button key={`${problem.node} ${problem.field} ${i}`} type="button" className={`problem-row is-${problem.severity} g-${kind?.group ?? "end"}`} onClick={() => go(problem)}>
            <span className="step-tile">
              <Icon name={kind?.icon ?? "sitemap"} size={15} />
            </span>
            <span>
              <strong>{node ? titleOf(getState(), node) : "The workflow"}</strong>
              <span>{problem.message}</span>
            </span>
            <Icon name={problem.severity === "error" ? "alert-triangle" : "info-circle"} size={16} className="problem-mark" />
          </button>
        );
      })}
    </div>
  );
}
