// Beside two versions on one canvas: what changed, in words, each a way to its step.

import { Icon } from "../icons/Icon";
import { revealStep } from "../canvas/viewport";
import { useEditor } from "../store";
import { endComparing } from "../store/compare";

const WORDS = { added: "Added", changed: "Changed", removed: "Removed" };

export function ComparePanel() {
  const comparing = useEditor((s) => s.comparing)!;
  return (
    <section className="compare" aria-label={`Version ${comparing.newer} compared with version ${comparing.older}`}>
      <header>
        <b>
          Version {comparing.older} → {comparing.newer}
        </b>
        <button type="button" className="icon-button" aria-label="End the comparison" onClick={() => void endComparing()}>
          <Icon name="x" size={16} />
        </button>
      </header>
      {comparing.changes.length === 0 ? <p>Nothing differs but places on the canvas.</p> : null}
      <ul>
        {comparing.changes.map((change) => (
          <li key={change.node}>
            <button type="button" onClick={() => change.node && revealStep(change.node)}>
              <span className={`mini-tag is-${change.what}`}>{WORDS[change.what]}</span> <b>{change.label || "The workflow"}</b>
              <span>{change.text}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
