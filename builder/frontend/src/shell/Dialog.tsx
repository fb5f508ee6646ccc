import { type ReactNode, useEffect, useRef } from "react";
import { Icon } from "../icons/Icon";

/** A modal dialogue of the page's own kind: Escape and the scrim close it, the focus comes back. */
export function Dialog({ title, lead, wide, onClose, children, foot }: { title: string; lead?: ReactNode; wide?: boolean; onClose(): void; children: ReactNode; foot?: ReactNode }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current!;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={box}
      className={wide ? "dialog dialog-wide" : "dialog"}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => event.target === box.current && onClose()}
    >
      <div className="dialog-inner">
        <div className="dialog-head">
          <div>
            <h2>{title}</h2>
            {lead ? <p>{lead}</p> : null}
          </div>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="x" size={18} />
          </button>
        </div>
        <div className="dialog-body">{children}</div>
        {foot ? <div className="dialog-foot">{foot}</div> : null}
      </div>
    </dialog>
  );
}
