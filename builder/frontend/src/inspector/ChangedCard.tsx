import { Icon } from "../icons/Icon";
import { nodesById } from "../model/graph";
import type { FlowNode, Kind } from "../model/types";
import { commands, useEditor } from "../store";
import { differences } from "./changed";
import { useLiveVersion } from "./liveVersion";

const MOST = 3;

/** "Changed in this draft": what the live version says, and a way back to it. */
export function ChangedCard({ node, kind }: { node: FlowNode; kind: Kind }) {
  const live = useLiveVersion();
  const readOnly = useEditor((state) => state.readOnly);
  const before = live && nodesById(live.document).get(node.id);
  if (!live || !before || before.kind !== node.kind) return null;
  const found = differences(node, before, kind.schema, live.number);
  if (!found.length) return null;
  const putBack = () => {
    commands.updateSettings(node.id, () => before.settings, `put-back:${node.id}`);
    if (node.label !== before.label) commands.setLabel(node.id, before.label);
    commands.setEnabled(node.id, before.enabled);
    if ((node.on_error ?? "continue") !== (before.on_error ?? "continue")) commands.setOnError(node.id, before.on_error ?? "continue");
  };
  return (
    <section className="ins-changed" aria-label="Changed in this draft">
      <Icon name="versions" size={16} />
      <div>
        <b>Changed in this draft</b>
        <p>
          {found.slice(0, MOST).join(" ")}
          {found.length > MOST && ` And ${found.length - MOST} more.`}{" "}
          {!readOnly && (
            <button type="button" onClick={putBack}>
              Put it back
            </button>
          )}
        </p>
      </div>
    </section>
  );
}
