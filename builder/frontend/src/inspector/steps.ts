// Steps of this workflow as things to choose from.

import { useMemo } from "react";
import { edgesInto, nodesById } from "../model/graph";
import type { FlowNode, WorkflowDocument } from "../model/types";
import { type EditorState, getState, kindOf, shownDocument, titleOf, useEditor } from "../store";
import type { Option } from "./ui/Listbox";

/** Kinds that send something to a person. */
export const isMessage = (state: EditorState, node: FlowNode): boolean => kindOf(state, node.kind)?.group === "messages";

/** Every step before this one, nearest first. */
export function upstream(document: WorkflowDocument, id: string): string[] {
  const seen = new Set<string>();
  let row = [id];
  while (row.length) {
    const next: string[] = [];
    for (const at of row)
      for (const edge of edgesInto(document, at))
        if (!seen.has(edge.source)) {
          seen.add(edge.source);
          next.push(edge.source);
        }
    row = next;
  }
  seen.delete(id);
  return [...seen];
}

/** The message step that a question at this step most likely means. */
export function nearestMessage(id: string | null): string | null {
  const state = getState();
  const nodes = nodesById(state.document);
  const before = id ? upstream(state.document, id) : [];
  return [...before, ...nodes.keys()].find((one) => one !== id && isMessage(state, nodes.get(one)!)) ?? null;
}

/** Steps to choose from, those before `node` first. `which` narrows them down. */
export function useStepOptions(node: string | null, which: (state: EditorState, node: FlowNode) => boolean = () => true): Option[] {
  const document = useEditor(shownDocument);
  const catalogue = useEditor((state) => state.catalogue);
  return useMemo(() => {
    const state = getState();
    const before = new Set(node ? upstream(document, node) : []);
    const rank = (one: FlowNode) => (before.has(one.id) ? 0 : 1);
    return document.nodes
      .filter((one) => one.id !== node && which(state, one))
      .sort((a, b) => rank(a) - rank(b) || a.position.y - b.position.y || a.position.x - b.position.x)
      .map((one) => {
        const kind = catalogue.kinds.find((item) => item.kind === one.kind);
        return { value: one.id, label: titleOf(state, one), icon: kind?.icon, group: kind?.group, section: before.has(one.id) || !node ? undefined : "Not before this step" };
      });
  }, [document, catalogue, node, which]);
}
