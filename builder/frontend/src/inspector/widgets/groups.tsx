// Settings made of settings: an object, a list of objects; and values that may be text, number or yes/no.

import { Icon } from "../../icons/Icon";
import type { Json } from "../../model/types";
import { useForm, type WidgetProps } from "../form";
import { FieldRow } from "../FieldRow";
import { useRemote } from "../remote";
import { type Field, humanise, shows } from "../schema";
import { useDraft } from "../useDraft";
import { meant } from "../values";
import { OneOf } from "./names";

type Entry = Record<string, Json>;

const entryOf = (value: unknown): Entry => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Entry) : {});

function patched(value: Entry, key: string, next: Json | undefined): Entry {
  const { [key]: _, ...rest } = value;
  if (next === undefined) return rest;
  return key in value ? { ...value, [key]: next } : { ...rest, [key]: next };
}

/** A part with its defaults filled in: what a switched-on option starts with. */
function fresh(fields: readonly Field[]): Entry {
  const entry: Entry = {};
  for (const field of fields) if (field.fallback !== undefined) entry[field.key] = field.fallback as Json;
  return entry;
}

export function ObjectInput({ field, value, onChange, path }: WidgetProps) {
  const { readOnly } = useForm();
  if (field.nullable && value == null)
    return readOnly ? (
      <span className="ins-help">None</span>
    ) : (
      <button type="button" className="ins-link" onClick={() => onChange(fresh(field.fields))}>
        <Icon name="plus" size={16} />
        Set it
      </button>
    );
  const entry = entryOf(value);
  return (
    <div className="ins-object">
      {field.fields.filter((part) => shows(part, entry, field.fields)).map((part) => (
        <FieldRow key={part.key} field={part} value={entry[part.key]} path={`${path}.${part.key}`} onChange={(next, key) => onChange(patched(entry, part.key, next), key)} />
      ))}
      {field.nullable && !readOnly && (
        <button type="button" className="ins-link" onClick={() => onChange(null)}>
          <Icon name="x" size={16} />
          Take it away
        </button>
      )}
    </div>
  );
}

export function ItemsInput({ field, value, onChange, path }: WidgetProps) {
  const { readOnly } = useForm();
  const list = Array.isArray(value) ? value.map(entryOf) : [];
  const one = field.label.replace(/s$/, "").toLowerCase();
  return (
    <div className="ins-items">
      {list.map((entry, at) => (
        <div key={at} className="ins-item">
          {field.fields.filter((part) => shows(part, entry, field.fields)).map((part) => (
            <FieldRow
              key={part.key}
              field={part}
              value={entry[part.key]}
              path={`${path}.${at}.${part.key}`}
              onChange={(next, key) => onChange(list.map((old, index) => (index === at ? patched(old, part.key, next) : old)), key)}
            />
          ))}
          {!readOnly && (
            <button type="button" className="icon-button" aria-label={`Remove ${one} ${at + 1}`} onClick={() => onChange(list.filter((_, index) => index !== at))}>
              <Icon name="trash" size={16} />
            </button>
          )}
        </div>
      ))}
      {!readOnly && (
        <button type="button" className="ins-link" onClick={() => onChange([...list, fresh(field.fields)])}>
          <Icon name="plus" size={16} />
          {list.length ? `Add another ${one}` : `Add a ${one}`}
        </button>
      )}
    </div>
  );
}

export function ScalarInput({ field, value, onChange, path, id, describedBy, invalid }: WidgetProps) {
  const { readOnly } = useForm();
  const [text, setText, flush] = useDraft(value == null ? "" : String(value), (next) => onChange(next === "" ? (field.nullable ? null : undefined) : meant(next), path));
  return <input id={id} className="input" value={text} readOnly={readOnly} aria-invalid={invalid} aria-describedby={describedBy} onChange={(event) => setText(event.target.value)} onBlur={flush} />;
}

interface RemoteItem {
  id?: number | string;
  name?: string;
  label?: string;
  slug?: string;
  value?: string;
}

/** Rows of an API list, or plain words, as value and label. */
export function useRemoteOptions(url: string | null) {
  const { items } = useRemote<RemoteItem | string>(url);
  return items.map((item) => {
    if (typeof item === "string") return { value: JSON.stringify(item), label: humanise(item) };
    const value = item.value ?? item.slug ?? item.id ?? item.name ?? "";
    return { value: JSON.stringify(value), label: item.label ?? item.name ?? String(value) };
  });
}

export function RemoteInput({ field, value, onChange, id, invalid, describedBy }: WidgetProps) {
  const options = useRemoteOptions(String(field.schema["x-options"]));
  return (
    <OneOf
      {...{ id, invalid, describedBy, options }}
      label={field.label}
      value={value == null ? "" : JSON.stringify(value)}
      placeholder="Choose one"
      onChange={(next) => onChange(JSON.parse(next) as Json)}
      onClear={field.nullable ? () => onChange(null) : undefined}
    />
  );
}
