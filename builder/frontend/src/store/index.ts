export { afterSave, resolveConflict, save } from "./autosave";
export { commands } from "./commands";
export { refreshWorkflow, showLive, showPath } from "./live";
export * from "./selectors";
export type * from "./state";
export { dispatch, getState, reset, subscribe, useEditor } from "./store";
