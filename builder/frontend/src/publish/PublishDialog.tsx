// What a publish would change, for whom, and the choice. Or what stands in its way.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { ApiError, post, request, workflowUrl } from "../api/client";
import { Icon } from "../icons/Icon";
import { number, people } from "../inspector/dates";
import type { Problem } from "../model/types";
import { commands, dispatch, errorsOf, getState, refreshWorkflow, useEditor } from "../store";
import { Blocked } from "./Blocked";
import type { Impacted } from "./impact";
import { Entering, entering, MANY } from "./Entering";
import { PeopleInside } from "./PeopleInside";
import { type Checked, ScenarioCheck, useScenarios } from "./ScenarioCheck";
import { settled } from "./settled";
import "./publish.css";

export function PublishDialog() {
  const open = useEditor((state) => state.dialog === "publish");
  return open ? <Open /> : null;
}

export type Choice = "move" | "finish_old";

function Open() {
  const workflow = useEditor((state) => state.workflow);
  const errors = useEditor(errorsOf);
  const [impact, setImpact] = useState<Impacted | null>(null);
  const [failed, setFailed] = useState("");
  const [busy, setBusy] = useState(false);
  const [choice, setChoice] = useState<Choice>("move");
  const [targets, setTargets] = useState<Record<string, string | null>>({});
  const [letIn, setLetIn] = useState(false);
  const [note, setNote] = useState("");
  const [at, setAt] = useState<string | null>(null);
  const [checked, setChecked] = useState<Checked | null>(null);
  const [agreed, setAgreed] = useState(false);
  const close = () => commands.setDialog(null);
  const differs = (checked?.tried?.failed ?? 0) > 0;
  useScenarios(workflow.id, impact !== null && errors.length === 0, setChecked);

  useEffect(() => {
    let here = true;
    settled()
      .then(() => post<Impacted>(workflowUrl(workflow.id, "impact/")))
      .then((found) => {
        if (!here) return;
        setImpact(found);
        setTargets(Object.fromEntries(found.waiting.filter((row) => row.what === "removed").map((row) => [row.node, row.target ?? null])));
      })
      .catch((reason: Error) => here && setFailed(reason.message));
    return () => {
      here = false;
    };
    // Asked once when the dialogue opens: what it shows must not change under the marketer's eyes.
  }, []);

  const publish = async () => {
    if (busy || !impact || (differs && !agreed)) return;
    setBusy(true);
    setFailed("");
    try {
      await settled();
      const body = { people_inside: impact.people ? choice : "finish_old", deleted: choice === "move" ? targets : {}, at: at ? new Date(at).toISOString() : null, note: note.trim() };
      const { data } = await request<{ number?: number }>("POST", workflowUrl(workflow.id, "publish/"), { body, headers: { "If-Match": `"${getState().revision}"` } });
      await refreshWorkflow();
      close();
      const version = data.number ?? impact.version;
      commands.toast(
        at
          ? `Version ${impact.version} goes live ${new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(new Date(at))}.`
          : impact.people && choice === "move"
            ? `Version ${version} is live. ${people(impact.people)} ${impact.people === 1 ? "moves" : "move"} to it.`
            : `Version ${version} is live.`,
        "success",
      );
    } catch (reason) {
      // The same list as on the steps: what the server found is shown there too.
      if (reason instanceof ApiError && reason.problems.length) dispatch({ type: "set", patch: { problems: reason.problems.map((problem) => ({ severity: "error", ...problem }) as Problem) } });
      setFailed((reason as Error).message);
      setBusy(false);
    }
  };

  const title = errors.length ? "Not ready to be published" : `Publish version ${impact?.version ?? (workflow.versions || 0) + 1}`;
  return (
    <Frame title={title} onClose={close}>
      {errors.length ? (
        <Blocked problems={errors} name={workflow.name} onClose={close} />
      ) : (
        <form
          className="pub-form"
          onSubmit={(event) => {
            event.preventDefault();
            void publish();
          }}
        >
          <div className="pub-scroll">
            {failed && (
              <p className="pub-error" role="alert">
                <Icon name="alert-triangle" size={16} />
                {failed}
              </p>
            )}
            {!impact && !failed && <Waiting />}
            {impact && (
              <>
                <p className="pub-lead">{lead(impact, workflow.live_version)}</p>
                <Changes impact={impact} first={workflow.live_version === null} onShow={close} />
                {impact.people > 0 && workflow.live_version !== null && (
                  <PeopleInside impact={impact} live={workflow.live_version} choice={choice} onChoose={setChoice} targets={targets} onTarget={(node, target) => setTargets({ ...targets, [node]: target })} />
                )}
                <ScenarioCheck checked={checked} agreed={agreed} onAgree={setAgreed} />
                <Entering impact={impact} agreed={letIn} onAgree={setLetIn} />
                <section className="pub-last">
                  <label className="pub-note">
                    Note for the team
                    <input className="input" maxLength={500} value={note} placeholder="What changed, and why" onChange={(event) => setNote(event.target.value)} />
                  </label>
                  <When at={at} onChange={setAt} />
                </section>
              </>
            )}
          </div>
          <footer className="pub-foot">
            {workflow.live_version !== null && (
              <span>
                <Icon name="history" size={16} />
                Version {workflow.live_version} stays in the history and can be restored.
              </span>
            )}
            <button type="button" className="button" onClick={close}>
              Cancel
            </button>
            <button type="submit" className="button button-primary" disabled={!impact || busy || (entering(impact) > MANY && !letIn) || (at !== null && !at) || (differs && !agreed)} aria-busy={busy}>
              {busy ? "Publishing…" : submitWords(impact, choice, at)}
            </button>
          </footer>
        </form>
      )}
    </Frame>
  );
}

