// Variants of a message: shares that make 100, and the words in which each differs from the step.

import { Icon } from "../../icons/Icon";
import type { Json } from "../../model/types";
import { FieldRow } from "../FieldRow";
import { useForm, useProblems, type WidgetProps, ProblemList } from "../form";
import { evenly, freePort } from "../ways";
import { useDraft } from "../useDraft";

type Variant = { name: string; weight: number } & Record<string, Json>;

const NAMES = "ABCDE".split("");

/** Shares of equal size, for these variants. */
const shared = (list: Variant[]): Variant[] => list.map((variant, at) => ({ ...variant, weight: evenly(list.length)[at]! }));

export function VariantsInput({ field, value, onChange, path }: WidgetProps) {
  const { readOnly } = useForm();
  const list = (Array.isArray(value) ? value : []) as Variant[];
  const total = list.reduce((sum, variant) => sum + (Number(variant.weight) || 0), 0);
  const off = list.length > 0 && Math.abs(total - 100) > 0.01;
  const words = field.fields.filter((part) => part.key !== "name" && part.key !== "weight");
  const put = (next: Variant[], key?: string) => onChange(next as unknown as Json, key);
  const change = (at: number, patch: Record<string, Json | undefined>, key: string) =>
    put(list.map((variant, index) => (index === at ? ({ ...variant, ...patch } as Variant) : variant)), `${path}.${at}.${key}`);
  const add = () => {
    const names = list.map((variant) => variant.name);
    const first = freePort(names, NAMES);
    if (!first) return;
    const made: Variant[] = [...list, { name: first, weight: 0 }];
    // One alone is no test: the first press makes two.
    const second = list.length === 0 ? freePort([...names, first], NAMES) : null;
    put(shared(second ? [...made, { name: second, weight: 0 }] : made));
  };
  const remove = (variant: Variant) => {
    const rest = list.filter((one) => one !== variant);
    put(rest.length < 2 ? [] : shared(rest));
  };
  return (
    <div className="ins-arms ins-variants">
      {list.map((variant, at) => (
        <fieldset key={variant.name} className="ins-variant" data-field={`${path}.${at}`}>
          <legend className="sr">Variant {variant.name}</legend>
          <div className="ins-arm">
            <span className="ins-arm-port">{variant.name}</span>
            <span className="ins-help">Variant {variant.name}</span>
            <Share variant={variant} onChange={(weight) => change(at, { weight }, "weight")} readOnly={readOnly} />
            <button type="button" className="icon-button" aria-label={`Remove variant ${variant.name}`} disabled={readOnly} onClick={() => remove(variant)}>
              <Icon name="trash" size={16} />
            </button>
          </div>
          {words.map((part) => (
            <FieldRow key={part.key} field={part} value={variant[part.key]} path={`${path}.${at}.${part.key}`} onChange={(next) => change(at, { [part.key]: next }, part.key)} />
          ))}
          <Wrong path={`${path}.${at}`} />
        </fieldset>
      ))}
      <div className="ins-arms-foot">
        {!readOnly && list.length < NAMES.length && (
          <button type="button" className="ins-link" onClick={add}>
            <Icon name="plus" size={16} />
            {list.length ? "Add a variant" : "Test variants"}
          </button>
        )}
        {!readOnly && off && (
          <button type="button" className="ins-link" onClick={() => put(shared(list))}>
            Divide evenly
          </button>
        )}
        {list.length > 0 && <output className={off ? "ins-total off" : "ins-total"}>{`${Math.round(total * 100) / 100} % of 100 %`}</output>}
      </div>
    </div>
  );
}

function Share({ variant, onChange, readOnly }: { variant: Variant; onChange(weight: number): void; readOnly: boolean }) {
  const [weight, setWeight, flush] = useDraft(String(variant.weight ?? ""), (next) => {
    if (next.trim() !== "" && Number.isFinite(Number(next))) onChange(Number(next));
  });
  return (
    <span className="ins-percent">
      <input className="input" type="number" min={0} max={100} step="any" inputMode="decimal" aria-label={`Share of variant ${variant.name}, percent`} value={weight} readOnly={readOnly} onChange={(event) => setWeight(event.target.value)} onBlur={flush} />
      <i>%</i>
    </span>
  );
}

/** What is wrong with a variant as a whole; its fields tell their own. */
function Wrong({ path }: { path: string }) {
  return <ProblemList problems={useProblems(path)} />;
}
