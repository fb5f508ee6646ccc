/* The drawing as a nested list: the same document that the canvas shows, read from top to bottom.
 *
 * A step with one way out is followed by the next one. A step with several ways has them below it, each with its own
 * steps. Where all ways meet again, the list goes on after them; any other way into a step that stands
 * elsewhere ends in a link ("goes on at"). Every node stands exactly once, cycles and loose ends of a draft included. */

export interface OutlineNode {
  id: string;
  kind: string;
  settings: Record<string, unknown>;
  position: { x: number; y: number };
}

export interface OutlineEdge {
  id: string;
  source: string;
  port: string;
  target: string;
}

export interface OutlinePort {
  name: string;
  label: string;
  tone: string;
}

export interface Way<N extends OutlineNode = OutlineNode> {
  port: OutlinePort;
  /** The node whose way out this is. */
  source: string;
  steps: Step<N>[];
  /** The node at which this way goes on, when that stands elsewhere in the list. */
  joins: string | null;
  /** Steps below, nested ones included. */
  total: number;
}

export interface Step<N extends OutlineNode = OutlineNode> {
  node: N;
  ways: Way<N>[];
}

export interface Root<N extends OutlineNode = OutlineNode> {
  steps: Step<N>[];
  joins: string | null;
  /** False for steps that no trigger leads to. */
  reached: boolean;
}

/** The ways of a step that carry on in the same list rather than below it. */
const ALONG = "next";
/** Ways that matter only when somebody has wired them: unwired ones go on through `next`. */
const OPTIONAL = new Set(["skipped", "failed"]);

const END = " end";

export function build<N extends OutlineNode>(
  nodes: readonly N[],
  edges: readonly OutlineEdge[],
  portsOf: (node: N) => readonly OutlinePort[],
): Root<N>[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const outgoing = new Map<string, OutlineEdge[]>();
  const entered = new Set<string>();
  for (const edge of edges) {
    if (!byId.has(edge.source) || !byId.has(edge.target)) continue;
    outgoing.set(edge.source, [...(outgoing.get(edge.source) ?? []), edge]);
    entered.add(edge.target);
  }
  const target = (id: string, port: string): string | null =>
    outgoing.get(id)?.find((edge) => edge.port === port)?.target ?? null;

  /** Ports of the node, those that only its edges know included. */
  const allPorts = (node: N): OutlinePort[] => {
    const ports = [...portsOf(node)];
    for (const edge of outgoing.get(node.id) ?? [])
      if (!ports.some((port) => port.name === edge.port))
        ports.push({ name: edge.port, label: edge.port, tone: "branch" });
    return ports.filter((port) => !OPTIONAL.has(port.name) || target(node.id, port.name) || !ports.some((p) => p.name === ALONG));
  };

  const meets = meetings(nodes, (node) => allPorts(node).map((port) => target(node.id, port.name)));
  const placed = new Set<string>();

  const list = (start: string, stop: ReadonlySet<string>): { steps: Step<N>[]; joins: string | null } => {
    const steps: Step<N>[] = [];
    let id: string | null = start;
    while (id) {
      if (stop.has(id) || placed.has(id)) break;
      const node: N = byId.get(id)!;
      placed.add(id);
      const ports = allPorts(node);
      const along = ports.length === 1 ? ports[0] : ports.find((port) => port.name === ALONG);
      const below = ports.filter((port) => port !== along);
      const meeting: string | null = along ? target(id, along.name) : (meets.get(id) ?? null);
      const inner = meeting ? new Set([...stop, meeting]) : stop;
      const step: Step<N> = { node, ways: [] };
      for (const port of below) {
        const first = target(id, port.name);
        const found = first ? list(first, inner) : { steps: [], joins: null };
        step.ways.push({ port, source: id, ...found, total: count(found.steps) });
      }
      steps.push(step);
      id = meeting;
    }
    return { steps, joins: id };
  };

  const order = (a: N, b: N) => a.position.y - b.position.y || a.position.x - b.position.x;
  const triggers = nodes.filter((node) => node.kind === "trigger" && !entered.has(node.id)).sort(order);
  const loose = nodes.filter((node) => node.kind !== "trigger" && !entered.has(node.id)).sort(order);
  const roots: Root<N>[] = [];
  for (const [group, reached] of [[triggers, true], [loose, false], [[...nodes].sort(order), false]] as const)
    for (const node of group) if (!placed.has(node.id)) roots.push({ ...list(node.id, new Set()), reached });
  return roots;
}

/** Steps in a list, nested ones included. */
export function count(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + 1 + step.ways.reduce((below, way) => below + way.total, 0), 0);
}

export function everyNode<N extends OutlineNode>(steps: readonly Step<N>[]): N[] {
  return steps.flatMap((step) => [step.node, ...step.ways.flatMap((way) => everyNode(way.steps))]);
}

/** For each node the first one that all of its ways lead to, if there is one (its immediate post-dominator). */
function meetings<N extends OutlineNode>(
  nodes: readonly N[],
  targets: (node: N) => (string | null)[],
): Map<string, string> {
  const next = new Map(nodes.map((node) => [node.id, targets(node)]));
  const order: string[] = [];
  const state = new Map<string, "open" | "done">();
  for (const { id } of nodes) {
    const stack: [string, number][] = [[id, 0]];
    while (stack.length) {
      const top = stack[stack.length - 1]!;
      const [at, index] = top;
      if (index === 0 && state.has(at)) {
        stack.pop();
        continue;
      }
      state.set(at, "open");
      const children = next.get(at) ?? [];
      if (index < children.length) {
        top[1] += 1;
        const child = children[index];
        if (child && !state.has(child)) stack.push([child, 0]);
      } else {
        state.set(at, "done");
        order.push(at);
        stack.pop();
      }
    }
  }
  // Children come before parents in `order`; an edge back to an ancestor (a draft's cycle) counts as an end.
  const rank = new Map(order.map((id, at) => [id, at]));
  const parent = new Map<string, string>();
  const common = (a: string, b: string): string => {
    while (a !== b) {
      if (a === END || b === END) return END;
      if (rank.get(a)! > rank.get(b)!) a = parent.get(a) ?? END;
      else b = parent.get(b) ?? END;
    }
    return a;
  };
  for (const id of order) {
    const ways = (next.get(id) ?? []).map((to) => (to && rank.get(to)! < rank.get(id)! ? to : END));
    parent.set(id, ways.length ? ways.reduce(common) : END);
  }
  const found = new Map<string, string>();
  for (const [id, meeting] of parent) if (meeting !== END) found.set(id, meeting);
  return found;
}