function submitWords(impact: Impacted | null, choice: Choice, at: string | null): string {
  if (!impact) return "Publish";
  if (at !== null) return "Publish at that time";
  return impact.people && choice === "move" ? `Publish and move ${people(impact.people)}` : `Publish version ${impact.version}`;
}

function lead(impact: Impacted, live: number | null): ReactNode {
  if (live === null) return "Nobody is inside yet. From now on people come in by its triggers.";
  if (!impact.people) return `Nobody is inside version ${live} right now.`;
  return (
    <>
      <b>{people(impact.people)}</b> {impact.people === 1 ? "is" : "are"} inside version {live} right now. Say what becomes of them.
    </>
  );
}

/** The dialogue itself: modal, Escape and the scrim close it, the focus comes back. */
function Frame({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
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
      className="pub"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => event.target === box.current && onClose()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className="pub-inner">
        <div className="pub-head">
          <h2>{title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="x" size={20} />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

const WHAT = {
  changed: { icon: "pencil", word: "Changed", pill: "pill pill-warn" },
  added: { icon: "plus", word: "Added", pill: "pill pill-live" },
  removed: { icon: "minus", word: "Removed", pill: "pill pill-danger" },
};
const SHOWN = 6;

function Changes({ impact, first, onShow }: { impact: Impacted; first: boolean; onShow: () => void }) {
  const [all, setAll] = useState(false);
  const shown = all ? impact.changes : impact.changes.slice(0, SHOWN);
  const here = impact.changes.filter((change) => change.node && change.what !== "removed").map((change) => change.node);
  if (first) return null;
  return (
    <section className="pub-part pub-changes">
      <div className="pub-part-head">
        <h3>What changed</h3>
        {here.length > 0 && (
          <button
            type="button"
            className="pub-link"
            onClick={() => {
              onShow();
              commands.setMode("design");
              commands.select(here);
            }}
          >
            Show on the canvas
            <Icon name="arrow-up-right" size={16} />
          </button>
        )}
      </div>
      {!impact.changes.length && <p className="pub-quiet">Nothing but places on the canvas. You can publish all the same.</p>}
      <ul>
        {shown.map((change) => (
          <li key={`${change.node}${change.what}`}>
            <span className={WHAT[change.what].pill}>
              <Icon name={WHAT[change.what].icon} size={14} />
              {WHAT[change.what].word}
            </span>
            <p title={change.text}>
              <b>{change.label || "The workflow"}</b>
              {change.text}
            </p>
          </li>
        ))}
      </ul>
      {impact.changes.length > shown.length && (
        <button type="button" className="pub-link" onClick={() => setAll(true)}>
          {number(impact.changes.length - shown.length)} more
        </button>
      )}
    </section>
  );
}

function When({ at, onChange }: { at: string | null; onChange: (at: string | null) => void }) {
  // The browser's own field wants local time without a zone.
  const local = (date: Date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  return (
    <div className="pub-when" role="group" aria-label="When">
      <span>When</span>
      <div>
        <div className="segmented">
          <button type="button" aria-pressed={at === null} onClick={() => onChange(null)}>
            Now
          </button>
          <button type="button" aria-pressed={at !== null} onClick={() => onChange(at ?? local(new Date(Date.now() + 3_600_000)))}>
            <Icon name="calendar" size={16} />
            At a time
          </button>
        </div>
        {at !== null && <input className="input" type="datetime-local" aria-label="Date and time" required min={local(new Date())} value={at} onChange={(event) => onChange(event.target.value)} />}
      </div>
    </div>
  );
}

function Waiting() {
  return (
    <p className="pub-quiet pub-waiting" role="status">
      Looking at who is inside…
    </p>
  );
}
