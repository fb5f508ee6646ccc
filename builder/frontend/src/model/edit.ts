// Edits of a document: each takes one and gives a new one, sharing what did not change. No state, no screen.

import { COLUMN, NODE_WIDTH, ROW_GAP } from "./geometry";
import { downstream, edgeById, edgeFrom, edgesInto, edgesOut, nodesById } from "./graph";
import type { FlowEdge, FlowNode, Json, Kind, Point, Settings, Sticky, WorkflowDocument } from "./types";

/** Height of a node with its tabs, asked for because it hangs on the catalogue. */
export type Measure = (node: FlowNode) => number;

/** An id that the document does not hold. Never counted up: an id that was deleted must not come back for another step. */
export function freshId(document: WorkflowDocument, prefix: string, also: ReadonlySet<string> = new Set()): string {
  const taken = (id: string) => also.has(id) || [document.nodes, document.edges, document.notes].some((list) => list.some((item) => item.id === id));
  for (;;) {
    const id = prefix + crypto.getRandomValues(new Uint32Array(1))[0]!.toString(36).padStart(5, "0").slice(-5);
    if (!taken(id)) return id;
  }
}

export function newNode(document: WorkflowDocument, kind: Kind | string, position: Point): FlowNode {
  const name = typeof kind === "string" ? kind : kind.kind;
  const settings = typeof kind === "string" ? {} : blankSettings(kind);
  return { id: freshId(document, "n"), kind: name, label: "", note: "", position, enabled: true, settings };
}

/** What a fresh step starts with: the schema's defaults, and the example's shape where a kind cannot be drawn without (branches, arms). */
function blankSettings(kind: Kind): Settings {
  const settings: Settings = {};
  for (const [name, field] of Object.entries(kind.schema.properties ?? {})) {
    if (field.default !== undefined && field.default !== null) settings[name] = structuredClone(field.default);
  }
  for (const name of new Set([...(kind.schema.required ?? []), ...(kind.branch_field ? [kind.branch_field] : [])])) {
    const empty = settings[name] === undefined || (Array.isArray(settings[name]) && settings[name].length === 0);
    if (empty && kind.example[name] !== undefined && structural(kind, name)) settings[name] = structuredClone(kind.example[name]) as Json;
  }
  return settings;
}

/** Texts, contents and conditions are the marketer's to fill; durations, modes and branches have a sensible first value. */
function structural(kind: Kind, name: string): boolean {
  const widget = kind.schema.properties?.[name]?.["x-widget"];
  return name === kind.branch_field || widget === "duration" || widget === "weights" || widget === "select" || kind.schema.properties?.[name]?.enum !== undefined;
}

export const addNode = (document: WorkflowDocument, node: FlowNode): WorkflowDocument => ({ ...document, nodes: [...document.nodes, node] });

/** Puts the node on the edge; the port's name stays on the upstream half. Only what lies below moves. */
export function spliceNode(document: WorkflowDocument, edgeId: string, node: FlowNode, port: string | null, measure: Measure, place = true): WorkflowDocument {
  const edge = edgeById(document, edgeId);
  const nodes = nodesById(document);
  const source = edge && nodes.get(edge.source);
  const target = edge && nodes.get(edge.target);
  if (!edge || !source || !target) return addNode(document, node);
  let next = document;
  let placed = node;
  if (place) {
    const single = edgesOut(document, source.id).length === 1;
    const y = source.position.y + measure(source) + ROW_GAP;
    placed = { ...node, position: { x: single ? source.position.x : target.position.x, y: single ? y : Math.max(y, Math.min(target.position.y, y)) } };
    next = pushDown(document, target.id, placed, measure);
  }
  const edges = next.edges.map((item) => (item.id === edge.id ? { ...item, target: placed.id } : item));
  if (port !== null) edges.push({ id: freshId(document, "e"), source: placed.id, port, target: edge.target });
  return { ...next, nodes: [...next.nodes, placed], edges };
}

/** Makes room under `placed`: what follows it moves down just enough, and with it whatever would be run over. */
function pushDown(document: WorkflowDocument, targetId: string, placed: FlowNode, measure: Measure): WorkflowDocument {
  const floor = placed.position.y + measure(placed) + ROW_GAP;
  const by = floor - nodesById(document).get(targetId)!.position.y;
  const moved = new Map<string, number>();
  const top = (node: FlowNode) => node.position.y + (moved.get(node.id) ?? 0);
  if (by > 0) {
    for (const id of downstream(document, targetId)) {
      const node = nodesById(document).get(id);
      if (node && node.position.y >= placed.position.y) moved.set(id, by);
    }
  }
  const movers: { x: number; top: number; bottom: number; id: string }[] = [];
  const box = (node: FlowNode) => ({ id: node.id, x: node.position.x, top: top(node), bottom: top(node) + measure(node) });
  movers.push(box(placed), ...document.nodes.filter((node) => moved.has(node.id)).map(box));
  for (let mover = movers.shift(); mover; mover = movers.shift()) {
    for (const node of document.nodes) {
      if (node.id === mover.id || node.position.y < placed.position.y) continue;
      const apart = Math.abs(node.position.x - mover.x) >= NODE_WIDTH || top(node) >= mover.bottom || top(node) + measure(node) <= mover.top;
      if (apart) continue;
      moved.set(node.id, mover.bottom + ROW_GAP - node.position.y);
      movers.push(box(node));
    }
  }
  if (moved.size === 0) return document;
  return {
    ...document,
    nodes: document.nodes.map((node) => (moved.has(node.id) ? { ...node, position: { x: node.position.x, y: top(node) } } : node)),
  };
}

