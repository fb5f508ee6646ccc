import { expect, test } from "vitest";
import { decided, merge } from "./merge";
import { drawing, step } from "./samples";
import type { WorkflowDocument } from "./types";

const base = drawing([step("a"), step("b"), step("c")], "a-b b-c");
const change = (document: WorkflowDocument, id: string, patch: object): WorkflowDocument => ({
  ...document,
  nodes: document.nodes.map((node) => (node.id === id ? { ...node, ...patch } : node)),
});

test("changes to different steps are put together", () => {
  const { document, clashes } = merge(base, change(base, "a", { label: "Mine" }), change(base, "b", { label: "Theirs" }));
  expect(document.nodes.map((node) => node.label)).toEqual(["Mine", "Theirs", ""]);
  expect(clashes).toEqual([]);
});

test("different settings of one step are put together", () => {
  const { document, clashes } = merge(base, change(base, "a", { settings: { x: 1 } }), change(base, "a", { settings: { y: 2 } }));
  expect(document.nodes[0]!.settings).toEqual({ x: 1, y: 2 });
  expect(clashes).toEqual([]);
});

test("the same setting changed twice is asked about, and nothing is lost meanwhile", () => {
  const mine = change(base, "a", { settings: { x: "mine" } });
  const theirs = change(base, "a", { settings: { x: "theirs" } });
  const { document, clashes } = merge(base, mine, theirs);
  expect(document.nodes[0]!.settings).toEqual({ x: "mine" });
  expect(clashes).toMatchObject([{ what: "node", id: "a", field: "settings.x", mine: "mine", theirs: "theirs" }]);
  const ids = () => "n_copy";
  expect(decided(document, clashes, theirs, () => "theirs", ids).nodes[0]!.settings).toEqual({ x: "theirs" });
  const both = decided(document, clashes, theirs, () => "both", ids).nodes;
  expect(both.map((node) => [node.id, node.settings.x])).toEqual([
    ["a", "mine"],
    ["b", undefined],
    ["c", undefined],
    ["n_copy", "theirs"],
  ]);
});

test("two boxes moved by two people: both moves stay; one box moved twice is no question", () => {
  const mine = change(base, "a", { position: { x: 9, y: 9 } });
  const theirs = change(change(base, "a", { position: { x: 5, y: 5 } }), "b", { position: { x: 7, y: 7 } });
  const { document, clashes } = merge(base, mine, theirs);
  expect(document.nodes.map((node) => node.position.x)).toEqual([9, 7, 0]);
  expect(clashes).toEqual([]);
});

test("a step deleted there and untouched here goes, with its edges", () => {
  const theirs = { ...base, nodes: base.nodes.slice(0, 2), edges: base.edges.slice(0, 1) };
  const { document } = merge(base, change(base, "a", { label: "x" }), theirs);
  expect(document.nodes.map((node) => node.id)).toEqual(["a", "b"]);
  expect(document.edges).toHaveLength(1);
});

test("a step deleted there and changed here is asked about", () => {
  const theirs = { ...base, nodes: base.nodes.slice(0, 2), edges: base.edges.slice(0, 1) };
  const { document, clashes } = merge(base, change(base, "c", { label: "x" }), theirs);
  expect(document.nodes).toHaveLength(3);
  expect(clashes).toMatchObject([{ id: "c", field: "", theirs: null }]);
});

test("one way out connected by both to different steps is asked about", () => {
  const open = drawing(base.nodes, "");
  const mine = drawing(base.nodes, "a-b");
  const theirs = drawing(base.nodes, "a-c");
  const { document, clashes } = merge(open, mine, theirs);
  expect(document.edges.map((edge) => edge.target)).toEqual(["b"]);
  expect(clashes).toHaveLength(1);
  expect(decided(document, clashes, theirs, () => "theirs", () => "e").edges.map((edge) => edge.target)).toEqual(["c"]);
});

test("workflow settings merge by name", () => {
  const { document } = merge(base, { ...base, settings: { reentry: "once" } }, { ...base, settings: { tactic: "x" } });
  expect(document.settings).toEqual({ reentry: "once", tactic: "x" });
});

test("an untouched side changes nothing", () => {
  expect(merge(base, base, base).document).toBe(base);
});
