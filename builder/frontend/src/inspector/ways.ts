// Branches and arms as lists: which port is free, how weights divide.

export interface Way {
  port: string;
  name?: string;
  [key: string]: unknown;
}

/** The items that can be drawn; whatever else stands in a draft's list is left to the JSON view. */
export function arms(value: unknown): Way[] {
  return Array.isArray(value) ? value.filter((item): item is Way => typeof item === "object" && item !== null && typeof (item as Way).port === "string") : [];
}

/** Can the whole list be drawn as ways? If not it is shown as JSON, so that nothing is lost. */
export function drawable(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && arms(value).length === value.length);
}

/** The first port that nobody has; a port that was freed may be used again, its edge went with it. */
export function freePort(taken: readonly string[], ports: readonly string[]): string | null {
  return ports.find((port) => !taken.includes(port)) ?? null;
}

/** Whole percents that make 100: the first get what is left over. */
export function evenly(n: number): number[] {
  const base = Math.floor(100 / n);
  return Array.from({ length: n }, (_, at) => base + (at < 100 - base * n ? 1 : 0));
}

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [item] = next.splice(from, 1);
  if (item !== undefined) next.splice(Math.max(0, Math.min(next.length, to)), 0, item);
  return next;
}
