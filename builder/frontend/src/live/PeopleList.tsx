// People to choose a path from: those at one step, or everybody who came in; found by name or address.

import { useEffect, useState } from "react";
import { Icon } from "../icons/Icon";
import { Avatar } from "../inspector/Avatar";
import { dayTime, exact, number } from "../inspector/dates";
import type { RunInList } from "../inspector/PeopleTab";
import { useEditor } from "../store";
import { findRuns, loadRuns } from "./runs";

interface Props {
  node: string | null;
  onChoose: (run: number) => void;
}

export function PeopleList({ node, onChoose }: Props) {
  const workflow = useEditor((state) => state.workflow.id);
  const [text, setText] = useState("");
  const [found, setFound] = useState<{ runs: RunInList[]; count: number } | null>(null);
  const [error, setError] = useState("");

  useEffect(() => {
    const stop = new AbortController();
    const wanted = text.trim();
    const timer = window.setTimeout(
      () => {
        const answer = wanted
          ? findRuns(workflow, wanted, stop.signal).then((runs) => ({ runs, count: runs.length }))
          : loadRuns(workflow, node, stop.signal).then((page) => ({ runs: page.results, count: page.count }));
        answer.then(
          (next) => {
            setFound(next);
            setError("");
          },
          (reason: Error) => !stop.signal.aborted && setError(reason.message),
        );
      },
      wanted ? 250 : 0,
    );
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [workflow, node, text]);

  return (
    <div className="live-people">
      <label className="live-search">
        <Icon name="search" size={16} />
        <input data-autofocus aria-label="Find a person" placeholder="Find by name or e-mail" value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      {error && <p className="ins-problems">{error}</p>}
      {!error && !found && <p className="live-none">Looking…</p>}
      {found && !found.runs.length && <p className="live-none">{text.trim() ? "Nobody of that name came in." : node ? "Nobody is at this step now." : "Nobody has come in yet."}</p>}
      <ul>
        {found?.runs.map((run) => (
          <li key={run.id}>
            <button type="button" onClick={() => onChoose(run.id)}>
              <Avatar name={run.contact.name} initials={run.contact.initials} />
              <span>
                <b>{run.contact.name}</b>
                <small title={exact(run.entered_at)}>
                  {run.status === "active" ? "came in" : "was here"} {dayTime(run.entered_at)}
                </small>
              </span>
              <Icon name="chevron-right" size={16} />
            </button>
          </li>
        ))}
      </ul>
      {found && found.count > found.runs.length && <p className="live-none">{number(found.count - found.runs.length)} more. Search to find one.</p>}
    </div>
  );
}
