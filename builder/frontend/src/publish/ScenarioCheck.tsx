// The scenarios, tried on what is about to go live: what differs is said, and published only if that is meant.

import { useEffect } from "react";
import { post, workflowUrl } from "../api/client";
import { Icon } from "../icons/Icon";
import { getState } from "../store";
import type { Tried } from "../trial/types";

export interface Checked {
  tried: Tried | null;
  failed: boolean;
}

/** Asks once when the dialogue opens. A check that could not be made keeps nobody from publishing. */
export function useScenarios(workflow: number, ready: boolean, onChecked: (checked: Checked) => void): void {
  useEffect(() => {
    if (!ready) return;
    let here = true;
    post<Tried>(workflowUrl(workflow, "scenarios/run/"), { document: getState().document }).then(
      (tried) => here && onChecked({ tried, failed: false }),
      () => here && onChecked({ tried: null, failed: true }),
    );
    return () => {
      here = false;
    };
  }, [workflow, ready]);
}

export function ScenarioCheck({ checked, agreed, onAgree }: { checked: Checked | null; agreed: boolean; onAgree: (agreed: boolean) => void }) {
  if (checked?.failed) return null;
  if (checked && !checked.tried?.results.length) return null;
  const differing = checked?.tried?.results.filter((one) => !one.passed) ?? [];
  return (
    <section className="pub-part pub-scenarios" aria-label="Scenarios">
      <div className="pub-part-head">
        <h3>Scenarios</h3>
      </div>
      <p className={differing.length ? "pub-verdict is-warn" : "pub-verdict"} role="status">
        <Icon name={!checked ? "hourglass" : differing.length ? "alert-triangle" : "circle-check"} size={16} />
        {checked?.tried?.sentence ?? "Trying the scenarios…"}
      </p>
      {differing.length > 0 && (
        <>
          <ul>
            {differing.map((one) => (
              <li key={one.id}>
                <b>{one.name}</b>
                {one.differences.map((text) => (
                  <p key={text}>{text}</p>
                ))}
              </li>
            ))}
          </ul>
          <label className="pub-agree">
            <input type="checkbox" checked={agreed} onChange={(event) => onAgree(event.target.checked)} />
            That is what I want: publish all the same
          </label>
        </>
      )}
    </section>
  );
}
