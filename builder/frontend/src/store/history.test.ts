import { beforeEach, expect, test, vi } from "vitest";
import { drawing, kinds, seeded, step } from "../model/samples";
import { commands } from "./commands";
import { initialState } from "./state";
import { dispatch, getState, reset } from "./store";

const start = drawing([step("t", "trigger", 0, 0), step("a", "email", 0, 104), step("q", "condition", 0, 208), step("y", "wait", -132, 336), step("n", "wait", 132, 336)], "t-a a-q q:yes-y q:no-n");

beforeEach(() => {
  vi.stubGlobal("window", { setTimeout: () => 0 });
  const config = { workflow: 1, user: { id: 1, name: "Alice", initials: "A" }, can: { write: true, publish: true }, places: [] };
  reset({ ...initialState(config, "tab"), catalogue: { kinds, groups: [], facts: [] } });
  dispatch({ type: "load", document: structuredClone(start), patch: {} });
});

const json = () => JSON.stringify(getState().document);

/** One of many edits, chosen by chance; each is one step of undo. */
function edit(roll: () => number): void {
  const { document } = getState();
  const any = document.nodes[Math.floor(roll() * document.nodes.length)]!;
  const edge = document.edges[Math.floor(roll() * document.edges.length)];
  const acts = [
    () => commands.addNode("wait", { position: { x: roll() * 900, y: roll() * 900 } }),
    () => edge && commands.addNode("email", { edge: edge.id }),
    () => commands.moveNodes(new Map([[any.id, { x: any.position.x + 8, y: any.position.y + 16 }]])),
    () => commands.setLabel(any.id, `Name ${roll()}`),
    () => commands.updateSettings(any.id, { duration: `P${Math.ceil(roll() * 9)}D` }),
    () => commands.removeNodes([any.id], null),
    () => edge && commands.removeEdge(edge.id),
    () => commands.duplicate([any.id]),
    () => commands.addSticky({ x: 10, y: 10 }),
    () => commands.setEnabled(any.id, !any.enabled),
    () => commands.tidy(),
    () => commands.updateWorkflowSettings({ tactic: `t${roll()}` }),
  ];
  acts[Math.floor(roll() * acts.length)]!();
}

test.each([1, 2, 3, 4, 5])("twenty mixed edits undone and redone give the same JSON, byte for byte (seed %i)", (seed) => {
  const roll = seeded(seed);
  const before = json();
  while (getState().history.past.length < 20) {
    commands.select([]);
    edit(roll);
  }
  const after = json();
  expect(after).not.toBe(before);
  for (let i = 0; i < 20; i++) commands.undo();
  expect(json()).toBe(before);
  for (let i = 0; i < 20; i++) commands.redo();
  expect(json()).toBe(after);
});

test("a fresh step is selected with its settings open, and one undo removes it", () => {
  const id = commands.addNode("email", { position: { x: 300, y: 300 } });
  expect(getState().selection).toEqual([id]);
  expect(getState().inspecting).toBe(true);
  commands.undo();
  expect(json()).toBe(JSON.stringify(start));
});

test("typing in one field is one step of undo, another field another", () => {
  for (const text of ["H", "He", "Hel"]) commands.updateSettings("a", { subject: text }, "a:subject");
  commands.updateSettings("a", { preheader: "x" }, "a:preheader");
  expect(getState().history.past).toHaveLength(2);
  commands.undo();
  expect(getState().document.nodes[1]!.settings).toEqual({ subject: "Hel" });
});

test("an edit that changes nothing leaves no step of undo and no dirt", () => {
  commands.setEnabled("a", true);
  commands.moveNodes(new Map([["a", { x: 0, y: 104 }]]));
  expect(getState().history.past).toHaveLength(0);
  expect(getState().save.state).toBe("saved");
});

test("delete brings back step, edges, settings and place by one undo", () => {
  commands.updateSettings("q", { when: { fact: "tag", is: "vip" } });
  const before = json();
  commands.removeNodes(["q"], "yes");
  expect(getState().document.edges.map((edge) => edge.target)).toEqual(["a", "y"]);
  commands.undo();
  expect(json()).toBe(before);
});

test("deleting a branching step asks first", () => {
  commands.removeNodes(["q"]);
  expect(getState().healing).toEqual({ node: "q", ports: ["yes", "no"] });
  expect(json()).toBe(JSON.stringify(start));
});

test("who may only read changes nothing", () => {
  dispatch({ type: "set", patch: { readOnly: true } });
  commands.addNode("email", { position: { x: 0, y: 0 } });
  commands.undo();
  expect(json()).toBe(JSON.stringify(start));
  expect(commands.refusal("y", "next", "n")).toContain("look at");
});

test("a branch taken out of the settings takes its edge along", () => {
  const id = commands.addNode("wait_until", { after: { node: "y", port: "next" } });
  commands.updateSettings(id, { branches: [{ port: "b1", name: "Opened", when: null }] });
  commands.connect(id, "b1", "n");
  commands.updateSettings(id, { branches: [] });
  expect(getState().document.edges.filter((edge) => edge.source === id)).toEqual([]);
});

test("a colleague's change stays when one's own older edit is undone", () => {
  commands.setLabel("a", "Mine");
  const { document } = getState();
  const theirs = { ...structuredClone(start), nodes: start.nodes.map((node) => (node.id === "y" ? { ...node, label: "Theirs" } : node)) };
  const merged = { ...document, nodes: document.nodes.map((node) => (node.id === "y" ? { ...node, label: "Theirs" } : node)) };
  dispatch({ type: "rebase", document: merged, baseline: theirs, revision: 2 });
  commands.undo();
  expect(getState().document.nodes.map((node) => node.label)).toEqual(["", "", "", "Theirs", ""]);
});
