// When a thing must have happened: ever, in the last D, since the run began, since a step, within D of a step.

import { words } from "../durations";

export type WindowKind = "ever" | "within" | "run" | "since" | "within_since";

export interface Window {
  within?: string;
  since?: string;
}

export const WINDOW_KEYS = ["within", "since"] as const;

export function kindOfWindow(leaf: Window): WindowKind {
  if (leaf.since && leaf.within) return "within_since";
  if (leaf.since === "run") return "run";
  if (leaf.since) return "since";
  return leaf.within ? "within" : "ever";
}

/** The words before the chip, and on it. `own` is the step that the leaf itself asks about. */
export function windowWords(leaf: Window, nameOf: (node: string) => string, own?: unknown): { before: string; chip: string } {
  const from = leaf.since === "run" ? "since they came in" : leaf.since && leaf.since === own ? "since it was sent" : `since ${nameOf(leaf.since ?? "")}`;
  switch (kindOfWindow(leaf)) {
    case "ever":
      return { before: "", chip: "at any time" };
    case "within":
      return { before: "", chip: `in the last ${words(leaf.within).replace(/^1 (?=\w+$)/, "")}` };
    case "within_since": {
      const start = leaf.since === "run" ? "coming in" : leaf.since === own ? "its sending" : nameOf(leaf.since ?? "");
      return { before: "", chip: `within ${words(leaf.within)} of ${start}` };
    }
    default:
      return { before: "at any time", chip: from };
  }
}

/** The keys of a leaf for another kind of window; what was said of duration and step is kept where it fits. */
export function windowOf(kind: WindowKind, leaf: Window, anchor: string | null): { within: string | undefined; since: string | undefined } {
  const within = leaf.within ?? "P2D";
  const since = leaf.since && leaf.since !== "run" ? leaf.since : (anchor ?? "run");
  switch (kind) {
    case "ever":
      return { within: undefined, since: undefined };
    case "within":
      return { within, since: undefined };
    case "run":
      return { within: undefined, since: "run" };
    case "since":
      return { within: undefined, since };
    case "within_since":
      return { within, since };
  }
}
