// Right of the canvas: settings of the selected step, of several, or of the whole workflow.

import { Icon } from "../icons/Icon";
import { nodesById } from "../model/graph";
import { commands, shownDocument, useEditor } from "../store";
import { NodeInspector } from "./NodeInspector";
import { WorkflowInspector } from "./WorkflowInspector";
import "./inspector.css";

export function Inspector() {
  const selection = useEditor((state) => state.selection);
  const document = useEditor(shownDocument);
  const only = selection.length === 1 ? nodesById(document).get(selection[0]!) : undefined;
  const steps = selection.filter((id) => nodesById(document).has(id));
  return (
    <aside className="inspector" aria-label="Settings">
      {only ? <NodeInspector key={only.id} node={only} /> : steps.length > 1 ? <Several ids={steps} /> : <WorkflowInspector />}
    </aside>
  );
}

function Several({ ids }: { ids: string[] }) {
  const document = useEditor((state) => state.document);
  const kinds = useEditor((state) => state.catalogue.kinds);
  const readOnly = useEditor((state) => state.readOnly);
  const nodes = ids.map((id) => nodesById(document).get(id)).filter((node) => node !== undefined);
  const switchable = nodes.filter((node) => kinds.find((kind) => kind.kind === node.kind)?.can_disable);
  const on = switchable.some((node) => node.enabled);
  return (
    <>
      <header className="ins-head">
        <span className="tile tile-36 t-end">
          <Icon name="select" size={20} />
        </span>
        <div className="ins-title">
          <b>{ids.length} steps</b>
          <span>selected together</span>
        </div>
        <button type="button" className="icon-button" aria-label="Close settings" onClick={commands.closeInspector}>
          <Icon name="x" size={18} />
        </button>
      </header>
      <div className="ins-body">
        <p className="ins-help">Drag one of them to move all. Ctrl+C copies them, also into another workflow.</p>
        {!readOnly && (
          <div className="ins-stack">
            <button type="button" className="button" onClick={() => void commands.duplicate(ids)}>
              <Icon name="copy" size={18} />
              Duplicate
            </button>
            {switchable.length > 0 && (
              <button type="button" className="button" onClick={() => switchable.forEach((node) => commands.setEnabled(node.id, !on))}>
                <Icon name="power" size={18} />
                {on ? "Switch off" : "Switch on"}
              </button>
            )}
            <button type="button" className="button button-danger" onClick={() => commands.removeNodes(ids)}>
              <Icon name="trash" size={18} />
              Delete {ids.length} steps
            </button>
          </div>
        )}
      </div>
    </>
  );
}
