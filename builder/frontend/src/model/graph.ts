// Questions about a document: who follows whom. Answers are kept per document value, which never changes.

import type { FlowEdge, FlowNode, WorkflowDocument } from "./types";

interface Index {
  nodes: Map<string, FlowNode>;
  edges: Map<string, FlowEdge>;
  out: Map<string, FlowEdge[]>;
  into: Map<string, FlowEdge[]>;
}

const indexes = new WeakMap<FlowEdge[], WeakMap<FlowNode[], Index>>();

function index(document: WorkflowDocument): Index {
  let byNodes = indexes.get(document.edges);
  if (!byNodes) indexes.set(document.edges, (byNodes = new WeakMap()));
  let found = byNodes.get(document.nodes);
  if (!found) {
    found = { nodes: new Map(document.nodes.map((node) => [node.id, node])), edges: new Map(), out: new Map(), into: new Map() };
    for (const edge of document.edges) {
      found.edges.set(edge.id, edge);
      push(found.out, edge.source, edge);
      push(found.into, edge.target, edge);
    }
    byNodes.set(document.nodes, found);
  }
  return found;
}

const NONE: FlowEdge[] = [];

export const nodesById = (document: WorkflowDocument): Map<string, FlowNode> => index(document).nodes;
export const edgeById = (document: WorkflowDocument, id: string): FlowEdge | undefined => index(document).edges.get(id);
export const edgesOut = (document: WorkflowDocument, node: string): FlowEdge[] => index(document).out.get(node) ?? NONE;
export const edgesInto = (document: WorkflowDocument, node: string): FlowEdge[] => index(document).into.get(node) ?? NONE;
export const edgeFrom = (document: WorkflowDocument, node: string, port: string): FlowEdge | undefined =>
  edgesOut(document, node).find((edge) => edge.port === port);

/** The node and everything that can be reached from it. */
export function downstream(document: WorkflowDocument, node: string): Set<string> {
  const seen = new Set([node]);
  const open = [node];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const edge of edgesOut(document, at)) {
      if (!seen.has(edge.target)) {
        seen.add(edge.target);
        open.push(edge.target);
      }
    }
  }
  return seen;
}

/** Nodes in reading order: along the edges from the triggers, left way first, then whatever hangs loose. */
export function readingOrder(document: WorkflowDocument): string[] {
  const placed = (a: FlowNode, b: FlowNode) => a.position.y - b.position.y || a.position.x - b.position.x;
  const nodes = nodesById(document);
  const seen = new Set<string>();
  const visit = (start: string) => {
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at) || !nodes.has(at)) continue;
      seen.add(at);
      const next = edgesOut(document, at).map((edge) => nodes.get(edge.target)).filter((node) => node !== undefined);
      for (const node of next.sort((a, b) => b.position.x - a.position.x)) open.push(node.id);
    }
  };
  const starts = document.nodes.filter((node) => edgesInto(document, node.id).length === 0);
  for (const node of [...starts].sort(placed)) visit(node.id);
  for (const node of [...document.nodes].sort(placed)) visit(node.id);
  return [...seen];
}

function push(map: Map<string, FlowEdge[]>, key: string, edge: FlowEdge): void {
  const list = map.get(key);
  if (list) list.push(edge);
  else map.set(key, [edge]);
}
