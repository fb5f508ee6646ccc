import type { Point } from "../model/types";
import { commands } from "../store";

/** Kept beside the system's clipboard, which a browser may refuse. */
let kept: string | null = null;

export function copySteps(ids: string[]): void {
  const text = commands.copy(ids);
  if (text === null) return;
  kept = text;
  void navigator.clipboard?.writeText(text).catch(() => undefined);
  commands.toast(ids.length === 1 ? "1 step copied." : `${ids.length} steps copied.`);
}

export async function pasteSteps(at?: Point): Promise<void> {
  const text = (await navigator.clipboard?.readText().catch(() => null)) ?? kept;
  if (text === null) commands.toast("There is nothing to paste.", "info");
  else commands.paste(text, at);
}
