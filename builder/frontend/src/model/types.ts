// The shapes that cross the wire, exactly as the server gives them. Unknown keys are kept as they came.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Settings = Record<string, Json>;

export interface Point {
  x: number;
  y: number;
}

export interface FlowNode {
  id: string;
  kind: string;
  label: string;
  note: string;
  position: Point;
  enabled: boolean;
  settings: Settings;
  on_error?: "continue" | "stop";
}

export interface FlowEdge {
  id: string;
  source: string;
  port: string;
  target: string;
}

export interface Sticky {
  id: string;
  text: string;
  position: Point;
  size: { width: number; height: number };
  colour: string;
}

export interface WorkflowDocument {
  format: number;
  nodes: FlowNode[];
  edges: FlowEdge[];
  notes: Sticky[];
  settings: Settings;
}

// --- catalogue ---------------------------------------------------------------------------------

export type Tone = "yes" | "no" | "timeout" | "next" | "skipped" | "failed" | "branch";
export type GroupName = "start" | "messages" | "timing" | "logic" | "contact" | "site" | "end";

export interface Port {
  name: string;
  label: string;
  tone: Tone;
  /** Settings under which it is there; without them always. */
  show_if?: Record<string, Json[]>;
}

/** JSON Schema as pydantic writes it, with our `x-widget` hints. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  format?: string;
  additionalProperties?: boolean | Schema;
  "x-widget"?: string;
  "x-labels"?: Record<string, string>;
  [key: string]: unknown;
}

export interface Kind {
  kind: string;
  label: string;
  group: GroupName;
  icon: string;
  help: string;
  ports: Port[];
  branch_field: string | null;
  schema: Schema;
  example: Settings;
  can_disable: boolean;
}

export interface Fact {
  fact: string;
  label: string;
  group: string;
  schema: Schema;
  topics_hint?: string[];
}

export interface Catalogue {
  kinds: Kind[];
  groups: { name: GroupName; label: string }[];
  facts: Fact[];
}

// --- what the server says about a draft ----------------------------------------------------------

export interface Problem {
  node: string | null;
  field: string | null;
  message: string;
  severity: "error" | "warning";
}

export interface SaveAnswer {
  revision: number;
  saved_at: string;
  problems: Problem[];
  sentences: Record<string, string>;
  counts: { errors: number; warnings: number };
}

export interface ConflictAnswer {
  document: WorkflowDocument;
  revision: number;
  author: { id: number; name: string } | null;
  detail: string;
}

export interface WorkflowMeta {
  id: number;
  name: string;
  status: "draft" | "live" | "paused" | "ended" | "archived";
  revision: number;
  live_version: number | null;
  versions: number;
  owner: { id: number; name: string } | null;
  tactic: string;
  objectives: string[];
  people_inside: number;
  changes: number;
  updated_at: string;
  published_at?: string | null;
  draft_saved_at?: string | null;
  can: { write: boolean; publish: boolean; live: boolean };
}

export interface Impact {
  version: number;
  people: number;
  changes: { node: string; label: string; what: "changed" | "added" | "removed"; text: string }[];
  waiting: { node: string; label: string; kind: string; people: number; change: string; becomes: string }[];
  /** Who qualifies already and comes in at once, by trigger. */
  entering?: { node: string; label: string; people: number }[];
}

// --- live ----------------------------------------------------------------------------------------

export interface NodeCounts {
  entered: number;
  waiting: number;
  left: number;
  failed: number;
  skipped: number;
  ports: Record<string, number>;
}

export interface Counts {
  seq: number;
  snapshot: boolean;
  version: number | null;
  nodes: Record<string, NodeCounts>;
  goal?: { reached: number; held_out: number; held_out_reached: number };
}

export interface Visit {
  nth: number;
  node: string;
  kind: string;
  label: string;
  entered_at: string;
  left_at: string | null;
  port: string | null;
  result?: string | null;
  why: string;
}

/** One contact's run with its visits, the open one last. */
export interface RunPath {
  id: number;
  workflow: number;
  workflow_name: string;
  version: number;
  status: string;
  outcome: string | null;
  entered_at: string;
  ended_at: string | null;
  contact?: { id: number; name: string; email: string | null } | number;
  contact_id?: number;
  contact_name?: string;
  messages?: number;
  visits: Visit[];
}

export interface Editor {
  client: string;
  id: number;
  name: string;
  initials: string;
  selected: string[];
}

export interface EditorConfig {
  workflow: number;
  user: { id: number; name: string; initials: string };
  can: { write: boolean; publish: boolean; retry?: boolean };
  places: { path: string; icon: string; label: string }[];
  theme?: string;
}
