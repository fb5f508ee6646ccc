import type { WorkflowDocument } from "../model/types";
import { commands, getState, shownDocument } from "../store";

/** The drawing on the screen as a JSON file. */
export function saveJson(): void {
  const state = getState();
  const url = URL.createObjectURL(new Blob([JSON.stringify(shownDocument(state), null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${state.workflow.name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "workflow"}.json`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const LIMIT = 2 * 1024 * 1024;

/** Takes a document from a file as one edit; a sentence that says where it is wrong otherwise. */
export async function openJson(file: File): Promise<string | null> {
  if (file.size > LIMIT) return "This file is larger than 2 MB: no workflow is that large.";
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch (reason) {
    return `This is not JSON: ${reason instanceof Error ? reason.message : "it cannot be read"}.`;
  }
  const wrong = fault(value);
  if (wrong) return wrong;
  commands.replaceDocument(value as WorkflowDocument);
  return null;
}

/** The place of the first thing that makes this no document; null if it is one. */
export function fault(value: unknown): string | null {
  if (!isBag(value)) return "A workflow is one JSON object.";
  if (value.format !== 1) return "format: this product reads format 1.";
  for (const list of ["nodes", "edges", "notes"]) if (!Array.isArray(value[list])) return `${list}: a list is missing.`;
  if (!isBag(value.settings)) return "settings: an object is missing.";
  const nodes = value.nodes as unknown[];
  if (nodes.length > 1000) return "nodes: more than 1,000 steps.";
  for (const [i, node] of nodes.entries()) {
    if (!isBag(node)) return `nodes[${i}]: not an object.`;
    for (const key of ["id", "kind"]) if (typeof node[key] !== "string" || node[key] === "") return `nodes[${i}].${key}: a text is missing.`;
    if (!isPoint(node.position)) return `nodes[${i}].position: x and y are missing.`;
    if (!isBag(node.settings)) return `nodes[${i}].settings: an object is missing.`;
  }
  for (const [i, edge] of (value.edges as unknown[]).entries()) {
    if (!isBag(edge)) return `edges[${i}]: not an object.`;
    for (const key of ["id", "source", "port", "target"]) if (typeof edge[key] !== "string") return `edges[${i}].${key}: a text is missing.`;
  }
  for (const [i, note] of (value.notes as unknown[]).entries()) {
    if (!isBag(note) || typeof note.id !== "string" || !isPoint(note.position) || !isBag(note.size)) return `notes[${i}]: id, position or size is missing.`;
  }
  return null;
}

const isBag = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isPoint = (value: unknown): boolean => isBag(value) && Number.isFinite(value.x) && Number.isFinite(value.y);
