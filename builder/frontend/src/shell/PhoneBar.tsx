import { Icon } from "../icons/Icon";
import { commands, getState, useEditor } from "../store";

/** The lower bar of the editor on a phone. */
export function PhoneBar({ onTest }: { onTest(): void }) {
  const live = useEditor((s) => s.mode === "live");
  const mayPublish = useEditor((s) => s.workflow.can.publish && !s.readOnly);
  if (live || !mayPublish) return null;
  const add = () => {
    const { document, selection } = getState();
    const id = selection.at(-1) ?? document.nodes.at(-1)?.id;
    const port = id ? commands.freePort(id) : null;
    commands.openPicker({ ...(id && port ? { after: { node: id, port } } : {}), screen: { x: innerWidth / 2, y: 80 } });
  };
  return (
    <div className="ed-phone">
      <button type="button" className="button" onClick={add}>
        <Icon name="plus" size={18} /> Add a step
      </button>
      <button type="button" className="button" onClick={onTest}>
        <Icon name="player-play" size={18} /> Test
      </button>
      <button type="button" className="button button-primary" onClick={() => commands.setDialog("publish")}>
        Publish…
      </button>
    </div>
  );
}
