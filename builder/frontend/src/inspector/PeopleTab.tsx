// Who is at this step now.

import { useEffect, useState } from "react";
import { get } from "../api/client";
import { Avatar } from "./Avatar";
import { dayTime, exact, number } from "./dates";
import { Icon } from "../icons/Icon";
import { commands, useEditor } from "../store";
import type { RunPath } from "../model/types";

export interface RunInList {
  id: number;
  contact: { id: number; name: string; email: string | null; initials?: string };
  node?: string;
  status: string;
  entered_at: string;
  started_at?: string;
}

interface Page {
  count: number;
  results: RunInList[];
  next: string | null;
}

export function PeopleTab({ node }: { node: string }) {
  const workflow = useEditor((state) => state.workflow.id);
  const waiting = useEditor((state) => state.counts?.nodes[node]?.waiting);
  const [page, setPage] = useState<Page | null>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const stop = new AbortController();
    // Counts tick once a second; the list follows a moment after the last tick, so a busy step is not asked for all the time.
    const timer = window.setTimeout(
      () =>
        get<Page>(`/api/runs/?workflow=${workflow}&node=${encodeURIComponent(node)}&status=active`, { signal: stop.signal }).then(
          (found) => {
            setPage(found);
            setError("");
          },
          (reason: Error) => {
            if (!stop.signal.aborted) setError(reason.message);
          },
        ),
      page ? 1500 : 0,
    );
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
    // `page` is left out on purpose: it only says whether this is the first look.
  }, [workflow, node, waiting]);

  const more = async () => {
    if (!page?.next || busy) return;
    setBusy(true);
    try {
      const next = await get<Page>(page.next);
      setPage({ ...next, results: [...page.results, ...next.results] });
    } catch (reason) {
      setError((reason as Error).message);
    }
    setBusy(false);
  };

  if (error) return <p className="ins-problems">{error}</p>;
  if (!page) return <p className="ins-help">Looking…</p>;
  if (!page.results.length)
    return (
      <div className="ins-nobody">
        <Icon name="users" size={20} />
        <p>Nobody is here right now. People show up as they arrive.</p>
      </div>
    );
  return (
    <>
      <ul className="ins-people">
        {page.results.map((run) => (
          <li key={run.id}>
            <a href={`/contacts/${run.contact.id}/`}>
              <Avatar name={run.contact.name} initials={run.contact.initials} />
              <span>
                <b>{run.contact.name || run.contact.email || `Contact ${run.contact.id}`}</b>
                <small title={exact(run.entered_at)}>here since {dayTime(run.entered_at)}</small>
              </span>
            </a>
            <button type="button" className="icon-button" aria-label={`Path of ${run.contact.name}`} title="Show the path" onClick={() => void showPath(run.id)}>
              <Icon name="route" size={18} />
            </button>
          </li>
        ))}
      </ul>
      {page.next && (
        <button type="button" className="ins-link" disabled={busy} onClick={() => void more()}>
          Show more of {number(page.count)}
        </button>
      )}
    </>
  );
}

/** Opens one person's path on the live canvas. */
export async function showPath(run: number): Promise<void> {
  try {
    commands.setPath(await get<RunPath>(`/api/runs/${run}/`));
    commands.setMode("live");
  } catch (reason) {
    commands.toast((reason as Error).message, "danger");
  }
}
