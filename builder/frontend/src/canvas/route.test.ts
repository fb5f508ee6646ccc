import { expect, test } from "vitest";
import { distanceTo, middleOf, pathOf, route } from "./route";

test("straight down is one line", () => {
  expect(pathOf(route({ x: 10, y: 0 }, { x: 10, y: 40 }))).toBe("M10 0L10 40");
});

test("the crossing lies 22 above the target, so that joins run into one line", () => {
  const one = route({ x: 0, y: 0 }, { x: 300, y: 200 });
  const other = route({ x: 600, y: 50 }, { x: 300, y: 200 });
  expect([one[1]!.y, one[2]!.y, other[1]!.y]).toEqual([178, 178, 178]);
});

test("a target above is reached round the side", () => {
  const points = route({ x: 0, y: 300 }, { x: 0, y: 100 });
  expect(points).toHaveLength(6);
  expect(points.at(-2)).toEqual({ x: 0, y: 78 });
});

test("a count sits in the middle of the crossing, and a drop near the line is near", () => {
  const points = route({ x: 0, y: 0 }, { x: 100, y: 100 });
  expect(middleOf(points)).toEqual({ x: 50, y: 78 });
  expect(distanceTo(points, { x: 50, y: 88 })).toBe(10);
});