/** Why this connection cannot be, in words; null if it can. */
export function refusal(document: WorkflowDocument, source: string, port: string, target: string, hasWayIn: boolean): string | null {
  if (source === target) return "A step cannot lead to itself.";
  if (!hasWayIn) return "Nothing leads to a trigger: it is where people come in.";
  if (edgeFrom(document, source, port)) return "This way out leads somewhere already. Remove that connection first, or add a Branch.";
  if (downstream(document, target).has(source)) return "That would make a loop: people would go round and round.";
  return null;
}

export function connect(document: WorkflowDocument, source: string, port: string, target: string): WorkflowDocument {
  const edge: FlowEdge = { id: freshId(document, "e"), source, port, target };
  return { ...document, edges: [...document.edges, edge] };
}

export const removeEdge = (document: WorkflowDocument, id: string): WorkflowDocument =>
  edgeById(document, id) ? { ...document, edges: document.edges.filter((edge) => edge.id !== id) } : document;

/** The ways between which a person must choose before this node can go; empty if the path heals by itself. */
export function healChoices(document: WorkflowDocument, id: string): string[] {
  const out = edgesOut(document, id);
  const targets = new Set(out.map((edge) => edge.target));
  return edgesInto(document, id).length > 0 && targets.size > 1 ? out.map((edge) => edge.port) : [];
}

/** Nodes and notes go, with their edges. What led in leads on to where `keepPort` (or the only way out) led. */
export function removeNodes(document: WorkflowDocument, ids: string[], keepPort?: string | null): WorkflowDocument {
  const going = new Set(ids);
  const onward = (id: string, seen = new Set<string>()): string | null => {
    if (!going.has(id)) return id;
    if (seen.has(id) || keepPort === null) return null;
    seen.add(id);
    const out = edgesOut(document, id);
    const kept = keepPort !== undefined ? out.filter((edge) => edge.port === keepPort) : out;
    const ends = new Set(kept.map((edge) => onward(edge.target, seen)).filter((end) => end !== null));
    return ends.size === 1 ? [...ends][0]! : null;
  };
  const edges = document.edges.flatMap((edge) => {
    if (going.has(edge.source)) return [];
    if (!going.has(edge.target)) return [edge];
    const target = onward(edge.target);
    return target && target !== edge.source ? [{ ...edge, target }] : [];
  });
  return {
    ...document,
    nodes: document.nodes.filter((node) => !going.has(node.id)),
    notes: document.notes.filter((note) => !going.has(note.id)),
    edges,
  };
}

export function patchNode(document: WorkflowDocument, id: string, patch: (node: FlowNode) => FlowNode): WorkflowDocument {
  let changed = false;
  const nodes = document.nodes.map((node) => {
    if (node.id !== id) return node;
    const next = patch(node);
    changed ||= next !== node;
    return next;
  });
  return changed ? { ...document, nodes } : document;
}

/** Moves boxes and notes to where they were put. */
export function moveItems(document: WorkflowDocument, to: ReadonlyMap<string, Point>): WorkflowDocument {
  let changed = false;
  const moved = <T extends FlowNode | Sticky>(item: T): T => {
    const at = to.get(item.id);
    if (!at || (at.x === item.position.x && at.y === item.position.y)) return item;
    changed = true;
    return { ...item, position: { x: at.x, y: at.y } };
  };
  const nodes = document.nodes.map(moved);
  const notes = document.notes.map(moved);
  return changed ? { ...document, nodes, notes } : document;
}

/** The first place at or right of `position` where no other box lies. */
export function freePlace(document: WorkflowDocument, position: Point, measure: Measure, height = 64): Point {
  let { x } = position;
  const hit = () =>
    document.nodes.find((node) => Math.abs(node.position.x - x) < NODE_WIDTH && node.position.y < position.y + height && node.position.y + measure(node) > position.y);
  for (let other = hit(); other; other = hit()) x = other.position.x + COLUMN;
  return { x, y: position.y };
}
