import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { drawing, kinds, step } from "../model/samples";
import type { WorkflowDocument } from "../model/types";
import { resolveConflict, startAutosave } from "./autosave";
import { commands } from "./commands";
import { initialState } from "./state";
import { dispatch, getState, reset } from "./store";

const start = drawing([step("a"), step("b", "wait", 0, 104)], "a-b");
const sent: { document: WorkflowDocument; ifMatch: string; client: string }[] = [];
let answer: (n: number) => Promise<Response>;
let stop: () => void;

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
const ok = (revision: number) => json(200, { revision, saved_at: "2026-11-22T09:00:00Z", problems: [], sentences: {}, counts: { errors: 0, warnings: 0 } });
const settle = () => vi.advanceTimersByTimeAsync(1000);

beforeEach(() => {
  vi.useFakeTimers();
  const target = new EventTarget();
  vi.stubGlobal("window", Object.assign(target, { setTimeout, clearTimeout }));
  vi.stubGlobal("document", Object.assign(new EventTarget(), { cookie: "csrftoken=abc", visibilityState: "visible" }));
  sent.length = 0;
  answer = (n) => Promise.resolve(ok(1 + n));
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    sent.push({ document: JSON.parse(String(init.body)) as WorkflowDocument, ifMatch: headers["If-Match"]!, client: headers["X-Client-Id"]! });
    return answer(sent.length);
  });
  const config = { workflow: 1, user: { id: 1, name: "Alice", initials: "A" }, can: { write: true, publish: true }, places: [] };
  reset({ ...initialState(config, "tab-1"), catalogue: { kinds, groups: [], facts: [] } });
  dispatch({ type: "load", document: start, patch: { revision: 1 } });
  stop = startAutosave();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("an edit is saved by itself, with the revision it started from", async () => {
  commands.setLabel("a", "Hello");
  expect(getState().save.state).toBe("dirty");
  await settle();
  expect(sent).toMatchObject([{ ifMatch: '"1"', client: "tab-1" }]);
  expect(getState()).toMatchObject({ revision: 2, save: { state: "saved" } });
});

test("what is typed while a save is under way follows in the next one", async () => {
  let release = () => {};
  answer = (n) => (n === 1 ? new Promise((done) => (release = () => done(ok(2)))) : Promise.resolve(ok(1 + n)));
  commands.setLabel("a", "one");
  await settle();
  commands.setLabel("a", "two");
  await settle();
  expect(sent).toHaveLength(1);
  release();
  await settle();
  expect(sent.map((save) => [save.document.nodes[0]!.label, save.ifMatch])).toEqual([
    ["one", '"1"'],
    ["two", '"2"'],
  ]);
  expect(getState().save.state).toBe("saved");
});

test("offline says so, keeps everything, and saves when the server is back", async () => {
  answer = () => Promise.reject(new TypeError("no network"));
  commands.setLabel("a", "kept");
  await settle();
  expect(getState().save.state).toBe("offline");
  answer = () => Promise.resolve(ok(2));
  await vi.advanceTimersByTimeAsync(5000);
  expect(getState().save.state).toBe("saved");
  expect(sent.at(-1)!.document.nodes[0]!.label).toBe("kept");
});

test("two people at different steps: both changes survive", async () => {
  const theirs = { ...start, nodes: start.nodes.map((node) => (node.id === "b" ? { ...node, label: "Theirs" } : node)) };
  answer = (n) => Promise.resolve(n === 1 ? json(409, { detail: "stale", document: theirs, revision: 5, author: { id: 2, name: "Bob" } }) : ok(6));
  commands.setLabel("a", "Mine");
  await settle();
  await settle();
  expect(sent[1]).toMatchObject({ ifMatch: '"5"' });
  expect(sent[1]!.document.nodes.map((node) => node.label)).toEqual(["Mine", "Theirs"]);
  expect(getState().toasts.map((toast) => toast.text)).toEqual(["Bob changed other parts meanwhile. Both are kept."]);
  expect(getState().save.state).toBe("saved");
});

test("two people at the same field: a review, and nothing is sent before it is answered", async () => {
  const theirs = { ...start, nodes: start.nodes.map((node) => (node.id === "a" ? { ...node, label: "Theirs" } : node)) };
  answer = (n) => Promise.resolve(n === 1 ? json(409, { detail: "stale", document: theirs, revision: 5, author: { id: 2, name: "Bob" } }) : ok(6));
  commands.setLabel("a", "Mine");
  await settle();
  expect(getState()).toMatchObject({ dialog: "conflict", save: { state: "conflict" } });
  commands.setLabel("b", "typed on");
  await settle();
  expect(sent).toHaveLength(1);
  resolveConflict({ "node:a:label": "theirs" });
  await settle();
  expect(sent[1]!.document.nodes.map((node) => node.label)).toEqual(["Theirs", "typed on"]);
  expect(getState()).toMatchObject({ dialog: null, save: { state: "saved" } });
});

test("leaving the page sends what is pending", () => {
  commands.setLabel("a", "last words");
  window.dispatchEvent(new Event("pagehide"));
  expect(sent.map((save) => save.document.nodes[0]!.label)).toEqual(["last words"]);
});
