// How each fact reads as a sentence. A fact that has no layout here is drawn from its schema: its label and a chip per setting.

import type { Leaf } from "./tree";

export interface Slot {
  /** A setting of the fact; or "target": the message asked about, "compare": op, value and to, "window": when. */
  key: string;
  /** Other words for its values. */
  say?: Record<string, string>;
  unit?: string;
  before?: string;
  after?: string;
  placeholder?: string;
  /** Shown only then, unless it is set. "asked": when somebody asks for more, under this name. */
  only?: ((leaf: Leaf) => boolean) | "asked";
}

export type Part = string | Slot;

const TIMES = { "1": "once", "2": "twice" };

export const LAYOUTS: Record<string, Part[]> = {
  message: [
    "The person",
    {
      key: "did",
      say: {
        sent: "was sent",
        delivered: "got",
        opened: "opened",
        clicked: "clicked",
        bounced: "bounced",
        replied: "replied to",
        skipped: "was left out of",
      },
    },
    { key: "link", placeholder: "any link", only: (leaf) => leaf.did === "clicked", after: "in" },
    "the message",
    { key: "target" },
  ],
  tag: ["The person has the tag", { key: "is", placeholder: "which tag" }, "put on", { key: "by", say: { anyone: "anyone", person: "a person", workflow: "a workflow" }, before: "by", only: "asked" }, { key: "window" }],
  list: ["The person is on the list", { key: "is", placeholder: "which list" }],
  segment: ["The person is in the segment", { key: "is", placeholder: "which segment" }],
  consent: ["Consent to", { key: "subject", placeholder: "which channel" }, "is", { key: "state" }],
  email_valid: ["The person has a valid e-mail"],
  phone_valid: ["The person has a valid phone"],
  field: ["The contact’s", { key: "field", placeholder: "which field" }, { key: "compare" }],
  score: ["The score is", { key: "compare" }],
  event: ["The event", { key: "name", placeholder: "which event" }, { key: "where", only: "asked" }, "happened at least", { key: "at_least", say: TIMES, unit: "times" }],
  purchase: ["The person bought something", { key: "value_from", before: "worth at least", placeholder: "how much", only: "asked" }, { key: "value_to", before: "worth at most", placeholder: "how much", only: "asked" }, { key: "where", only: "asked" }, "at least", { key: "at_least", say: TIMES, unit: "times" }],
  visited: ["The person visited", { key: "url", placeholder: "which page" }, "at least", { key: "at_least", say: TIMES, unit: "times" }, { key: "seconds", before: "for at least", after: "seconds", placeholder: "how many", only: "asked" }],
  survey: ["The last survey score is", { key: "compare" }, { key: "survey", before: "in", placeholder: "any survey", only: "asked" }],
  onsite: ["The person", { key: "did", say: { shown: "was shown", clicked: "clicked", dismissed: "closed", chat_started: "started a chat from" } }, { key: "item", placeholder: "any on-site item" }, "at least", { key: "at_least", say: TIMES, unit: "times" }],
  app: ["The person has the app", { key: "app", placeholder: "any app" }],
  push: ["The person can receive", { key: "channel" }],
  workflow: ["The person", { key: "did", say: { inside: "is inside", finished: "has left" } }, { key: "is", placeholder: "which workflow" }, { key: "outcome", before: "as", placeholder: "however it was", only: (leaf) => leaf.did === "finished" }],
  step: ["The person came through", { key: "node", placeholder: "which step" }, "by", { key: "is", placeholder: "which way" }],
  now: ["It is", { key: "weekdays", placeholder: "any day" }, "from", { key: "from", placeholder: "any time" }, "to", { key: "to", placeholder: "any time" }, { key: "first", before: ", on or after", placeholder: "which day", only: "asked" }, { key: "last", before: ", not after", placeholder: "which day", only: "asked" }],
};

/** What a fresh leaf of this fact starts with, beside what its schema demands. */
export function startOf(fact: string, anchor: string | null): Record<string, unknown> {
  if (fact === "message") return anchor ? { node: anchor, did: "opened", since: anchor } : { any: true, did: "opened" };
  return {};
}
