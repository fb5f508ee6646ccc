// "[is at least] [10]": how a value is compared, and with what. For contact fields, and for properties of events.

import type { Json } from "../../model/types";
import { Icon } from "../../icons/Icon";
import { words } from "../durations";
import { useForm } from "../form";
import type { Field } from "../schema";
import { Listbox } from "../ui/Listbox";
import { useDraft } from "../useDraft";
import { Chip } from "./Chip";
import { opsFor, type Shape, shapeOf, shownValue, valueOf } from "./compare";
import { FieldChip } from "./FieldChip";
import { DurationFields } from "./WindowChip";

type Patch = (patch: Record<string, unknown>, mergeKey?: string) => void;

interface Props {
  value: Record<string, unknown>;
  op: Field;
  /** Type of what is compared; null when nobody knows. */
  type: string | null;
  choices?: readonly string[];
  help?: string;
  path: string;
  wrong: (key: string) => boolean;
  onPatch: Patch;
}

export function Compare({ value, op, type, choices, help, path, wrong, onPatch }: Props) {
  const ops = opsFor(op, type);
  const chosen = String(value.op ?? op.fallback ?? ops.choices[0]?.value ?? "is");
  const shape = shapeOf(chosen, type);
  const chip = (key: "value" | "to") => (
    <ValueChip name={key} value={value[key]} shape={shape} type={type} choices={choices} help={key === "value" ? help : undefined} path={`${path}.${key}`} wrong={wrong(key)} onPatch={onPatch} />
  );
  return (
    <>
      <FieldChip
        field={ops}
        value={value.op}
        path={`${path}.op`}
        wrong={wrong("op")}
        onChange={(next) => {
          const same = shapeOf(String(next), type) === shape;
          onPatch({ op: next, ...(same ? {} : { value: shapeOf(String(next), type) === "duration" ? "P7D" : undefined, to: undefined }) });
        }}
      />{" "}
      {shape !== "none" && chip("value")}
      {shape === "range" && <> and {chip("to")}</>}
    </>
  );
}

interface ValueProps {
  name: "value" | "to";
  value: unknown;
  shape: Shape;
  type: string | null;
  choices?: readonly string[];
  help?: string;
  path: string;
  wrong: boolean;
  onPatch: Patch;
}

function ValueChip({ name, value, shape, type, choices, help, path, wrong, onPatch }: ValueProps) {
  const options = shape === "yesno" ? [{ value: true as Json, label: "yes" }, { value: false as Json, label: "no" }] : shape === "choice" ? (choices ?? []).map((choice) => ({ value: choice as Json, label: choice })) : null;
  const text = shape === "duration" ? (value ? words(value) : "") : shape === "yesno" && typeof value === "boolean" ? (value ? "yes" : "no") : shownValue(value);
  return (
    <Chip text={text} placeholder={shape === "list" ? "which ones" : "what"} label="Value" field={path} wrong={wrong}>
      {(close) =>
        options?.length ? (
          <Listbox<Json>
            label="Value"
            options={options}
            value={value as Json}
            onChoose={(next) => {
              onPatch({ [name]: next });
              close();
            }}
          />
        ) : shape === "duration" ? (
          <div className="cond-typed">
            <DurationFields value={value} onChange={(iso) => onPatch({ [name]: iso }, path)} />
          </div>
        ) : (
          <Typed value={value} shape={shape} type={type} help={help} close={close} onChange={(next) => onPatch({ [name]: next }, path)} />
        )
      }
    </Chip>
  );
}

function Typed({ value, shape, type, help, close, onChange }: { value: unknown; shape: Shape; type: string | null; help?: string; close: () => void; onChange: (value: Json | undefined) => void }) {
  const [text, setText, flush] = useDraft(shownValue(value), (next) => onChange(valueOf(next, shape, type)));
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
        Value
        <input data-autofocus className="input" inputMode={type === "number" ? "decimal" : undefined} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      {shape === "list" && <p className="ins-help">Several, with commas between them.</p>}
      {help && (type === "date" || type === "datetime") && <p className="ins-help">{help}</p>}
    </form>
  );
}

interface WhereProps {
  field: Field;
  value: unknown;
  path: string;
  onPatch: Patch;
}

/** "where [product] [is] [Ethiopia]": what the event's properties must be. */
export function Where({ field, value, path, onPatch }: WhereProps) {
  const { readOnly, problems } = useForm();
  const list = Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
  // Asked for, and nothing said yet: the first one stands there to be filled in.
  const shown = list.length ? list : [{ property: "" }];
  const op = field.fields.find((part) => part.key === "op");
  const property = field.fields.find((part) => part.key === "property");
  const help = field.fields.find((part) => part.key === "value")?.help;
  if (!op || !property) return null;
  const put = (next: Record<string, unknown>[], key?: string) => onPatch({ [field.key]: next.length ? next : undefined }, key);
  return (
    <>
      {shown.map((filter, at) => {
        const here = `${path}.${at}`;
        const wrong = (key: string) => problems.some((problem) => problem.field === `${here}.${key}`);
        const patch: Patch = (change, key) => put(shown.map((old, index) => (index === at ? cleaned({ ...old, ...change }) : old)), key);
        return (
          <span key={at}>
            {at ? "and its " : "where its "}
            <FieldChip field={property} value={filter.property} path={`${here}.property`} wrong={wrong("property")} placeholder="which property" onChange={(next, key) => patch({ property: next ?? "" }, key)} />{" "}
            <Compare value={filter} op={op} type={null} help={help} path={here} wrong={wrong} onPatch={patch} />
            {!readOnly && (
              <button type="button" className="cond-drop" aria-label={`Remove the filter ${String(filter.property ?? "")}`} onClick={() => put(list.filter((_, index) => index !== at))}>
                <Icon name="x" size={12} />
              </button>
            )}{" "}
          </span>
        );
      })}
      {!readOnly && list.length > 0 && list.length < (field.schema.maxItems ?? 10) && (
        <button type="button" className="cond-where" onClick={() => put([...shown, { property: "" }])}>
          and…
        </button>
      )}{" "}
    </>
  );
}

const cleaned = (entry: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
