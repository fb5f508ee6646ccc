// Everything the editor knows, in one value. Only the reducer makes new ones.

import type { Clash } from "../model/merge";
import type {
  Catalogue,
  ConflictAnswer,
  Counts,
  Editor,
  EditorConfig,
  Impact,
  Point,
  Problem,
  RunPath,
  WorkflowDocument,
  WorkflowMeta,
} from "../model/types";

export type Mode = "design" | "live" | "outline";
export type Dialog = null | "versions" | "publish" | "problems" | "conflict";
export type SaveStatus = "saved" | "dirty" | "saving" | "offline" | "conflict" | "error";

export interface Toast {
  id: number;
  text: string;
  tone: "info" | "success" | "danger";
  action?: { label: string; run: () => void };
}

/** Where the step picker is open, and what becomes of the step that is chosen. */
export interface Picker {
  edge?: string;
  after?: { node: string; port: string };
  position?: Point;
  /** Window pixels: where the menu stands. */
  screen: Point;
}

/** A branching step is to go: which of its ways shall the path keep? */
export interface HealQuestion {
  node: string;
  ports: string[];
}

export interface HistoryEntry {
  document: WorkflowDocument;
  selection: string[];
}

export interface History {
  past: HistoryEntry[];
  future: HistoryEntry[];
  mergeKey: string | null;
  at: number;
}

export type { Clash };

export interface Comparing {
  older: number;
  newer: number;
  changes: Impact["changes"];
}

export interface Conflict {
  theirs: ConflictAnswer;
  clashes: Clash[];
}

export interface EditorState {
  config: EditorConfig;
  /** This tab's own name towards the server: two tabs of one person are two clients. */
  client: string;
  catalogue: Catalogue;
  document: WorkflowDocument;
  /** The document as the server last confirmed it: the base of a three-way merge. */
  baseline: WorkflowDocument;
  /** What the live view draws: the version of the counts, or of the one run shown. */
  liveDocument: WorkflowDocument | null;
  liveSentences: Record<string, string>;
  revision: number;
  selection: string[];
  selectedEdge: string | null;
  problems: Problem[];
  sentences: Record<string, string>;
  counts: Counts | null;
  save: { state: SaveStatus; at: string | null; detail?: string };
  conflict: Conflict | null;
  mode: Mode;
  path: RunPath | null;
  /** Two versions laid over each other on the live canvas; `liveDocument` is then both together. */
  comparing: Comparing | null;
  /** The time machine is open; `trial` is the way it found, laid over the draft. */
  testing: boolean;
  trial: RunPath | null;
  editors: Editor[];
  /** How fresh the live numbers are. */
  freshness: "live" | "delayed" | "offline";
  dialog: Dialog;
  workflow: WorkflowMeta;
  readOnly: boolean;
  loaded: boolean;
  loadError: string | null;
  history: History;
  /** Whether the settings of the selected step are open. */
  inspecting: boolean;
  /** Field of the inspector that asked-for focus goes to: set by a click in the problem list. */
  focusField: string | null;
  /** Steps whose folded ways out (skipped, failed) are shown. */
  unfolded: string[];
  picker: Picker | null;
  healing: HealQuestion | null;
  search: string | null;
  toasts: Toast[];
}

export const emptyDocument: WorkflowDocument = { format: 1, nodes: [], edges: [], notes: [], settings: {} };

export function initialState(config: EditorConfig, client: string): EditorState {
  return {
    config,
    client,
    catalogue: { kinds: [], groups: [], facts: [] },
    document: emptyDocument,
    baseline: emptyDocument,
    liveDocument: null,
    liveSentences: {},
    revision: 0,
    selection: [],
    selectedEdge: null,
    problems: [],
    sentences: {},
    counts: null,
    save: { state: "saved", at: null },
    conflict: null,
    mode: "design",
    path: null,
    comparing: null,
    testing: false,
    trial: null,
    editors: [],
    freshness: "offline",
    dialog: null,
    workflow: {
      id: config.workflow,
      name: "",
      status: "draft",
      revision: 0,
      live_version: null,
      versions: 0,
      owner: null,
      tactic: "",
      objectives: [],
      people_inside: 0,
      changes: 0,
      updated_at: "",
      can: { ...config.can, live: true },
    },
    readOnly: !config.can.write,
    loaded: false,
    loadError: null,
    history: { past: [], future: [], mergeKey: null, at: 0 },
    inspecting: true,
    focusField: null,
    unfolded: [],
    picker: null,
    healing: null,
    search: null,
    toasts: [],
  };
}
