/* ISO 8601 durations as a marketer says them. The document keeps "P2D"; people read "2 days". */

import { durationWords } from "../model/durations";

export interface Duration {
  months: number;
  days: number;
  seconds: number;
}

export type Unit = "minutes" | "hours" | "days" | "weeks" | "months";

export const UNITS: readonly Unit[] = ["minutes", "hours", "days", "weeks", "months"];

const ISO = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Its parts, or null if the text is no duration. Weeks are seven days, years are twelve months. */
export function parse(iso: unknown): Duration | null {
  if (typeof iso !== "string") return null;
  const match = ISO.exec(iso.trim().toUpperCase());
  if (!match || !/\d/.test(iso)) return null;
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return {
    months: years! * 12 + months!,
    days: weeks! * 7 + days!,
    seconds: hours! * 3600 + minutes! * 60 + seconds!,
  };
}

/** One number and one unit, if the duration can be said so without changing what it means
 * (a day is a calendar step, 24 hours are not, so they are never exchanged). */
export function simple(iso: unknown): { amount: number; unit: Unit } | null {
  const found = parse(iso);
  if (!found) return null;
  const { months, days, seconds } = found;
  if ([months, days, seconds].filter(Boolean).length > 1) return null;
  if (months) return { amount: months, unit: "months" };
  if (days) return /W/i.test(String(iso)) && days % 7 === 0 ? { amount: days / 7, unit: "weeks" } : { amount: days, unit: "days" };
  if (seconds % 60) return null;
  if (seconds && seconds % 3600 === 0) return { amount: seconds / 3600, unit: "hours" };
  return { amount: seconds / 60, unit: "minutes" };
}

export function toIso(amount: number, unit: Unit): string {
  switch (unit) {
    case "minutes":
      return `PT${amount}M`;
    case "hours":
      return `PT${amount}H`;
    case "days":
      return `P${amount}D`;
    case "weeks":
      return `P${amount}W`;
    case "months":
      return `P${amount}M`;
  }
}

/** "2 days", as ways out are labelled; text that is no duration comes back as it is. */
export function words(iso: unknown): string {
  return durationWords(iso) || String(iso ?? "");
}

/** The moment that much later: months and days are calendar steps, the rest is absolute. */
export function addTo(iso: unknown, from: Date): Date | null {
  const found = parse(iso);
  if (!found) return null;
  const later = new Date(from);
  if (found.months) {
    const day = later.getDate();
    later.setDate(1);
    later.setMonth(later.getMonth() + found.months);
    const last = new Date(later.getFullYear(), later.getMonth() + 1, 0).getDate();
    later.setDate(Math.min(day, last));
  }
  if (found.days) later.setDate(later.getDate() + found.days);
  later.setTime(later.getTime() + found.seconds * 1000);
  return later;
}
