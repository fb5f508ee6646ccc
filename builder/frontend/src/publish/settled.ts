import { getState, save, subscribe } from "../store";

const PATIENCE_MS = 15_000;

/** Waits until all that was typed is on the server, since that is what is published. Rejects in words when it cannot be. */
export async function settled(): Promise<void> {
  const focused = document.activeElement;
  // A field that is being typed in hands over what it holds when it loses the focus.
  if (focused instanceof HTMLElement && focused.closest(".inspector")) focused.blur();
  await new Promise<void>((resolve, reject) => {
    const timer = window.setTimeout(() => finish("The draft is not saved yet. Try again in a moment."), PATIENCE_MS);
    const finish = (why: string | null) => {
      window.clearTimeout(timer);
      stop();
      if (why === null) resolve();
      else reject(new Error(why));
    };
    const look = () => {
      const state = getState();
      if (state.conflict) finish("Somebody else changed the same things. Settle that first.");
      else if (state.save.state === "offline") finish("The server cannot be reached, so the draft is not saved. Nothing was published.");
      else if (state.save.state === "error") finish(state.save.detail ?? "The draft could not be saved. Nothing was published.");
      else if (state.document === state.baseline) finish(null);
      else if (state.save.state === "dirty") void save();
    };
    const stop = subscribe(() => look());
    look();
  });
}
