// Sizes of the drawing, in units at zoom 1 (see the design tokens).

import type { Point } from "./types";

export const NODE_WIDTH = 240;
export const COLUMN = 264;
export const ROW_GAP = 40;
export const CROSSING = 22;
export const SNAP = 8;

/** The box itself: taller when tabs sit on its lower line. */
export const nodeHeight = (ports: number): number => (ports > 1 ? 76 : 64);

/** The box with what hangs below it: tabs, and for four and more ways the names on the edges. */
export const layoutHeight = (ports: number): number => (ports > 3 ? 112 : ports > 1 ? 88 : 64);

/** Where the edge of the i-th of n ports begins, from the node's corner. */
export function portPoint(i: number, n: number): Point {
  return n > 1 ? { x: (NODE_WIDTH * (2 * i + 1)) / (2 * n), y: 88 } : { x: NODE_WIDTH / 2, y: 64 };
}

export const snapped = (point: Point): Point => ({ x: Math.round(point.x / SNAP) * SNAP, y: Math.round(point.y / SNAP) * SNAP });
