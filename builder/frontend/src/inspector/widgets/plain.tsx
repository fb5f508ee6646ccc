// Text, number, choice, time, days, JSON: the widgets that need nothing but their value.

import { useRef, useState } from "react";
import { Icon } from "../../icons/Icon";
import type { Json } from "../../model/types";
import { useForm, type WidgetProps } from "../form";
import { readJson } from "../schema";
import { useDraft } from "../useDraft";
import { OneOf } from "./names";

export function TextInput({ field, value, onChange, path, id, describedBy, invalid }: WidgetProps) {
  const { readOnly } = useForm();
  const [text, setText, flush] = useDraft(value == null ? "" : String(value), (next) => onChange(next === "" && field.nullable ? null : next, path));
  const type = field.widget === "time" || field.widget === "date" ? field.widget : "text";
  return (
    <input
      id={id}
      className="input"
      type={type}
      value={text}
      readOnly={readOnly}
      maxLength={field.schema.maxLength}
      aria-invalid={invalid}
      aria-describedby={describedBy}
      required={field.required}
      placeholder={typeof field.schema["x-placeholder"] === "string" ? field.schema["x-placeholder"] : undefined}
      onChange={(event) => setText(event.target.value)}
      onBlur={flush}
    />
  );
}

export function NumberInput({ field, value, onChange, path, id, describedBy, invalid }: WidgetProps) {
  const { readOnly } = useForm();
  const [text, setText, flush] = useDraft(value == null ? "" : String(value), (next) => {
    // What is no number yet stays on the screen and out of the document.
    if (next.trim() === "") onChange(field.nullable ? null : undefined, path);
    else if (Number.isFinite(Number(next))) onChange(Number(next), path);
  });
  return (
    <input
      id={id}
      className="input"
      type="number"
      inputMode="decimal"
      step={field.schema.type === "integer" ? 1 : "any"}
      min={field.schema.minimum}
      max={field.schema.maximum}
      value={text}
      readOnly={readOnly}
      aria-invalid={invalid || (text !== "" && !Number.isFinite(Number(text)))}
      aria-describedby={describedBy}
      onChange={(event) => setText(event.target.value)}
      onBlur={flush}
    />
  );
}

interface PickProps {
  id?: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
  disabled?: boolean;
  label?: string;
  invalid?: boolean;
  describedBy?: string;
}

