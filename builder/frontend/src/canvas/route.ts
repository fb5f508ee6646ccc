// The way an edge takes: down, across, down. The crossing lies just above the target, so joins merge into one line.

import { CROSSING } from "../model/geometry";
import type { Point } from "../model/types";

const RADIUS = 14;

/** Corner points of the edge from a port to the top of a node. */
export function route(from: Point, to: Point): Point[] {
  if (Math.abs(from.x - to.x) < 0.5 && to.y > from.y) return [from, to];
  const crossing = to.y - CROSSING;
  if (crossing >= from.y + 4) return [from, { x: from.x, y: crossing }, { x: to.x, y: crossing }, to];
  if (to.y > from.y + 8) {
    const middle = (from.y + to.y) / 2;
    return [from, { x: from.x, y: middle }, { x: to.x, y: middle }, to];
  }
  // The target lies above: out below the box, up beside both, and in from the top.
  const near = Math.abs(from.x - to.x) < 264;
  const side = near ? Math.max(from.x, to.x) + 148 : (from.x + to.x) / 2;
  return [from, { x: from.x, y: from.y + CROSSING }, { x: side, y: from.y + CROSSING }, { x: side, y: crossing }, { x: to.x, y: crossing }, to];
}

/** The corner points as an SVG path with round corners, less round where a leg is short. */
export function pathOf(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  rest.forEach((point, i) => {
    const before = points[i]!;
    const after = points[i + 2];
    if (!after) {
      path += `L${point.x} ${point.y}`;
      return;
    }
    const radius = Math.min(RADIUS, distance(before, point) / (i === 0 ? 1 : 2), distance(point, after) / (points[i + 3] ? 2 : 1));
    const a = towards(point, before, radius);
    const b = towards(point, after, radius);
    path += `L${a.x} ${a.y}Q${point.x} ${point.y} ${b.x} ${b.y}`;
  });
  return path;
}

/** Where a count or a `+` sits: the middle of the crossing, or of the straight line. */
export function middleOf(points: Point[]): Point {
  if (points.length === 2) {
    // Between two boxes that stand close, the middle of what their pills leave free.
    const middle = between(points[0]!, points[1]!);
    return distance(points[0]!, points[1]!) < 60 ? { x: middle.x, y: middle.y - 2.5 } : middle;
  }
  if (points.length === 4) return between(points[1]!, points[2]!);
  return between(points[2]!, points[3]!);
}

/** How far a point is from the line. */
export function distanceTo(points: Point[], at: Point): number {
  let least = Infinity;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!];
    const length = distance(a, b) ** 2 || 1;
    const t = Math.max(0, Math.min(1, ((at.x - a.x) * (b.x - a.x) + (at.y - a.y) * (b.y - a.y)) / length));
    least = Math.min(least, distance(at, { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) }));
  }
  return least;
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

function towards(from: Point, to: Point, by: number): Point {
  const length = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * by) / length, y: from.y + ((to.y - from.y) * by) / length };
}
