// The builder's addresses, typed.

import type { Catalogue, Counts, EditorConfig, Problem, RunPath, SaveAnswer, WorkflowDocument, WorkflowMeta } from "../model/types";
import { get, patch, post, request, workflowUrl } from "./client";

export const loadCatalogue = () => get<Catalogue>("/api/catalogue/");
export const loadWorkflow = (id: number) => get<WorkflowMeta>(workflowUrl(id));
export const renameWorkflow = (id: number, name: string) => patch<WorkflowMeta>(workflowUrl(id), { name });
export const loadCounts = (id: number, version?: number) => get<Counts>(workflowUrl(id, `counts/${version ? `?version=${version}` : ""}`));
export const loadRun = (id: number) => get<RunPath>(`/api/runs/${id}/`);
export const workflowVerb = (id: number, verb: "pause" | "resume" | "archive" | "duplicate") => post<WorkflowMeta>(workflowUrl(id, `${verb}/`));

export interface Stopped {
  status: string;
  left: number;
  left_ever: number;
  on_their_way: number;
  held: number;
}

export const stopped = (id: number) => get<Stopped>(workflowUrl(id, "stop/"));
export const stopNow = (id: number, rest: "hold" | "cancel" | "release") => post<Stopped>(workflowUrl(id, "stop/"), { rest });
export const retryHere = (id: number, node: string) => post<{ opened: number; issued: number }>(workflowUrl(id, "retry/"), { node });

export async function loadDraft(id: number): Promise<{ document: WorkflowDocument; revision: number }> {
  const { data, etag } = await request<WorkflowDocument>("GET", workflowUrl(id, "draft/"));
  return { document: data, revision: Number(etag?.replace(/\D/g, "") ?? 0) };
}

export interface Validation {
  problems: Problem[];
  sentences: Record<string, string>;
}

export const validate = (id: number, document?: WorkflowDocument) => post<Validation>(workflowUrl(id, "validate/"), document ? { document } : {});

export interface Version {
  document: WorkflowDocument;
  sentences: Record<string, string>;
  published_at: string | null;
}

export async function loadVersion(id: number, number: number): Promise<Version> {
  return get<Version>(workflowUrl(id, `versions/${number}/`));
}

export const loadVersions = async (id: number) =>
  (await get<{ results: { number: number; live: boolean; published_at: string | null }[] }>(workflowUrl(id, "versions/"))).results;

export async function saveDraft(id: number, document: WorkflowDocument, revision: number, client: string, keepalive = false): Promise<SaveAnswer> {
  const headers = { "If-Match": `"${revision}"`, "X-Client-Id": client };
  return (await request<SaveAnswer>("PUT", workflowUrl(id, "draft/"), { body: document, headers, keepalive })).data;
}

export interface Found {
  id: number;
  email: string | null;
  phone: string | null;
  first_name: string;
  last_name: string;
}

export const findContacts = async (text: string) =>
  (await get<{ results: Found[] }>(`/api/contacts/?search=${encodeURIComponent(text)}&page_size=8`)).results;
export const enrol = (id: number, contact: number) => post<{ entered?: number; refused?: { reason: string }[]; detail?: string }>(workflowUrl(id, "enrol/"), { contacts: [contact] });

export type { EditorConfig };
