import { expect, test } from "vitest";
import { clipOf, pasteClip, readClip } from "./clipboard";
import { connect, healChoices, refusal, removeNodes, spliceNode } from "./edit";
import { layoutHeight } from "./geometry";
import { drawing, step } from "./samples";

const measure = () => layoutHeight(1);
const ends = (document: ReturnType<typeof drawing>) => document.edges.map((edge) => `${edge.source}:${edge.port}-${edge.target}`);

test("a second edge from a way out is refused, and says why", () => {
  const document = drawing([step("a"), step("b"), step("c")], "a-b");
  expect(refusal(document, "a", "next", "c", true)).toContain("leads somewhere already");
});

test("a step cannot lead to itself, into a trigger, or back round", () => {
  const document = drawing([step("t", "trigger"), step("a"), step("b")], "t-a a-b");
  expect(refusal(document, "b", "next", "b", true)).toContain("itself");
  expect(refusal(document, "b", "next", "t", false)).toContain("trigger");
  expect(refusal(document, "b", "next", "a", true)).toContain("loop");
  expect(refusal(drawing(document.nodes, "t-a"), "a", "next", "b", true)).toBeNull();
});

test("a step dropped on an edge stands between; the port stays upstream", () => {
  const document = drawing([step("a", "condition", 0, 0), step("b", "wait", 0, 104), step("c", "wait", 300, 104)], "a:yes-b a:no-c");
  const next = spliceNode(document, "e_a:no-c", step("s", "sms"), "next", measure);
  expect(ends(next)).toEqual(["a:yes-b", "a:no-s", "s:next-c"]);
});

test("only what lies below an inserted step moves, and nothing overlaps", () => {
  const document = drawing([step("a", "wait", 0, 0), step("b", "wait", 0, 104), step("c", "wait", 0, 208), step("far", "wait", 600, 104)], "a-b b-c");
  const next = spliceNode(document, "e_a-b", step("s"), "next", measure);
  const y = Object.fromEntries(next.nodes.map((node) => [node.id, node.position.y]));
  expect(y).toEqual({ a: 0, s: 104, b: 208, c: 312, far: 104 });
});

test("a step that ends the path takes the way over without leading on", () => {
  const next = spliceNode(drawing([step("a"), step("b")], "a-b"), "e_a-b", step("x", "exit"), null, measure);
  expect(ends(next)).toEqual(["a:next-x"]);
});

test("deleting a middle step heals the path", () => {
  const document = drawing([step("a"), step("b"), step("c")], "a-b b-c");
  expect(ends(removeNodes(document, ["b"]))).toEqual(["a:next-c"]);
  expect(healChoices(document, "b")).toEqual([]);
});

test("a branching step asks which way to keep", () => {
  const document = drawing([step("a"), step("q", "condition"), step("y"), step("n")], "a-q q:yes-y q:no-n");
  expect(healChoices(document, "q")).toEqual(["yes", "no"]);
  expect(ends(removeNodes(document, ["q"], "no"))).toEqual(["a:next-n"]);
  expect(ends(removeNodes(document, ["q"], null))).toEqual([]);
});

test("deleting a row of steps heals across all of them", () => {
  const document = drawing(["a", "b", "c", "d"].map((id) => step(id)), "a-b b-c c-d");
  expect(ends(removeNodes(document, ["b", "c"]))).toEqual(["a:next-d"]);
});

test("pasted steps get new ids, keep inner edges and follow their references", () => {
  const mail = { ...step("n1", "email"), settings: { content: 4 } };
  const asks = { ...step("n2", "condition"), settings: { when: { all: [{ fact: "message", node: "n1", did: "opened" }] } } };
  const again = { ...step("n3", "email"), settings: { same_as: "n9" } };
  const source = drawing([mail, asks, again], "n1-n2 n2:yes-n3");
  const clip = readClip(JSON.stringify(clipOf(source, ["n1", "n2", "n3"])));
  if (typeof clip === "string") throw new Error(clip);
  const { document, ids, missing } = pasteClip(drawing([step("n1")], ""), clip, { x: 10, y: 0 });
  expect(ids).toHaveLength(3);
  expect(new Set(document.nodes.map((node) => node.id)).size).toBe(4);
  expect(document.edges).toHaveLength(2);
  expect(document.nodes[2]!.settings).toEqual({ when: { all: [{ fact: "message", node: ids[0], did: "opened" }] } });
  expect(missing).toBe(1);
});

test.each(["", "hello", "[]", "{}", '{"trellis":"steps"}', '{"trellis":"steps","nodes":[{}],"edges":[],"notes":[]}'])("junk on the clipboard is called junk: %s", (text) => {
  expect(typeof readClip(text)).toBe("string");
});

test("an edge goes where it is drawn", () => {
  expect(ends(connect(drawing([step("a"), step("b")], ""), "a", "next", "b"))).toEqual(["a:next-b"]);
});
