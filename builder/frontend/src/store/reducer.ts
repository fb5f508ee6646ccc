// One pure function from state and action to state. History is snapshots: what is undone comes back byte for byte.

import { merge } from "../model/merge";
import type { WorkflowDocument } from "../model/types";
import type { EditorState, HistoryEntry } from "./state";

export type Action =
  | { type: "edit"; document: WorkflowDocument; selection?: string[]; mergeKey?: string | null; at: number }
  | { type: "undo" }
  | { type: "redo" }
  | { type: "select"; nodes: string[]; edge?: string | null }
  /** Somebody else's saved document took its place under ours; the history is carried over to it. */
  | { type: "rebase"; document: WorkflowDocument; baseline: WorkflowDocument; revision: number }
  /** Facts from the server and states of the screen: nothing of the document. */
  | { type: "set"; patch: Partial<Omit<EditorState, "document" | "history">> }
  | { type: "load"; document: WorkflowDocument; patch: Partial<EditorState> };

const HISTORY_LIMIT = 200;
const MERGE_PAUSE_MS = 3000;

export function reduce(state: EditorState, action: Action): EditorState {
  switch (action.type) {
    case "edit":
      return edited(state, action);
    case "undo":
      return stepped(state, "past", "future");
    case "redo":
      return stepped(state, "future", "past");
    case "select":
      if (sameIds(state.selection, action.nodes) && state.selectedEdge === (action.edge ?? null)) return state;
      return { ...state, selection: action.nodes, selectedEdge: action.edge ?? null, history: { ...state.history, mergeKey: null } };
    case "rebase": {
      const carry = (entry: HistoryEntry): HistoryEntry => ({ ...entry, document: merge(state.baseline, entry.document, action.baseline).document });
      const history = { ...state.history, past: state.history.past.map(carry), future: state.history.future.map(carry) };
      return { ...state, document: action.document, baseline: action.baseline, revision: action.revision, history };
    }
    case "set":
      return { ...state, ...action.patch };
    case "load":
      return {
        ...state,
        ...action.patch,
        document: action.document,
        baseline: action.document,
        history: { past: [], future: [], mergeKey: null, at: 0 },
        loaded: true,
      };
  }
}

function edited(state: EditorState, action: Extract<Action, { type: "edit" }>): EditorState {
  if (action.document === state.document || state.readOnly) return state;
  const { history } = state;
  const merges = action.mergeKey != null && action.mergeKey === history.mergeKey && action.at - history.at < MERGE_PAUSE_MS;
  const past = merges ? history.past : [...history.past, { document: state.document, selection: state.selection }].slice(-HISTORY_LIMIT);
  const present = new Set(action.document.nodes.map((node) => node.id));
  const selection = (action.selection ?? state.selection).filter((id) => present.has(id) || action.document.notes.some((note) => note.id === id));
  return {
    ...state,
    document: action.document,
    selection: sameIds(selection, state.selection) ? state.selection : selection,
    selectedEdge: action.document.edges.some((edge) => edge.id === state.selectedEdge) ? state.selectedEdge : null,
    history: { past, future: [], mergeKey: action.mergeKey ?? null, at: action.at },
    save: dirtySave(state),
  };
}

function stepped(state: EditorState, from: "past" | "future", to: "past" | "future"): EditorState {
  const entry = state.history[from].at(-1);
  if (!entry || state.readOnly) return state;
  const history = {
    ...state.history,
    [from]: state.history[from].slice(0, -1),
    [to]: [...state.history[to], { document: state.document, selection: state.selection }],
    mergeKey: null,
  };
  return { ...state, document: entry.document, selection: entry.selection, selectedEdge: null, history, save: dirtySave(state) };
}

/** An edit leaves a conflict or an outage standing: they are settled by their own ways. */
function dirtySave(state: EditorState): EditorState["save"] {
  const { save } = state;
  return save.state === "saved" || save.state === "error" ? { ...save, state: "dirty" } : save;
}

function sameIds(a: string[], b: string[]): boolean {
  return a === b || (a.length === b.length && a.every((id, i) => id === b[i]));
}
