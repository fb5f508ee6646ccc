import { useEffect, useState } from "react";
import { stopNow, stopped, type Stopped } from "../api/builder";
import { Icon } from "../icons/Icon";
import { counted, grouped } from "../model/numbers";
import { commands, refreshWorkflow, useEditor } from "../store";
import { Dialog } from "./Dialog";

/** Stop now: first the hold, with what has left already; then what shall become of the rest. */
export function StopDialog({ onClose }: { onClose(): void }) {
  const workflow = useEditor((s) => s.workflow);
  const [told, setTold] = useState<Stopped | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let here = true;
    stopped(workflow.id).then(
      (found) => here && setTold(found),
      (reason: Error) => commands.toast(reason.message, "danger"),
    );
    return () => {
      here = false;
    };
  }, [workflow.id]);
  const act = (rest: "hold" | "cancel" | "release", done: (now: Stopped) => string, close: boolean) => {
    setBusy(true);
    stopNow(workflow.id, rest)
      .then(
        (now) => {
          commands.toast(done(now), "success");
          void refreshWorkflow();
          if (close) onClose();
          else setTold(now);
        },
        (reason: Error) => commands.toast(reason.message, "danger"),
      )
      .finally(() => setBusy(false));
  };
  const holds = told?.status === "paused";
  return (
    <Dialog
      title={holds ? "Stopped" : "Stop now?"}
      lead={holds ? `“${workflow.name}” sends nothing. Everybody keeps their place.` : `Nothing more of “${workflow.name}” leaves the house.`}
      onClose={onClose}
      foot={
        <>
          <button type="button" className="button" onClick={onClose}>
            {holds ? "Leave it stopped" : "Close"}
          </button>
          {holds ? (
            <>
              <button type="button" className="button button-danger" disabled={busy || !told.held} onClick={() => act("cancel", () => "Cancelled. The workflow stays paused.", false)}>
                Cancel the rest
              </button>
              <button type="button" className="button button-primary" disabled={busy} onClick={() => act("release", () => "Running again.", true)}>
                Send the rest
              </button>
            </>
          ) : (
            <button type="button" className="button button-danger" disabled={busy || !told} onClick={() => act("hold", (now) => `Stopped. ${counted(now.held, "message")} held.`, false)}>
              <Icon name="player-stop" size={16} />
              Stop now
            </button>
          )}
        </>
      }
    >
      {told ? (
        <dl className="stop-numbers">
          <div>
            <dt>Sent within the last 24 hours</dt>
            <dd>{grouped(told.left)}</dd>
          </div>
          <div>
            <dt>With the provider right now</dt>
            <dd>{grouped(told.on_their_way)}</dd>
          </div>
          <div>
            <dt>Not sent yet</dt>
            <dd>{grouped(told.held)}</dd>
          </div>
        </dl>
      ) : (
        <p>Counting…</p>
      )}
      <p className="choice-note">
        {holds
          ? "What was cancelled never goes; those people leave the step by Skipped once the workflow runs again."
          : "What has left cannot be called back. What is not sent is held; then you let it go, or cancel it."}
      </p>
    </Dialog>
  );
}