/** The browser's own select in our dress: works on phones and with readers as people expect. */
export function Pick({ id, value, options, onChange, disabled, label, invalid, describedBy }: PickProps) {
  const known = options.some((option) => option.value === value);
  return (
    <span className="ins-select">
      <select
        id={id}
        className="input"
        value={value}
        disabled={disabled}
        aria-label={label}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        onChange={(event) => onChange(event.target.value)}
      >
        {!known && <option value={value}>{value || "Choose…"}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="chevron-down" size={16} />
    </span>
  );
}

/** Many choices under headings: a list to search in. */
export function SectionedInput({ field, value, onChange, path, id, describedBy, invalid }: WidgetProps) {
  const sections = field.schema["x-sections"] as Record<string, string>;
  const options = field.choices.map((choice) => ({ value: String(choice.value), label: choice.label, section: sections[String(choice.value)] }));
  const shown = String(value ?? field.fallback ?? "");
  return <OneOf {...{ id, invalid, describedBy, options }} label={field.label} value={shown} placeholder="Choose one" onChange={(next) => onChange(next, `${path}=${next}`)} />;
}

export function SelectInput(props: WidgetProps) {
  return props.field.schema["x-sections"] ? <SectionedInput {...props} /> : <PlainSelect {...props} />;
}

function PlainSelect({ field, value, onChange, path, id, describedBy, invalid }: WidgetProps) {
  const { readOnly } = useForm();
  const shown = value === undefined ? field.fallback : value;
  const options = field.choices.map((choice) => ({ value: JSON.stringify(choice.value), label: choice.label }));
  if (field.nullable && !field.choices.some((choice) => choice.value === null)) options.unshift({ value: "null", label: "–" });
  return (
    <Pick
      id={id}
      value={shown === undefined ? "" : JSON.stringify(shown)}
      options={options}
      disabled={readOnly}
      invalid={invalid}
      describedBy={describedBy}
      onChange={(next) => onChange(JSON.parse(next) as Json, `${path}=${next}`)}
    />
  );
}

/** A choice that also takes words of one's own. */
export function ComboInput(props: WidgetProps) {
  const { field, value, onChange, path, id } = props;
  const known = field.choices.some((choice) => choice.value === value);
  const [own, setOwn] = useState(value !== undefined && value !== "" && !known);
  const { readOnly } = useForm();
  const options = [...field.choices.map((choice) => ({ value: String(choice.value), label: choice.label })), { value: " own", label: "Another…" }];
  return (
    <div className="ins-stack">
      <Pick
        id={id}
        value={own ? " own" : String(value ?? field.fallback ?? "")}
        options={options}
        disabled={readOnly}
        invalid={props.invalid}
        describedBy={props.describedBy}
        onChange={(next) => {
          setOwn(next === " own");
          if (next !== " own") onChange(next, `${path}=${next}`);
        }}
      />
      {own && <TextInput {...props} id={`${id}-own`} />}
    </div>
  );
}

export const DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

export function Weekdays({ value, onChange, describedBy, field }: WidgetProps) {
  const { readOnly } = useForm();
  const chosen = new Set(Array.isArray(value) ? (value as number[]) : []);
  return (
    <div className="ins-days" role="group" aria-label={field.label} aria-describedby={describedBy}>
      {DAY_NAMES.map((name, at) => {
        const number = at + 1;
        return (
          <button
            key={name}
            type="button"
            aria-pressed={chosen.has(number)}
            disabled={readOnly}
            onClick={() => {
              const next = new Set(chosen);
              if (!next.delete(number)) next.add(number);
              onChange([...next].sort((a, b) => a - b));
            }}
          >
            {name}
          </button>
        );
      })}
    </div>
  );
}

export function MultiSelect({ field, value, onChange }: WidgetProps) {
  const { readOnly } = useForm();
  const chosen = Array.isArray(value) ? (value as Json[]) : [];
  return (
    <div className="ins-checks">
      {field.choices.map((choice) => (
        <label key={String(choice.value)} className="choice">
          <input
            className="check"
            type="checkbox"
            disabled={readOnly}
            checked={chosen.includes(choice.value as Json)}
            onChange={(event) =>
              onChange(
                event.target.checked
                  ? field.choices.map((one) => one.value as Json).filter((one) => one === choice.value || chosen.includes(one))
                  : chosen.filter((one) => one !== choice.value),
              )
            }
          />
          {choice.label}
        </label>
      ))}
    </div>
  );
}

/** Whatever has no form of its own: JSON, kept as typed until it can be read. */
export function JsonInput({ value, onChange, path, id, describedBy, invalid }: WidgetProps) {
  const { readOnly } = useForm();
  const [error, setError] = useState<string | null>(null);
  const written = useRef<{ json: string; text: string } | null>(null);
  const json = value === undefined ? "" : JSON.stringify(value, null, 2);
  const shown = written.current?.json === json ? written.current.text : json;
  const [text, setText, flush] = useDraft(shown, (next) => {
    const read = readJson(next);
    if ("error" in read) return setError(read.error);
    setError(null);
    const kept = next.trim() ? (read.value as Json) : undefined;
    written.current = { json: kept === undefined ? "" : JSON.stringify(kept, null, 2), text: next };
    onChange(kept, path);
  });
  return (
    <>
      <textarea
        id={id}
        className="input code"
        rows={Math.min(12, Math.max(3, text.split("\n").length))}
        spellCheck={false}
        value={text}
        readOnly={readOnly}
        aria-invalid={invalid || !!error}
        aria-describedby={describedBy}
        onChange={(event) => setText(event.target.value)}
        onBlur={flush}
      />
      {error && <p className="ins-problems">{error}</p>}
    </>
  );
}
