// Words that a schema cannot say: what stands beside a label, and hints that are worked out from the value.

import type { ReactNode } from "react";
import { durationWords } from "../model/durations";
import { addTo, words } from "./durations";
import { day, exact, time, weekday } from "./dates";
import type { Field } from "./schema";

interface Words {
  label: string;
  help?: ReactNode;
  aside?: string;
  hint?: (value: unknown, field: Field) => ReactNode;
}

/** What a step is called under its name, where the palette's word is too short for it. */
export const LONG_NAMES: Record<string, string> = { wait_until: "Wait until something happens" };

/** What the link to the rest of the help says. */
export const MORE_HELP: Record<string, string> = { timing: "How waiting works", messages: "How sending works", logic: "How it decides" };

const ASIDES: Record<string, string> = {
  "wait_until.branches": "first to happen wins",
  "branch.branches": "first true one wins",
  "split.arms": "make 100 %",
  "experiment.arms": "make 100 %",
};

export function wordsFor(kind: string, field: Field): Words {
  const said: Words = { label: field.label, help: field.help || undefined, aside: ASIDES[`${kind}.${field.key}`] };
  if (field.widget !== "duration") return said;
  if (kind === "wait_until" && field.key === "timeout")
    return { ...said, hint: (value) => <MovesOn iso={value} before="Counted for each person from when they get here. " after={<>, by the way out <b className="warn">After {durationWords(value) || words(value)}</b>.</>} /> };
  if (kind === "wait" && field.key === "duration") return { ...said, hint: (value) => <MovesOn iso={value} after="." /> };
  return said;
}

/** "Somebody who arrives now moves on Sat 21 Nov at 14:32" */
function MovesOn({ iso, before, after }: { iso: unknown; before?: string; after: ReactNode }) {
  const at = addTo(iso, new Date());
  if (!at || Number.isNaN(at.getTime())) return before ?? null;
  return (
    <>
      {before}Somebody who arrives now moves on{" "}
      <time dateTime={at.toISOString()} title={exact(at)}>
        {weekday(at)} {day(at)} at {time(at)}
      </time>
      {after}
    </>
  );
}
