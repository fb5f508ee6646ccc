import { describe, expect, it } from "vitest";
import { countsMachines, withMachines } from "./machines";
import { fields } from "./schema";

const form = fields({
  properties: {
    branches: { type: "array", "x-widget": "branches" },
    when: { type: "object", "x-widget": "condition" },
    timeout: { type: "string", "x-widget": "duration" },
  },
});
const opened = { fact: "message", node: "n2", did: "opened" };
const tagged = { fact: "tag", is: "vip" };
const settings = { branches: [{ port: "b1", when: { all: [opened, tagged] } }, { port: "b2", when: opened }], timeout: "P2D" };

describe("opens made by machines", () => {
  it("is not asked where nothing looks at opens", () => {
    expect(countsMachines({ when: { all: [tagged] } }, form)).toBeNull();
    expect(countsMachines({ branches: ["odd", null, { port: "b1" }], when: "odd" }, form)).toBeNull();
  });

  it("is switched on and off for every such question, and for no other", () => {
    expect(countsMachines(settings, form)).toBe(false);
    const on = withMachines(settings, form, true);
    expect(countsMachines(on, form)).toBe(true);
    expect(on.branches).toEqual([
      { port: "b1", when: { all: [{ ...opened, machines: true }, tagged] } },
      { port: "b2", when: { ...opened, machines: true } },
    ]);
    expect(withMachines(on, form, false)).toEqual(settings);
  });
});
