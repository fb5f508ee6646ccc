import { describe, expect, it } from "vitest";
import { fields, humanise, readJson, shows, strangers, type JsonSchema } from "./schema";

const SCHEMA: JsonSchema = {
  type: "object",
  required: ["timeout"],
  $defs: {
    Purpose: { enum: ["marketing", "service"], type: "string", title: "Purpose" },
    Window: {
      type: "object",
      title: "Window",
      properties: { from: { type: "string", format: "time" }, to: { type: "string", format: "time" } },
    },
  },
  properties: {
    timeout: { type: "string", title: "Or, if nothing happens, after", "x-widget": "duration" },
    content: { anyOf: [{ type: "integer" }, { type: "null" }], default: null, title: "E-mail", "x-widget": "content" },
    purpose: { $ref: "#/$defs/Purpose", default: "marketing" },
    window: { anyOf: [{ $ref: "#/$defs/Window" }, { type: "null" }], default: null, description: "Only then" },
    track: { type: "boolean", default: true, title: "Track" },
    weight: { type: "number", minimum: 0 },
    mode: { const: "duration", type: "string" },
    names: { type: "array", items: { type: "string" } },
    days: { type: "array", items: { enum: [1, 2] } },
    odd: { type: "object", additionalProperties: true },
    either: { anyOf: [{ type: "string" }, { type: "integer" }] },
    until: { type: "string", format: "date", "x-show-if": { mode: ["date"] } },
    outcome: { type: "string", "x-widget": "select", "x-options": ["completed", "no_response"], "x-free": true },
    rows: { type: "array", items: { $ref: "#/$defs/Window" } },
    subject: { type: "string", "x-options": "/api/segments/" },
    places: { type: "array", items: { enum: ["here", "there"] }, "x-widget": "checks", "x-labels": { here: "Right here" } },
    properties: { type: "object", "x-widget": "code" },
    shiny: { type: "string", "x-widget": "hologram" },
  },
};

describe("from schema to form", () => {
  const form = fields(SCHEMA);
  const field = (key: string) => form.find((one) => one.key === key)!;

  it("keeps every property, in order", () => {
    expect(form.map((one) => one.key)).toEqual(Object.keys(SCHEMA.properties!));
  });

  it("takes the widget that is asked for, else the one that the type suggests", () => {
    expect(Object.fromEntries(form.map((one) => [one.key, one.widget]))).toEqual({
      timeout: "duration",
      content: "content",
      purpose: "select",
      window: "object",
      track: "switch",
      weight: "number",
      mode: "select",
      names: "strings",
      days: "multiselect",
      odd: "json",
      either: "scalar",
      rows: "items",
      subject: "remote",
      places: "multiselect",
      properties: "json",
      until: "date",
      outcome: "combo",
      shiny: "text",
    });
  });

  it("follows references, knows what may be empty and what must be there", () => {
    expect(field("purpose").choices).toEqual([
      { value: "marketing", label: "Marketing" },
      { value: "service", label: "Service" },
    ]);
    expect(field("purpose").fallback).toBe("marketing");
    expect(field("content")).toMatchObject({ nullable: true, label: "E-mail", required: false });
    expect(field("window")).toMatchObject({ nullable: true, help: "Only then" });
    expect(field("window").fields.map((one) => one.widget)).toEqual(["time", "time"]);
    expect(field("timeout").required).toBe(true);
    expect(field("places").choices[0]).toEqual({ value: "here", label: "Right here" });
    expect(field("rows").fields.map((one) => one.key)).toEqual(["from", "to"]);
  });

  it("hides what does not matter under these settings", () => {
    expect(shows(field("until"), { mode: "date" }, form)).toBe(true);
    expect(shows(field("until"), { mode: "duration" }, form)).toBe(false);
    expect(shows(field("until"), {}, form)).toBe(false);
    expect(shows(field("track"), {}, form)).toBe(true);
  });

  it("shows settings that the schema does not know as JSON", () => {
    const odd = strangers(SCHEMA, { timeout: "P2D", later_idea: { a: 1 } });
    expect(odd).toMatchObject([{ key: "later_idea", label: "Later idea", widget: "json" }]);
  });

  it("names things in words and says where JSON breaks off", () => {
    expect(humanise("exit_when")).toBe("Exit when");
    expect(readJson('{"a": 1}')).toEqual({ value: { a: 1 } });
    expect(readJson('{"a": ')).toHaveProperty("error");
    expect(readJson("  ")).toEqual({ value: null });
  });
});
