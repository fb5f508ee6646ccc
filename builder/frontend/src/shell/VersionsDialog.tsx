// What was published, newest first: compare two on the canvas, or write one back into the draft.

import { useEffect, useState } from "react";
import { Icon } from "../icons/Icon";
import { counted } from "../model/numbers";
import { ago } from "../inspector/dates";
import { commands, useEditor } from "../store";
import { compareVersions, type Listed, restoreVersion, versionsOf } from "../store/compare";
import { Dialog } from "./Dialog";

export function VersionsDialog() {
  const open = useEditor((s) => s.dialog === "versions");
  return open ? <Versions /> : null;
}

function Versions() {
  const workflow = useEditor((s) => s.workflow);
  const readOnly = useEditor((s) => s.readOnly);
  const [versions, setVersions] = useState<Listed[] | null>(null);
  const [against, setAgainst] = useState<number | null>(null);
  const [asked, setAsked] = useState<number | null>(null);
  const close = () => commands.setDialog(null);
  const failed = (reason: Error) => commands.toast(reason.message, "danger");
  useEffect(() => {
    versionsOf(workflow.id).then(setVersions, failed);
  }, [workflow.id]);
  const compare = (one: number) => {
    const other = against ?? one - 1;
    compareVersions(Math.min(one, other), Math.max(one, other)).catch(failed);
  };
  const restore = (one: number) =>
    restoreVersion(one).then(() => {
      close();
      location.assign(`/workflows/${workflow.id}/`);
    }, failed);
  return (
    <Dialog wide title="Versions" lead="Every publish makes one, and none ever changes. People finish the one that they came in with, or were moved." onClose={close}>
      {versions?.length === 0 ? <p>Nothing was published yet.</p> : null}
      <ul className="versions">
        {versions?.map((one) => (
          <li key={one.number}>
            <div>
              <b>Version {one.number}</b> {one.live ? <span className="pill pill-live">Live</span> : null}
              <p>
                {one.published_at ? ago(new Date(one.published_at)) : ""}
                {one.published_by ? `, by ${one.published_by.name}` : ""}, {one.steps} step{one.steps === 1 ? "" : "s"}
              </p>
              {one.note ? <p>“{one.note}”</p> : null}
            </div>
            {asked === one.number ? (
              <>
                <p className="versions-ask" role="alert">
                  The draft becomes version {one.number}. Its {counted(workflow.changes, "change")} {workflow.changes === 1 ? "is" : "are"} lost.
                </p>
                <button type="button" className="button" autoFocus onClick={() => setAsked(null)}>
                  Keep the draft
                </button>
                <button type="button" className="button button-danger" onClick={() => void restore(one.number)}>
                  Replace it
                </button>
              </>
            ) : against === null ? (
              <>
                {one.number > 1 ? (
                  <button type="button" className="button" onClick={() => compare(one.number)}>
                    <Icon name="git-compare" size={16} /> Compare with {one.number - 1}
                  </button>
                ) : null}
                {versions.length > 2 ? (
                  <button type="button" className="button" aria-label={`Compare version ${one.number} with another`} onClick={() => setAgainst(one.number)}>
                    With another…
                  </button>
                ) : null}
                {!readOnly ? (
                  <button type="button" className="button" onClick={() => (workflow.changes ? setAsked(one.number) : void restore(one.number))}>
                    <Icon name="arrow-back-up" size={16} /> Into the draft
                  </button>
                ) : null}
              </>
            ) : against === one.number ? (
              <button type="button" className="button" onClick={() => setAgainst(null)}>
                Cancel
              </button>
            ) : (
              <button type="button" className="button button-primary" onClick={() => compare(one.number)}>
                Compare with {against}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
