import { Icon } from "../icons/Icon";
import { commands, useEditor } from "../store";

const ICONS = { info: "info-circle", success: "circle-check", danger: "alert-triangle" } as const;

/** What happened, said once and briefly. */
export function Toasts() {
  const toasts = useEditor((s) => s.toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={toast.tone === "danger" ? "toast toast-error" : "toast"}>
          <Icon name={ICONS[toast.tone]} size={18} className="i" />
          <span>{toast.text}</span>
          {toast.action ? (
            <button type="button" className="link" onClick={toast.action.run}>
              {toast.action.label}
            </button>
          ) : null}
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => commands.dismissToast(toast.id)}>
            <Icon name="x" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
