import { useState } from "react";
import { durationWords } from "../model/durations";
import type { Clash, Conflict } from "../store";
import { commands, resolveConflict, useEditor } from "../store";
import { Dialog } from "./Dialog";

type Choice = "mine" | "theirs" | "both";

/** Two people changed the same field: nobody's version is thrown away unasked. */
export function ConflictDialog() {
  const conflict = useEditor((s) => s.conflict);
  const open = useEditor((s) => s.dialog === "conflict");
  return conflict && open ? <Review conflict={conflict} /> : null;
}

function Review({ conflict }: { conflict: Conflict }) {
  const [choices, setChoices] = useState<Record<string, Choice>>({});
  const who = conflict.theirs.author?.name ?? "Somebody else";
  const pick = (key: string, choice: Choice) => setChoices({ ...choices, [key]: choice });
  const all = (choice: Choice) => setChoices(Object.fromEntries(conflict.clashes.map((clash) => [clash.key, choice])));
  return (
    <Dialog
      wide
      title="You both changed this"
      lead={`${who} saved while you were working. What you changed apart is merged; choose for the rest.`}
      onClose={() => commands.setDialog(null)}
      foot={
        <>
          <button type="button" className="button" onClick={() => all("theirs")}>
            Theirs everywhere
          </button>
          <button type="button" className="button" onClick={() => all("mine")}>
            Mine everywhere
          </button>
          <button type="button" className="button button-primary" onClick={() => resolveConflict(choices)}>
            Save this
          </button>
        </>
      }
    >
      {conflict.clashes.map((clash) => (
        <fieldset key={clash.key} className="clash">
          <legend>
            <strong>{clash.label}</strong> {fieldWords(clash)}
          </legend>
          <div className="clash-sides">
            <Side name={clash.key} title="Mine" value={clash.mine} chosen={(choices[clash.key] ?? "mine") === "mine"} onPick={() => pick(clash.key, "mine")} />
            <Side name={clash.key} title={who} value={clash.theirs} chosen={choices[clash.key] === "theirs"} onPick={() => pick(clash.key, "theirs")} />
            {clash.what === "node" || clash.what === "note" ? (
              clash.mine !== null && clash.theirs !== null ? (
                <label className={choices[clash.key] === "both" ? "clash-side is-chosen" : "clash-side"}>
                  <input type="radio" name={clash.key} checked={choices[clash.key] === "both"} onChange={() => pick(clash.key, "both")} />
                  <strong>Keep both</strong>
                  <span>Theirs comes as a copy beside mine.</span>
                </label>
              ) : null
            ) : null}
          </div>
        </fieldset>
      ))}
    </Dialog>
  );
}

function Side({ name, title, value, chosen, onPick }: { name: string; title: string; value: unknown; chosen: boolean; onPick(): void }) {
  return (
    <label className={chosen ? "clash-side is-chosen" : "clash-side"}>
      <input type="radio" name={name} checked={chosen} onChange={onPick} />
      <strong>{title}</strong>
      <span className="clash-value">{shown(value)}</span>
    </label>
  );
}

function fieldWords(clash: Clash): string {
  if (clash.what === "edge") return "leads to different steps";
  if (clash.field === "") return clash.theirs === null ? "was deleted by the other side, changed by you" : "was deleted by you, changed by the other side";
  return clash.field.replace(/^settings\./, "").replaceAll("_", " ");
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "Deleted";
  if (typeof value === "string") return durationWords(value) || value || "Empty";
  if (typeof value === "object" && "label" in value && typeof value.label === "string" && value.label) return value.label;
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
