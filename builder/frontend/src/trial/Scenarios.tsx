// The ways that are kept: tried again on demand, opened, kept anew, thrown away.

import { useEffect, useState } from "react";
import { get, patch, post, request, workflowUrl } from "../api/client";
import { Icon } from "../icons/Icon";
import { commands, getState, useEditor } from "../store";
import type { Scenario, Tried } from "./types";

export function Scenarios({ onOpen, onCount }: { onOpen(scenario: Scenario): void; onCount(n: number): void }) {
  const workflow = useEditor((s) => s.workflow.id);
  const readOnly = useEditor((s) => s.readOnly);
  const [kept, setKept] = useState<Scenario[] | null>(null);
  const [tried, setTried] = useState<Tried | null>(null);
  const [busy, setBusy] = useState(false);
  const failed = (reason: Error) => commands.toast(reason.message, "danger");
  const load = () =>
    get<{ results: Scenario[] }>(workflowUrl(workflow, "scenarios/")).then((found) => {
      setKept(found.results);
      onCount(found.results.length);
    }, failed);
  useEffect(() => void load(), [workflow]);

  const act = async (what: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await what();
    } catch (reason) {
      failed(reason as Error);
    } finally {
      setBusy(false);
    }
  };
  const run = () => act(async () => setTried(await post<Tried>(workflowUrl(workflow, "scenarios/run/"), { document: getState().document })));
  const keepAnew = (one: Scenario) =>
    act(async () => {
      await patch(workflowUrl(workflow, `scenarios/${one.id}/`), { expected: null });
      setTried(null);
      await load();
      commands.toast(`“${one.name}” is kept as it goes in the saved draft.`, "success");
    });
  const remove = (one: Scenario) =>
    act(async () => {
      await request("DELETE", workflowUrl(workflow, `scenarios/${one.id}/`));
      setTried(null);
      await load();
    });

  if (kept === null) return <p className="trial-quiet" role="status">Looking for scenarios…</p>;
  if (!kept.length) {
    return (
      <div className="trial-none">
        <Icon name="clipboard-check" size={24} />
        <p>
          <b>No scenarios yet</b>
        </p>
        <p>Try somebody’s way, and keep it as it should be. It is tried again at each publish, and tells you what changed.</p>
      </div>
    );
  }
  return (
    <div className="trial-scenarios">
      <div className="trial-run">
        <button type="button" className="button button-primary" disabled={busy} aria-busy={busy} onClick={() => void run()}>
          <Icon name="player-play" size={16} />
          {kept.length === 1 ? "Try it" : `Try all ${kept.length}`}
        </button>
        <span role="status">{tried?.sentence}</span>
      </div>
      <ul>
        {kept.map((one) => {
          const result = tried?.results.find((found) => found.id === one.id) ?? one.last;
          return (
            <li key={one.id}>
              <span className={result ? (result.passed ? "pill pill-live" : "pill pill-warn") : "pill"}>
                <Icon name={result ? (result.passed ? "check" : "alert-triangle") : "minus"} size={14} />
                {result ? (result.passed ? "Passes" : "Differs") : "Not tried"}
              </span>
              <b>{one.name}</b>
              {result?.differences.map((text) => <p key={text}>{text}</p>)}
              <div>
                <button type="button" className="trial-link" disabled={busy} onClick={() => onOpen(one)}>
                  Open
                </button>
                {!readOnly && result && !result.passed ? (
                  <button type="button" className="trial-link" disabled={busy} onClick={() => void keepAnew(one)}>
                    That is right now
                  </button>
                ) : null}
                {readOnly ? null : (
                  <button type="button" className="trial-link is-danger" disabled={busy} aria-label={`Delete ${one.name}`} onClick={() => void remove(one)}>
                    Delete
                  </button>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
