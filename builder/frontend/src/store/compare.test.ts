import { describe, expect, it } from "vitest";
import { together } from "./compare";
import type { WorkflowDocument } from "../model/types";

const node = (id: string, y: number) => ({ id, kind: "wait", label: "", note: "", position: { x: 0, y }, enabled: true, settings: {} });
const way = (id: string, source: string, target: string) => ({ id, source, port: "next", target });
const drawn = (ids: string[], edges: WorkflowDocument["edges"]): WorkflowDocument => ({ format: 1, nodes: ids.map((id, row) => node(id, 104 * row)), edges, notes: [], settings: {} });

describe("two versions together", () => {
  it("keep what is gone, with its ways, beside whoever stands there by now", () => {
    const was = drawn(["a", "b", "c"], [way("1", "a", "b"), way("2", "b", "c")]);
    const now = drawn(["a", "c"], [way("3", "a", "c")]);
    const both = together(was, now);
    expect(both.nodes.map((one) => one.id)).toEqual(["a", "c", "b"]);
    expect(both.nodes[2]!.position).toEqual({ x: 264, y: 104 });
    expect(both.edges.map((edge) => edge.id)).toEqual(["3", "was:1", "was:2"]);
  });
});
