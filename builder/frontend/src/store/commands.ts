// What a person can do. Every gesture, key and menu ends here; one call is one step of undo.

import { clipOf, pasteClip, readClip } from "../model/clipboard";
import * as edit from "../model/edit";
import { COLUMN, layoutHeight, portPoint, ROW_GAP, snapped } from "../model/geometry";
import { downstream, edgeFrom, nodesById } from "../model/graph";
import { portsOf } from "../model/ports";
import { tidyPositions } from "../model/tidy";
import type { FlowNode, Point, RunPath, Settings, Sticky, WorkflowDocument } from "../model/types";
import { kindOf, portsShown } from "./selectors";
import type { Dialog, EditorState, Mode, Picker, Toast } from "./state";
import { dispatch, getState } from "./store";

export interface Place {
  position?: Point;
  edge?: string;
  after?: { node: string; port: string };
}

const measure = (node: FlowNode): number => layoutHeight(portsShown(getState(), node).length);

function apply(document: WorkflowDocument, options: { selection?: string[]; mergeKey?: string | null } = {}): void {
  dispatch({ type: "edit", document, at: Date.now(), ...options });
}

const set = (patch: Partial<EditorState>) => dispatch({ type: "set", patch });

let toastId = 0;

export const commands = {
  /** Adds a step and selects it: at a place, on an edge, or behind a port. */
  addNode(kind: string, place: Place = {}): string {
    const { document } = getState();
    const known = kindOf(getState(), kind);
    const node = edit.newNode(document, known ?? kind, snapped(place.position ?? { x: 0, y: 0 }));
    const onward = wayOn(node);
    let edgeId = place.edge;
    if (!edgeId && place.after && !place.position) edgeId = edgeFrom(document, place.after.node, place.after.port)?.id;
    let next: WorkflowDocument;
    if (edgeId && kind !== "trigger") {
      next = edit.spliceNode(document, edgeId, node, onward, measure, !place.position);
    } else if (place.after && kind !== "trigger") {
      const at = place.position ? node.position : behind(document, place.after, node);
      next = edit.connect(edit.addNode(document, { ...node, position: at }), place.after.node, place.after.port, node.id);
    } else {
      const at = place.position ? node.position : nextFree(document);
      next = edit.addNode(document, { ...node, position: at });
    }
    apply(next, { selection: [node.id] });
    set({ inspecting: true, picker: null });
    return node.id;
  },

  moveNodes(to: ReadonlyMap<string, Point>, mergeKey?: string): void {
    apply(edit.moveItems(getState().document, to), { mergeKey });
  },

  /** Connects, or says why not. The reason is also shown as a toast. */
  connect(source: string, port: string, target: string): string | null {
    const why = commands.refusal(source, port, target);
    if (why) commands.toast(why, "danger");
    else apply(edit.connect(getState().document, source, port, target));
    return why;
  },

  /** Why a connection cannot be; null if it can. Changes nothing. */
  refusal(source: string, port: string, target: string): string | null {
    const state = getState();
    if (state.readOnly) return "You may look at this workflow, not change it.";
    const node = nodesById(state.document).get(target);
    return edit.refusal(state.document, source, port, target, node?.kind !== "trigger");
  },

  /** Removes steps and notes; the path heals. One branching step without `keepPort` asks first which way to keep. */
  removeNodes(ids: string[], keepPort?: string | null): void {
    const { document } = getState();
    const only = ids.length === 1 ? ids[0]! : null;
    if (only && keepPort === undefined) {
      const ports = edit.healChoices(document, only);
      if (ports.length) return set({ healing: { node: only, ports } });
    }
    apply(edit.removeNodes(document, ids, keepPort), { selection: [] });
    set({ healing: null });
  },

  removeEdge(id: string): void {
    apply(edit.removeEdge(getState().document, id));
  },

  /** Changes settings: a patch of names (undefined deletes one), or a function. Edits with one `mergeKey` are one undo. */
  updateSettings(id: string, change: Settings | Record<string, undefined> | ((settings: Settings) => Settings), mergeKey?: string): void {
    const next = edit.patchNode(getState().document, id, (node) => ({ ...node, settings: changed(node.settings, change) }));
    apply(withoutLostPorts(next, id), { mergeKey });
  },

  setLabel(id: string, label: string): void {
    apply(edit.patchNode(getState().document, id, (node) => ({ ...node, label })), { mergeKey: `label:${id}` });
  },
  setNote(id: string, note: string): void {
    apply(edit.patchNode(getState().document, id, (node) => ({ ...node, note })), { mergeKey: `note:${id}` });
  },
  setEnabled(id: string, enabled: boolean): void {
    apply(edit.patchNode(getState().document, id, (node) => (node.enabled === enabled ? node : { ...node, enabled })));
  },
  setOnError(id: string, on_error: "continue" | "stop"): void {
    apply(edit.patchNode(getState().document, id, (node) => ({ ...node, on_error })));
  },

  duplicate(ids: string[]): string[] {
    const { document } = getState();
    if (!ids.length) return [];
    const pasted = pasteClip(document, clipOf(document, ids), { x: COLUMN, y: 0 });
    apply(shifted(document, pasted.document, pasted.ids), { selection: pasted.ids });
    return pasted.ids;
  },

  /** The steps as JSON text for the clipboard; null if there is nothing to copy. */
  copy(ids: string[]): string | null {
    const clip = clipOf(getState().document, ids);
    return clip.nodes.length + clip.notes.length ? JSON.stringify(clip, null, 1) : null;
  },

  /** Pastes steps from JSON text; a sentence if they are none. `at` is where their top left corner goes. */
  paste(text: string, at?: Point): string | null {
    const { document } = getState();
    const clip = readClip(text);
    if (typeof clip === "string") {
      commands.toast(clip, "danger");
      return clip;
    }
    const items = [...clip.nodes, ...clip.notes];
    const corner = { x: Math.min(...items.map((item) => item.position.x)), y: Math.min(...items.map((item) => item.position.y)) };
    const by = at ? snapped({ x: at.x - corner.x, y: at.y - corner.y }) : { x: COLUMN, y: 0 };
    const pasted = pasteClip(document, clip, by);
    apply(shifted(document, pasted.document, pasted.ids), { selection: pasted.ids });
    if (pasted.missing) commands.toast(`${pasted.missing} of the pasted settings name a step that is not in this workflow.`, "info");
    return null;
  },

  addSticky(position: Point): string {
    const { document } = getState();
    const note: Sticky = { id: edit.freshId(document, "t"), text: "", position: gridded(position), size: { width: 240, height: 80 }, colour: "yellow" };
    apply({ ...document, notes: [...document.notes, note] }, { selection: [note.id] });
    return note.id;
  },
  updateSticky(id: string, patch: Partial<Omit<Sticky, "id">>, mergeKey?: string): void {
    const { document } = getState();
    apply({ ...document, notes: document.notes.map((note) => (note.id === id ? { ...note, ...patch } : note)) }, { mergeKey });
  },
  removeSticky(id: string): void {
    commands.removeNodes([id]);
  },

  tidy(): void {
    const { document } = getState();
    const order = (node: FlowNode, port: string) => portsOf(node, kindOf(getState(), node.kind)).findIndex((item) => item.name === port);
    apply(edit.moveItems(document, tidyPositions(document, { height: measure, order })));
  },

  undo: () => dispatch({ type: "undo" }),
  redo: () => dispatch({ type: "redo" }),

  select(ids: string[]): void {
    dispatch({ type: "select", nodes: ids });
  },
  selectEdge(id: string | null): void {
    dispatch({ type: "select", nodes: [], edge: id });
  },
  selectAll(): void {
    const { document } = getState();
    commands.select([...document.nodes, ...document.notes].map((item) => item.id));
  },
  selectDownstream(id: string): void {
    commands.select([...downstream(getState().document, id)]);
  },
  /** Selects a step and opens its settings, at one field if named. */
  open(id: string, field: string | null = null): void {
    commands.select([id]);
    set({ inspecting: true, focusField: field });
  },
  closeInspector: () => set({ inspecting: false }),
  showInspector: () => set({ inspecting: true }),
  toggleProblems: () => set({ dialog: getState().dialog === "problems" ? null : "problems" }),

  /** The first way out of a step that leads nowhere yet. */
  freePort(id: string): string | null {
    const { document } = getState();
    const node = nodesById(document).get(id);
    return (node && portsShown(getState(), node).find((port) => !edgeFrom(document, id, port.name))?.name) ?? null;
  },
  /** The place itself, or the nearest to its right where no box lies. */
  clearOf: (position: Point): Point => edit.freePlace(getState().document, position, measure),

  updateWorkflowSettings(patch: Settings | Record<string, undefined>, mergeKey?: string): void {
    const { document } = getState();
    apply({ ...document, settings: changed(document.settings, patch) }, { mergeKey });
  },
  /** Takes a whole document (an import, a restored version) as one edit. */
  replaceDocument(document: WorkflowDocument): void {
    apply(document, { selection: [] });
  },

  setMode: (mode: Mode) => set({ mode, selectedEdge: null, picker: null, ...(getState().comparing ? { comparing: null, liveDocument: null } : {}) }),
  setDialog: (dialog: Dialog) => set({ dialog }),
  setPath: (path: RunPath | null) => set({ path }),
  /** Opens or closes the time machine. Its way goes with it. */
  setTesting: (testing: boolean) => set({ testing, trial: null, ...(testing && getState().mode === "live" ? { mode: "design" as const } : {}) }),
  setTrial: (trial: RunPath | null) => set({ trial }),
  /** Unfolds or folds the ways out `skipped` and `failed` of a message. */
  unfold(id: string, open = true): void {
    const { unfolded } = getState();
    set({ unfolded: open ? [...new Set([...unfolded, id])] : unfolded.filter((item) => item !== id) });
  },
  openPicker: (picker: Picker | null) => set({ picker }),
  cancelHealing: () => set({ healing: null }),
  setSearch: (search: string | null) => set({ search }),

  toast(text: string, tone: Toast["tone"] = "info", action?: Toast["action"]): void {
    const id = ++toastId;
    set({ toasts: [...getState().toasts.filter((toast) => toast.text !== text), { id, text, tone, action }].slice(-4) });
    window.setTimeout(() => commands.dismissToast(id), tone === "danger" ? 8000 : 5000);
  },
  dismissToast(id: number): void {
    set({ toasts: getState().toasts.filter((toast) => toast.id !== id) });
  },

  /** Alt+arrows on the selection: held keys are one step of undo. */
  nudge(dx: number, dy: number): void {
    const { document, selection } = getState();
    const chosen = new Set(selection);
    const items = [...document.nodes, ...document.notes].filter((item) => chosen.has(item.id));
    const to = new Map(items.map((item) => [item.id, { x: item.position.x + dx, y: item.position.y + dy }]));
    commands.moveNodes(to, `nudge:${selection.join()}`);
  },
};

