import { useState } from "react";
import { Icon } from "../icons/Icon";
import { portsOf } from "../model/ports";
import { commands, kindOf, nodeOf, useEditor } from "../store";
import { copySteps } from "./clipboardKeys";

/** Beside the selected step: duplicate, switch off, delete, and what is needed less often. */
export function ActionBar({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  const node = useEditor((s) => nodeOf(s, id));
  const kind = useEditor((s) => (node ? kindOf(s, node.kind) : undefined));
  const unfolded = useEditor((s) => s.unfolded.includes(id));
  if (!node) return null;
  const folded = portsOf(node, kind).some((port) => port.tone === "skipped" || port.tone === "failed");
  const pick = (run: () => void) => () => {
    setOpen(false);
    run();
  };
  return (
    <div className="action-bar nodrag nopan" role="toolbar" aria-label="Step actions">
      <button type="button" className="bar-button" title="Duplicate (Ctrl+D)" aria-label="Duplicate" onClick={() => commands.duplicate([id])}>
        <Icon name="copy" size={18} />
      </button>
      {kind?.can_disable !== false ? (
        <button
          type="button"
          className="bar-button"
          title={node.enabled ? "Switch off: people pass through" : "Switch on"}
          aria-label={node.enabled ? "Switch off" : "Switch on"}
          aria-pressed={!node.enabled}
          onClick={() => commands.setEnabled(id, !node.enabled)}
        >
          <Icon name="power" size={18} />
        </button>
      ) : null}
      <button type="button" className="bar-button" title="Delete (Del)" aria-label="Delete" onClick={() => commands.removeNodes([id])}>
        <Icon name="trash" size={18} />
      </button>
      <span className="bar-line" />
      <button type="button" className="bar-button" title="More" aria-label="More" aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="dots" size={18} />
      </button>
      {open ? (
        <div className="float-menu bar-menu" role="menu">
          <button type="button" role="menuitem" onClick={pick(() => commands.open(id))}>
            <Icon name="settings" /> Settings <kbd>Enter</kbd>
          </button>
          <button type="button" role="menuitem" onClick={pick(() => copySteps([id]))}>
            <Icon name="clipboard" /> Copy <kbd>Ctrl C</kbd>
          </button>
          <button type="button" role="menuitem" onClick={pick(() => commands.selectDownstream(id))}>
            <Icon name="select" /> Select all that follow
          </button>
          {folded ? (
            <button type="button" role="menuitem" onClick={pick(() => commands.unfold(id, !unfolded))}>
              <Icon name="git-branch" /> {unfolded ? "Fold unused ways out" : "Show ways out: skipped, failed"}
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
