// Right of the live canvas: one contact's path in words, or the people at the step that is chosen.

import { useReactFlow } from "@xyflow/react";
import { useEffect, useRef, useState } from "react";
import { retryHere } from "../api/builder";
import { Icon } from "../icons/Icon";
import { Avatar } from "../inspector/Avatar";
import { dayTime, exact } from "../inspector/dates";
import { edgesOut, nodesById } from "../model/graph";
import { counted } from "../model/numbers";
import { portsOf } from "../model/ports";
import type { Port, RunPath, Visit } from "../model/types";
import { commands, getState, kindOf, nodeOf, shownDocument, showPath, titleOf, useEditor } from "../store";
import { ExperimentResults } from "./ExperimentResults";
import { PeopleList } from "./PeopleList";
import { PortChip } from "./PortChip";
import { neighbours } from "./runs";
import { messagesOf, standing, stressed, whens } from "./told";
import "./live.css";

export function LivePanel() {
  const path = useEditor((state) => state.path);
  const chosen = useEditor((state) => (state.selection.length === 1 ? state.selection[0]! : null));
  return (
    <aside className="live-panel" aria-label={path ? "Path" : "People"}>
      {path ? <Path path={path} /> : <PeopleHere node={chosen} />}
    </aside>
  );
}

function PeopleHere({ node }: { node: string | null }) {
  const title = useEditor((state) => {
    const found = node ? nodeOf(state, node) : undefined;
    return found ? titleOf(state, found) : null;
  });
  const isExperiment = useEditor((state) => Boolean(node && nodeOf(state, node)?.kind === "experiment"));
  return (
    <>
      <header className="live-head">
        <span className="tile tile-36 t-messages">
          <Icon name="users" size={20} />
        </span>
        <div>
          <h2>{title ?? "People"}</h2>
          <p>{title ? "Who is here now" : "Who came in, newest first"}</p>
        </div>
        <button type="button" className="icon-button" aria-label="Close" onClick={() => commands.select([])}>
          <Icon name="x" size={20} />
        </button>
      </header>
      {node && isExperiment && <ExperimentResults node={node} />}
      {title && node ? <RetryHere node={node} /> : null}
      <PeopleList key={node} node={title ? node : null} onChoose={(run) => void showPath(run)} />
    </>
  );
}

/** Some failed at this step: whoever may, tries all of them again. */
function RetryHere({ node }: { node: string }) {
  const workflow = useEditor((state) => state.workflow.id);
  const failed = useEditor((state) => state.counts?.nodes[node]?.failed ?? 0);
  const may = useEditor((state) => state.config.can.retry === true);
  const [busy, setBusy] = useState(false);
  if (!failed || !may) return null;
  const retry = () => {
    setBusy(true);
    retryHere(workflow, node)
      .then(
        (done) => commands.toast(`${done.opened + done.issued === 1 ? "1 person is" : `${done.opened + done.issued} people are`} tried again.`, "success"),
        (reason: Error) => commands.toast(reason.message, "danger"),
      )
      .finally(() => setBusy(false));
  };
  return (
    <div className="live-retry">
      <span>
        <Icon name="alert-triangle" size={16} /> {counted(failed, "failure")} here so far
      </span>
      <button type="button" className="button button-small button-danger" disabled={busy} onClick={retry}>
        <Icon name="refresh" size={15} />
        Retry these people
      </button>
    </div>
  );
}

/** A contact as the run gives it: whole, or just its number. */
function contactOf(path: RunPath): { id: number | null; name: string; initials?: string } {
  const { contact } = path;
  if (contact && typeof contact === "object") return { ...contact, id: contact.id, name: contact.name || contact.email || `Contact ${contact.id}` };
  const id = typeof contact === "number" ? contact : (path.contact_id ?? null);
  return { id, name: path.contact_name ?? (id === null ? "Somebody" : `Contact ${id}`) };
}

const REPLAY_MS = 900;

