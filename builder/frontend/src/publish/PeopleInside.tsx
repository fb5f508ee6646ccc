// The choice: people inside move to the new drawing, or finish the old one; and what becomes of those at each step.

import { useId, useState } from "react";
import { Icon } from "../icons/Icon";
import { number, people } from "../inspector/dates";
import { kindOf, nodeOf, useEditor } from "../store";
import { changes, fates, folded, type Impacted, isRemoved, shortChange, type WaitingRow } from "./impact";
import type { Choice } from "./PublishDialog";

interface Props {
  impact: Impacted;
  live: number;
  choice: Choice;
  onChoose: (choice: Choice) => void;
  targets: Record<string, string | null>;
  onTarget: (node: string, target: string | null) => void;
}

export function PeopleInside({ impact, live, choice, onChoose, targets, onTarget }: Props) {
  const [all, setAll] = useState(false);
  const { rows, more, people: folks } = folded(impact.waiting, all ? Infinity : 2);
  const { version } = impact;
  return (
    <section className="pub-part">
      <h3>People inside</h3>
      <div className="pub-choices" role="radiogroup" aria-label="People inside">
        <Option chosen={choice === "move"} title={`Move them to version ${version}`} text={`Everybody keeps their place and goes on by the new drawing. Version ${live} ends.`} onChoose={() => onChoose("move")} />
        <Option chosen={choice === "finish_old"} title={`Let them finish version ${live}`} text={`Only newcomers get version ${version}. The old one runs on until the last one has left.`} onChoose={() => onChoose("finish_old")} />
      </div>
      <table className="pub-table">
        <thead>
          <tr>
            <th scope="col">Where they are</th>
            <th scope="col">People</th>
            <th scope="col">What changed there</th>
            <th scope="col">What becomes of them</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Place key={row.node} row={row} live={live} choice={choice} target={targets[row.node] ?? null} onTarget={(target) => onTarget(row.node, target)} />
          ))}
          {more > 0 && (
            <tr className="pub-more">
              <td>
                <button type="button" onClick={() => setAll(true)} title="Show all">
                  {number(more)} more {more === 1 ? "step" : "steps"}
                </button>
              </td>
              <td>{number(folks)}</td>
              <td>Nothing</td>
              <td>{choice === "move" ? "Stay, and wait on as before" : `Finish version ${live}`}</td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function Option({ chosen, title, text, onChoose }: { chosen: boolean; title: string; text: string; onChoose: () => void }) {
  const id = useId();
  return (
    <label className={chosen ? "pub-choice chosen" : "pub-choice"} htmlFor={id}>
      <input id={id} type="radio" name="people-inside" checked={chosen} onChange={onChoose} />
      <span>
        <b>{title}</b>
        <span>{text}</span>
      </span>
    </label>
  );
}

interface PlaceProps {
  row: WaitingRow;
  live: number;
  choice: Choice;
  target: string | null;
  onTarget: (target: string | null) => void;
}

function Place({ row, live, choice, target, onTarget }: PlaceProps) {
  const kind = useEditor((state) => kindOf(state, row.kind));
  const removed = isRemoved(row);
  return (
    <tr>
      <td>
        <span className="pub-place">
          <span className={`tile tile-24 t-${kind?.group ?? "end"}`}>
            <Icon name={kind?.icon ?? "circle-dashed"} size={15} />
          </span>
          <span className="cut" title={row.label}>
            {row.label || kind?.label || row.node}
          </span>
        </span>
      </td>
      <td>
        {number(row.people)}
        <span className="sr"> {people(row.people).split(" ")[1]}</span>
      </td>
      <td>
        {changes(row) ? (
          <span className={removed ? "pill pill-danger" : "pill pill-warn"} title={row.change}>
            {removed ? (row.change.length <= 24 ? row.change : "Removed") : shortChange(row.change)}
          </span>
        ) : (
          <span className="quiet">Nothing</span>
        )}
      </td>
      <td>
        {choice === "finish_old" ? (
          `Finish version ${live}`
        ) : removed ? (
          <Target node={row.node} label={row.label} target={target} onTarget={onTarget} />
        ) : (
          fates(row.becomes).map(([n, text]) => (
            <div key={n + text} className={n ? "pub-fate" : ""}>
              {n && <b>{n} </b>}
              {text}
            </div>
          ))
        )}
      </td>
    </tr>
  );
}

/** Where people go whose step is gone: another step, or out. */
function Target({ node, label, target, onTarget }: { node: string; label: string; target: string | null; onTarget: (target: string | null) => void }) {
  const id = useId();
  const document = useEditor((state) => state.document);
  const catalogue = useEditor((state) => state.catalogue.kinds);
  const chosen = useEditor((state) => (target ? nodeOf(state, target) : undefined));
  const kind = useEditor((state) => (chosen ? kindOf(state, chosen.kind) : undefined));
  const others = document.nodes.filter((one) => one.id !== node && one.kind !== "trigger");
  return (
    <span className="pub-target">
      <label htmlFor={id}>
        Go to<span className="sr"> (people at {label})</span>
      </label>
      <span className="pub-select">
        <span className={`tile tile-24 t-${kind?.group ?? "end"}`}>
          <Icon name={kind?.icon ?? "logout"} size={15} />
        </span>
        <select id={id} className="input" value={target ?? ""} onChange={(event) => onTarget(event.target.value || null)}>
          <option value="">Out of the workflow</option>
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {one.label || (catalogue.find((item) => item.kind === one.kind)?.label ?? one.kind)}
            </option>
          ))}
        </select>
        <Icon name="chevron-down" size={16} />
      </span>
    </span>
  );
}

