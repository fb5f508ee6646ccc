// Tags, lists, fields, free words: names that are picked, typed, and shown as chips.

import { useMemo, useRef, useState } from "react";
import { Icon } from "../../icons/Icon";
import { useForm, type WidgetProps } from "../form";
import { type ContactField, useLists, useRemote, useTags } from "../remote";
import { humanise } from "../schema";
import { Listbox, type Option } from "../ui/Listbox";
import { Popover } from "../ui/Popover";

interface ChipsProps {
  label: string;
  values: string[];
  options: readonly Option[];
  icon?: string;
  addLabel: string;
  /** Whether a name that is not in the list may be typed. */
  free: boolean;
  onChange: (values: string[]) => void;
  id?: string;
}

/** Several names: each a chip with a cross, and a dashed chip that adds. */
export function NameChips({ label, values, options, icon, addLabel, free, onChange, id }: ChipsProps) {
  const { readOnly } = useForm();
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const nameOf = (value: string) => options.find((option) => option.value === value)?.label ?? value;
  const rest = options.filter((option) => !values.includes(option.value));
  const add = (value: string) => {
    setOpen(false);
    anchor.current?.focus();
    if (!values.includes(value)) onChange([...values, value]);
  };
  return (
    <div className="chips">
      {values.map((value) => (
        <span key={value} className="chip">
          {icon && <Icon name={icon} size={14} />}
          <span className="cut">{nameOf(value)}</span>
          {!readOnly && (
            <button type="button" aria-label={`Remove ${nameOf(value)}`} onClick={() => onChange(values.filter((one) => one !== value))}>
              <Icon name="x" size={12} />
            </button>
          )}
        </span>
      ))}
      {!readOnly && (
        <button ref={anchor} id={id} type="button" className="chip chip-add" aria-haspopup="listbox" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="plus" size={14} />
          {addLabel}
        </button>
      )}
      {open && (
        <Popover anchor={anchor} onClose={() => setOpen(false)} label={label} role="none">
          <Listbox
            label={label}
            options={rest}
            value={null}
            onChoose={add}
            onNew={free ? (text) => add(text) : undefined}
            placeholder={free ? "Find one, or type a new one" : "Search"}
            empty={free ? "Type a name." : "There is none to choose."}
          />
        </Popover>
      )}
    </div>
  );
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export function useTagOptions(): Option[] {
  const tags = useTags();
  return useMemo(() => tags.map((name) => ({ value: name, label: name })), [tags]);
}

export function useListOptions(): Option[] {
  const lists = useLists();
  return useMemo(() => lists.map((list) => ({ value: list.slug, label: list.name })), [lists]);
}

export function TagsInput({ field, value, onChange, id }: WidgetProps) {
  return <NameChips id={id} label={field.label} values={listOf(value)} options={useTagOptions()} icon="tag" addLabel="Add a tag" free onChange={(next) => onChange(next)} />;
}

export function ListsInput({ field, value, onChange, id }: WidgetProps) {
  return <NameChips id={id} label={field.label} values={listOf(value)} options={useListOptions()} icon="list-check" addLabel="Add a list" free={false} onChange={(next) => onChange(next)} />;
}

export function StringsInput({ field, value, onChange, id }: WidgetProps) {
  const options = field.choices.map((choice) => ({ value: String(choice.value), label: choice.label }));
  return <NameChips id={id} label={field.label} values={listOf(value)} options={options} addLabel="Add" free onChange={(next) => onChange(next)} />;
}

interface OneProps {
  label: string;
  value: string;
  options: readonly Option[];
  placeholder: string;
  icon?: string;
  free?: boolean;
  empty?: string;
  onChange: (value: string) => void;
  id?: string;
  invalid?: boolean;
  describedBy?: string;
  /** A way to none. */
  onClear?: () => void;
}

/** One name out of a list: a button that looks like an input and opens the list. */
export function OneOf({ label, value, options, placeholder, icon, free, empty, onChange, id, invalid, describedBy, onClear }: OneProps) {
  const { readOnly } = useForm();
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const chosen = options.find((option) => option.value === value);
  const close = () => {
    setOpen(false);
    anchor.current?.focus();
  };
  return (
    <div className="ins-one">
      <button
        ref={anchor}
        id={id}
        type="button"
        className="input ins-one-button"
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        disabled={readOnly}
        onClick={() => setOpen(!open)}
      >
        {(chosen?.icon ?? icon) && value && (
          <span className={chosen?.group ? `tile tile-24 t-${chosen.group}` : "ins-one-icon"}>
            <Icon name={chosen?.icon ?? icon!} size={15} />
          </span>
        )}
        <span className={value ? "cut" : "cut quiet"}>{chosen?.label ?? (value || placeholder)}</span>
        <Icon name="chevron-down" size={16} />
      </button>
      {onClear && value && !readOnly && (
        <button type="button" className="icon-button" aria-label={`No ${label.toLowerCase()}`} onClick={onClear}>
          <Icon name="x" size={16} />
        </button>
      )}
      {open && (
        <Popover anchor={anchor} onClose={() => setOpen(false)} label={label} role="none" width={Math.max(240, anchor.current?.offsetWidth ?? 0)}>
          <Listbox
            label={label}
            options={options}
            value={value}
            onChoose={(next) => {
              close();
              onChange(next);
            }}
            onNew={
              free
                ? (text) => {
                    close();
                    onChange(text);
                  }
                : undefined
            }
            placeholder={free ? "Find one, or type a new one" : undefined}
            empty={empty}
          />
        </Popover>
      )}
    </div>
  );
}

export function TagInput({ field, value, onChange, id, invalid, describedBy }: WidgetProps) {
  return <OneOf {...{ id, invalid, describedBy }} label={field.label} value={String(value ?? "")} options={useTagOptions()} icon="tag" free placeholder="Choose or type a tag" onChange={(next) => onChange(next)} />;
}

export function ListInput({ field, value, onChange, id, invalid, describedBy }: WidgetProps) {
  return <OneOf {...{ id, invalid, describedBy }} label={field.label} value={String(value ?? "")} options={useListOptions()} icon="list-check" placeholder="Choose a list" empty="There is no list yet." onChange={(next) => onChange(next)} />;
}

const BUILT_IN = ["first_name", "last_name", "email", "phone", "language", "time_zone", "score"];

/** A contact's own fields and the workspace's. `builtIn` names the own ones where they may only be read; `types`: of these types alone. */
export function useFieldOptions(builtIn?: Record<string, string>, types?: string[]): Option[] {
  const { items } = useRemote<ContactField>("/api/fields/");
  return useMemo(
    () => [
      ...(builtIn ? Object.keys(builtIn) : BUILT_IN).map((key) => ({ value: key, label: humanise(key) })),
      ...items.filter((item) => !types || types.includes(item.type)).map((item) => ({ value: item.key, label: item.label || humanise(item.key), section: "Your fields" })),
    ],
    [items, builtIn, types],
  );
}

export function FieldInput({ field, value, onChange, id, invalid, describedBy }: WidgetProps) {
  const types = field.schema["x-types"] as string[] | undefined;
  const options = useFieldOptions(field.schema["x-built-in"] as Record<string, string> | undefined, types);
  return <OneOf {...{ id, invalid, describedBy, options }} label={field.label} value={String(value ?? "")} icon="abc" free={!types} placeholder="Choose a field" empty="There is no such field yet." onChange={(next) => onChange(next)} />;
}