function Path({ path }: { path: RunPath }) {
  const workflow = useEditor((state) => state.workflow.id);
  const kinds = useEditor((state) => state.catalogue.kinds);
  const flow = useReactFlow();
  // While the path is replayed the canvas sees only its beginning; the whole stays here.
  const [replay, setReplay] = useState<{ whole: RunPath; at: number } | null>(null);
  const [beside, setBeside] = useState<{ before: number | null; after: number | null }>({ before: null, after: null });
  const list = useRef<HTMLOListElement>(null);
  const whole = replay && replay.whole.id === path.id ? replay.whole : path;
  const contact = contactOf(whole);
  const times = whens(whole.visits);
  const messages = new Set(kinds.filter((kind) => kind.group === "messages").map((kind) => kind.kind));

  useEffect(() => {
    let here = true;
    neighbours(workflow, path.id).then(
      (found) => here && setBeside(found),
      () => here && setBeside({ before: null, after: null }),
    );
    return () => {
      here = false;
    };
  }, [workflow, path.id]);

  const lookAt = (visit: Visit | undefined) => {
    const node = visit && nodesById(shownDocument(getState())).get(visit.node);
    if (node) void flow.setCenter(node.position.x + 120, node.position.y + 38, { zoom: Math.max(0.8, flow.getZoom()), duration: 200 });
  };

  useEffect(() => {
    if (!replay) return;
    const visit = replay.whole.visits[replay.at];
    commands.setPath({ ...replay.whole, visits: replay.whole.visits.slice(0, replay.at + 1) });
    lookAt(visit);
    list.current?.children[replay.at]?.scrollIntoView({ block: "nearest" });
    const timer = window.setTimeout(() => {
      if (replay.at + 1 < replay.whole.visits.length) setReplay({ whole: replay.whole, at: replay.at + 1 });
      else setReplay(null);
    }, REPLAY_MS);
    return () => window.clearTimeout(timer);
    // One step of the replay is one run of this effect.
  }, [replay]);

  const stop = () => {
    if (replay) commands.setPath(replay.whole);
    setReplay(null);
  };
  const go = (run: number | null) => {
    stop();
    void showPath(run);
  };
  const close = () => {
    stop();
    commands.select([]);
    void showPath(null);
    const url = new URL(location.href);
    url.searchParams.delete("run");
    history.replaceState(null, "", url);
  };

  return (
    <>
      <header className="live-head">
        <Avatar name={contact.name} initials={contact.initials} size={36} />
        <div>
          <h2>{contact.name}</h2>
          <p>{standing(whole)}</p>
        </div>
        <button type="button" className="icon-button" aria-label="Previous person" disabled={beside.before === null} onClick={() => go(beside.before)}>
          <Icon name="chevron-left" size={18} />
        </button>
        <button type="button" className="icon-button" aria-label="Next person" disabled={beside.after === null} onClick={() => go(beside.after)}>
          <Icon name="chevron-right" size={18} />
        </button>
        <button type="button" className="icon-button" aria-label="Close the path" onClick={close}>
          <Icon name="x" size={18} />
        </button>
      </header>
      <dl className="live-facts">
        <div>
          <dt>Came in</dt>
          <dd title={exact(whole.entered_at)}>{dayTime(whole.entered_at)}</dd>
        </div>
        <div>
          <dt>Left</dt>
          <dd title={whole.ended_at ? exact(whole.ended_at) : undefined}>{whole.ended_at ? dayTime(whole.ended_at) : "Not yet"}</dd>
        </div>
        <div>
          <dt>Steps</dt>
          <dd>{whole.visits.length}</dd>
        </div>
        <div>
          <dt>Messages</dt>
          <dd>{messagesOf(whole, messages)}</dd>
        </div>
      </dl>
      <ol ref={list} className="live-list" tabIndex={0} aria-label={`Path of ${contact.name}`}>
        {whole.visits.map((visit, at) => (
          <li key={visit.nth} className={replay && at > replay.at ? "later" : replay?.at === at ? "now" : ""} aria-current={replay?.at === at ? "step" : undefined}>
            <span className="live-number">{at + 1}</span>
            <div className="live-what">
              <button type="button" onClick={() => lookAt(visit)}>
                {visit.label || kinds.find((kind) => kind.kind === visit.kind)?.label || visit.node}
              </button>
              <time dateTime={visit.entered_at} title={exact(visit.entered_at)}>
                {times[at]}
              </time>
            </div>
            {visit.why && (
              <p>{stressed(visit.why).map((piece, n) => (n % 2 ? <b key={n}>{piece}</b> : piece))}</p>
            )}
            {!visit.left_at && !whole.ended_at && <p>Here now.</p>}
            <WentOn visit={visit} />
          </li>
        ))}
      </ol>
      <footer className="live-foot">
        <button type="button" className="button" onClick={() => (replay ? stop() : setReplay({ whole, at: 0 }))}>
          <Icon name={replay ? "player-stop" : "player-play"} size={16} />
          {replay ? "Stop" : "Replay"}
        </button>
        {contact.id !== null && (
          <a className="button" href={`/contacts/${contact.id}/`}>
            <Icon name="users" size={16} />
            Open contact
          </a>
        )}
      </footer>
    </>
  );
}

/** "Went on by [After 2 days]", for steps that have a choice of ways. */
function WentOn({ visit }: { visit: Visit }) {
  const document = useEditor(shownDocument);
  const kind = useEditor((state) => kindOf(state, visit.kind));
  if (!visit.port) return null;
  const node = nodesById(document).get(visit.node);
  const ports: Port[] = node ? portsOf(node, kind) : [];
  const port = ports.find((one) => one.name === visit.port);
  const label = (visit as { port_label?: string }).port_label || port?.label;
  // Next says nothing; a message's skipped and failed say something only when they lead somewhere else.
  if (!label || !port || port.tone === "next" || ports.length < 2) return null;
  if ((port.tone === "skipped" || port.tone === "failed") && node && !edgesOut(document, node.id).some((edge) => edge.port === port.name)) return null;
  return (
    <p className="live-went">
      Went on by <PortChip tone={port.tone} label={label} size={13} />
    </p>
  );
}
