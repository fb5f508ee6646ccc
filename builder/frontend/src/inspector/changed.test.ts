import { describe, expect, it } from "vitest";
import type { FlowNode } from "../model/types";
import { differences } from "./changed";

const node = (settings: FlowNode["settings"], more: Partial<FlowNode> = {}): FlowNode => ({
  id: "n3", kind: "wait_until", label: "Opened?", note: "", position: { x: 0, y: 0 }, enabled: true, settings, ...more,
}); // prettier-ignore

const schema = {
  properties: {
    timeout: { type: "string", title: "Or, if nothing happens, after", "x-noun": "the limit", "x-widget": "duration" },
    when: { type: "object", title: "Yes, if", "x-widget": "condition" },
    track: { type: "boolean", title: "Count opens and clicks", default: true },
    subject: { type: "string", title: "Own subject", default: "" },
  },
};

describe("changed in this draft", () => {
  it("says what it was", () => {
    expect(differences(node({ timeout: "P2D" }), node({ timeout: "P3D" }), schema, 3)).toEqual(["The limit was 3 days in version 3."]);
    expect(differences(node({ subject: "Lost?", track: false }), node({}), schema, 1)).toEqual([
      "“Count opens and clicks” was on in version 1.",
      "“Own subject” was empty in version 1.",
    ]);
  });

  it("does not say what is too long for a sentence, nor what is only written in another order", () => {
    const [one] = differences(node({ when: { all: [] } }), node({ when: { any: [] } }), schema, 2);
    expect(one).toBe("“Yes, if” was different in version 2.");
    expect(differences(node({ when: { a: 1, b: 2 } }), node({ when: { b: 2, a: 1 } }), schema, 2)).toEqual([]);
    expect(differences(node({ track: true }), node({}), schema, 2)).toEqual([]);
  });

  it("knows name, switch and settings that nobody knows", () => {
    expect(differences(node({ odd: 1 }, { label: "New", enabled: false }), node({}), schema, 2)).toEqual([
      "“Odd” was different in version 2.",
      "It was switched on in version 2.",
      "Its name was “Opened?” in version 2.",
    ]);
  });
});
