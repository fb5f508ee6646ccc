import { useState } from "react";
import { renameWorkflow, workflowVerb } from "../api/builder";
import { Icon } from "../icons/Icon";
import { counted } from "../model/numbers";
import { clockTime, dayOf } from "../model/path";
import { commands, errorsOf, type Mode, refreshWorkflow, showLive, showPath, useEditor } from "../store";
import { initialsOf } from "./Nav";
import { SaveBadge } from "./SaveBadge";
import { StopDialog } from "./StopDialog";
import { WorkflowMenu } from "./WorkflowMenu";

const VIEWS = [
  ["design", "pencil", "Design"],
  ["live", "activity", "Live"],
  ["outline", "list-tree", "Outline"],
] as const;

export function setView(mode: Mode): void {
  commands.setMode(mode);
  const url = new URL(location.href);
  if (mode === "design") url.searchParams.delete("view");
  else url.searchParams.set("view", mode);
  url.searchParams.delete("run");
  history.replaceState(null, "", url);
  if (mode === "live") void showLive();
  else void showPath(null);
}

/** Where one is, whether it is saved, who else is here, and the one primary button of the screen. */
export function TopBar({ onTest }: { onTest(): void }) {
  const mode = useEditor((s) => s.mode);
  // Who sees no drafts has the live view alone.
  const noDrafts = useEditor((s) => !s.config.can.write);
  return (
    <header className="ed-top">
      <a className="ed-back" href="/workflows/" aria-label="Back to workflows">
        <Icon name="chevron-left" size={22} />
      </a>
      <Title />
      <State />
      <div className="ed-views segmented" role="tablist" aria-label="View" hidden={noDrafts}>
        {VIEWS.map(([value, icon, label]) => (
          <button key={value} type="button" role="tab" aria-selected={mode === value} onClick={() => setView(value)}>
            <Icon name={icon} size={16} className={value === "design" ? "wide-only" : ""} />
            {value === "design" ? <Icon name="sitemap" size={16} className="phone-only" /> : null}
            <span>{value === "design" ? <><span className="wide-only">Design</span><span className="phone-only">Canvas</span></> : label}</span>
          </button>
        ))}
      </div>
      <span className={noDrafts ? "ed-line ed-push" : "ed-line"} />
      <People />
      {mode === "live" ? <LiveActions /> : <DraftActions onTest={onTest} />}
    </header>
  );
}

function Title() {
  const name = useEditor((s) => s.workflow.name);
  const id = useEditor((s) => s.config.workflow);
  const live = useEditor((s) => s.workflow.live_version);
  const at = useEditor((s) => s.save.at);
  const [writing, setWriting] = useState(false);
  const rename = (next: string) => {
    setWriting(false);
    const clean = next.trim();
    if (!clean || clean === name) return;
    renameWorkflow(id, clean).then(
      () => void refreshWorkflow(),
      (reason: Error) => commands.toast(reason.message, "danger"),
    );
  };
  return (
    <div className="ed-title">
      <nav className="ed-crumbs" aria-label="Where you are">
        <a href="/workflows/">Workflows</a>
        <Icon name="chevron-right" size={15} />
      </nav>
      {writing ? (
        <input
          className="ed-rename"
          aria-label="Name of the workflow"
          defaultValue={name}
          autoFocus
          maxLength={120}
          onFocus={(event) => event.target.select()}
          onBlur={(event) => rename(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.currentTarget.blur();
            if (event.key === "Escape") setWriting(false);
          }}
        />
      ) : (
        <h1 onDoubleClick={() => setWriting(true)}>{name}</h1>
      )}
      <WorkflowMenu onRename={() => setWriting(true)} />
      <p className="ed-subtitle">
        {live !== null ? <span className="dot" /> : null}
        {live !== null ? `v${live} live` : "Not published"}
        {at ? `, draft saved ${clockTime(at)}` : ""}
      </p>
    </div>
  );
}

function State() {
  const { status, live_version, changes, published_at } = useEditor((s) => s.workflow);
  const mode = useEditor((s) => s.mode);
  const path = useEditor((s) => s.path);
  const version = mode === "live" && path ? path.version : live_version;
  return (
    <div className="ed-state">
      {version !== null && status === "live" ? (
        <span className="pill pill-live">
          <span className="dot" />
          Version {version} live
        </span>
      ) : null}
      {status === "paused" ? (
        <span className="pill pill-warn">
          <Icon name="player-pause" size={14} />
          Version {version} paused
        </span>
      ) : null}
      {status === "ended" || status === "archived" ? <span className="pill">{status === "ended" ? "Ended" : "Archived"}</span> : null}
      {mode === "live" ? (
        published_at ? <span className="ed-since">since {dayOf(published_at)}, {clockTime(published_at)}</span> : null
      ) : (
        <>
          {live_version === null ? (
            <span className="pill pill-warn">
              <Icon name="pencil" size={14} />
              Draft
            </span>
          ) : changes > 0 ? (
            <span className="pill pill-warn">
              <Icon name="pencil" size={14} />
              Draft, {counted(changes, "change")}
            </span>
          ) : null}
          <SaveBadge />
        </>
      )}
    </div>
  );
}

