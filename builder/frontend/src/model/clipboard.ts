// Steps as JSON on the clipboard: copied here, pasted in any workflow under fresh ids.

import { freshId } from "./edit";
import type { FlowEdge, FlowNode, Json, Point, Sticky, WorkflowDocument } from "./types";

export interface Clip {
  trellis: "steps";
  format: number;
  nodes: FlowNode[];
  edges: FlowEdge[];
  notes: Sticky[];
}

/** The named steps with the edges between them. */
export function clipOf(document: WorkflowDocument, ids: string[]): Clip {
  const wanted = new Set(ids);
  return {
    trellis: "steps",
    format: document.format,
    nodes: document.nodes.filter((node) => wanted.has(node.id)),
    edges: document.edges.filter((edge) => wanted.has(edge.source) && wanted.has(edge.target)),
    notes: document.notes.filter((note) => wanted.has(note.id)),
  };
}

/** Reads what somebody pasted; a sentence if it is not steps of a workflow. */
export function readClip(text: string): Clip | string {
  const junk = "The clipboard holds no Trellis steps. Copy some steps first.";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return junk;
  }
  if (typeof value !== "object" || value === null || (value as Clip).trellis !== "steps") return junk;
  const clip = value as Clip;
  const lists = [clip.nodes, clip.edges, clip.notes];
  if (!lists.every(Array.isArray)) return junk;
  const sound =
    clip.nodes.every((n) => isText(n?.id) && isText(n.kind) && isPoint(n.position) && typeof n.settings === "object" && n.settings !== null) &&
    clip.edges.every((e) => isText(e?.id) && isText(e.source) && isText(e.port) && isText(e.target)) &&
    clip.notes.every((n) => isText(n?.id) && isPoint(n.position) && isPoint2(n.size));
  if (!sound) return "These steps are damaged and cannot be pasted.";
  return clip.nodes.length + clip.notes.length ? clip : "There is nothing in these steps.";
}

export interface Pasted {
  document: WorkflowDocument;
  ids: string[];
  /** Settings that name a step which is not here. */
  missing: number;
}

/** Puts the clip into the document, moved by `by`. References between the pasted steps follow them. */
export function pasteClip(document: WorkflowDocument, clip: Clip, by: Point): Pasted {
  const fresh = new Map<string, string>();
  const used = new Set<string>();
  const give = (id: string, prefix: string) => {
    const name = freshId(document, prefix, used);
    used.add(name);
    fresh.set(id, name);
    return name;
  };
  for (const node of clip.nodes) give(node.id, "n");
  const known = new Set(document.nodes.map((node) => node.id));
  let missing = 0;
  const follow = (value: Json, key = ""): Json => {
    if (Array.isArray(value)) return value.map((item) => follow(item, key));
    if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, follow(item, name)]));
    if (typeof value !== "string" || !REFERENCES.has(key) || !/^n\w+$/.test(value)) return value;
    const named = fresh.get(value);
    if (!named && !known.has(value)) missing += 1;
    return named ?? value;
  };
  const at = (p: Point): Point => ({ x: p.x + by.x, y: p.y + by.y });
  const nodes = clip.nodes.map((node) => ({ ...node, id: fresh.get(node.id)!, position: at(node.position), settings: follow(node.settings) as FlowNode["settings"] }));
  const edges = clip.edges
    .filter((edge) => fresh.has(edge.source) && fresh.has(edge.target))
    .map((edge) => ({ ...edge, id: give(edge.id, "e"), source: fresh.get(edge.source)!, target: fresh.get(edge.target)! }));
  const notes = clip.notes.map((note) => ({ ...note, id: give(note.id, "t"), position: at(note.position) }));
  return {
    document: { ...document, nodes: [...document.nodes, ...nodes], edges: [...document.edges, ...edges], notes: [...document.notes, ...notes] },
    ids: [...nodes, ...notes].map((item) => item.id),
    missing,
  };
}

/** Settings under these names hold the id of another step. */
const REFERENCES = new Set(["node", "same_as", "since", "look_back", "target"]);

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isPoint = (value: unknown): value is Point =>
  typeof value === "object" && value !== null && Number.isFinite((value as Point).x) && Number.isFinite((value as Point).y);
const isPoint2 = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Number.isFinite((value as { width: number }).width) && Number.isFinite((value as { height: number }).height);
