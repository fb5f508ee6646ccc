// What the form of the time machine says, as the API takes it; and what its answer says, in words.

import { spanWords } from "../model/durations";
import type { RunPath } from "../model/types";
import type { Asked, Chosen, Trial, TrialVisit } from "./types";

/** An invented person as the form holds it: every field is text. */
export interface Persona {
  first_name: string;
  email: string;
  phone: string;
  language: string;
  time_zone: string;
  tags: string;
  consents: Record<string, boolean>;
  /** "purchase 3 days ago": name and days. */
  past: { name: string; days: string }[];
}

export const SOMEBODY: Persona = {
  first_name: "Alice",
  email: "alice@example.com",
  phone: "+48600148214",
  language: "",
  time_zone: "",
  tags: "",
  consents: { email: true, sms: true },
  past: [],
};

export interface Who {
  kind: "contact" | "persona";
  contact: { id: number; name: string } | null;
  persona: Persona;
}

/** The API's persona: what is empty is left out. */
export function personaBody(persona: Persona): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const key of ["first_name", "email", "phone", "language", "time_zone"] as const) if (persona[key].trim()) body[key] = persona[key].trim();
  const tags = persona.tags.split(",").map((tag) => tag.trim()).filter(Boolean);
  if (tags.length) body.tags = tags;
  const said = Object.entries(persona.consents).filter(([, yes]) => yes);
  if (said.length) body.consents = Object.fromEntries(said.map(([subject]) => [subject, "in"]));
  const past = persona.past.filter((one) => one.name.trim());
  if (past.length) body.events = past.map((one) => ({ name: one.name.trim(), before: `P${Math.max(0, Math.round(Number(one.days) || 0))}D` }));
  return body;
}

/** The form again, from what a scenario keeps. */
export function whoOf(asked: Asked): Who {
  if (asked.contact) return { kind: "contact", contact: { id: asked.contact, name: `Contact ${asked.contact}` }, persona: SOMEBODY };
  const body = asked.persona ?? {};
  const text = (key: string) => (typeof body[key] === "string" ? (body[key] as string) : "");
  const consents = (body.consents ?? {}) as Record<string, string>;
  const events = (body.events ?? []) as { name: string; before?: string }[];
  return {
    kind: "persona",
    contact: null,
    persona: {
      first_name: text("first_name"),
      email: text("email"),
      phone: text("phone"),
      language: text("language"),
      time_zone: text("time_zone"),
      tags: ((body.tags ?? []) as string[]).join(", "),
      consents: Object.fromEntries(Object.entries(consents).map(([subject, state]) => [subject, state === "in"])),
      past: events.map((one) => ({ name: one.name, days: String(/^P(\d+)D$/.exec(one.before ?? "")?.[1] ?? 1) })),
    },
  };
}

export function askedOf(who: Who, startsAt: string, choices: Chosen[], anyway: boolean): Asked {
  return {
    ...(who.kind === "contact" && who.contact ? { contact: who.contact.id } : { persona: personaBody(who.persona) }),
    ...(startsAt ? { starts_at: new Date(startsAt).toISOString() } : {}),
    choices,
    ...(anyway ? { anyway } : {}),
  };
}

/** The choices with another one for this visit; the same way again, or the one that nothing is needed for, takes it back. */
export function choose(choices: readonly Chosen[], visit: Pick<TrialVisit, "node" | "visit">, port: string | null, after?: string | null): Chosen[] {
  const others = choices.filter((one) => one.node !== visit.node || one.visit !== visit.visit);
  return port === null ? others : [...others, { node: visit.node, visit: visit.visit, port, ...(after ? { after } : {}) }];
}

export const chosenAt = (choices: readonly Chosen[], visit: Pick<TrialVisit, "node" | "visit">): Chosen | undefined =>
  choices.find((one) => one.node === visit.node && one.visit === visit.visit);

/** Does something have to happen for one of its ways? Then it is a wait; else a fork in the way. */
export const waits = (visit: TrialVisit): boolean => visit.choices.some((way) => way.after !== null);
export const sends = (visit: TrialVisit): boolean => visit.choices.some((way) => way.tone === "skipped" || way.tone === "failed");

/** "Ended as “no response” after 4 days". */
export function ending(trial: Trial): string {
  if (!trial.entered) return "Would not come in";
  const long = spanWords(trial.starts_at, trial.ends_at);
  const after = long === "less than a minute" ? "at once" : `after ${long}`;
  if (trial.outcome) return `Ended as “${(trial.outcome_label || trial.outcome).replace(/^./, (first) => first.toLowerCase())}” ${after}`;
  return `Still inside ${after}`;
}

/** "Given the tag reader", "First name became Ala": what is different afterwards. */
export function changesOf(trial: Trial): string[] {
  const { tags, lists, fields, consents } = trial.changes;
  return [
    ...tags.added.map((tag) => `Given the tag ${tag}`),
    ...tags.removed.map((tag) => `Lost the tag ${tag}`),
    ...lists.joined.map((list) => `Joined the list ${list}`),
    ...lists.left.map((list) => `Left the list ${list}`),
    ...Object.entries(fields).map(([key, { after }]) => `${key.replace(/_/g, " ").replace(/^./, (first) => first.toUpperCase())} became ${after === null || after === "" ? "empty" : String(after)}`),
    ...Object.entries(consents).map(([subject, state]) => `Said ${state === "in" ? "yes" : "no"} to ${subject}`),
    ...trial.others.map((other) => `Came into “${other.workflow_name}”`),
  ];
}

/** The way as the canvas lights it, up to a step. */
export function pathOf(trial: Trial, upTo: number, workflow: { id: number; name: string }): RunPath {
  return {
    id: -1,
    workflow: workflow.id,
    workflow_name: workflow.name,
    version: 0,
    status: trial.status,
    outcome: trial.outcome,
    entered_at: trial.starts_at,
    ended_at: trial.outcome ? trial.ends_at : null,
    visits: trial.visits.slice(0, upTo + 1),
  };
}
