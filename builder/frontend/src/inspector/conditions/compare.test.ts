import { describe, expect, it } from "vitest";
import { fieldOf } from "../schema";
import { opsFor, shapeOf, shownValue, valueOf } from "./compare";

describe("comparisons", () => {
  it("knows what a value looks like", () => {
    expect(shapeOf("set", "text")).toBe("none");
    expect(shapeOf("in", "text")).toBe("list");
    expect(shapeOf("within_last", "date")).toBe("duration");
    expect(shapeOf("between", "number")).toBe("range");
    expect(shapeOf("is", "boolean")).toBe("yesno");
    expect(shapeOf("is", "choice")).toBe("choice");
    expect(shapeOf("contains", null)).toBe("one");
  });

  it("offers what fits the field's type, and everything when nothing is known", () => {
    const op = fieldOf("op", { enum: ["is", "gt", "set"], "x-by-type": { boolean: ["is", "set"] } }, {});
    expect(opsFor(op, "boolean").choices.map((choice) => choice.value)).toEqual(["is", "set"]);
    expect(opsFor(op, null).choices).toHaveLength(3);
  });

  it("reads what is typed", () => {
    expect(valueOf("12", "one", "number")).toBe(12);
    expect(valueOf("12", "one", "text")).toBe("12");
    expect(valueOf("0048", "one", null)).toBe("0048");
    expect(valueOf("Warsaw, Kraków ,", "list", "text")).toEqual(["Warsaw", "Kraków"]);
    expect(valueOf(" ", "one", null)).toBeUndefined();
    expect(shownValue(["a", 2])).toBe("a, 2");
  });
});
