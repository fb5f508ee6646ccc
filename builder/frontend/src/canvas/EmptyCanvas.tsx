import { useReactFlow } from "@xyflow/react";
import { Icon } from "../icons/Icon";
import { commands, shownDocument, useEditor } from "../store";

/** An empty drawing says where to begin. */
export function EmptyCanvas() {
  const empty = useEditor((s) => shownDocument(s).nodes.length === 0);
  const live = useEditor((s) => s.mode === "live");
  const readOnly = useEditor((s) => s.readOnly);
  const flow = useReactFlow();
  if (!empty) return null;
  const begin = () => {
    const pane = document.querySelector("[data-canvas]")!.getBoundingClientRect();
    const at = flow.screenToFlowPosition({ x: pane.left + pane.width / 2, y: pane.top + 48 });
    commands.addNode("trigger", { position: { x: at.x - 120, y: at.y } });
  };
  return (
    <div className="canvas-empty">
      <span className="step-icon g-start">
        <Icon name={live ? "activity" : "player-play"} size={20} />
      </span>
      <h2>{live ? "Nothing is published yet" : "Who comes in, and when?"}</h2>
      <p>{live ? "Once a version is live, you see here how people go through it." : "Every workflow starts with a trigger. Drag steps from the left, or begin here."}</p>
      {!live && !readOnly ? (
        <button type="button" className="button" onClick={begin}>
          <Icon name="plus" size={16} />
          Add a trigger
        </button>
      ) : null}
    </div>
  );
}
