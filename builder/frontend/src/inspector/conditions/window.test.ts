import { describe, expect, it } from "vitest";
import { kindOfWindow, windowOf, windowWords } from "./window";

const name = (node: string) => ({ n2: "Introduction", n5: "Part 2" })[node] ?? node;

describe("windows of behaviour", () => {
  it("says each in words", () => {
    expect(windowWords({}, name)).toEqual({ before: "", chip: "at any time" });
    expect(windowWords({ within: "P2D" }, name)).toEqual({ before: "", chip: "in the last 2 days" });
    expect(windowWords({ within: "P1D" }, name)).toEqual({ before: "", chip: "in the last day" });
    expect(windowWords({ since: "run" }, name)).toEqual({ before: "at any time", chip: "since they came in" });
    expect(windowWords({ since: "n2" }, name, "n2")).toEqual({ before: "at any time", chip: "since it was sent" });
    expect(windowWords({ since: "n5" }, name, "n2")).toEqual({ before: "at any time", chip: "since Part 2" });
    expect(windowWords({ since: "n5", within: "PT3H" }, name, "n2").chip).toBe("within 3 hours of Part 2");
  });

  it("changes its kind and keeps what fits", () => {
    expect(windowOf("within", { since: "n2" }, null)).toEqual({ within: "P2D", since: undefined });
    expect(windowOf("within_since", { since: "n2", within: "P5D" }, "n9")).toEqual({ within: "P5D", since: "n2" });
    expect(windowOf("since", { since: "run" }, "n9")).toEqual({ within: undefined, since: "n9" });
    expect(windowOf("ever", { since: "n2", within: "P5D" }, null)).toEqual({ within: undefined, since: undefined });
    for (const kind of ["ever", "within", "run", "since", "within_since"] as const)
      expect(kindOfWindow(windowOf(kind, {}, "n2") as object)).toBe(kind);
  });
});
