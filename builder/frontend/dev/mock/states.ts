import type { Counts, FlowEdge, FlowNode, Problem, Settings, WorkflowDocument } from "../../src/model/types";

const node = (id: string, kind: string, label: string, x: number, y: number, settings: Settings = {}, enabled = true): FlowNode => ({ id, kind, label, note: "", position: { x, y }, enabled, settings });
const edge = (source: string, port: string, target: string): FlowEdge => ({ id: `${source}${port}`, source, port, target });

/** Every state that the document alone can show; hover, focus and selection are made by hand. */
const document: WorkflowDocument = {
  format: 1,
  nodes: [
    node("n1", "email", "Introduction", 0, 0),
    node("n2", "wait", "Pause before Part 2", 0, 118),
    node("n3", "email", "Introduction, again", 0, 236),
    node("n4", "sms", "SMS nudge", 0, 354, {}, false),
    node("n6", "condition", "Can we text them?", 0, 472),
    node("n7", "branch", "What do they like?", 0, 602, { branches: ["Espresso", "Filter", "Both"].map((name, i) => ({ port: `b${i + 1}`, name, when: null })) }),
    node("n8", "email", "Introduction", 360, 472),
    ...[0, 1, 2, 3].map((i) => node(`n1${i}`, "exit", "", -396 + i * 264, 780, { outcome: "completed" })),
  ],
  edges: [edge("n7", "b1", "n10"), edge("n7", "b2", "n11"), edge("n7", "b3", "n12"), edge("n7", "else", "n13"), edge("n8", "skipped", "n13")],
  notes: [],
  settings: {},
};
const problems: Problem[] = [{ node: "n3", field: "subject", message: "Its own subject is empty", severity: "error" }];
const counts: Counts["nodes"] = { n1: { entered: 6, waiting: 6, left: 0, failed: 0, skipped: 0, ports: {} } };
const sentences: Record<string, string> = { n1: "“Good coffee starts here”", n2: "Wait 3 days", n6: "Phone and SMS consent", n7: "3 ways, and Else", n8: "“Good coffee starts here”" };

export const nodeStates = { document, problems, sentences, counts };
