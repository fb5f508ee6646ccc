// One contact's path in words: when each step was, how long it took, what stands out in a sentence.

import { day, time, weekday } from "../inspector/dates";
import type { RunPath, Visit } from "../model/types";

const TIMING = new Set(["wait", "wait_until", "time_window", "rate_limit"]);

/** "2 days" for 2 days and 20 seconds: the largest unit that says it. Empty below a minute. */
export function roughly(seconds: number): string {
  const [size, unit] = seconds >= 86_400 * 0.99 ? [86_400, "day"] : seconds >= 3600 * 0.99 ? [3600, "hour"] : [60, "minute"];
  const n = Math.round(seconds / Number(size));
  return n < 1 ? "" : `${n} ${unit}${n === 1 ? "" : "s"}`;
}

const stayed = (visit: Visit): number => (visit.left_at ? (Date.parse(visit.left_at) - Date.parse(visit.entered_at)) / 1000 : 0);

/** What stands right of each step: how long it held them, a time, or a day and a time when the day is another one. */
export function whens(visits: readonly Visit[]): string[] {
  let told = "";
  return visits.map((visit) => {
    const waited = TIMING.has(visit.kind) ? roughly(stayed(visit)) : "";
    if (waited) return `waited ${waited}`;
    const date = day(visit.entered_at);
    const said = date === told ? time(visit.entered_at) : `${weekday(visit.entered_at)} ${date}, ${time(visit.entered_at)}`;
    told = date;
    return said;
  });
}

/** The sentence cut where a yes, a no or a consent stands out: pieces in turn plain and strong. */
export function stressed(why: string): string[] {
  return why.split(/\*\*(.+?)\*\*|(?<=: )(yes|no|in|out|unknown)(?=[.,;]|$)/i).filter((piece) => piece !== undefined);
}

/** "Version 4, ended as “no response”" */
export function standing(run: Pick<RunPath, "version" | "status" | "outcome" | "ended_at"> & { outcome_label?: string }): string {
  const outcome = (run.outcome_label || run.outcome || "").replace(/_/g, " ");
  const status = run.status.toLowerCase();
  const said = outcome.charAt(0).toLowerCase() + outcome.slice(1);
  if (status === "failed") return `Version ${run.version}, stopped by an error`;
  if (!run.ended_at) return `Version ${run.version}, inside now`;
  if (status === "removed") return `Version ${run.version}, removed${said ? `: ${said}` : ""}`;
  return `Version ${run.version}, ${said ? `ended as “${said}”` : "ended"}`;
}

/** How many messages were sent on the way. A server that does not say it: by the kinds of the steps. */
export function messagesOf(run: RunPath, kinds: ReadonlySet<string>): number {
  if (typeof run.messages === "number") return run.messages;
  if (run.visits.some((visit) => "message" in visit)) return run.visits.filter((visit) => (visit as { message?: unknown }).message != null).length;
  return run.visits.filter((visit) => kinds.has(visit.kind)).length;
}

/** Round numbers for the scale of widths: near the most, about a third of it, and a tenth of that. */
export function scaleOf(most: number): number[] {
  if (most < 10) return most > 0 ? [most] : [];
  const floor = (n: number) => {
    const size = 10 ** Math.floor(Math.log10(n));
    return Math.floor(n / size) * size;
  };
  const top = floor(most);
  return [...new Set([top, floor(top / 3), floor(top / 30)])].filter((n) => n >= 1);
}

/** Width of a way by the share of people who took it: 1.5 to 10 px. */
export const widthOf = (people: number, entered: number): number => (entered > 0 ? 1.5 + 8.5 * Math.sqrt(Math.min(1, people / entered)) : 1.5);
