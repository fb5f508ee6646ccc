import { timeZone } from "./zone";
// One contact's run laid over the drawing: which boxes and ways, in which order, at what times.

import { durationSeconds } from "./durations";
import type { RunPath, Visit } from "./types";

export interface PathStop {
  numbers: number[];
  visit: Visit;
  /** What the pill on the box says: a day and time, a time of the same day, or how long the person waited. */
  time: string;
}

export interface PathMap {
  stops: Map<string, PathStop>;
  /** `node port` of every way taken. */
  ways: Set<string>;
}

const maps = new WeakMap<RunPath, PathMap>();

export function pathMap(path: RunPath): PathMap {
  let map = maps.get(path);
  if (!map) maps.set(path, (map = build(path)));
  return map;
}

function build(path: RunPath): PathMap {
  const stops = new Map<string, PathStop>();
  const ways = new Set<string>();
  path.visits.forEach((visit, i) => {
    const before = stops.get(visit.node);
    stops.set(visit.node, { visit, numbers: [...(before?.numbers ?? []), i + 1], time: timeOf(visit, path.visits[i - 1]) });
    if (visit.port) ways.add(`${visit.node} ${visit.port}`);
  });
  return { stops, ways };
}

function timeOf(visit: Visit, before: Visit | undefined): string {
  const waited = visit.left_at ? (Date.parse(visit.left_at) - Date.parse(visit.entered_at)) / 1000 : 0;
  if (waited >= 3600 && (visit.kind === "wait" || visit.kind === "wait_until" || visit.kind === "time_window")) return `waited ${roughly(waited)}`;
  const clock = clockTime(visit.entered_at);
  // A time stands alone when the box before shows the day it belongs to.
  const told = before && !timedByWaiting(before) && dayOf(before.entered_at) === dayOf(visit.entered_at);
  return told ? clock : `${dayOf(visit.entered_at)}, ${clock}`;
}

const timedByWaiting = (visit: Visit): boolean =>
  (visit.kind === "wait" || visit.kind === "wait_until" || visit.kind === "time_window") && visit.left_at !== null && Date.parse(visit.left_at) - Date.parse(visit.entered_at) >= 3600_000;

function roughly(seconds: number): string {
  const units = [["day", durationSeconds("P1D")], ["hour", 3600]] as const;
  const [unit, size] = units.find(([, length]) => seconds >= length * 0.99) ?? units[1];
  const count = Math.max(1, Math.round(seconds / size));
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone });

export const dayOf = (iso: string): string => DAY.format(new Date(iso));
export const clockTime = (iso: string): string => CLOCK.format(new Date(iso));
