// The one store of the page: a value, a reducer, and the components that listen.

import { useSyncExternalStore } from "react";
import { type Action, reduce } from "./reducer";
import { type EditorState, initialState } from "./state";

let state: EditorState = initialState({ workflow: 0, user: { id: 0, name: "", initials: "" }, can: { write: false, publish: false }, places: [] }, "");
const listeners = new Set<() => void>();

export const getState = (): EditorState => state;

export function dispatch(action: Action): void {
  const next = reduce(state, action);
  if (next === state) return;
  state = next;
  for (const listener of [...listeners]) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Starts from nothing: called once by main.tsx, and by tests. */
export function reset(next: EditorState): void {
  state = next;
  for (const listener of [...listeners]) listener();
}

/** What `select` picks out of the state. It must give the same value for the same state (no fresh arrays or objects). */
export function useEditor<T>(select: (state: EditorState) => T): T {
  return useSyncExternalStore(subscribe, () => select(state));
}
