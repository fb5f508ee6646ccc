// ISO 8601 durations in words: the browser's half of contacts/durations.py.

const PATTERN = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS = ["year", "month", "week", "day", "hour", "minute", "second"] as const;
const SECONDS = [31536000, 2592000, 604800, 86400, 3600, 60, 1] as const;

export type DurationUnit = (typeof UNITS)[number];

/** The parts of a duration that are not nought, largest first; null if it is not one. */
export function durationParts(iso: unknown): { count: number; unit: DurationUnit }[] | null {
  if (typeof iso !== "string" || iso === "P" || iso.endsWith("T")) return null;
  const match = PATTERN.exec(iso);
  if (!match) return null;
  return UNITS.map((unit, i) => ({ unit, count: Number(match[i + 1] ?? 0) })).filter((part) => part.count > 0);
}

/** "P2D" -> "2 days"; an unreadable duration comes back as "". */
export function durationWords(iso: unknown): string {
  const parts = durationParts(iso);
  if (!parts) return "";
  return parts.map(({ count, unit }) => `${count} ${unit}${count === 1 ? "" : "s"}`).join(" ");
}

/** (2, "day") -> "P2D". */
export function isoDuration(count: number, unit: DurationUnit): string {
  const letter = unit[0]!.toUpperCase();
  return unit === "hour" || unit === "minute" || unit === "second" ? `PT${count}${letter}` : `P${count}${letter}`;
}

/** Rough length in seconds (a month is 30 days); for order and limits, never for what the engine decides. */
export function durationSeconds(iso: unknown): number {
  const parts = durationParts(iso) ?? [];
  return parts.reduce((sum, part) => sum + part.count * SECONDS[UNITS.indexOf(part.unit)]!, 0);
}

/** How long between two moments, in the largest unit that reads well: "2 days", "4 days and 5 minutes". */
export function spanWords(from: string, to: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 60000));
  const parts: string[] = [];
  const add = (count: number, unit: string) => count > 0 && parts.push(`${count} ${unit}${count === 1 ? "" : "s"}`);
  add(Math.floor(minutes / 1440), "day");
  add(Math.floor((minutes % 1440) / 60), "hour");
  add(minutes % 60, "minute");
  return parts.slice(0, 2).join(" and ") || "less than a minute";
}
