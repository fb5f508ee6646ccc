// Comparisons: which ones fit a type, what their value looks like, how typed text becomes it.

import type { Json } from "../../model/types";
import type { Field } from "../schema";
import { meant } from "../values";

export type Shape = "none" | "list" | "duration" | "range" | "yesno" | "choice" | "one";

const WITHOUT = new Set(["set", "not_set"]);
const DURATIONS = new Set(["within_last", "within_next"]);

/** What the value of this comparison looks like, for a field of this type (null: anything). */
export function shapeOf(op: string, type: string | null): Shape {
  if (WITHOUT.has(op)) return "none";
  if (op === "in") return "list";
  if (DURATIONS.has(op)) return "duration";
  if (op === "between") return "range";
  if (type === "boolean") return "yesno";
  return type === "choice" ? "choice" : "one";
}

/** The comparisons that make sense for this type, by the schema's own table. */
export function opsFor(op: Field, type: string | null): Field {
  const table = op.schema["x-by-type"] as Record<string, string[]> | undefined;
  const fit = type ? table?.[type] : undefined;
  return fit ? { ...op, choices: op.choices.filter((choice) => fit.includes(String(choice.value))) } : op;
}

/** Typed text as a value: a list at commas, a number where the field holds numbers or nothing is known of it. */
export function valueOf(text: string, shape: Shape, type: string | null): Json | undefined {
  const one = (piece: string): Json => (type === "text" || type === "choice" || type === "date" || type === "datetime" ? piece : meant(piece));
  if (shape === "list") {
    const pieces = text.split(",").map((piece) => piece.trim()).filter(Boolean);
    return pieces.length ? pieces.map(one) : undefined;
  }
  return text.trim() === "" ? undefined : one(text.trim());
}

/** The value as it stands on its chip. */
export function shownValue(value: unknown): string {
  if (value == null) return "";
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
