import { expect, test } from "vitest";
import { moveItems } from "./edit";
import { layoutHeight, NODE_WIDTH } from "./geometry";
import { drawing, kinds, seeded, step } from "./samples";
import { shownPorts } from "./ports";
import { tidyPositions, type TidySizes } from "./tidy";
import { edgesOut } from "./graph";
import type { WorkflowDocument } from "./types";

const sizes = (document: WorkflowDocument): TidySizes => ({
  height: (node) => layoutHeight(shownPorts(node, kinds.find((kind) => kind.kind === node.kind), edgesOut(document, node.id)).length),
  order: (node, port) => shownPorts(node, kinds.find((kind) => kind.kind === node.kind), edgesOut(document, node.id)).findIndex((item) => item.name === port),
});

const tidied = (document: WorkflowDocument) => moveItems(document, tidyPositions(document, sizes(document)));

const nurturing = drawing(
  [
    step("n1", "trigger", 231),
    ...["n2", "n4", "n5", "n6", "n7", "n10", "n11", "n13", "n15", "n18"].map((id) => step(id)),
    ...["n9"].map((id) => step(id, "condition")),
    ...["n3", "n12", "n16"].map((id) => ({ ...step(id, "wait_until"), settings: { branches: [{ port: "b1", name: "Opened" }] } })),
    ...["n8", "n14", "n17", "n19"].map((id) => step(id, "exit")),
  ],
  "n1-n2 n2-n3 n3:timeout-n9 n3:b1-n4 n4-n5 n5-n6 n6-n7 n7-n8 n9:no-n15 n9:yes-n10 n10-n11 n11-n12 n12:b1-n6 n12:timeout-n13 n13-n14 n15-n16 n16:b1-n17 n16:timeout-n18 n18-n19",
);

function overlaps(document: WorkflowDocument): string[] {
  const { height } = sizes(document);
  const found: string[] = [];
  document.nodes.forEach((a, i) => {
    for (const b of document.nodes.slice(i + 1)) {
      const apart =
        Math.abs(a.position.x - b.position.x) >= NODE_WIDTH || a.position.y + height(a) <= b.position.y || b.position.y + height(b) <= a.position.y;
      if (!apart) found.push(`${a.id} ${b.id}`);
    }
  });
  return found;
}

/** A random drawing without cycles: each step hangs on one or two before it. */
function random(count: number, seed: number): WorkflowDocument {
  const roll = seeded(seed);
  const nodes = Array.from({ length: count }, (_, i) => step(`n${i}`, i === 0 ? "trigger" : roll() < 0.4 ? "condition" : "wait", roll() * 3000, roll() * 3000));
  const ways: string[] = [];
  const taken = new Set<string>();
  for (let i = 1; i < count; i++) {
    for (let tries = 0; tries < 4; tries++) {
      const parent = Math.floor(roll() * i);
      const port = nodes[parent]!.kind === "condition" ? (roll() < 0.5 ? "yes" : "no") : "next";
      if (taken.has(`${parent}:${port}`)) continue;
      taken.add(`${parent}:${port}`);
      ways.push(`n${parent}:${port}-n${i}`);
      if (roll() < 0.8) break;
    }
  }
  return drawing(nodes, ways.join(" "));
}

test("lead-nurturing comes out as it is drawn in the design", () => {
  const at = Object.fromEntries(tidied(nurturing).nodes.map((node) => [node.id, [node.position.x, node.position.y]]));
  expect(at.n1).toEqual([231, 0]);
  expect(at.n9).toEqual([462, 336]);
  expect(at.n4).toEqual([0, 336]);
  expect(at.n15).toEqual([660, 464]);
  expect(at.n6).toEqual([0, 824]);
  expect(at.n14).toEqual([264, 928]);
  expect(at.n19).toEqual([792, 824]);
});

test("yes stands left of no, whatever the order of the edges", () => {
  const document = tidied(drawing([step("a", "condition"), step("y"), step("n")], "a:no-n a:yes-y"));
  const [, yes, no] = document.nodes;
  expect(yes!.position.x).toBeLessThan(no!.position.x);
});

test("a join stands below all its parents", () => {
  const { nodes } = tidied(nurturing);
  const y = (id: string) => nodes.find((node) => node.id === id)!.position.y;
  expect(y("n6")).toBeGreaterThan(y("n12"));
  expect(y("n6")).toBeGreaterThan(y("n5"));
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("sixty random steps never overlap, and tidying twice changes nothing (seed %i)", (seed) => {
  const once = tidied(random(60, seed));
  expect(overlaps(once)).toEqual([]);
  expect(tidied(once)).toBe(once);
});

test("a second trigger stands beside the first", () => {
  const document = tidied(drawing([step("a", "trigger"), step("b", "trigger", 900), step("c")], "a-c b-c"));
  expect(document.nodes.map((node) => node.position)).toEqual([
    { x: 0, y: 0 },
    { x: 264, y: 0 },
    { x: 0, y: 104 },
  ]);
});

test("a cycle and loose steps are laid out too", () => {
  const document = tidied(drawing([step("a"), step("b"), step("c"), step("d")], "a-b b-c c-a"));
  expect(overlaps(document)).toEqual([]);
});

test("500 steps take a blink", () => {
  const document = random(500, 42);
  const began = performance.now();
  tidyPositions(document, sizes(document));
  expect(performance.now() - began).toBeLessThan(60);
});
