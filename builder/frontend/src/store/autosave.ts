// The draft goes to the server by itself. What is typed is never lost: not in flight, offline, on leaving, nor to a colleague.

import { saveDraft } from "../api/builder";
import { ApiError, Offline } from "../api/client";
import { decided, merge } from "../model/merge";
import { freshId } from "../model/edit";
import type { ConflictAnswer } from "../model/types";
import { commands } from "./commands";
import type { EditorState } from "./state";
import { dispatch, getState, subscribe } from "./store";

const PAUSE_MS = 700;
const RETRY_MS = [2000, 4000, 8000, 15000];
/** Browsers refuse larger bodies of requests that outlive their page. */
const KEEPALIVE_LIMIT = 60_000;

let timer: number | undefined;
let inFlight = false;
let failures = 0;

const set = (patch: Partial<EditorState>) => dispatch({ type: "set", patch });

/** Begins to watch the document; called once, when it has been loaded. */
export function startAutosave(): () => void {
  let seen = getState().document;
  const stop = subscribe(() => {
    const { document } = getState();
    if (document === seen) return;
    seen = document;
    schedule(PAUSE_MS);
  });
  const flush = () => void flushNow();
  const hidden = () => document.visibilityState === "hidden" && void save();
  const back = () => getState().save.state === "offline" && void save();
  window.addEventListener("pagehide", flush);
  window.addEventListener("online", back);
  document.addEventListener("visibilitychange", hidden);
  window.addEventListener("beforeunload", warnOfLoss);
  return () => {
    stop();
    window.removeEventListener("pagehide", flush);
    window.removeEventListener("online", back);
    document.removeEventListener("visibilitychange", hidden);
    window.removeEventListener("beforeunload", warnOfLoss);
  };
}

const isDirty = (state: EditorState): boolean => state.loaded && !state.readOnly && state.document !== state.baseline;

function schedule(ms: number): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void save(), ms);
}

/** Saves what is not saved. Resolves when everything up to now is on the server, or cannot be brought there. */
export async function save(): Promise<void> {
  window.clearTimeout(timer);
  if (inFlight) return;
  const state = getState();
  if (!isDirty(state) || state.conflict) {
    if (!state.conflict && state.save.state === "dirty") set({ save: { ...state.save, state: "saved" } });
    return;
  }
  const { document: sent, revision, config, client } = state;
  inFlight = true;
  set({ save: { state: state.save.state === "offline" ? "offline" : "saving", at: state.save.at } });
  try {
    const answer = await saveDraft(config.workflow, sent, revision, client, outlives(sent));
    failures = 0;
    const now = getState();
    const clean = now.document === sent;
    set({
      baseline: sent,
      revision: answer.revision,
      problems: answer.problems,
      sentences: answer.sentences,
      save: { state: clean ? "saved" : "dirty", at: answer.saved_at },
      workflow: { ...now.workflow, revision: answer.revision, draft_saved_at: answer.saved_at },
    });
    onSaved.forEach((tell) => tell());
    if (!clean) schedule(PAUSE_MS);
  } catch (reason) {
    inFlight = false;
    failed(reason);
  } finally {
    inFlight = false;
  }
}

const onSaved = new Set<() => void>();
/** Told after each save that the server took. */
export function afterSave(tell: () => void): () => void {
  onSaved.add(tell);
  return () => onSaved.delete(tell);
}

function failed(reason: unknown): void {
  const { save: before } = getState();
  if (reason instanceof ApiError && reason.status === 409) return settle(reason.body as ConflictAnswer);
  if (reason instanceof Offline) {
    set({ save: { state: "offline", at: before.at } });
    return schedule(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]!);
  }
  const detail = reason instanceof Error ? reason.message : "The draft could not be saved.";
  set({ save: { state: "error", at: before.at, detail } });
  const answered = reason instanceof ApiError;
  if (!answered || reason.status >= 500 || reason.status === 429) schedule(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]!);
  else commands.toast(detail, "danger");
}

/** Somebody saved in between: both sides are put together; only what both changed differently is asked about. */
function settle(theirs: ConflictAnswer): void {
  const { baseline, document: mine } = getState();
  const merged = merge(baseline, mine, theirs.document);
  dispatch({ type: "rebase", document: merged.document, baseline: theirs.document, revision: theirs.revision });
  const who = theirs.author?.name ?? "Somebody";
  if (merged.clashes.length === 0) {
    commands.toast(`${who} changed other parts meanwhile. Both are kept.`);
    set({ save: { state: "dirty", at: getState().save.at } });
    schedule(0);
    return;
  }
  set({ conflict: { theirs, clashes: merged.clashes }, dialog: "conflict", save: { state: "conflict", at: getState().save.at } });
}

/** The review is done: each clash is decided, and the result is saved. One step of undo. */
export function resolveConflict(choices: Record<string, "mine" | "theirs" | "both">): void {
  const { conflict, document } = getState();
  if (!conflict) return;
  const next = decided(document, conflict.clashes, conflict.theirs.document, (clash) => choices[clash.key] ?? "mine", (prefix) => freshId(document, prefix));
  set({ conflict: null, dialog: null, save: { state: "dirty", at: getState().save.at } });
  dispatch({ type: "edit", document: next, at: Date.now() });
  schedule(0);
}

/** A colleague's save that this tab heard of: if nothing is pending here, take it over at once. */
export function takeOver(document: EditorState["document"], revision: number): void {
  const state = getState();
  if (revision <= state.revision || inFlight) return;
  const merged = merge(state.baseline, state.document, document);
  if (merged.clashes.length) return; // The next save meets it and asks.
  const dirty = isDirty(state);
  dispatch({ type: "rebase", document: dirty ? merged.document : document, baseline: document, revision });
}

/** Small enough for a request that goes on when its page is closed. */
const outlives = (document: EditorState["document"]): boolean => new Blob([JSON.stringify(document)]).size < KEEPALIVE_LIMIT;

/** Leaving: what is pending goes out in a request that outlives the page. */
async function flushNow(): Promise<void> {
  const state = getState();
  if (!isDirty(state) || state.conflict || inFlight) return;
  await saveDraft(state.config.workflow, state.document, state.revision, state.client, outlives(state.document)).catch(() => undefined);
}

function warnOfLoss(event: BeforeUnloadEvent): void {
  const state = getState();
  if (isDirty(state) && (inFlight || !outlives(state.document) || state.save.state !== "dirty")) event.preventDefault();
}
