// Small drawings for the tests.

import type { FlowEdge, FlowNode, Kind, Port, WorkflowDocument } from "./types";

export const step = (id: string, kind = "wait", x = 0, y = 0): FlowNode => ({ id, kind, label: "", note: "", position: { x, y }, enabled: true, settings: {} });

/** "a-b" or "a:port-b". */
export const way = (text: string): FlowEdge => {
  const [from, target] = text.split("-") as [string, string];
  const [source, port] = from.split(":") as [string, string | undefined];
  return { id: `e_${text}`, source, port: port ?? "next", target };
};

export const drawing = (nodes: FlowNode[], ways: string): WorkflowDocument => ({ format: 1, nodes, edges: ways ? ways.split(" ").map(way) : [], notes: [], settings: {} });

const next: Port = { name: "next", label: "Next", tone: "next" };
const kind = (name: string, ports: Port[], branch_field: string | null = null): Kind => ({
  kind: name,
  label: name,
  group: "logic",
  icon: "x",
  help: "",
  ports,
  branch_field,
  schema: { properties: {} },
  example: {},
  can_disable: true,
});

export const kinds: Kind[] = [
  kind("trigger", [next]),
  kind("wait", [next]),
  kind("email", [next, { name: "skipped", label: "Skipped", tone: "skipped" }, { name: "failed", label: "Failed", tone: "failed" }]),
  kind("condition", [
    { name: "yes", label: "Yes", tone: "yes" },
    { name: "no", label: "No", tone: "no" },
  ]),
  kind("wait_until", [{ name: "timeout", label: "Time is up", tone: "timeout" }], "branches"),
  kind("exit", []),
];

/** A seeded source of numbers from 0 to 1, so that a failing random test can be run again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}
