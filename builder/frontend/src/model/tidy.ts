// Tidy up: a row for each depth, a column for each end, Yes left of No, joins below all their parents.

import { COLUMN, ROW_GAP } from "./geometry";
import { edgesInto, edgesOut, nodesById } from "./graph";
import type { FlowNode, Point, WorkflowDocument } from "./types";

export interface TidySizes {
  /** Height of the node with its tabs. */
  height(node: FlowNode): number;
  /** Place of a port among the node's ports. */
  order(node: FlowNode, port: string): number;
}

/** New positions by node id. Takes time in proportion to nodes and edges; tidying twice changes nothing. */
export function tidyPositions(document: WorkflowDocument, sizes: TidySizes): Map<string, Point> {
  const nodes = nodesById(document);
  const children = new Map<string, string[]>();
  for (const node of document.nodes) {
    const out = edgesOut(document, node.id).filter((edge) => nodes.has(edge.target) && edge.target !== node.id);
    out.sort((a, b) => sizes.order(node, a.port) - sizes.order(node, b.port));
    children.set(node.id, [...new Set(out.map((edge) => edge.target))]);
  }
  const roots = rootsOf(document);
  const row = rows(document, roots, children);
  const column = columns(roots, children, row);

  const heights: number[] = [];
  for (const node of document.nodes) {
    const r = row.get(node.id)!;
    heights[r] = Math.max(heights[r] ?? 0, sizes.height(node));
  }
  const tops: number[] = [0];
  heights.forEach((height, r) => (tops[r + 1] = tops[r]! + height + ROW_GAP));

  // The first trigger stays where it is: the drawing grows from it.
  const anchor = nodes.get(roots[0] ?? "")?.position;
  const x0 = (anchor?.x ?? 0) - Math.round((column.get(roots[0] ?? "") ?? 0) * COLUMN);
  const y0 = anchor?.y ?? 0;
  return new Map(document.nodes.map((node) => [node.id, { x: x0 + Math.round(column.get(node.id)! * COLUMN), y: y0 + tops[row.get(node.id)!]! }]));
}

/** Nodes that nothing leads to, from left to right; triggers first, then what hangs loose. */
function rootsOf(document: WorkflowDocument): string[] {
  const free = document.nodes.filter((node) => edgesInto(document, node.id).length === 0);
  const loose = (node: FlowNode) => (node.kind === "trigger" ? 0 : 1);
  free.sort((a, b) => loose(a) - loose(b) || a.position.x - b.position.x || a.position.y - b.position.y || (a.id < b.id ? -1 : 1));
  return free.length ? free.map((node) => node.id) : document.nodes.slice(0, 1).map((node) => node.id);
}

/** Depth by the longest way down, so that a join lies below all its parents. A cycle's last edge is left out. */
function rows(document: WorkflowDocument, roots: string[], children: Map<string, string[]>): Map<string, number> {
  const done: string[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (start: string) => {
    const stack: [string, number][] = [[start, 0]];
    state.set(start, "open");
    while (stack.length) {
      const top = stack.at(-1)!;
      const next = children.get(top[0])![top[1]++];
      if (next === undefined) {
        state.set(top[0], "done");
        done.push(top[0]);
        stack.pop();
      } else if (!state.has(next)) {
        state.set(next, "open");
        stack.push([next, 0]);
      }
    }
  };
  for (const id of [...roots, ...document.nodes.map((node) => node.id)]) if (!state.has(id)) visit(id);
  const order = done.reverse();
  const place = new Map(order.map((id, i) => [id, i]));
  const row = new Map(order.map((id) => [id, 0]));
  for (const id of order) {
    for (const child of children.get(id)!) {
      if (place.get(child)! > place.get(id)!) row.set(child, Math.max(row.get(child)!, row.get(id)! + 1));
    }
  }
  return row;
}

/** Each end of the drawing takes the next column; a parent stands over the middle of the children it met first. */
function columns(roots: string[], children: Map<string, string[]>, row: Map<string, number>): Map<string, number> {
  const column = new Map<string, number>();
  const seen = new Set<string>();
  let next = 0;
  const lay = (start: string) => {
    seen.add(start);
    const stack: { id: string; at: number; own: string[] }[] = [{ id: start, at: 0, own: [] }];
    while (stack.length) {
      const top = stack.at(-1)!;
      const child = children.get(top.id)![top.at++];
      if (child !== undefined) {
        if (seen.has(child)) continue;
        seen.add(child);
        top.own.push(child);
        stack.push({ id: child, at: 0, own: [] });
        continue;
      }
      stack.pop();
      const first = top.own[0];
      column.set(top.id, first === undefined ? next++ : (column.get(first)! + column.get(top.own.at(-1)!)!) / 2);
    }
  };
  const late: string[] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    // A further trigger of a drawing that stands already goes beside the first one, not to the far right.
    if (children.get(root)!.length && children.get(root)!.every((child) => seen.has(child))) late.push(root);
    else lay(root);
  }
  for (const id of children.keys()) if (!seen.has(id) && !late.includes(id)) lay(id);
  for (const id of late) {
    const taken = [...column].filter(([other]) => row.get(other) === row.get(id)).map(([, at]) => at);
    let at = column.get(children.get(id)![0]!)!;
    while (taken.some((other) => Math.abs(other - at) < 1)) at = Math.min(...taken.filter((other) => other > at - 1)) + 1;
    column.set(id, at);
  }
  return column;
}
