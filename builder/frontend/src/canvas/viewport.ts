// Where a person looked last, kept per person, workflow and view in this browser. Never part of the document.

import type { Viewport } from "@xyflow/react";
import { NODE_WIDTH, layoutHeight } from "../model/geometry";
import type { WorkflowDocument } from "../model/types";
import type { EditorState } from "../store";

const keyOf = (state: EditorState) => `trellis.viewport.${state.config.user.id}.${state.config.workflow}.${state.mode}`;

export function keptViewport(state: EditorState): Viewport | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(state)) ?? "null");
    const { x, y, zoom } = value as Viewport;
    return [x, y, zoom].every(Number.isFinite) ? { x, y, zoom } : null;
  } catch {
    return null;
  }
}

export function keepViewport(state: EditorState, viewport: Viewport): void {
  try {
    localStorage.setItem(keyOf(state), JSON.stringify(viewport));
  } catch {
    // A browser that keeps nothing still draws.
  }
}

/** The first look: readable (80 % at least), centred, from the top. */
export function firstViewport(document: WorkflowDocument, width: number, height: number): Viewport {
  const box = bounds(document);
  if (!box) return { x: width / 2 - 120, y: 60, zoom: 1 };
  const fits = Math.min(1, (width - 34) / box.width, (height - 40) / box.height);
  const zoom = Math.max(0.8, fits);
  const x = box.width * zoom <= width ? (width - box.width * zoom) / 2 - box.x * zoom : 17 - box.x * zoom;
  return { x: Math.round(x), y: 20 - box.y * zoom, zoom };
}

export function bounds(document: WorkflowDocument): { x: number; y: number; width: number; height: number } | null {
  const boxes = [
    ...document.nodes.map((n) => ({ x: n.position.x, y: n.position.y, r: n.position.x + NODE_WIDTH, b: n.position.y + layoutHeight(1) })),
    ...document.notes.map((n) => ({ x: n.position.x, y: n.position.y, r: n.position.x + n.size.width, b: n.position.y + n.size.height })),
  ];
  if (!boxes.length) return null;
  const x = Math.min(...boxes.map((b) => b.x));
  const y = Math.min(...boxes.map((b) => b.y));
  return { x, y, width: Math.max(...boxes.map((b) => b.r)) - x, height: Math.max(...boxes.map((b) => b.b)) - y };
}

type Reveal = (id: string) => void;
let reveal: Reveal = () => undefined;

/** The canvas says how a step is brought into view. */
export function onReveal(how: Reveal): () => void {
  reveal = how;
  return () => {
    reveal = () => undefined;
  };
}

/** Moves the view if the step lies outside of it. */
export const revealStep = (id: string): void => reveal(id);
