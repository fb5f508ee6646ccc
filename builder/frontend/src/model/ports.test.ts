import { expect, test } from "vitest";
import { portsOf, shownPorts } from "./ports";
import { kinds, step, way } from "./samples";

const kind = (name: string) => kinds.find((item) => item.kind === name);
const names = (ports: { name: string }[]) => ports.map((port) => port.name);

test("branches of the settings come before the timeout, which says how long", () => {
  const node = { ...step("a", "wait_until"), settings: { branches: [{ port: "b1", name: "Opened" }, { port: "b2", name: "" }], timeout: "P2D" } };
  expect(portsOf(node, kind("wait_until")).map((port) => port.label)).toEqual(["Opened", "b2", "After 2 days"]);
});

test("a message shows one way out until another is wired or unfolded", () => {
  const node = step("a", "email");
  expect(names(shownPorts(node, kind("email"), []))).toEqual(["next"]);
  expect(names(shownPorts(node, kind("email"), [way("a:failed-b")]))).toEqual(["next", "skipped", "failed"]);
  expect(names(shownPorts(node, kind("email"), [], true))).toEqual(["next", "skipped", "failed"]);
});

test("an edge keeps its way out, though the kind or the step is unknown", () => {
  expect(names(shownPorts(step("a", "from_the_future"), undefined, [way("a:left-b"), way("a:right-c")]))).toEqual(["left", "right"]);
  expect(names(shownPorts(step("a", "condition"), kind("condition"), [way("a:maybe-b")]))).toEqual(["yes", "no", "maybe"]);
});

test("a way out that some settings alone have is there under them", () => {
  const wait = { ...kind("wait")!, ports: [{ name: "next", label: "Next", tone: "next" as const }, { name: "past", label: "Past", tone: "no" as const, show_if: { past: ["port"], mode: ["date"] } }] };
  expect(names(portsOf({ ...step("a", "wait"), settings: { mode: "date" } }, wait))).toEqual(["next"]);
  expect(names(portsOf({ ...step("a", "wait"), settings: { mode: "date", past: "port" } }, wait))).toEqual(["next", "past"]);
});
