// The time machine: one contact through the draft as it stands on the screen, on a clock of its own. Nothing is written, nothing is sent.

import { useEffect, useRef, useState } from "react";
import { ApiError, post, workflowUrl } from "../api/client";
import { Icon } from "../icons/Icon";
import { counted } from "../model/numbers";
import { TestDialog } from "../shell/TestDialog";
import { commands, getState, useEditor } from "../store";
import { askedOf, changesOf, choose, ending, pathOf, SOMEBODY, type Who as Chosen, whoOf } from "./asking";
import { Scenarios } from "./Scenarios";
import { Timeline } from "./Timeline";
import type { Asked, Chosen as Way, Scenario, Trial, TrialVisit } from "./types";
import { Who } from "./Who";
import "./trial.css";

type Tab = "try" | "scenarios";

export function TimeMachine() {
  const workflow = useEditor((s) => s.workflow);
  const [tab, setTab] = useState<Tab>("try");
  const [who, setWho] = useState<Chosen>({ kind: "persona", contact: null, persona: SOMEBODY });
  const [startsAt, setStartsAt] = useState("");
  const [choices, setChoices] = useState<Way[]>([]);
  const [trial, setTrial] = useState<Trial | null>(null);
  const [asking, setAsking] = useState(true);
  const [at, setAt] = useState(0);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState("");
  const [anyway, setAnyway] = useState(false);
  const [kept, setKept] = useState<number | null>(null);
  const [sending, setSending] = useState(false);
  const box = useRef<HTMLElement>(null);
  // Of two answers under way only the later one counts.
  const turn = useRef(0);

  useEffect(() => {
    box.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    commands.setTrial(trial?.visits.length ? pathOf(trial, at, workflow) : null);
  }, [trial, at]);

  const run = async (asked: Asked, keepPlace?: TrialVisit) => {
    const mine = ++turn.current;
    setBusy(true);
    setFailed("");
    try {
      const found = await post<Trial>(workflowUrl(workflow.id, "simulate/"), { ...asked, document: getState().document });
      if (mine !== turn.current) return;
      setTrial(found);
      setAsking(false);
      const same = keepPlace ? found.visits.findIndex((visit) => visit.node === keepPlace.node && visit.visit === keepPlace.visit) : -1;
      setAt(same >= 0 ? Math.min(same + 1, found.visits.length - 1) : Math.max(0, found.visits.length - 1));
    } catch (reason) {
      if (mine !== turn.current) return;
      const words = reason instanceof ApiError && reason.problems.length ? reason.problems.map((problem) => problem.message).join(" ") : (reason as Error).message;
      setFailed(words);
      setAsking(true);
    } finally {
      if (mine === turn.current) setBusy(false);
    }
  };
  const ask = (patch: { choices?: Way[]; anyway?: boolean; keep?: TrialVisit } = {}) =>
    run(askedOf(who, startsAt, patch.choices ?? choices, patch.anyway ?? anyway), patch.keep);

  const choosing = (visit: TrialVisit, port: string | null, after?: string | null) => {
    const next = choose(choices, visit, port, after);
    setChoices(next);
    void ask({ choices: next, keep: visit });
  };
  const open = (scenario: Scenario) => {
    const found = whoOf(scenario.asked);
    setWho(found);
    const local = scenario.asked.starts_at ? new Date(scenario.asked.starts_at) : null;
    setStartsAt(local ? new Date(local.getTime() - local.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : "");
    setChoices(scenario.asked.choices ?? []);
    setAnyway(scenario.asked.anyway ?? false);
    setTab("try");
    void run(scenario.asked);
  };

  return (
    <aside ref={box} className="live-panel trial" aria-label="Time machine" tabIndex={-1}>
      <header className="live-head">
        <span className="tile tile-36 t-timing">
          <Icon name="history" size={20} />
        </span>
        <div>
          <h2>Time machine</h2>
          <p>Nothing is written, nothing is sent</p>
        </div>
        <button type="button" className="icon-button" aria-label="Close the time machine" onClick={() => commands.setTesting(false)}>
          <Icon name="x" size={18} />
        </button>
      </header>
      <div className="trial-tabs" role="group" aria-label="What to see">
        <button type="button" aria-pressed={tab === "try"} onClick={() => setTab("try")}>
          Try
        </button>
        <button type="button" aria-pressed={tab === "scenarios"} onClick={() => setTab("scenarios")}>
          Scenarios{kept ? <span className="n">{kept}</span> : null}
        </button>
      </div>
      {tab === "scenarios" ? (
        <div className="trial-scroll">
          <Scenarios onOpen={open} onCount={setKept} />
        </div>
      ) : asking || !trial ? (
        <form
          className="trial-scroll trial-form"
          onSubmit={(event) => {
            event.preventDefault();
            setChoices([]);
            setAnyway(false);
            void run(askedOf(who, startsAt, [], false));
          }}
        >
          {failed ? (
            <p className="trial-error" role="alert">
              <Icon name="alert-triangle" size={16} />
              {failed}
            </p>
          ) : null}
          <Who who={who} onChange={setWho} />
          <label className="trial-when">
            <span>They come in</span>
            <input className="input" type="datetime-local" value={startsAt} onChange={(event) => setStartsAt(event.target.value)} />
            <small>{startsAt ? "" : "Empty: now."}</small>
          </label>
          <button type="submit" className="button button-primary" disabled={busy || (who.kind === "contact" && !who.contact)} aria-busy={busy}>
            <Icon name="player-play" size={16} />
            {busy ? "Days are passing…" : "Let time pass"}
          </button>
          <button type="button" className="trial-link trial-real" onClick={() => setSending(true)}>
            <Icon name="send" size={15} />
            Send a real contact into the live version instead
          </button>
        </form>
      ) : (
        <Result trial={trial} at={at} choices={choices} busy={busy} onGo={setAt} onChoose={choosing} onAgain={() => setAsking(true)} onAnyway={() => { setAnyway(true); void ask({ anyway: true }); }} asked={() => askedOf(who, startsAt || new Date(trial.starts_at).toISOString(), choices, anyway)} onKept={() => setKept((kept ?? 0) + 1)} />
      )}
      {sending ? <TestDialog onClose={() => setSending(false)} /> : null}
    </aside>
  );
}

interface ResultProps {
  trial: Trial;
  at: number;
  choices: Way[];
  busy: boolean;
  onGo(at: number): void;
  onChoose(visit: TrialVisit, port: string | null, after?: string | null): void;
  onAgain(): void;
  onAnyway(): void;
  asked(): Asked;
  onKept(): void;
}

function Result({ trial, at, choices, busy, onGo, onChoose, onAgain, onAnyway, asked, onKept }: ResultProps) {
  const changes = changesOf(trial);
  const last = trial.visits.length - 1;
  return (
    <>
      <div className="trial-end" role="status" aria-busy={busy}>
        <div>
          <b>{trial.contact.name}</b>
          <span className={`pill ${trial.stopped || !trial.entered ? "pill-warn" : "pill-live"}`}>{ending(trial)}</span>
        </div>
        {trial.stopped ? <p className="trial-stopped">{trial.stopped.sentence}</p> : null}
        {trial.refused ? <p className="trial-stopped">{trial.entered ? `Let in although: ${trial.refused.sentence}` : trial.refused.sentence}</p> : null}
        {!trial.entered && trial.refused ? (
          <button type="button" className="button button-small" disabled={busy} onClick={onAnyway}>
            Let them in anyway
          </button>
        ) : null}
        {changes.length ? (
          <details className="trial-changes">
            <summary>{counted(changes.length, "change")} afterwards</summary>
            <ul>
              {changes.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </details>
        ) : null}
      </div>
      {trial.visits.length ? <Timeline trial={trial} at={at} choices={choices} busy={busy} onGo={onGo} onChoose={onChoose} /> : <div className="trial-scroll" />}
      {trial.visits.length ? (
        <div className="trial-steps" role="group" aria-label="Step by step">
          <button type="button" className="icon-button" aria-label="Step back" disabled={at <= 0} onClick={() => onGo(at - 1)}>
            <Icon name="chevron-left" size={18} />
          </button>
          <span>
            Step {at + 1} of {last + 1}
          </span>
          <button type="button" className="icon-button" aria-label="Step forward" disabled={at >= last} onClick={() => onGo(at + 1)}>
            <Icon name="chevron-right" size={18} />
          </button>
        </div>
      ) : null}
      <Foot trial={trial} busy={busy} onAgain={onAgain} asked={asked} onKept={onKept} />
    </>
  );
}

function Foot({ trial, busy, onAgain, asked, onKept }: Pick<ResultProps, "trial" | "busy" | "onAgain" | "asked" | "onKept">) {
  const workflow = useEditor((s) => s.workflow.id);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const [saving, setSaving] = useState(false);
  const keep = async () => {
    setSaving(true);
    const expected = {
      path: trial.visits.map((visit) => visit.node),
      labels: Object.fromEntries(trial.visits.map((visit) => [visit.node, visit.label])),
      outcome: trial.outcome,
      tags: trial.changes.tags,
    };
    try {
      await post(workflowUrl(workflow, "scenarios/"), { name: name.trim(), ...asked(), expected });
      commands.toast(`“${name.trim()}” is kept. It is tried again at each publish.`, "success");
      setNaming(false);
      setName("");
      onKept();
    } catch (reason) {
      commands.toast((reason as Error).message, "danger");
    } finally {
      setSaving(false);
    }
  };
  if (naming) {
    return (
      <form
        className="live-foot trial-keep"
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        <input className="input" autoFocus required maxLength={120} aria-label="Name of the scenario" placeholder="Opens after three hours" value={name} onChange={(event) => setName(event.target.value)} />
        <button type="button" className="button" onClick={() => setNaming(false)}>
          Cancel
        </button>
        <button type="submit" className="button button-primary" disabled={saving || !name.trim()}>
          Keep
        </button>
      </form>
    );
  }
  return (
    <footer className="live-foot">
      <button type="button" className="button" onClick={onAgain}>
        <Icon name="user" size={16} />
        Somebody else
      </button>
      <button type="button" className="button" disabled={busy || !trial.entered} onClick={() => setNaming(true)}>
        <Icon name="clipboard-check" size={16} />
        Keep as scenario
      </button>
    </footer>
  );
}
