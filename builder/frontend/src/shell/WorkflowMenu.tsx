import { useRef, useState } from "react";
import { workflowVerb } from "../api/builder";
import { Icon } from "../icons/Icon";
import { commands, getState, refreshWorkflow, useEditor } from "../store";
import { openJson, saveJson } from "./exporting";
import { useOutside } from "./Nav";
import { StopDialog } from "./StopDialog";

/** Behind the workflow's name: what concerns it as a whole. */
export function WorkflowMenu({ onRename }: { onRename(): void }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const [stopping, setStopping] = useState(false);
  const workflow = useEditor((s) => s.workflow);
  const readOnly = useEditor((s) => s.readOnly);
  useOutside(box, open, () => setOpen(false));
  const pick = (run: () => void) => () => {
    setOpen(false);
    run();
  };
  const verb = (name: "pause" | "resume" | "archive", done: string) =>
    pick(() => {
      workflowVerb(workflow.id, name).then(
        () => {
          commands.toast(done, "success");
          void refreshWorkflow();
        },
        (reason: Error) => commands.toast(reason.message, "danger"),
      );
    });
  const duplicate = pick(() => {
    workflowVerb(workflow.id, "duplicate").then(
      (copy) => location.assign(`/workflows/${copy.id}/`),
      (reason: Error) => commands.toast(reason.message, "danger"),
    );
  });
  const take = async (chosen: File | undefined) => {
    if (!chosen) return;
    const wrong = await openJson(chosen);
    commands.toast(wrong ?? "Imported. One undo brings back what was here.", wrong ? "danger" : "success");
  };
  return (
    <div className="ed-menu" ref={box}>
      <button type="button" className="ed-chevron" aria-label="Workflow menu" aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="chevron-down" size={17} className="wide-only" />
        <Icon name="dots" size={20} className="phone-only" />
      </button>
      <input ref={file} type="file" accept="application/json,.json" hidden aria-label="Import JSON" onChange={(event) => void take(event.target.files?.[0]).finally(() => (event.target.value = ""))} />
      {stopping ? <StopDialog onClose={() => setStopping(false)} /> : null}
      {open ? (
        <div className="float-menu" role="menu">
          {!readOnly ? (
            <>
              <button type="button" role="menuitem" onClick={pick(onRename)}>
                <Icon name="pencil" /> Rename
              </button>
              <button type="button" role="menuitem" onClick={pick(openSettings)}>
                <Icon name="settings" /> Workflow settings
              </button>
              <button type="button" role="menuitem" onClick={duplicate}>
                <Icon name="copy" /> Duplicate
              </button>
              <hr />
            </>
          ) : null}
          {workflow.live_version !== null ? (
            <button type="button" role="menuitem" onClick={pick(() => commands.setDialog("versions"))}>
              <Icon name="versions" /> Versions…
            </button>
          ) : null}
          <button type="button" role="menuitem" onClick={pick(saveJson)}>
            <Icon name="file-export" /> Export as JSON
          </button>
          {!readOnly ? (
            <>
              <button type="button" role="menuitem" onClick={pick(() => file.current?.click())}>
                <Icon name="file-import" /> Import JSON…
              </button>
              <hr />
              {workflow.status === "live" ? (
                <button type="button" role="menuitem" onClick={verb("pause", "Paused. Everybody keeps their place.")}>
                  <Icon name="player-pause" /> Pause
                </button>
              ) : null}
              {workflow.status === "paused" ? (
                <button type="button" role="menuitem" onClick={verb("resume", "Running again.")}>
                  <Icon name="player-play" /> Resume
                </button>
              ) : null}
              {workflow.status === "live" || workflow.status === "paused" ? (
                <button type="button" role="menuitem" className="is-danger" onClick={pick(() => setStopping(true))}>
                  <Icon name="player-stop" /> Stop now…
                </button>
              ) : null}
              <button type="button" role="menuitem" className="is-danger" onClick={verb("archive", "Archived.")}>
                <Icon name="archive" /> Archive
              </button>
            </>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

/** With nothing selected the settings beside the canvas are the workflow's own. */
function openSettings(): void {
  commands.select([]);
  if (getState().mode === "live") commands.setMode("design");
  commands.showInspector();
}
