import type { Counts, FlowEdge, FlowNode, Problem, Settings, WorkflowDocument } from "../../src/model/types";

const C = 264;
const rows = [0, 104, 208, 336, 464, 568, 696, 824, 928, 1032];
const node = (id: string, kind: string, label: string, column: number, row: number, settings: Settings): FlowNode => ({
  id,
  kind,
  label,
  note: "",
  position: { x: column * C, y: rows[row]! },
  enabled: true,
  settings,
});
const opened = (of: string) => ({ branches: [{ port: "b1", name: "Opened", when: { fact: "message", node: of, did: "opened", since: of } }], timeout: "P2D", look_back: of });

const nodes: FlowNode[] = [
  node("n1", "trigger", "Contact added", 0.875, 0, { on: "contact_added" }),
  node("n2", "email", "Introduction", 0.875, 1, { content: 1, purpose: "marketing" }),
  node("n3", "wait_until", "Opened Introduction?", 0.875, 2, opened("n2")),
  node("n4", "wait", "Pause before Part 2", 0, 3, { mode: "duration", duration: "P3D" }),
  node("n5", "email", "Part 2", 0, 4, { content: 2 }),
  node("n6", "wait", "Pause before Part 3", 0, 7, { mode: "duration", duration: "P3D" }),
  node("n7", "email", "Part 3", 0, 8, { content: 3 }),
  node("n8", "exit", "Completed", 0, 9, { outcome: "completed" }),
  node("n9", "condition", "Can we text them?", 1.75, 3, { when: { all: [{ fact: "phone" }, { fact: "consent", subject: "sms", state: "in" }] } }),
  node("n10", "sms", "SMS nudge", 1, 4, { text: "Something interesting waits in your inbox" }),
  node("n11", "email", "Part 2 (after SMS)", 1, 5, { content: 2 }),
  node("n12", "wait_until", "Opened Part 2?", 1, 6, opened("n11")),
  node("n13", "sms", "Follow-up", 1, 7, { text: "Still want the guide?" }),
  node("n14", "exit", "No response", 1, 8, { outcome: "no_response" }),
  node("n15", "email", "Introduction, again", 2.5, 4, { same_as: "n2", subject: "" }),
  node("n16", "wait_until", "Opened the resend?", 2.5, 5, opened("n15")),
  node("n17", "exit", "Completed", 2, 6, { outcome: "completed" }),
  node("n18", "audience", "Show them ads", 3, 6, { destinations: ["google_ads", "custom_audience"], audience: "nurture", action: "add" }),
  node("n19", "exit", "Handed to ads", 3, 7, { outcome: "to_ads" }),
];

const ways = "n1-n2 n2-n3 n3:b1-n4 n3:timeout-n9 n4-n5 n5-n6 n6-n7 n7-n8 n9:yes-n10 n9:no-n15 n10-n11 n11-n12 n12:b1-n6 n12:timeout-n13 n13-n14 n15-n16 n16:b1-n17 n16:timeout-n18 n18-n19";
const edges: FlowEdge[] = ways.split(" ").map((way, i) => {
  const [from, target] = way.split("-") as [string, string];
  const [source, port] = from.split(":") as [string, string | undefined];
  return { id: `e${i + 1}`, source, port: port ?? "next", target };
});

export const leadNurturing: WorkflowDocument = {
  format: 1,
  nodes,
  edges,
  notes: [
    {
      id: "t1",
      text: "Ask Ola: should the resend go out in the morning? Opens before 10:00 were twice as many.",
      position: { x: 2 * C, y: rows[7]! },
      size: { width: 240, height: 80 },
      colour: "yellow",
    },
  ],
  settings: { reentry: "once", objectives: ["engagement", "loyalty"], tactic: "lead nurturing" },
};

export const sentences: Record<string, string> = {
  n1: "Anyone new, once each",
  n2: "“Good coffee starts here”",
  n3: "Waits up to 2 days",
  n4: "Wait 3 days",
  n5: "“Three ways to brew it”",
  n6: "Wait 3 days",
  n7: "“Your first bag, on us”",
  n8: "Ends as “completed”",
  n9: "Phone and SMS consent",
  n10: "“Something interesting waits in your inbox”",
  n11: "“Three ways to brew it”",
  n12: "Waits up to 2 days",
  n13: "“Still want the guide?”",
  n14: "Ends as “no response”",
  n15: "Resend, with its own subject",
  n16: "Waits up to 2 days",
  n17: "Ends as “completed”",
  n18: "Google Ads and 1 more",
  n19: "Ends as “to ads”",
};

export const problems: Problem[] = [{ node: "n15", field: "subject", message: "Its own subject is empty", severity: "error" }];

const waiting = (people: Record<string, number>, ends: Record<string, number>, ports: Record<string, Record<string, number>>): Counts["nodes"] =>
  Object.fromEntries(
    nodes.map(({ id }) => {
      const left = Object.values(ports[id] ?? {}).reduce((sum, n) => sum + n, 0);
      return [id, { entered: ends[id] ?? left + (people[id] ?? 0), waiting: people[id] ?? 0, left, failed: 0, skipped: 0, ports: ports[id] ?? {} }];
    }),
  );

export const draftCounts = waiting({ n2: 6, n3: 318, n4: 204, n5: 2, n6: 197, n10: 1, n12: 88, n16: 61, n18: 3 }, {}, {});
export const liveCounts = waiting(
  { n2: 4, n3: 296, n4: 241, n6: 262, n7: 1, n10: 2, n12: 97, n16: 74, n18: 5 },
  { n8: 1596, n14: 276, n17: 129, n19: 223 },
  {
    n1: { next: 3206 },
    n2: { next: 3202 },
    n3: { b1: 1874, timeout: 1032 },
    n4: { next: 1633 },
    n5: { next: 1633 },
    n6: { next: 1597 },
    n7: { next: 1596 },
    n9: { yes: 601, no: 431 },
    n10: { next: 599 },
    n11: { next: 599 },
    n12: { b1: 226, timeout: 276 },
    n13: { next: 276 },
    n15: { next: 431 },
    n16: { b1: 129, timeout: 228 },
    n18: { next: 223 },
  },
);
