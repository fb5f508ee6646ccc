import { describe, expect, it } from "vitest";
import { bracket, jumpsOf } from "./jumps";
import type { Kind, WorkflowDocument } from "./types";

const goTo = { kind: "go_to", schema: { properties: { target: { type: "string", "x-widget": "node", "x-jump": true } } } } as unknown as Kind;
const node = (id: string, kind: string, settings = {}) => ({ id, kind, label: "", note: "", position: { x: 0, y: 0 }, enabled: true, settings });
const box = (x: number, y: number) => ({ x, y, width: 240, height: 64 });

describe("jumps", () => {
  it("are found by the setting that the schema marks, if their step is there", () => {
    const nodes = [node("n1", "wait"), node("n2", "go_to", { target: "n1" }), node("n3", "go_to", { target: "gone" }), node("n4", "go_to", { target: "n4" })];
    const document = { nodes, edges: [], notes: [], format: 1, settings: {} } as WorkflowDocument;
    expect(jumpsOf(document, (one) => (one.kind === "go_to" ? goTo : undefined))).toEqual([{ source: "n2", target: "n1" }]);
  });

  it("run beside both boxes and end at the target's side", () => {
    const { d, at, left } = bracket(box(0, 400), box(0, 100));
    expect(left).toBe(true);
    expect(at.x).toBe(-36);
    expect(d.startsWith("M0 432H")).toBe(true);
    expect(d.endsWith("132H-8")).toBe(true);
  });
});
