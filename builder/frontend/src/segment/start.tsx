import { createRoot } from "react-dom/client";
import { loadCatalogue } from "../api/builder";
import { initialState } from "../store/state";
import { dispatch, reset } from "../store/store";
import { SegmentCondition } from "./SegmentCondition";

/** Draws the condition over the page's JSON field; without the catalogue (or this script) that field alone is there. */
export async function startSegment(root: HTMLElement): Promise<void> {
  const field = document.getElementById("s-condition") as HTMLTextAreaElement;
  const seen = document.getElementById("segment-preview") as HTMLElement;
  const readOnly = root.dataset.readonly !== undefined;
  reset(initialState({ workflow: 0, user: { id: 0, name: "", initials: "" }, can: { write: !readOnly, publish: false }, places: [] }, ""));
  dispatch({ type: "set", patch: { catalogue: await loadCatalogue() } });
  field.closest("details")?.removeAttribute("open");
  createRoot(root).render(<SegmentCondition field={field} seen={seen} readOnly={readOnly} />);
}
