// The arms of a split: names and weights that make 100.

import { Icon } from "../../icons/Icon";
import type { Json } from "../../model/types";
import { useForm, useProblems, type WidgetProps, ProblemList } from "../form";
import { arms, evenly, freePort } from "../ways";
import { useDraft } from "../useDraft";

type Arm = { port: string; name: string; weight: number } & Record<string, Json>;

export function WeightsInput({ field, value, onChange, path }: WidgetProps) {
  const { readOnly } = useForm();
  const list = arms(value) as Arm[];
  const total = list.reduce((sum, arm) => sum + (Number(arm.weight) || 0), 0);
  const off = Math.abs(total - 100) > 0.01;
  const put = (next: Arm[], key?: string) => onChange(next as unknown as Json, key);
  const change = (at: number, patch: Partial<Arm>, key: string) =>
    put(list.map((arm, index) => (index === at ? ({ ...arm, ...patch } as Arm) : arm)), `${path}.${at}.${key}`);
  const most = field.schema.maxItems ?? 10;
  return (
    <div className="ins-arms">
      {list.map((arm, at) => (
        <ArmRow key={arm.port} arm={arm} at={at} path={`${path}.${at}`} change={change} readOnly={readOnly} remove={list.length > 2 ? () => put(list.filter((one) => one !== arm)) : undefined} />
      ))}
      <div className="ins-arms-foot">
        {!readOnly && list.length < most && (
          <button
            type="button"
            className="ins-link"
            onClick={() => {
              const port = freePort(list.map((arm) => arm.port), "abcdefghij".split(""));
              if (port) put([...list, { port, name: port.toUpperCase(), weight: Math.max(0, 100 - total) }]);
            }}
          >
            <Icon name="plus" size={16} />
            Add a way
          </button>
        )}
        {!readOnly && off && (
          <button type="button" className="ins-link" onClick={() => put(list.map((arm, at) => ({ ...arm, weight: evenly(list.length)[at]! })))}>
            Divide evenly
          </button>
        )}
        <output className={off ? "ins-total off" : "ins-total"}>{`${Math.round(total * 100) / 100} % of 100 %`}</output>
      </div>
    </div>
  );
}

interface ArmProps {
  arm: Arm;
  at: number;
  path: string;
  change: (at: number, patch: Partial<Arm>, key: string) => void;
  remove?: () => void;
  readOnly: boolean;
}

function ArmRow({ arm, at, path, change, remove, readOnly }: ArmProps) {
  const [name, setName, flushName] = useDraft(arm.name ?? "", (next) => change(at, { name: next }, "name"));
  const [weight, setWeight, flushWeight] = useDraft(String(arm.weight ?? ""), (next) => {
    if (next.trim() !== "" && Number.isFinite(Number(next))) change(at, { weight: Number(next) }, "weight");
  });
  const wrong = useProblems(path, true);
  return (
    <div className="ins-arm" data-field={path}>
      <span className="ins-arm-port">{arm.port.toUpperCase()}</span>
      <input className="input" aria-label={`Name of way ${arm.port.toUpperCase()}`} value={name} readOnly={readOnly} maxLength={60} onChange={(event) => setName(event.target.value)} onBlur={flushName} />
      <span className="ins-percent">
        <input
          className="input"
          type="number"
          min={0}
          max={100}
          step="any"
          inputMode="decimal"
          aria-label={`Weight of ${arm.name || arm.port.toUpperCase()}, percent`}
          value={weight}
          readOnly={readOnly}
          onChange={(event) => setWeight(event.target.value)}
          onBlur={flushWeight}
        />
        <i>%</i>
      </span>
      <button type="button" className="icon-button" aria-label={`Remove ${arm.name || arm.port.toUpperCase()}`} disabled={!remove || readOnly} onClick={remove}>
        <Icon name="trash" size={16} />
      </button>
      <ProblemList problems={wrong} />
    </div>
  );
}
