import type { Point } from "../model/types";
import { type EditorState, shownDocument } from "../store";
import { edgeEnds } from "./flow";
import { distanceTo, route } from "./route";

const REACH = 22;

/** The edge that a step dropped here would be put on; null if none is near. */
export function edgeNear(state: EditorState, at: Point): string | null {
  const document = shownDocument(state);
  let best: string | null = null;
  let least = REACH;
  for (const edge of document.edges) {
    const ends = edgeEnds(state, document, edge);
    if (!ends) continue;
    const far = distanceTo(route(...ends), at);
    if (far < least) [best, least] = [edge.id, far];
  }
  return best;
}