/** The port by which a spliced step leads on: its first. */
function wayOn(node: FlowNode): string | null {
  return portsOf(node, kindOf(getState(), node.kind))[0]?.name ?? null;
}

function behind(document: WorkflowDocument, after: { node: string; port: string }, node: FlowNode): Point {
  const source = nodesById(document).get(after.node);
  if (!source) return node.position;
  const ports = portsShown(getState(), source);
  const i = Math.max(0, ports.findIndex((port) => port.name === after.port));
  const x = source.position.x + (ports.length > 1 ? (i - (ports.length - 1) / 2) * COLUMN : portPoint(0, 1).x - 120);
  return edit.freePlace(document, { x: Math.round(x), y: source.position.y + measure(source) + ROW_GAP }, measure);
}

function nextFree(document: WorkflowDocument): Point {
  const last = document.nodes.at(-1);
  return edit.freePlace(document, last ? { x: last.position.x, y: last.position.y + measure(last) + ROW_GAP } : { x: 0, y: 0 }, measure);
}

const gridded = (p: Point): Point => ({ x: Math.round(p.x / 24) * 24, y: Math.round(p.y / 24) * 24 });

function changed(settings: Settings, change: Settings | Record<string, undefined> | ((settings: Settings) => Settings)): Settings {
  if (typeof change === "function") return change(settings);
  const next: Settings = { ...settings };
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) delete next[name];
    else next[name] = value;
  }
  return next;
}

