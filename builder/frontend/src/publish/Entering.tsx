// Who comes in at once when this is published, because they qualify already; above a number one is asked.

import { number, people } from "../inspector/dates";
import type { Impacted } from "./impact";

/** Beyond so many it is asked once more: mistakes here cost more than a click. */
export const MANY = 1000;

export const entering = (impact: Impacted | null): number => (impact?.entering ?? []).reduce((sum, row) => sum + row.people, 0);

interface Props {
  impact: Impacted;
  agreed: boolean;
  onAgree: (agreed: boolean) => void;
}

export function Entering({ impact, agreed, onAgree }: Props) {
  const rows = impact.entering ?? [];
  const total = entering(impact);
  if (!rows.length) return null;
  return (
    <section className="pub-part">
      <h3>Coming in at once</h3>
      <p className="pub-entering">
        {total ? (
          <>
            <b>{people(total)}</b> {total === 1 ? "qualifies" : "qualify"} already and {total === 1 ? "comes" : "come"} in when you publish.
          </>
        ) : (
          "Nobody qualifies yet. From now on people come in as they do."
        )}
      </p>
      {rows.length > 1 && (
        <ul className="pub-by-trigger">
          {rows.map((row) => (
            <li key={row.node}>
              {row.label} <b>{number(row.people)}</b>
            </li>
          ))}
        </ul>
      )}
      {total > MANY && (
        <label className="choice">
          <input className="check" type="checkbox" checked={agreed} onChange={(event) => onAgree(event.target.checked)} />
          Yes, {number(total)} people are to come in at once
        </label>
      )}
    </section>
  );
}