function People() {
  const me = useEditor((s) => s.config.user);
  const client = useEditor((s) => s.client);
  const editors = useEditor((s) => s.editors);
  const others = editors.filter((editor, i) => editor.client !== client && editors.findIndex((other) => other.id === editor.id) === i && editor.id !== me.id);
  return (
    <div className="ed-people" aria-label={others.length ? `Here now: you, ${others.map((o) => o.name).join(", ")}` : "Only you are here"} role="group">
      <span className="avatar" title={`${me.name} (you)`}>
        {me.initials || initialsOf(me.name)}
      </span>
      {others.slice(0, 3).map((editor) => (
        <span key={editor.client} className="avatar avatar-peer" title={editor.name}>
          {editor.initials || initialsOf(editor.name)}
        </span>
      ))}
      {others.length > 3 ? <span className="avatar">+{others.length - 3}</span> : null}
    </div>
  );
}

function DraftActions({ onTest }: { onTest(): void }) {
  const canUndo = useEditor((s) => s.history.past.length > 0 && !s.readOnly);
  const canRedo = useEditor((s) => s.history.future.length > 0 && !s.readOnly);
  const errors = useEditor((s) => errorsOf(s).length);
  const mayPublish = useEditor((s) => s.workflow.can.publish && !s.readOnly);
  return (
    <div className="ed-actions">
      <button type="button" className="icon-button ed-undo" aria-label="Undo" title="Undo (Ctrl+Z)" disabled={!canUndo} onClick={commands.undo}>
        <Icon name="arrow-back-up" size={19} />
      </button>
      <button type="button" className="icon-button ed-redo" aria-label="Redo" title="Redo (Ctrl+Shift+Z)" disabled={!canRedo} onClick={commands.redo}>
        <Icon name="arrow-forward-up" size={19} />
      </button>
      {errors > 0 ? (
        <button type="button" className="button button-danger ed-problems" aria-label={`${counted(errors, "problem")}: show`} aria-expanded="false" data-problems onClick={() => commands.toggleProblems()}>
          <Icon name="alert-triangle" size={16} />
          {errors}
        </button>
      ) : null}
      <button type="button" className="button ed-test" onClick={onTest}>
        <Icon name="player-play" size={16} />
        Test
      </button>
      {mayPublish ? (
        <button type="button" className="button button-primary ed-publish" onClick={() => commands.setDialog("publish")}>
          Publish…
        </button>
      ) : null}
    </div>
  );
}

function LiveActions() {
  const workflow = useEditor((s) => s.workflow);
  const readOnly = useEditor((s) => s.readOnly);
  const [stopping, setStopping] = useState(false);
  if (readOnly) return null;
  const verb = workflow.status === "paused" ? "resume" : "pause";
  const act = () =>
    workflowVerb(workflow.id, verb).then(
      () => {
        commands.toast(verb === "pause" ? "Paused. Everybody keeps their place." : "Running again.", "success");
        void refreshWorkflow();
      },
      (reason: Error) => commands.toast(reason.message, "danger"),
    );
  return (
    <div className="ed-actions">
      {stopping ? <StopDialog onClose={() => setStopping(false)} /> : null}
      {workflow.status === "live" || workflow.status === "paused" ? (
        <button type="button" className="button button-danger" onClick={() => setStopping(true)}>
          <Icon name="player-stop" size={16} />
          <span className="wide-only">Stop now…</span>
          <span className="phone-only">Stop…</span>
        </button>
      ) : null}
      {workflow.status === "live" || workflow.status === "paused" ? (
        <button type="button" className="button" onClick={() => void act()}>
          <Icon name={verb === "pause" ? "player-pause" : "player-play"} size={16} />
          {verb === "pause" ? "Pause" : "Resume"}
        </button>
      ) : null}
      <button type="button" className="button button-primary" onClick={() => setView("design")}>
        <Icon name="pencil" size={16} />
        Edit
      </button>
    </div>
  );
}
