// The socket of one open editor: who else is here, what was saved and published, and the live numbers.
// It only tells; nothing is ever written through it.

import { loadCounts, loadDraft, loadRun, loadVersion, loadWorkflow, validate } from "../api/builder";
import type { Counts, Editor, RunPath, WorkflowMeta } from "../model/types";
import { takeOver } from "./autosave";
import { commands } from "./commands";
import type { EditorState } from "./state";
import { dispatch, getState, subscribe } from "./store";

const BACK_OFF_MS = [500, 1000, 2000, 5000, 10000];
const POLL_MS = 4000;

let socket: WebSocket | null = null;
let attempts = 0;
let poll: number | undefined;
let seq = -1;
let stopped = false;
let watched = "";

const set = (patch: Partial<EditorState>) => dispatch({ type: "set", patch });

export function startLive(): () => void {
  stopped = false;
  open();
  let told = "";
  const stop = subscribe(() => {
    const state = getState();
    const selected = state.selection.join();
    if (selected !== told) {
      told = selected;
      send("presence", { selected: state.selection });
    }
    watch();
  });
  const leave = () => socket?.close();
  window.addEventListener("pagehide", leave);
  return () => {
    stopped = true;
    stop();
    window.clearTimeout(poll);
    window.removeEventListener("pagehide", leave);
    socket?.close();
  };
}

function open(): void {
  const { config } = getState();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  try {
    socket = new WebSocket(`${scheme}://${location.host}/ws/workflows/${config.workflow}/`);
  } catch {
    return away();
  }
  socket.onopen = () => {
    attempts = 0;
    watched = "";
    send("hello", { client: getState().client });
    send("presence", { selected: getState().selection });
    watch();
    window.clearTimeout(poll);
  };
  socket.onmessage = (event) => hear(JSON.parse(String(event.data)) as Told);
  socket.onclose = () => away();
}

function away(): void {
  socket = null;
  if (stopped) return;
  set({ freshness: "delayed", editors: [] });
  window.clearTimeout(poll);
  void pollCounts();
  window.setTimeout(() => !stopped && open(), BACK_OFF_MS[Math.min(attempts++, BACK_OFF_MS.length - 1)]);
}

/** Without a socket the numbers are fetched: late, but true. */
async function pollCounts(): Promise<void> {
  const { config, mode, path } = getState();
  try {
    const counts = await loadCounts(config.workflow, mode === "live" && path ? path.version : undefined);
    if (socket) return;
    set({ counts: { ...counts, seq: -1, snapshot: true }, freshness: "delayed" });
  } catch {
    if (!socket) set({ freshness: "offline" });
  }
  poll = window.setTimeout(() => !socket && void pollCounts(), POLL_MS);
}

function send(type: string, body: object): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, ...body }));
}

/** Says which numbers this screen shows: a run's version, or the live one. */
function watch(again = false): void {
  const { mode, path, workflow } = getState();
  const run = mode === "live" ? (path?.id ?? null) : null;
  const version = run ? path!.version : workflow.live_version;
  const wish = `${version} ${run}`;
  if (!again && wish === watched) return;
  if (socket?.readyState !== WebSocket.OPEN) return;
  watched = wish;
  seq = -1;
  send("watch", run ? { version, run } : { version });
}

type Told =
  | { type: "welcome"; editors?: Editor[]; revision: number }
  | { type: "editors"; editors: Editor[] }
  | { type: "saved"; revision: number; author: { id: number; name: string } | null; client: string }
  | { type: "published"; version: number; author?: { name: string } | null }
  | ({ type: "counts" } & Counts)
  | { type: "path"; run?: RunPath; path?: RunPath };

function hear(told: Told): void {
  switch (told.type) {
    case "welcome":
      set({ editors: told.editors ?? [] });
      if (told.revision > getState().revision) void fetchTheirs(null);
      return;
    case "editors":
      return set({ editors: told.editors });
    case "saved":
      if (told.client !== getState().client) void fetchTheirs(told.author?.name ?? null);
      return;
    case "published":
      void refreshWorkflow();
      if (told.author) commands.toast(`${told.author.name} published version ${told.version}.`);
      return;
    case "counts":
      return count(told);
    case "path": {
      const path = told.run ?? told.path;
      if (path && getState().path?.id === path.id) set({ path: { ...getState().path, ...path } });
    }
  }
}

function count(told: Counts): void {
  const before = getState().counts;
  if (told.snapshot) {
    seq = told.seq;
    return set({ counts: told, freshness: "live" });
  }
  // A gap: some delta was lost, so the whole is asked for again.
  if (seq >= 0 && told.seq !== seq + 1) return watch(true);
  seq = told.seq;
  set({ counts: { ...told, nodes: { ...before?.nodes, ...told.nodes } }, freshness: "live" });
}

async function fetchTheirs(who: string | null): Promise<void> {
  const { config, revision } = getState();
  if (!config.can.write) return;
  try {
    const theirs = await loadDraft(config.workflow);
    if (theirs.revision <= revision) return;
    takeOver(theirs.document, theirs.revision);
    const said = await validate(config.workflow);
    set({ problems: said.problems, sentences: said.sentences });
    if (who) set({ workflow: { ...getState().workflow, revision: theirs.revision } });
  } catch {
    // The next save meets what was not fetched.
  }
}

/** The workflow's own facts again: after a publish, a pause, a save. */
export async function refreshWorkflow(): Promise<WorkflowMeta | null> {
  const { config, workflow } = getState();
  if (!config.can.write) return null;
  try {
    const fresh = await loadWorkflow(config.workflow);
    set({ workflow: { ...fresh, can: fresh.can ?? workflow.can }, readOnly: !(fresh.can ?? workflow.can).write, ...(fresh.live_version !== workflow.live_version ? { liveDocument: null } : {}) });
    if (getState().mode === "live") await showLive();
    return fresh;
  } catch {
    return null;
  }
}

/** Brings the version whose numbers are shown onto the canvas. */
export async function showLive(): Promise<void> {
  const { config, path, workflow, comparing } = getState();
  if (comparing) return; // its two versions stay where they are until it is ended
  const number = path?.version ?? workflow.live_version;
  if (number === null) return set({ liveDocument: null });
  try {
    const version = await loadVersion(config.workflow, number);
    set({ liveDocument: version.document, liveSentences: version.sentences, workflow: { ...getState().workflow, published_at: version.published_at } });
  } catch {
    set({ liveDocument: null });
  }
}

/** Shows one contact's run on the live canvas, or with null everybody again. */
export async function showPath(run: number | null): Promise<void> {
  if (run === null) {
    set({ path: null });
  } else {
    try {
      set({ path: await loadRun(run), mode: "live", comparing: null });
    } catch (reason) {
      commands.toast(reason instanceof Error ? reason.message : "This run cannot be shown.", "danger");
      return;
    }
  }
  const url = new URL(location.href);
  if (run === null) url.searchParams.delete("run");
  else url.searchParams.set("run", String(run));
  if (run !== null) url.searchParams.set("view", "live");
  history.replaceState(null, "", url);
  await showLive();
}
