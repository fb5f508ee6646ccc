// Questions about the state that several components ask. Each returns values that are stable while their source is.

import { edgesOut, nodesById } from "../model/graph";
import { shownPorts } from "../model/ports";
import type { FlowNode, Kind, Port, Problem, RunPath, WorkflowDocument } from "../model/types";
import { type EditorState, emptyDocument } from "./state";

/** The document on the screen: the draft, or in the live view the version that runs. */
export const shownDocument = (state: EditorState): WorkflowDocument =>
  state.mode !== "live" ? state.document : (state.liveDocument ?? (state.workflow.live_version === null && !state.path ? emptyDocument : state.document));

export const nodeOf = (state: EditorState, id: string): FlowNode | undefined => nodesById(shownDocument(state)).get(id);

const kindMaps = new WeakMap<Kind[], Map<string, Kind>>();

export function kindOf(state: EditorState, kind: string): Kind | undefined {
  const { kinds } = state.catalogue;
  let map = kindMaps.get(kinds);
  if (!map) kindMaps.set(kinds, (map = new Map(kinds.map((item) => [item.kind, item]))));
  return map.get(kind);
}

export function portsShown(state: EditorState, node: FlowNode): Port[] {
  return shownPorts(node, kindOf(state, node.kind), edgesOut(shownDocument(state), node.id), state.unfolded.includes(node.id));
}

/** The way that is laid over the drawing: one contact's in the live view, the time machine's over the draft. */
export const pathShown = (state: EditorState): RunPath | null => (state.mode === "live" ? state.path : state.trial);

/** What a node is called on the screen. */
export const titleOf = (state: EditorState, node: FlowNode): string => node.label || kindOf(state, node.kind)?.label || node.kind;

export const errorsOf = (state: EditorState): Problem[] => errors(state.problems);

const errorLists = new WeakMap<Problem[], Problem[]>();
function errors(problems: Problem[]): Problem[] {
  let list = errorLists.get(problems);
  if (!list) errorLists.set(problems, (list = problems.filter((problem) => problem.severity === "error")));
  return list;
}

const problemMaps = new WeakMap<Problem[], Map<string, Problem[]>>();
const NONE: Problem[] = [];

export function problemsOf(state: EditorState, node: string): Problem[] {
  let map = problemMaps.get(state.problems);
  if (!map) {
    map = new Map();
    for (const problem of state.problems) {
      if (problem.node) map.set(problem.node, [...(map.get(problem.node) ?? []), problem]);
    }
    problemMaps.set(state.problems, map);
  }
  return map.get(node) ?? NONE;
}