/** A branch that was removed in the settings takes its edge along. */
function withoutLostPorts(document: WorkflowDocument, id: string): WorkflowDocument {
  const node = nodesById(document).get(id);
  const kind = node && kindOf(getState(), node.kind);
  if (!node || !kind?.branch_field) return document;
  const ports = new Set(portsOf(node, kind).map((port) => port.name));
  const edges = document.edges.filter((edge) => edge.source !== id || ports.has(edge.port));
  return edges.length === document.edges.length ? document : { ...document, edges };
}

/** Pasted boxes step aside together until they lie on nothing. */
function shifted(before: WorkflowDocument, after: WorkflowDocument, ids: string[]): WorkflowDocument {
  const fresh = new Set(ids);
  const mine = after.nodes.filter((node) => fresh.has(node.id));
  let by = 0;
  const hit = () => mine.some((a) => before.nodes.some((b) => Math.abs(a.position.x + by - b.position.x) < 240 && Math.abs(a.position.y - b.position.y) < 64));
  while (hit() && by < 100 * COLUMN) by += COLUMN;
  if (!by) return after;
  const items = [...mine, ...after.notes.filter((note) => fresh.has(note.id))];
  return edit.moveItems(after, new Map(items.map((item) => [item.id, { x: item.position.x + by, y: item.position.y }])));
}
