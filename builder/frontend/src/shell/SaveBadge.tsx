import { Icon } from "../icons/Icon";
import { clockTime, dayOf } from "../model/path";
import { commands, save, useEditor } from "../store";

/** Whether what one sees is on the server. */
export function SaveBadge() {
  const state = useEditor((s) => s.save.state);
  const at = useEditor((s) => s.save.at);
  const detail = useEditor((s) => s.save.detail);
  const stamp = at ? (new Date(at).toDateString() === new Date().toDateString() ? clockTime(at) : `${dayOf(at)}, ${clockTime(at)}`) : "";
  switch (state) {
    case "saved":
      return <Badge icon="cloud-check" text={stamp ? `Saved ${stamp}` : "Saved"} />;
    case "dirty":
    case "saving":
      return <Badge icon="cloud-up" text="Saving…" />;
    case "offline":
      return <Badge icon="cloud-off" text="Not saved: offline" tone="warn" title="Your changes are kept here and saved when the server answers again." />;
    case "conflict":
      return (
        <button type="button" className="save-badge is-danger" onClick={() => commands.setDialog("conflict")}>
          <Icon name="git-merge" size={16} /> Not saved: review
        </button>
      );
    case "error":
      return (
        <button type="button" className="save-badge is-danger" title={detail} onClick={() => void save()}>
          <Icon name="cloud-off" size={16} /> Not saved: try again
        </button>
      );
  }
}

function Badge({ icon, text, tone, title }: { icon: string; text: string; tone?: string; title?: string }) {
  return (
    <span className={tone ? `save-badge is-${tone}` : "save-badge"} role="status" title={title}>
      <Icon name={icon} size={16} /> {text}
    </span>
  );
}
