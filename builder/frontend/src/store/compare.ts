// Two versions on one canvas: the newer one as it is, and what it no longer has where it stood.

import { get, post, workflowUrl } from "../api/client";
import { loadVersion, type Version } from "../api/builder";
import type { FlowNode, Impact, WorkflowDocument } from "../model/types";
import { showLive } from "./live";
import { dispatch, getState } from "./store";

export interface Listed {
  number: number;
  published_at: string | null;
  published_by: { name: string } | null;
  note: string;
  live: boolean;
  steps: number;
}

export const versionsOf = async (id: number): Promise<Listed[]> => (await get<{ results: Listed[] }>(workflowUrl(id, "versions/"))).results;

/** The newer drawing with the steps that are gone put where they stood, or beside whoever stands there by now. */
export function together(was: WorkflowDocument, now: WorkflowDocument): WorkflowDocument {
  const here = new Set(now.nodes.map((node) => node.id));
  const nodes: FlowNode[] = [...now.nodes];
  const gone = new Set<string>();
  for (const node of was.nodes.filter((one) => !here.has(one.id))) {
    gone.add(node.id);
    const position = { ...node.position };
    while (nodes.some((one) => Math.abs(one.position.x - position.x) < 240 && Math.abs(one.position.y - position.y) < 88)) position.x += 264;
    nodes.push({ ...node, position });
  }
  const known = new Set(nodes.map((node) => node.id));
  const old = was.edges.filter((edge) => (gone.has(edge.source) || gone.has(edge.target)) && known.has(edge.source) && known.has(edge.target));
  return { ...now, nodes, edges: [...now.edges, ...old.map((edge) => ({ ...edge, id: `was:${edge.id}` }))] };
}

/** Lays two versions over each other; the words are the server's. */
export async function compareVersions(older: number, newer: number): Promise<void> {
  const { workflow } = getState();
  const [was, now] = await Promise.all([
    loadVersion(workflow.id, older),
    get<Version & { changes: Impact["changes"] }>(workflowUrl(workflow.id, `versions/${newer}/?against=${older}`)),
  ]);
  dispatch({
    type: "set",
    patch: {
      comparing: { older, newer, changes: now.changes },
      liveDocument: together(was.document, now.document),
      liveSentences: { ...was.sentences, ...now.sentences },
      path: null,
      selection: [],
      dialog: null,
      mode: "live",
    },
  });
}

/** Back to what is live. */
export async function endComparing(): Promise<void> {
  dispatch({ type: "set", patch: { comparing: null } });
  await showLive();
}

/** Writes an older version into the draft. The server refuses if somebody has saved meanwhile. */
export async function restoreVersion(number: number): Promise<void> {
  const { workflow } = getState();
  await post(workflowUrl(workflow.id, `versions/${number}/restore/`));
}
