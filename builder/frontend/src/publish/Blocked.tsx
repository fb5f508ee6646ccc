// What stands in the way of publishing: the same list as on the steps; a click goes to the field.

import { useReactFlow } from "@xyflow/react";
import { Icon } from "../icons/Icon";
import { nodesById } from "../model/graph";
import type { Problem } from "../model/types";
import { commands, dispatch, getState, kindOf, titleOf, useEditor } from "../store";

interface Props {
  problems: readonly Problem[];
  name: string;
  onClose: () => void;
}

export function Blocked({ problems, name, onClose }: Props) {
  const flow = useReactFlow();
  const document = useEditor((state) => state.document);
  const go = (problem: Problem) => {
    onClose();
    if (getState().mode === "live") commands.setMode("design");
    if (!problem.node) {
      commands.select([]);
      dispatch({ type: "set", patch: { inspecting: true, focusField: problem.field } });
      return;
    }
    commands.open(problem.node, problem.field || null);
    const node = nodesById(getState().document).get(problem.node);
    if (node && getState().mode === "design") void flow.setCenter(node.position.x + 120, node.position.y + 32, { zoom: Math.max(0.8, flow.getZoom()), duration: 200 });
  };
  return (
    <>
      <div className="pub-scroll">
        <p className="pub-lead">
          <b>
            {problems.length} {problems.length === 1 ? "problem" : "problems"}
          </b>{" "}
          to put right first. The draft is kept as it is.
        </p>
        <ul className="pub-problems">
          {problems.map((problem, at) => {
            const node = problem.node ? nodesById(document).get(problem.node) : undefined;
            const kind = node && kindOf(getState(), node.kind);
            return (
              <li key={`${problem.node} ${problem.field} ${at}`}>
                <button type="button" onClick={() => go(problem)}>
                  <span className={`tile t-${kind?.group ?? "end"}`}>
                    <Icon name={kind?.icon ?? "sitemap"} size={18} />
                  </span>
                  <span>
                    <b>{node ? titleOf(getState(), node) : name || "The workflow"}</b>
                    <span>{problem.message}</span>
                  </span>
                  <Icon name="chevron-right" size={18} />
                </button>
              </li>
            );
          })}
        </ul>
      </div>
      <footer className="pub-foot">
        <button type="button" className="button" onClick={onClose}>
          Back to the drawing
        </button>
      </footer>
    </>
  );
}
