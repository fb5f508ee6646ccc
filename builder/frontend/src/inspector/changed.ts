// What this draft changed on one step, in words: "The limit was 3 days in version 3."

import { durationWords } from "../model/durations";
import type { FlowNode, Json, Settings } from "../model/types";
import { type Field, fields, humanise, type JsonSchema } from "./schema";

const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
  return value ?? null;
}

/** What a setting is called in a sentence, where its label is half a sentence itself. */
const NOUNS: Record<string, string> = { "wait_until.timeout": "the limit", "wait.duration": "the wait", "email.content": "the e-mail", "sms.text": "the text" };

/** How a value is said; null when it is too long for a sentence. */
function said(field: Field, value: unknown): string | null {
  if (value == null || value === "") return "empty";
  switch (field.widget) {
    case "duration":
      return durationWords(value) || String(value);
    case "select":
    case "combo":
      return `“${field.choices.find((choice) => choice.value === value)?.label ?? String(value)}”`;
    case "switch":
      return value ? "on" : "off";
    case "number":
    case "time":
    case "date":
      return String(value);
    case "tags":
    case "lists":
    case "strings":
      return Array.isArray(value) && value.length ? value.join(", ") : "empty";
    case "text":
    case "liquid":
    case "tag":
    case "list":
      return String(value).length > 60 ? null : `“${String(value)}”`;
    default:
      return null;
  }
}

/** One sentence per difference; `live` is the step as the live version has it. */
export function differences(now: FlowNode, live: FlowNode, schema: JsonSchema, version: number): string[] {
  const found: string[] = [];
  const known = fields(schema);
  const keys = new Set([...known.map((field) => field.key), ...Object.keys(now.settings), ...Object.keys(live.settings)]);
  for (const key of keys) {
    const field = known.find((one) => one.key === key);
    const filled = (settings: Settings): Json | undefined => settings[key] ?? (field?.fallback as Json | undefined);
    if (same(filled(now.settings), filled(live.settings))) continue;
    const name = String(field?.schema["x-noun"] ?? NOUNS[`${now.kind}.${key}`] ?? field?.label ?? humanise(key));
    const old = field ? said(field, filled(live.settings)) : null;
    const subject = /^the /i.test(name) ? name.charAt(0).toUpperCase() + name.slice(1) : `“${name}”`;
    found.push(old === null ? `${subject} was different in version ${version}.` : `${subject} was ${old} in version ${version}.`);
  }
  if (now.enabled !== live.enabled) found.push(`It was switched ${live.enabled ? "on" : "off"} in version ${version}.`);
  if (now.label !== live.label) found.push(live.label ? `Its name was “${live.label}” in version ${version}.` : `It had no name of its own in version ${version}.`);
  if ((now.on_error ?? "continue") !== (live.on_error ?? "continue")) found.push(`After an error people ${live.on_error === "stop" ? "stopped" : "went on"} in version ${version}.`);
  return found;
}
