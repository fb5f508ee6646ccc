// Dates in people's words: "Sat 21 Nov at 14:32". In the workspace's zone, with the exact time on hover elsewhere.

import { timeZone } from "../model/zone";

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone });
const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone });
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long", timeZone });

const dated = (at: Date | string): Date => (typeof at === "string" ? new Date(at) : at);

/** "21 Nov", with the year when it is not this one. September is three letters long, as all others. */
export function day(at: Date | string, now = new Date()): string {
  const date = dated(at);
  const said = DAY.format(date).replace("Sept", "Sep");
  return date.getFullYear() === now.getFullYear() ? said : `${said} ${date.getFullYear()}`;
}

export const time = (at: Date | string): string => TIME.format(dated(at));
export const weekday = (at: Date | string): string => WEEKDAY.format(dated(at));
export const exact = (at: Date | string): string => EXACT.format(dated(at));

/** "23 Nov, 09:00" */
export const dayTime = (at: Date | string): string => `${day(at)}, ${time(at)}`;

export const sameDay = (a: Date | string, b: Date | string): boolean => dated(a).toDateString() === dated(b).toDateString();

/** "3 minutes ago", "just now" */
export function ago(at: Date | string, now = new Date()): string {
  const seconds = Math.round((now.getTime() - dated(at).getTime()) / 1000);
  if (seconds < 20) return "just now";
  if (seconds < 90) return "a minute ago";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 24) return hours === 1 ? "an hour ago" : `${hours} hours ago`;
  return dayTime(at);
}

const NUMBER = new Intl.NumberFormat("en-GB");
export const number = (n: number): string => NUMBER.format(n);
export const people = (n: number): string => `${number(n)} ${n === 1 ? "person" : "people"}`;
