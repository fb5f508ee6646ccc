// How an experiment stands, beside its people: a row for each way, and the decision in a sentence.

import { useEffect, useState } from "react";
import { get } from "../api/client";
import { durationWords } from "../model/durations";
import { number } from "../inspector/dates";
import { useEditor } from "../store";

interface Arm {
  port: string;
  name: string;
  weight: number;
  came: number;
  people: number;
  did: number;
  rate: number;
}

interface Experiment {
  node: string;
  metric: "clicked" | "opened" | "goal" | "event";
  event: string;
  window: string;
  winner: string | null;
  decided_at: string | null;
  said: string;
  arms: Arm[];
}

const DID: Record<string, string> = { clicked: "clicked", opened: "opened", goal: "reached the goal" };
const AGAIN_MS = 15_000;

export function ExperimentResults({ node }: { node: string }) {
  const workflow = useEditor((state) => state.workflow.id);
  const [found, setFound] = useState<Experiment | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const load = () =>
      get<Experiment[]>(`/api/workflows/${workflow}/experiments/`, { signal: stop.signal }).then(
        (all) => setFound(all.find((one) => one.node === node) ?? null),
        () => undefined, // the next look may be luckier; the people below are shown all the same
      );
    void load();
    const timer = window.setInterval(load, AGAIN_MS);
    return () => {
      stop.abort();
      window.clearInterval(timer);
    };
  }, [workflow, node]);
  if (!found) return null;
  const most = Math.max(...found.arms.map((arm) => arm.rate), 0.0001);
  return (
    <section className="live-experiment" aria-label="How the experiment stands">
      <table>
        <thead>
          <tr>
            <th scope="col">Way</th>
            <th scope="col">People</th>
            <th scope="col">{DID[found.metric] ?? found.event.replace(/_/g, " ")}</th>
          </tr>
        </thead>
        <tbody>
          {found.arms.map((arm) => (
            <tr key={arm.port} className={arm.port === found.winner ? "won" : ""}>
              <th scope="row">
                {arm.name}
                {arm.port === found.winner && <small>best</small>}
              </th>
              <td title={`${number(arm.came)} went this way; the time of ${number(arm.people)} is over`}>
                {number(arm.people)} <small>of {number(arm.came)}</small>
              </td>
              <td>
                <meter min={0} max={most} value={arm.rate} aria-hidden="true" />
                <b>{arm.people ? `${(arm.rate * 100).toFixed(1)} %` : "–"}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {found.said} Each has {durationWords(found.window)}.
      </p>
    </section>
  );
}
