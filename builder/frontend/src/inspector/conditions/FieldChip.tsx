// One setting of a fact as a chip: a list where there is a choice, else a small form.

import type { Json } from "../../model/types";
import { DurationFields } from "./WindowChip";
import { words } from "../durations";
import { useForm } from "../form";
import type { Field } from "../schema";
import { isMessage, useStepOptions } from "../steps";
import { Listbox, type Option } from "../ui/Listbox";
import { useDraft } from "../useDraft";
import { useFieldOptions, useListOptions, useTagOptions } from "../widgets/names";
import { useRemoteOptions } from "../widgets/groups";
import { DAY_NAMES, Weekdays } from "../widgets/plain";
import { Chip } from "./Chip";

interface Props {
  field: Field;
  value: unknown;
  onChange: (value: Json | undefined, mergeKey?: string) => void;
  path: string;
  wrong: boolean;
  /** Other words for some values. */
  say?: Record<string, string>;
  /** What stands behind a number. */
  unit?: string;
  placeholder?: string;
}

const NOTHING: Option[] = [];

/** What may be chosen for this setting, or null if it is typed. */
function useOptions(field: Field, say?: Record<string, string>): { options: Option[] | null; free: boolean } {
  const { node } = useForm();
  const tags = useTagOptions();
  const lists = useListOptions();
  const fields = useFieldOptions(field.schema["x-built-in"] as Record<string, string> | undefined);
  const remote = useRemoteOptions(field.widget === "remote" ? String(field.schema["x-options"]) : null);
  const steps = useStepOptions(node);
  const messages = useStepOptions(node, isMessage);
  if (field.choices.length)
    return { options: field.choices.map((choice) => ({ value: JSON.stringify(choice.value), label: say?.[String(choice.value)] ?? choice.label.toLowerCase() })), free: field.widget === "combo" };
  if (field.widget === "remote") return { options: remote, free: false };
  const plain = (options: Option[]) => options.map((option) => ({ ...option, value: JSON.stringify(option.value) }));
  switch (field.widget) {
    case "tag":
      return { options: plain(tags), free: true };
    case "list":
      return { options: plain(lists), free: false };
    case "field":
      return { options: plain(fields), free: true };
    case "node":
      return { options: plain(steps), free: false };
    case "message_node":
      return { options: plain(messages), free: false };
    case "switch":
      return { options: [{ value: "true", label: say?.true ?? "yes" }, { value: "false", label: say?.false ?? "no" }], free: false };
    default:
      return { options: null, free: false };
  }
}

export function FieldChip({ field, value, onChange, path, wrong, say, unit, placeholder }: Props) {
  const { options, free } = useOptions(field, say);
  const shown = value === undefined ? field.fallback : value;
  const chosen = options?.find((option) => option.value === JSON.stringify(shown));
  const days = field.widget === "weekdays" && Array.isArray(shown) ? shown.map((day) => DAY_NAMES[Number(day) - 1] ?? day).join(", ") : undefined;
  const text = days ?? chosen?.label ?? say?.[String(shown)] ?? (unit && typeof shown === "number" ? `${shown} ${unit}` : undefined) ?? (shown == null || shown === "" ? "" : field.widget === "duration" ? words(shown) : typeof shown === "object" ? JSON.stringify(shown) : String(shown));
  return (
    <Chip text={text} icon={chosen?.icon} label={field.label} field={path} wrong={wrong} placeholder={placeholder ?? field.label.toLowerCase()}>
      {(close) =>
        options ? (
          <Listbox
            label={field.label}
            options={options ?? NOTHING}
            value={JSON.stringify(shown)}
            onNew={
              free
                ? (typed) => {
                    onChange(typed);
                    close();
                  }
                : undefined
            }
            onChoose={(next) => {
              onChange(JSON.parse(next) as Json);
              close();
            }}
          />
        ) : (
          <Typed field={field} value={shown} onChange={onChange} path={path} close={close} />
        )
      }
    </Chip>
  );
}

function Typed({ field, value, onChange, path, close }: Omit<Props, "wrong"> & { close: () => void }) {
  const numeric = field.widget === "number";
  const json = field.widget === "json" || field.widget === "object" || field.widget === "strings" || field.widget === "multiselect";
  const [text, setText, flush] = useDraft(value == null ? "" : json ? JSON.stringify(value) : String(value), (next) => onChange(read(next, numeric, json, field.schema.type), path));
  if (field.widget === "weekdays")
    return (
      <div className="cond-typed">
        <Weekdays field={field} value={value} path={path} id="" invalid={false} onChange={(days) => onChange(Array.isArray(days) && days.length ? days : undefined, path)} />
      </div>
    );
  if (field.widget === "duration") return <div className="cond-typed"><DurationFields value={value} onChange={(iso) => onChange(iso, path)} /></div>;
  return (
    <form
      className="cond-typed"
      onSubmit={(event) => {
        event.preventDefault();
        flush();
        close();
      }}
    >
      <label>
        {field.label}
        <input
          data-autofocus
          className="input"
          type={field.widget === "date" || field.widget === "time" ? field.widget : numeric ? "number" : "text"}
          step={field.schema.type === "integer" ? 1 : "any"}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      {field.help && <p className="ins-help">{field.help}</p>}
    </form>
  );
}

/** Typed text as the kind of value the schema wants; a union of text and number takes a number where it is one. */
function read(text: string, numeric: boolean, json: boolean, type: unknown): Json | undefined {
  if (text.trim() === "") return undefined;
  if (numeric) return Number.isFinite(Number(text)) ? Number(text) : undefined;
  if (!json) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return Array.isArray(type) || type === undefined || type === "array" ? text : undefined;
  }
}
