// Arrows walk the graph as it is drawn: down and up along the edges, left and right to the nearest box.

import { edgesInto, edgesOut, nodesById } from "../model/graph";
import type { FlowNode, WorkflowDocument } from "../model/types";

export type Way = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** The step that an arrow key leads to; null at the border of the drawing. */
export function stepBeside(document: WorkflowDocument, id: string, way: Way): string | null {
  const nodes = nodesById(document);
  const from = nodes.get(id);
  if (!from) return null;
  const byX = (a: FlowNode, b: FlowNode) => Math.abs(a.position.x - from.position.x) - Math.abs(b.position.x - from.position.x) || a.position.x - b.position.x;
  const follow = (ids: string[]) => ids.map((other) => nodes.get(other)).filter((node) => node !== undefined).sort(byX)[0]?.id ?? null;
  if (way === "ArrowDown") return follow(edgesOut(document, id).map((edge) => edge.target)) ?? nearest(document, from, way);
  if (way === "ArrowUp") return follow(edgesInto(document, id).map((edge) => edge.source)) ?? nearest(document, from, way);
  return nearest(document, from, way);
}

function nearest(document: WorkflowDocument, from: FlowNode, way: Way): string | null {
  let best: string | null = null;
  let least = Infinity;
  for (const node of document.nodes) {
    if (node.id === from.id) continue;
    const dx = node.position.x - from.position.x;
    const dy = node.position.y - from.position.y;
    const ahead = way === "ArrowLeft" ? -dx : way === "ArrowRight" ? dx : way === "ArrowUp" ? -dy : dy;
    const aside = way === "ArrowLeft" || way === "ArrowRight" ? Math.abs(dy) : Math.abs(dx);
    if (ahead <= 0) continue;
    const cost = ahead + aside * 3;
    if (cost < least) [best, least] = [node.id, cost];
  }
  return best;
}
