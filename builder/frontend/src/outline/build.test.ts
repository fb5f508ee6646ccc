import { describe, expect, it } from "vitest";
import { build, everyNode, type OutlineEdge, type OutlineNode, type OutlinePort, type Step } from "./build";

const PORTS: Record<string, OutlinePort[]> = {
  trigger: [{ name: "next", label: "Next", tone: "next" }],
  wait: [{ name: "next", label: "Next", tone: "next" }],
  email: ["next", "skipped", "failed"].map((name) => ({ name, label: name, tone: name })),
  wait_until: [
    { name: "b1", label: "Opened", tone: "branch" },
    { name: "timeout", label: "After 2 days", tone: "timeout" },
  ],
  condition: [
    { name: "yes", label: "Yes", tone: "yes" },
    { name: "no", label: "No", tone: "no" },
  ],
  exit: [],
};

/** "a:trigger" makes a node, "a.next>b" an edge. */
function drawing(text: string): { nodes: OutlineNode[]; edges: OutlineEdge[] } {
  const words = text.trim().split(/\s+/);
  const nodes = words
    .filter((word) => word.includes(":"))
    .map((word, y) => ({ id: word.split(":")[0]!, kind: word.split(":")[1]!, settings: {}, position: { x: 0, y } }));
  const edges = words
    .filter((word) => word.includes(">"))
    .map((word, n) => {
      const [from, to] = word.split(">") as [string, string];
      const [source, port] = from.split(".") as [string, string];
      return { id: `e${n}`, source, port, target: to };
    });
  return { nodes, edges };
}

function read(text: string) {
  const { nodes, edges } = drawing(text);
  return build(nodes, edges, (node) => PORTS[node.kind] ?? []);
}

/** A list in short: "a b[yes: c d | no: e ->f]". */
function short(steps: readonly Step[], joins: string | null = null): string {
  const said = steps.map((step) => {
    const ways = step.ways.map((way) => `${way.port.name}: ${short(way.steps, way.joins)}`.trim());
    return step.node.id + (ways.length ? `[${ways.join(" | ")}]` : "");
  });
  return [...said, ...(joins ? [`->${joins}`] : [])].join(" ");
}

const LEAD_NURTURING = `
  n1:trigger n2:email n3:wait_until n4:wait n5:email n6:wait n7:email n8:exit n9:condition n10:email n11:email
  n12:wait_until n13:email n14:exit n15:email n16:wait_until n17:exit n18:email n19:exit
  n1.next>n2 n2.next>n3 n3.b1>n4 n4.next>n5 n5.next>n6 n6.next>n7 n7.next>n8 n3.timeout>n9 n9.yes>n10 n10.next>n11
  n11.next>n12 n12.b1>n6 n12.timeout>n13 n13.next>n14 n9.no>n15 n15.next>n16 n16.b1>n17 n16.timeout>n18 n18.next>n19`;

describe("the outline", () => {
  it("reads lead nurturing as the picture does, with the join as a link", () => {
    const [root] = read(LEAD_NURTURING);
    expect(short(root!.steps)).toBe(
      "n1 n2 n3[b1: n4 n5 n6 n7 n8 | timeout: n9[yes: n10 n11 n12[b1: ->n6 | timeout: n13 n14] | no: n15 n16[b1: n17 | timeout: n18 n19]]]",
    );
    const wait = root!.steps[2]!;
    expect(wait.ways.map((way) => way.total)).toEqual([5, 11]);
    expect(wait.ways[1]!.steps[0]!.ways.map((way) => way.total)).toEqual([5, 5]);
  });

  it("goes on after the ways when all of them meet again", () => {
    const [root] = read("t:trigger c:condition a:wait b:wait z:exit t.next>c c.yes>a c.no>b a.next>z b.next>z");
    expect(short(root!.steps)).toBe("t c[yes: a ->z | no: b ->z] z");
  });

  it("keeps a step inside its way when another way ends", () => {
    const [root] = read("t:trigger c:condition a:wait z:exit t.next>c c.yes>a a.next>z");
    expect(short(root!.steps)).toBe("t c[yes: a z | no:]");
  });

  it("draws skipped and failed of a message only when they are wired, and goes on by next", () => {
    const [root] = read("t:trigger m:email x:wait z:exit t.next>m m.next>z m.failed>x x.next>z");
    expect(short(root!.steps)).toBe("t m[failed: x ->z] z");
  });

  it("shows two triggers, and says where the second one goes on", () => {
    const roots = read("t:trigger u:trigger z:exit t.next>z u.next>z");
    expect(roots.map((root) => short(root.steps, root.joins))).toEqual(["t z", "u ->z"]);
  });

  it("shows loose steps and cycles of a draft once each, and ends", () => {
    const roots = read("t:trigger l:wait a:wait b:wait a.next>b b.next>a");
    expect(roots.map((root) => short(root.steps, root.joins))).toEqual(["t", "l", "a b ->a"]);
    expect(roots.map((root) => root.reached)).toEqual([true, false, false]);
  });

  it("shows ways that the catalogue no longer knows", () => {
    const [root] = read("t:trigger x:strange z:exit t.next>x x.odd>z");
    expect(short(root!.steps)).toBe("t x z");
  });

  it("stands up to a thousand steps, each exactly once", () => {
    const nodes = Array.from({ length: 1000 }, (_, n) => `s${n}:${n % 3 ? "condition" : "wait"}`);
    const edges = nodes.flatMap((_, n) =>
      n % 3
        ? [`s${n}.yes>s${Math.min(999, n + 1)}`, `s${n}.no>s${Math.min(999, n + 7)}`].filter((e) => !e.endsWith(`>s${n}`))
        : n < 999
          ? [`s${n}.next>s${n + 1}`]
          : [],
    );
    const roots = read([...nodes, ...edges].join(" "));
    const seen = roots.flatMap((root) => everyNode(root.steps).map((node) => node.id));
    expect(new Set(seen).size).toBe(1000);
    expect(seen.length).toBe(1000);
  });
});
