// What the time machine's addresses take and give (POST simulate/, scenarios/).

import type { Problem, Tone, Visit } from "../model/types";

export interface WayChoice {
  port: string;
  label: string;
  tone: Tone;
  /** What would make somebody go this way, in words; empty where there is no telling. */
  what: string;
  /** When it happens unless said otherwise; null where nothing has to happen. */
  after: string | null;
  taken: boolean;
  chosen: boolean;
}

export interface TrialVisit extends Visit {
  /** The how manyth time at this step. */
  visit: number;
  choices: WayChoice[];
}

export interface Letter {
  nth: number;
  node: string;
  channel: string;
  at: string;
  to: string;
  from_name: string;
  from_email: string;
  subject: string;
  html: string;
  text: string;
  segments?: number;
}

export interface Happened {
  at: string;
  node: string | null;
  nth: number | null;
  what: string;
  problem: string | null;
}

export interface Trial {
  contact: { id: number | null; name: string; invented: boolean };
  entered: boolean;
  refused: { reason: string; sentence: string } | null;
  starts_at: string;
  ends_at: string;
  status: string;
  outcome: string | null;
  outcome_label: string;
  stopped: { node: string | null; sentence: string } | null;
  visits: TrialVisit[];
  messages: Letter[];
  happenings: Happened[];
  changes: {
    tags: { added: string[]; removed: string[] };
    lists: { joined: string[]; left: string[] };
    fields: Record<string, { before: unknown; after: unknown }>;
    consents: Record<string, string>;
  };
  others: { workflow_name: string }[];
  problems: Problem[];
}

/** What is to happen at a step: the way to take, and how long after coming there. */
export interface Chosen {
  node: string;
  visit: number;
  port: string;
  after?: string;
}

export interface Asked {
  contact?: number;
  persona?: Record<string, unknown>;
  starts_at?: string;
  choices: Chosen[];
  anyway?: boolean;
}

export interface Scenario {
  id: number;
  name: string;
  asked: Asked;
  expected: { path?: string[]; outcome?: string | null };
  last: { at: string; passed: boolean; differences: string[] } | null;
}

export interface Tried {
  passed: number;
  failed: number;
  sentence: string;
  results: { id: number; name: string; passed: boolean; differences: string[]; path: string[] }[];
}
