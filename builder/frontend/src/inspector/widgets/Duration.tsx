// A number and a unit; what cannot be said so (1 day and 12 hours) is shown in words and kept until it is replaced.

import { useState } from "react";
import { simple, toIso, type Unit, UNITS, words } from "../durations";
import { useForm, type WidgetProps } from "../form";
import { useDraft } from "../useDraft";
import { Pick } from "./plain";

export function DurationInput({ value, onChange, path, id, describedBy, invalid, field }: WidgetProps) {
  const { readOnly } = useForm();
  const said = simple(value);
  const [unit, setUnit] = useState<Unit>(said?.unit ?? "days");
  const shownUnit = said?.unit ?? unit;
  const [text, setText, flush] = useDraft(said ? String(said.amount) : "", (next) => {
    const amount = Number(next);
    if (next.trim() === "" && field.nullable) onChange(null, path);
    else if (Number.isInteger(amount) && amount > 0) onChange(toIso(amount, shownUnit), path);
  });
  const one = text === "1";
  const odd = value != null && value !== "" && !said;
  return (
    <>
      <div className="ins-duration">
        <input
          id={id}
          className="input"
          type="number"
          inputMode="numeric"
          min={1}
          step={1}
          value={text}
          readOnly={readOnly}
          aria-invalid={invalid || (text !== "" && !(Number.isInteger(Number(text)) && Number(text) > 0))}
          aria-describedby={describedBy}
          onChange={(event) => setText(event.target.value)}
          onBlur={flush}
        />
        <Pick
          label={`Unit of: ${field.label}`}
          value={shownUnit}
          disabled={readOnly}
          options={UNITS.map((name) => ({ value: name, label: one ? name.slice(0, -1) : name }))}
          onChange={(next) => {
            setUnit(next as Unit);
            const amount = Number(text);
            if (Number.isInteger(amount) && amount > 0) onChange(toIso(amount, next as Unit), `${path}=${next}`);
          }}
        />
      </div>
      {odd && <p className="ins-help">Now: {words(value)}. Type a number to replace it.</p>}
    </>
  );
}
