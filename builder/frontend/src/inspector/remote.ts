// Lists that settings choose from (tags, lists, contents, segments): fetched once, shared, fetched again when asked.

import { useEffect, useSyncExternalStore } from "react";
import { get } from "../api/client";

export interface Tag {
  name: string;
}
export interface ContactList {
  id: number;
  name: string;
  slug: string;
}
export interface Content {
  id: number;
  name: string;
  channel: string;
  subject: string;
  updated_at?: string;
}
export interface ContactField {
  key: string;
  label: string;
  type: string;
  choices?: string[];
}

interface Cell {
  items: unknown[];
  state: "idle" | "loading" | "ready" | "failed";
  at: number;
}

const FRESH_MS = 20_000;
const cells = new Map<string, Cell>();
const listeners = new Set<() => void>();

function put(url: string, cell: Cell): void {
  cells.set(url, cell);
  for (const listener of [...listeners]) listener();
}

async function load(url: string): Promise<void> {
  const old = cells.get(url);
  if (old?.state === "loading" || (old?.state === "ready" && Date.now() - old.at < FRESH_MS)) return;
  put(url, { items: old?.items ?? [], state: "loading", at: Date.now() });
  try {
    const items: unknown[] = [];
    // Choices are few; pages beyond the fifth are reached by searching, not by scrolling.
    let next: string | null = url;
    for (let page = 0; next && page < 5; page += 1) {
      const answer: unknown[] | { results: unknown[]; next: string | null } = await get(next);
      if (Array.isArray(answer)) {
        items.push(...answer);
        next = null;
      } else {
        items.push(...answer.results);
        next = answer.next;
      }
    }
    put(url, { items, state: "ready", at: Date.now() });
  } catch {
    put(url, { items: old?.items ?? [], state: "failed", at: Date.now() });
  }
}

const EMPTY: Cell = { items: [], state: "idle", at: 0 };

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useRemote<T>(url: string | null): { items: T[]; state: Cell["state"] } {
  const cell = useSyncExternalStore(subscribe, () => (url ? (cells.get(url) ?? EMPTY) : EMPTY));
  useEffect(() => {
    if (url) void load(url);
  }, [url]);
  return cell as { items: T[]; state: Cell["state"] };
}

/** Tags as the API gives them: names, or rows with a name. */
export function useTags(): string[] {
  const { items } = useRemote<string | Tag>("/api/tags/");
  return items.map((item) => (typeof item === "string" ? item : item.name));
}

export const useLists = (): ContactList[] => useRemote<ContactList>("/api/lists/").items;
export const useContents = (channel: string): Content[] => useRemote<Content>(channel ? `/api/contents/?channel=${channel}` : "/api/contents/").items;
