/* From the catalogue's JSON Schema to a form: which fields there are, which widget draws each.
 * The server stays the only judge of what is valid; here nothing is ever dropped. */

import type { Schema } from "../model/types";

export type JsonSchema = Schema;

export type Widget =
  | "duration"
  | "condition"
  | "branches"
  | "weights"
  | "variants"
  | "content"
  | "node"
  | "message_node"
  | "workflow"
  | "tags"
  | "tag"
  | "list"
  | "lists"
  | "field"
  | "liquid"
  | "code"
  | "time"
  | "date"
  | "datetime"
  | "weekdays"
  | "select"
  | "combo"
  | "multiselect"
  | "strings"
  | "text"
  | "number"
  | "switch"
  | "remote"
  | "scalar"
  | "object"
  | "items"
  | "where"
  | "rrule"
  | "json";

/** What `x-widget` may ask for; another word is ignored and the type decides. */
const WIDGETS: ReadonlySet<string> = new Set<Widget>(
  ("duration condition branches weights variants content node message_node workflow tags tag list lists field liquid code time date " +
    "datetime weekdays select combo multiselect strings text number switch remote scalar object items where rrule json").split(" ") as Widget[],
);

export interface Choice {
  value: unknown;
  label: string;
}

export interface Field {
  key: string;
  label: string;
  help: string;
  required: boolean;
  nullable: boolean;
  widget: Widget;
  /** The schema with references followed and "or nothing" taken away. */
  schema: JsonSchema;
  choices: Choice[];
  /** The parts of an "object" field, or of each of its "items" or "branches". */
  fields: Field[];
  fallback: unknown;
  /** Settings that make this one matter: `{"mode": "date"}`, or a list of values for one key. */
  showIf: Record<string, unknown> | null;
}

function follow(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let found = schema;
  for (let depth = 0; depth < 10; depth += 1) {
    const single = found.allOf?.length === 1 ? found.allOf[0] : undefined;
    if (found.$ref) {
      const target = root.$defs?.[found.$ref.split("/").pop() ?? ""];
      if (!target) return found;
      const { $ref: _, ...own } = found;
      found = { ...target, ...own };
    } else if (single) {
      const { allOf: _, ...own } = found;
      found = { ...single, ...own };
    } else return found;
  }
  return found;
}

function withoutNull(schema: JsonSchema, root: JsonSchema): { schema: JsonSchema; nullable: boolean } {
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(schema.type) && schema.type.includes("null")) {
    const rest = schema.type.filter((type) => type !== "null");
    return { schema: { ...schema, type: rest.length === 1 ? rest[0]! : rest }, nullable: true };
  }
  if (!options) return { schema, nullable: false };
  const rest = options.filter((option) => option.type !== "null");
  if (rest.length === options.length) return { schema, nullable: false };
  const { anyOf: _a, oneOf: _o, ...own } = schema;
  if (rest.length === 1) return { schema: { ...follow(rest[0]!, root), ...own }, nullable: true };
  return { schema: { ...own, anyOf: rest }, nullable: true };
}

/** "not_before" as a person would write it: "Not before". */
export function humanise(name: string): string {
  const said = name.replace(/[_-]+/g, " ").trim();
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function choicesOf(schema: JsonSchema, words: unknown = schema["x-labels"]): Choice[] {
  const labels = words as Record<string, string> | string[] | undefined;
  const named = (value: unknown, at: number): Choice => {
    const label = Array.isArray(labels) ? labels[at] : labels?.[String(value)];
    return { value, label: label ?? humanise(String(value)) };
  };
  if (schema.enum) return schema.enum.map(named);
  if (schema.const !== undefined) return [named(schema.const, 0)];
  const offered = schema["x-options"];
  if (Array.isArray(offered)) return offered.map(named);
  const options = schema.anyOf ?? schema.oneOf;
  if (options?.length && options.every((option) => option.const !== undefined))
    return options.map((option, at) => ({ value: option.const, label: option.title ?? named(option.const, at).label }));
  return [];
}

function widgetOf(schema: JsonSchema, choices: Choice[], root: JsonSchema): Widget {
  const asked = schema["x-widget"];
  if (choices.length && schema["x-free"]) return "combo";
  if (typeof schema["x-options"] === "string") return "remote";
  // Code that is not text (an event's properties) is JSON.
  if (asked === "code" && schema.type !== "string") return "json";
  if (typeof asked === "string" && WIDGETS.has(asked)) return asked as Widget;
  if (choices.length) return "select";
  switch (schema.type) {
    case "boolean":
      return "switch";
    case "integer":
    case "number":
      return "number";
    case "string":
      if (schema.format === "duration") return "duration";
      if (schema.format === "time") return "time";
      if (schema.format === "date") return "date";
      if (schema.format === "date-time") return "datetime";
      return "text";
    case "object":
      return schema.properties && Object.keys(schema.properties).length ? "object" : "json";
    case "array": {
      const items = schema.items ? follow(schema.items, root) : {};
      if (choicesOf(items).length) return "multiselect";
      if (items.properties) return "items";
      return items.type === "string" ? "strings" : "json";
    }
    default: {
      const options = schema.anyOf ?? schema.oneOf ?? [];
      return options.length && options.every((option) => SCALARS.has(String(follow(option, root).type))) ? "scalar" : "json";
    }
  }
}

const SCALARS = new Set(["string", "number", "integer", "boolean"]);

export function fieldOf(key: string, given: JsonSchema, root: JsonSchema, required = false): Field {
  const { schema, nullable } = withoutNull(follow(given, root), root);
  const items = schema.type === "array" && schema.items ? follow(schema.items, root) : undefined;
  const own = choicesOf(schema);
  const choices = own.length || !items ? own : choicesOf(items, schema["x-labels"] ?? items["x-labels"]);
  const widget = widgetOf(schema, own, root);
  return {
    key,
    label: schema.title ?? humanise(key),
    help: schema.description ?? "",
    required,
    nullable,
    widget,
    schema,
    choices,
    fields: widget === "object" ? fields(schema, root) : ["items", "branches", "where", "variants"].includes(widget) && items ? fields(items, root) : [],
    fallback: schema.default,
    showIf: (schema["x-show-if"] as Record<string, unknown> | undefined) ?? null,
  };
}

/** The fields of an object schema, in its order. */
export function fields(schema: JsonSchema, root: JsonSchema = schema): Field[] {
  const needed = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([key, property]) => fieldOf(key, property, root, needed.has(key)));
}

/** Does this field matter under these settings? */
export function shows(field: Field, settings: Record<string, unknown>, all: readonly Field[]): boolean {
  if (!field.showIf) return true;
  return Object.entries(field.showIf).every(([key, wanted]) => {
    const value = settings[key] ?? all.find((one) => one.key === key)?.fallback;
    return Array.isArray(wanted) ? wanted.includes(value) : wanted === value;
  });
}

/** Settings that the schema does not know (a newer format, another product): shown as JSON, never dropped. */
export function strangers(schema: JsonSchema, settings: Record<string, unknown>): Field[] {
  const known = new Set(Object.keys(schema.properties ?? {}));
  return Object.keys(settings)
    .filter((key) => !known.has(key))
    .map((key) => ({ ...fieldOf(key, {}, schema), help: "" }));
}

/** Reads JSON typed by hand; the message says where it breaks off. */
export function readJson(text: string): { value: unknown } | { error: string } {
  if (!text.trim()) return { value: null };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { error: `This is not JSON yet: ${error instanceof Error ? error.message : String(error)}` };
  }
}
