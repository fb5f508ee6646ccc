// What the server says of a publish, made ready for the eye: short pills, sentences with their numbers, the long tail folded.

import type { Impact } from "../model/types";

export interface WaitingRow {
  node: string;
  label: string;
  kind: string;
  people: number;
  what?: "same" | "changed" | "removed";
  change: string;
  becomes: string;
  target?: string | null;
}

export type Impacted = Omit<Impact, "waiting"> & { waiting: WaitingRow[] };

/** "The limit is 2 days, it was 3 days" as a pill says it: "3 days, now 2 days". Longer ones are just "Changed". */
export function shortChange(text: string): string {
  const found = /^(?:.*?(?: is|:) )(.+), it was (.+)$/.exec(text.trim());
  const short = found ? `${found[2]}, now ${found[1]}` : text;
  return short.length <= 24 ? short : "Changed";
}

/** Each fate on a line of its own, its number apart: [["277", "wait on with the new limit"], …]. */
export function fates(text: string): [string, string][] {
  return text
    .split(/\n|[;.]\s+(?=\d)/)
    .map((line) => line.trim().replace(/[.;]$/, ""))
    .filter(Boolean)
    .map((line) => {
      const found = /^(\d[\d,. ]*\d|\d)\s+(.*)$/s.exec(line);
      return found ? [found[1]!, found[2]!] : ["", line];
    });
}

/** The rows to show, and how many people stand in the ones that are folded (places where nothing changes). */
export function folded(rows: readonly WaitingRow[], shown = 2): { rows: WaitingRow[]; more: number; people: number } {
  const plain = rows.filter((row) => !changes(row));
  // One more row takes no more room than the line that says so.
  const keep = plain.length <= shown + 1 ? plain.length : shown;
  const rest = plain.slice(keep);
  return {
    rows: [...rows.filter(changes), ...plain.slice(0, keep)],
    more: rest.length,
    people: rest.reduce((sum, row) => sum + row.people, 0),
  };
}

export const changes = (row: WaitingRow): boolean => (row.what ? row.what !== "same" : row.change !== "" && row.change !== "Nothing");
export const isRemoved = (row: WaitingRow): boolean => (row.what ? row.what === "removed" : row.change === "Removed");
