import { describe, expect, it } from "vitest";
import { arms, drawable, evenly, freePort, moved } from "./ways";

describe("ways out", () => {
  it("takes the first free port", () => {
    expect(freePort(["b1", "b3"], ["b1", "b2", "b3"])).toBe("b2");
    expect(freePort(["a"], ["a"])).toBeNull();
  });

  it("divides a hundred evenly, to the last percent", () => {
    expect(evenly(2)).toEqual([50, 50]);
    expect(evenly(3)).toEqual([34, 33, 33]);
    expect(evenly(7).reduce((a, b) => a + b)).toBe(100);
  });

  it("moves one way before another", () => {
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b"], 0, 9)).toEqual(["b", "a"]);
  });

  it("knows a list that it cannot draw", () => {
    expect(drawable([{ port: "b1" }])).toBe(true);
    expect(drawable([{ port: "b1" }, "odd"])).toBe(false);
    expect(drawable({})).toBe(false);
    expect(arms([{ port: "b1" }, 3, null])).toEqual([{ port: "b1" }]);
  });
});
