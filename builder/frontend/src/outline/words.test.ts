import { describe, expect, it } from "vitest";
import type { OutlineNode, Step, Way } from "./build";
import { outcomeOf, straight, wayWords } from "./words";

const node = (id: string, kind = "wait", settings = {}): OutlineNode => ({ id, kind, settings, position: { x: 0, y: 0 } });
const step = (id: string, kind?: string, settings?: object, ways: Way[] = []): Step => ({ node: node(id, kind, settings), ways });
const way = (name: string, steps: Step[], joins: string | null = null): Way => ({
  port: { name, label: name, tone: "yes" },
  source: "n1",
  steps,
  joins,
  total: steps.length,
});

describe("what a way says", () => {
  const done = way("yes", [step("a"), step("b"), step("c"), step("d"), step("x", "exit", { outcome: "no_response" })]);

  it("counts its steps, says how it ends when it is folded, and how many problems there are", () => {
    expect(wayWords(done, true, 0)).toBe("5 steps, ends as “no response”");
    expect(wayWords(done, false, 0)).toBe("5 steps");
    expect(wayWords(done, false, 1)).toBe("5 steps, 1 problem");
    expect(wayWords(way("no", [step("a")]), true, 2)).toBe("1 step, 2 problems");
    expect(wayWords(way("no", []), false, 0)).toBe("ends here");
    expect(wayWords(way("no", [], "n6"), false, 0)).toBe("");
  });

  it("knows no outcome where ways end differently or go on elsewhere", () => {
    const nested = (inner: Way) => way("yes", [step("c", "condition", {}, [inner]), step("x", "exit", { outcome: "a" })]);
    expect(outcomeOf(done)).toBe("no response");
    expect(outcomeOf(way("yes", done.steps, "n6"))).toBeNull();
    expect(outcomeOf(nested(way("no", [step("y", "exit", { outcome: "b" })])))).toBeNull();
    expect(outcomeOf(nested(way("no", [], "n6")))).toBeNull();
  });

  it("folds long straight ways without a problem, and no other", () => {
    const branching = way("no", [step("p"), step("c", "condition", {}, [way("yes", done.steps), way("no", [step("q")])]), step("r"), step("s")]);
    expect(straight([done, branching], () => 0)).toEqual(["n1.yes", "n1.yes"]);
    expect(straight([done], (id) => (id === "b" ? 1 : 0))).toEqual([]);
  });
});
