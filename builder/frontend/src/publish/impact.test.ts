import { describe, expect, it } from "vitest";
import { fates, folded, shortChange, type WaitingRow } from "./impact";

const row = (node: string, people: number, what: WaitingRow["what"] = "same"): WaitingRow => ({ node, label: node, kind: "wait", people, what, change: "", becomes: "" });

describe("the impact of a publish", () => {
  it("says a change shortly, or that there is one", () => {
    expect(shortChange("The limit is 2 days, it was 3 days")).toBe("3 days, now 2 days");
    expect(shortChange("How long: 1 day, it was 2 days")).toBe("2 days, now 1 day");
    expect(shortChange("“Yes” leads to “Part 2 (after SMS)”, it was nowhere")).toBe("Changed");
    expect(shortChange("Switched on")).toBe("Switched on");
  });

  it("puts each fate on its line and the number in front", () => {
    expect(fates("277 wait on with the new limit. 41 go on at once by “After 2 days”.")).toEqual([
      ["277", "wait on with the new limit"],
      ["41", "go on at once by “After 2 days”"],
    ]);
    expect(fates("1,204 wait on\n3 go on")).toEqual([
      ["1,204", "wait on"],
      ["3", "go on"],
    ]);
    expect(fates("Stay, and wait on as before")).toEqual([["", "Stay, and wait on as before"]]);
  });

  it("folds the places where nothing changes, and never one that does", () => {
    const rows = [row("a", 5, "changed"), row("b", 4, "removed"), ...["c", "d", "e", "f"].map((name) => row(name, 10))];
    const found = folded(rows);
    expect(found.rows.map((one) => one.node)).toEqual(["a", "b", "c", "d"]);
    expect(found).toMatchObject({ more: 2, people: 20 });
    expect(folded(rows.slice(0, 5)).more).toBe(0);
    expect(folded(rows, Infinity).more).toBe(0);
  });
});
