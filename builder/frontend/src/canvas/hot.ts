// What is under the pointer or has the canvas's tab stop: changes often and is nobody's business but the canvas's.

import { useSyncExternalStore } from "react";

export interface Hot {
  /** The edge under the pointer, or under a step that is being dragged. */
  edge: string | null;
  /** Whether something is being dragged over the canvas. */
  dragging: boolean;
  /** The one step that Tab reaches. */
  tabStop: string | null;
}

let hot: Hot = { edge: null, dragging: false, tabStop: null };
const listeners = new Set<() => void>();

export const getHot = (): Hot => hot;

export function setHot(patch: Partial<Hot>): void {
  const next = { ...hot, ...patch };
  if (next.edge === hot.edge && next.dragging === hot.dragging && next.tabStop === hot.tabStop) return;
  hot = next;
  for (const listener of [...listeners]) listener();
}

export function useHot<T>(select: (hot: Hot) => T): T {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => select(hot),
  );
}
