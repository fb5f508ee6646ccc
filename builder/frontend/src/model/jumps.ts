// Where steps send people otherwise than along the lines: "Go to" and its target. The schema says which setting names it.

import type { FlowNode, Kind, WorkflowDocument } from "./types";

const keys = new WeakMap<Kind, string | null>();

/** The setting of this kind that names a step to which people jump. */
function jumpKey(kind: Kind): string | null {
  let found = keys.get(kind);
  if (found === undefined) {
    found = Object.entries(kind.schema.properties ?? {}).find(([, property]) => property["x-jump"])?.[0] ?? null;
    keys.set(kind, found);
  }
  return found;
}

export interface Jump {
  source: string;
  target: string;
}

/** Every jump of the drawing whose target is there. */
export function jumpsOf(document: WorkflowDocument, kindOf: (node: FlowNode) => Kind | undefined): Jump[] {
  const known = new Set(document.nodes.map((node) => node.id));
  const found: Jump[] = [];
  for (const node of document.nodes) {
    const kind = kindOf(node);
    const key = kind && jumpKey(kind);
    const target = key ? node.settings[key] : null;
    if (typeof target === "string" && known.has(target) && target !== node.id) found.push({ source: node.id, target });
  }
  return found;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A bracket beside both boxes, on the side to which the first one stands: out of one, up or down, and into the other. */
export function bracket(from: Box, to: Box, out = 36): { d: string; at: { x: number; y: number }; left: boolean } {
  const left = from.x <= to.x;
  const [ax, bx] = left ? [from.x, to.x] : [from.x + from.width, to.x + to.width];
  const [ay, by] = [from.y + from.height / 2, to.y + to.height / 2];
  const side = left ? Math.min(ax, bx) - out : Math.max(ax, bx) + out;
  const turn = Math.min(12, Math.abs(by - ay) / 2, out);
  const v = by < ay ? -turn : turn;
  const h = left ? -turn : turn;
  // The tip of the arrow touches the box, the line ends where the arrow begins.
  const tip = left ? bx - 8 : bx + 8;
  const d = `M${ax} ${ay}H${side - h}Q${side} ${ay} ${side} ${ay + v}V${by - v}Q${side} ${by} ${side - h} ${by}H${tip}`;
  return { d, at: { x: side, y: (ay + by) / 2 }, left };
}
