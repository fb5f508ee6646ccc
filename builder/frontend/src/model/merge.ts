// Two people changed one draft: what each changed since `base` is put together, by id and by field.

import type { FlowEdge, FlowNode, Sticky, WorkflowDocument } from "./types";

export interface Clash {
  key: string;
  what: "node" | "edge" | "note" | "settings";
  id: string;
  label: string;
  field: string;
  mine: unknown;
  theirs: unknown;
}

export interface Merged {
  document: WorkflowDocument;
  /** What both changed differently; the document holds mine there until somebody decides. */
  clashes: Clash[];
}

type Item = FlowNode | FlowEdge | Sticky;
type Bag = Record<string, unknown>;

export function merge(base: WorkflowDocument, mine: WorkflowDocument, theirs: WorkflowDocument): Merged {
  if (theirs === base) return { document: mine, clashes: [] };
  if (mine === base) return { document: theirs, clashes: [] };
  const clashes: Clash[] = [];
  const nodes = items("node", base.nodes, mine.nodes, theirs.nodes, clashes);
  const notes = items("note", base.notes, mine.notes, theirs.notes, clashes);
  const present = new Set(nodes.map((node) => node.id));
  const edges = onePerPort(items("edge", base.edges, mine.edges, theirs.edges, clashes), mine.edges, clashes).filter(
    (edge) => present.has(edge.source) && present.has(edge.target),
  );
  const settings = fields("settings", "", "Workflow settings", base.settings, mine.settings, theirs.settings, clashes) as WorkflowDocument["settings"];
  return { document: { ...theirs, ...mine, nodes, edges, notes, settings }, clashes };
}

/** The decisions applied: "theirs" takes their value; "both" keeps mine and brings theirs as a copy beside it. */
export function decided(
  document: WorkflowDocument,
  clashes: Clash[],
  theirs: WorkflowDocument,
  choice: (clash: Clash) => "mine" | "theirs" | "both",
  freshId: (prefix: string) => string,
): WorkflowDocument {
  let next = document;
  const copied = new Set<string>();
  for (const clash of clashes) {
    const want = choice(clash);
    if (want === "mine") continue;
    if (clash.what === "settings") {
      next = { ...next, settings: patched(next.settings, clash.field, clash.theirs) as WorkflowDocument["settings"] };
    } else if (clash.what === "edge") {
      const edges = next.edges.filter((edge) => edge.id !== clash.id && !sameWayOut(edge, clash.theirs as FlowEdge | null));
      next = { ...next, edges: clash.theirs ? [...edges, clash.theirs as FlowEdge] : edges };
    } else if (want === "both") {
      const whole = find(theirs, clash);
      if (!whole || copied.has(clash.id)) continue;
      copied.add(clash.id);
      const copy = { ...whole, id: freshId(clash.what === "node" ? "n" : "t"), position: { x: whole.position.x + 264, y: whole.position.y } };
      next = clash.what === "node" ? { ...next, nodes: [...next.nodes, copy as FlowNode] } : { ...next, notes: [...next.notes, copy as Sticky] };
    } else {
      next = takeTheirs(next, clash, theirs);
    }
  }
  return next;
}

function items<T extends Item>(what: "node" | "edge" | "note", base: T[], mine: T[], theirs: T[], clashes: Clash[]): T[] {
  const was = byId(base);
  const his = byId(theirs);
  const ours = byId(mine);
  const result: T[] = [];
  for (const item of mine) {
    const before = was.get(item.id);
    const other = his.get(item.id);
    if (other) result.push(fields(what, item.id, labelOf(item), before ?? ({} as T), item, other, clashes) as unknown as T);
    else if (!before) result.push(item);
    else if (!same(before, item)) {
      clashes.push({ key: `${what}:${item.id}:`, what, id: item.id, label: labelOf(item), field: "", mine: item, theirs: null });
      result.push(item);
    }
  }
  for (const item of theirs) {
    if (ours.has(item.id)) continue;
    const before = was.get(item.id);
    if (!before) result.push(item);
    else if (!same(before, item)) {
      clashes.push({ key: `${what}:${item.id}:`, what, id: item.id, label: labelOf(item), field: "", mine: null, theirs: item });
      // Removed here and changed there: it comes back until somebody decides, for nothing may be lost.
      result.push(item);
    }
  }
  return result;
}

