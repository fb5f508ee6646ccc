// The way in words: when each step was, why it went on as it did, what was sent, and what else could have happened.

import { useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { Icon } from "../icons/Icon";
import { dayTime, exact } from "../inspector/dates";
import { PortChip } from "../live/PortChip";
import { stressed, whens } from "../live/told";
import { durationWords } from "../model/durations";
import { nodesById } from "../model/graph";
import { getState, shownDocument } from "../store";
import { chosenAt, sends, waits } from "./asking";
import { Mail } from "./Mail";
import type { Chosen, Trial, TrialVisit, WayChoice } from "./types";

const AFTER = ["PT5M", "PT1H", "PT3H", "PT12H", "P1D", "P3D", "P7D"];

interface Props {
  trial: Trial;
  at: number;
  choices: Chosen[];
  busy: boolean;
  onGo(at: number): void;
  onChoose(visit: TrialVisit, port: string | null, after?: string | null): void;
}

export function Timeline({ trial, at, choices, busy, onGo, onChoose }: Props) {
  const times = whens(trial.visits);
  const list = useRef<HTMLOListElement>(null);
  const flow = useReactFlow();
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
    const node = nodesById(shownDocument(getState())).get(trial.visits[at]?.node ?? "");
    if (node && getState().mode === "design") void flow.setCenter(node.position.x + 120, node.position.y + 38, { zoom: Math.max(0.8, flow.getZoom()), duration: 200 });
  }, [at, trial]);
  return (
    <ol ref={list} className="live-list trial-list" tabIndex={0} aria-label={`The way of ${trial.contact.name}`}>
      {trial.visits.map((visit, n) => (
        <li key={visit.nth} className={n > at ? "later" : n === at ? "now" : ""} aria-current={n === at ? "step" : undefined}>
          <span className="live-number">{n + 1}</span>
          <div className="live-what">
            <button type="button" onClick={() => onGo(n)}>
              {visit.label || visit.node}
            </button>
            <time dateTime={visit.entered_at} title={exact(visit.entered_at)}>
              {times[n]}
            </time>
          </div>
          {trial.happenings
            .filter((one) => one.nth === visit.nth)
            .map((one, k) => (
              <p key={k} className={one.problem ? "trial-happened is-problem" : "trial-happened"}>
                <Icon name={one.problem ? "alert-circle" : "bolt"} size={14} />
                <span>
                  {dayTime(one.at)}: {one.what}
                  {one.problem ? `. ${one.problem}` : ""}
                </span>
              </p>
            ))}
          {visit.why ? <p>{stressed(visit.why).map((piece, k) => (k % 2 ? <b key={k}>{piece}</b> : piece))}</p> : null}
          {trial.messages.filter((letter) => letter.nth === visit.nth).map((letter) => <Mail key={letter.nth} letter={letter} />)}
          <WentOn visit={visit} />
          <Ways visit={visit} chosen={chosenAt(choices, visit)} busy={busy} onChoose={onChoose} />
        </li>
      ))}
    </ol>
  );
}

function WentOn({ visit }: { visit: TrialVisit }) {
  const way = visit.choices.find((one) => one.taken);
  if (!way || way.tone === "next") return null;
  return (
    <p className="live-went">
      Went on by <PortChip tone={way.tone} label={way.label} size={13} />
    </p>
  );
}

/** What could happen here: at a wait what they do, at a fork the way, at a message that it does not go. */
function Ways({ visit, chosen, busy, onChoose }: { visit: TrialVisit; chosen?: Chosen; busy: boolean; onChoose: Props["onChoose"] }) {
  if (!visit.choices.length) return null;
  const waiting = waits(visit);
  const mail = sends(visit);
  const ways = visit.choices.filter((way) => !(mail && way.tone === "next"));
  const said = (way: WayChoice) => (way.tone === "timeout" && waiting ? "Nothing: time is up" : mail ? (way.tone === "failed" ? "What if it fails?" : "What if it is skipped?") : way.what || way.label);
  const taken = (way: WayChoice) => (chosen ? chosen.port === way.port : waiting && way.taken);
  const buttons = (
    <div className="trial-ways" role="group" aria-label={waiting ? `What happens at ${visit.label}?` : `Which way at ${visit.label}?`}>
      {ways.map((way) => (
        <button
          key={way.port}
          type="button"
          className={`trial-way is-${way.tone}`}
          aria-pressed={taken(way)}
          disabled={busy}
          onClick={() => onChoose(visit, chosen?.port === way.port || (way.tone === "timeout" && waiting) ? null : way.port, way.after)}
        >
          {said(way)}
        </button>
      ))}
      {chosen && waiting ? (
        <label className="trial-after">
          after
          <select value={chosen.after ?? "PT1H"} disabled={busy} onChange={(event) => onChoose(visit, chosen.port, event.target.value)}>
            {[...new Set([...AFTER, chosen.after ?? "PT1H"])].map((after) => (
              <option key={after} value={after}>
                {durationWords(after)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {chosen && !waiting ? (
        <button type="button" className="trial-link" disabled={busy} onClick={() => onChoose(visit, null)}>
          As it comes
        </button>
      ) : null}
    </div>
  );
  return buttons;
}
