// Runs of this workflow, for lists and for "next person".

import { get } from "../api/client";
import type { RunInList } from "../inspector/PeopleTab";

export interface RunPage {
  count: number;
  results: RunInList[];
  next: string | null;
}

/** Who came in, newest first; with a step: who is there now. */
export function loadRuns(workflow: number, node: string | null, signal?: AbortSignal): Promise<RunPage> {
  const at = node ? `&node=${encodeURIComponent(node)}&status=active` : "";
  return get<RunPage>(`/api/runs/?workflow=${workflow}&ordering=-id${at}`, { signal });
}

/** Runs of people whose name or address holds the text. */
export async function findRuns(workflow: number, text: string, signal?: AbortSignal): Promise<RunInList[]> {
  const people = await get<{ results: { id: number }[] }>(`/api/contacts/?search=${encodeURIComponent(text)}&page_size=6`, { signal });
  const pages = await Promise.all(people.results.slice(0, 6).map(({ id }) => get<RunPage>(`/api/runs/?workflow=${workflow}&contact=${id}&ordering=-id`, { signal })));
  return pages.flatMap((page) => page.results);
}

/** The list through which "previous" and "next" walk: pages are fetched as one comes to their end. */
let walk: { workflow: number; page: RunPage; ids: number[] } | null = null;

export async function neighbours(workflow: number, run: number): Promise<{ before: number | null; after: number | null }> {
  // A run that came in since the list was fetched, or another workflow: begin afresh.
  if (walk?.workflow !== workflow || !walk.ids.includes(run)) {
    const page = await loadRuns(workflow, null);
    walk = { workflow, page, ids: page.results.map((one) => one.id) };
  }
  for (let pages = 0; pages < 20 && walk.page.next && (walk.ids.indexOf(run) < 0 || walk.ids.indexOf(run) === walk.ids.length - 1); pages += 1) {
    const page: RunPage = await get<RunPage>(walk.page.next);
    walk = { workflow, page, ids: [...walk.ids, ...page.results.map((one) => one.id).filter((id) => !walk!.ids.includes(id))] };
  }
  const at = walk.ids.indexOf(run);
  return { before: at > 0 ? walk.ids[at - 1]! : null, after: at >= 0 && at < walk.ids.length - 1 ? walk.ids[at + 1]! : null };
}