function fields(what: Clash["what"], id: string, label: string, base: object, mine: object, theirs: object, clashes: Clash[], under = ""): Bag {
  const [b, m, t] = [base as Bag, mine as Bag, theirs as Bag];
  if (same(m, t) || same(b, t)) return m;
  if (same(b, m)) return t;
  const result: Bag = {};
  for (const name of new Set([...Object.keys(m), ...Object.keys(t)])) {
    const field = under + name;
    if (same(m[name], t[name]) || same(b[name], t[name])) put(result, name, m[name]);
    else if (same(b[name], m[name])) put(result, name, t[name]);
    else if (name === "settings" && what === "node") {
      result[name] = fields(what, id, label, (b[name] ?? {}) as object, (m[name] ?? {}) as object, (t[name] ?? {}) as object, clashes, "settings.");
    } else {
      // Where a box lies is no loss worth a question: the nearer hand wins.
      if (name !== "position" && name !== "size") {
        clashes.push({ key: `${what}:${id}:${field}`, what, id, label, field, mine: m[name], theirs: t[name] });
      }
      put(result, name, m[name]);
    }
  }
  return result;
}

function onePerPort(edges: FlowEdge[], mine: FlowEdge[], clashes: Clash[]): FlowEdge[] {
  const own = new Set(mine.map((edge) => edge.id));
  const taken = new Map<string, FlowEdge>();
  for (const edge of [...edges].sort((a, b) => Number(own.has(b.id)) - Number(own.has(a.id)))) {
    const way = `${edge.source} ${edge.port}`;
    const first = taken.get(way);
    if (!first) taken.set(way, edge);
    else if (first.target !== edge.target) {
      clashes.push({ key: `edge:${edge.id}:target`, what: "edge", id: first.id, label: "Connection", field: "target", mine: first, theirs: edge });
    }
  }
  const kept = new Set([...taken.values()].map((edge) => edge.id));
  return edges.filter((edge) => kept.has(edge.id));
}

function takeTheirs(document: WorkflowDocument, clash: Clash, theirs: WorkflowDocument): WorkflowDocument {
  const list = clash.what === "node" ? "nodes" : "notes";
  const all = document[list] as (FlowNode | Sticky)[];
  let next: (FlowNode | Sticky)[];
  if (clash.field === "") {
    const whole = find(theirs, clash);
    const rest = all.filter((item) => item.id !== clash.id);
    next = whole ? [...rest, whole] : rest;
  } else {
    next = all.map((item) => {
      if (item.id !== clash.id) return item;
      if (!clash.field.startsWith("settings.")) return patched(item as unknown as Bag, clash.field, clash.theirs) as unknown as FlowNode;
      const name = clash.field.slice("settings.".length);
      return { ...item, settings: patched((item as FlowNode).settings, name, clash.theirs) } as FlowNode;
    });
  }
  const edges = clash.what === "node" && clash.theirs === null ? document.edges.filter((e) => e.source !== clash.id && e.target !== clash.id) : document.edges;
  return { ...document, [list]: next, edges };
}

const find = (document: WorkflowDocument, clash: Clash) =>
  (clash.what === "node" ? document.nodes : document.notes).find((item) => item.id === clash.id);
const sameWayOut = (edge: FlowEdge, other: FlowEdge | null) => other !== null && edge.source === other.source && edge.port === other.port;
const byId = <T extends Item>(list: T[]) => new Map(list.map((item) => [item.id, item]));
const labelOf = (item: Item): string => ("kind" in item ? item.label || item.kind : "text" in item ? "Note" : "Connection");

function patched(bag: Bag, name: string, value: unknown): Bag {
  const next = { ...bag };
  put(next, name, value);
  return next;
}

function put(bag: Bag, name: string, value: unknown): void {
  if (value === undefined) delete bag[name];
  else bag[name] = value;
}

/** Equal as JSON, whatever the order of keys. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as Bag, b as Bag];
  const names = Object.keys(x);
  return names.length === Object.keys(y).length && names.every((name) => name in y && same(x[name], y[name]));
}
