// What the canvas says about a step: its sentence, and its name for those who listen.

import { readingOrder, edgesOut, nodesById } from "../model/graph";
import { counted } from "../model/numbers";
import type { FlowNode, WorkflowDocument } from "../model/types";
import { type EditorState, kindOf, portsShown, problemsOf, shownDocument, titleOf } from "../store";

const ranks = new WeakMap<WorkflowDocument, Map<string, number>>();

function rank(document: WorkflowDocument): Map<string, number> {
  let found = ranks.get(document);
  if (!found) ranks.set(document, (found = new Map(readingOrder(document).map((id, i) => [id, i + 1]))));
  return found;
}

/** The server's sentence; until it has answered for a fresh step, what kind of step it is. */
export function sentenceOf(state: EditorState, node: FlowNode): string {
  const known = (state.mode === "live" && state.liveSentences[node.id]) || state.sentences[node.id];
  if (known) return known;
  const kind = kindOf(state, node.kind);
  if (!kind) return "This step is unknown here";
  return node.label && node.label !== kind.label ? kind.label : "Not set up yet";
}

/** "Step 4 of 12, Condition: Opened Introduction? Yes to SMS, No to Wait 2 days, 1 problem". */
export function stepName(state: EditorState, id: string): string {
  const document = shownDocument(state);
  const node = nodesById(document).get(id);
  if (!node) return "";
  const kind = kindOf(state, node.kind)?.label ?? node.kind;
  const title = titleOf(state, node);
  const out = edgesOut(document, id);
  const ports = portsShown(state, node);
  const ways = ports.map((port) => {
    const edge = out.find((item) => item.port === port.name);
    const target = edge && nodesById(document).get(edge.target);
    const where = target ? titleOf(state, target) : "nowhere";
    return ports.length > 1 ? `${port.label} to ${where}` : target ? `then ${where}` : "then nothing";
  });
  const problems = problemsOf(state, id).length;
  const sentence = sentenceOf(state, node);
  return [
    `Step ${rank(document).get(id) ?? 0} of ${document.nodes.length}, ${kind}: ${title}${title === sentence ? "" : `${/[.?!]$/.test(title) ? "" : "."} ${sentence}`}`,
    ...(node.enabled ? [] : ["switched off"]),
    ...ways,
    ...(problems && state.mode !== "live" ? [counted(problems, "problem")] : []),
  ].join(", ");
}
