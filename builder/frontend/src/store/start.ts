// From nothing to a living editor: configuration, catalogue, workflow and draft, then saving and listening.

import { loadCatalogue, loadDraft, loadVersions, loadWorkflow, validate } from "../api/builder";
import type { EditorConfig, WorkflowMeta } from "../model/types";
import { afterSave, startAutosave } from "./autosave";
import { refreshWorkflow, showLive, showPath, startLive } from "./live";
import { initialState, type Mode } from "./state";
import { dispatch, getState, reset } from "./store";

export function readConfig(): EditorConfig {
  const text = document.getElementById("editor-config")?.textContent ?? "{}";
  const raw = JSON.parse(text) as Partial<EditorConfig>;
  return {
    workflow: raw.workflow ?? 0,
    user: raw.user ?? { id: 0, name: "", initials: "" },
    can: raw.can ?? { write: false, publish: false },
    places: raw.places ?? [],
    theme: raw.theme,
  };
}

/** A name for this tab. Not randomUUID: browsers give that to https and localhost only. */
const clientId = (): string => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export async function start(): Promise<void> {
  const config = readConfig();
  const client = clientId();
  const asked = new URLSearchParams(location.search);
  reset({ ...initialState(config, client), mode: firstMode(asked.get("view")), inspecting: window.innerWidth >= 1200 });
  try {
    const [catalogue, workflow] = await Promise.all([loadCatalogue(), config.can.write ? loadWorkflow(config.workflow) : asReader(config)]);
    const can = workflow.can ?? { ...config.can, live: true };
    const mayDraft = config.can.write;
    const draft = mayDraft ? await loadDraft(config.workflow) : { document: getState().document, revision: workflow.revision };
    dispatch({
      type: "load",
      document: draft.document,
      patch: {
        catalogue,
        workflow: { ...workflow, can },
        revision: draft.revision,
        readOnly: !mayDraft || !can.write,
        save: { state: "saved", at: workflow.draft_saved_at ?? workflow.updated_at },
        mode: mayDraft ? getState().mode : "live",
      },
    });
    const said = mayDraft ? await validate(config.workflow).catch(() => null) : null;
    if (said) dispatch({ type: "set", patch: { problems: said.problems, sentences: said.sentences } });
  } catch (reason) {
    dispatch({ type: "set", patch: { loadError: reason instanceof Error ? reason.message : "The workflow could not be loaded." } });
    return;
  }
  if (config.can.write) startAutosave();
  startLive();
  afterSave(() => void refreshWorkflow());
  const run = Number(asked.get("run"));
  if (run) await showPath(run);
  else if (getState().mode === "live") await showLive();
}

/** Who may not see drafts sees the versions: name and status come from the page and the list of versions. */
async function asReader(config: EditorConfig): Promise<WorkflowMeta> {
  const versions = await loadVersions(config.workflow);
  const live = versions.find((version) => version.live)?.number ?? null;
  return {
    ...getState().workflow,
    name: document.title.replace(/ · Trellis$/, ""),
    status: live === null ? "ended" : "live",
    live_version: live,
    versions: versions.length,
    can: { write: false, publish: false, live: true },
  };
}

/** A phone opens on the outline: a list fits there, a drawing does not. */
function firstMode(view: string | null): Mode {
  if (view === "live" || view === "outline" || view === "design") return view;
  return window.innerWidth < 768 ? "outline" : "design";
}
