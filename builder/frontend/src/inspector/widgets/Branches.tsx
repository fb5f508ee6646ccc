// The ways out of a branching step, each a card: its name, its number, and the question that leads to it.

import { useId, useRef, useState } from "react";
import { Icon } from "../../icons/Icon";
import type { Json } from "../../model/types";
import { ConditionEditor, readable } from "../conditions/ConditionEditor";
import { leaves } from "../conditions/tree";
import { LooksBack, ProblemList, useForm, useProblems, type WidgetProps } from "../form";
import { Menu } from "../ui/Menu";
import { Popover } from "../ui/Popover";
import { useDraft } from "../useDraft";
import { arms, freePort, moved } from "../ways";
import type { Field } from "../schema";
import { useStepOptions } from "../steps";
import { JsonInput, Pick } from "./plain";

type Branch = { port: string; name?: string; when?: Json } & Record<string, Json | undefined>;

export function BranchesInput(props: WidgetProps) {
  const { field, value, onChange, path } = props;
  const { readOnly } = useForm();
  const list = arms(value) as Branch[];
  const most = field.schema.maxItems ?? 8;
  const put = (next: Branch[], key?: string) => onChange(next as unknown as Json, key);
  const change = (at: number, patch: Partial<Branch>, key: string) =>
    put(list.map((branch, index) => (index === at ? ({ ...branch, ...patch } as Branch) : branch)), `${path}.${at}.${key}`);
  return (
    <div className="ways">
      {list.map((branch, at) => (
        <BranchCard
          key={branch.port}
          branch={branch}
          number={at + 1}
          last={at === list.length - 1}
          path={`${path}.${at}`}
          json={props}
          lookBack={field.fields.find((part) => part.schema["x-widget"] === "look_back")}
          onChange={(patch, key) => change(at, patch, key)}
          onMove={(by) => put(moved(list, at, at + by))}
          onRemove={list.length > 1 ? () => put(list.filter((_, index) => index !== at)) : undefined}
        />
      ))}
      {!readOnly && list.length < most && (
        <button
          type="button"
          className="ins-link ways-add"
          onClick={() => {
            const port = freePort(
              list.map((branch) => branch.port),
              Array.from({ length: most }, (_, n) => `b${n + 1}`),
            );
            if (port) put([...list, { port, name: `Way ${list.length + 1}`, when: { all: [] } }]);
          }}
        >
          <Icon name="plus" size={16} />
          {list.length ? "Add another branch" : "Add a branch"}
        </button>
      )}
    </div>
  );
}

interface CardProps {
  branch: Branch;
  number: number;
  last: boolean;
  path: string;
  json: WidgetProps;
  /** The setting that says from when on things count, where the kind has one. */
  lookBack?: Field;
  onChange: (patch: Partial<Branch>, key: string) => void;
  onMove: (by: number) => void;
  onRemove?: () => void;
}

function BranchCard({ branch, number, last, path, json, lookBack, onChange, onMove, onRemove }: CardProps) {
  const { readOnly } = useForm();
  const [naming, setNaming] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const own = useProblems(path);
  const name = branch.name || branch.port;
  const asked = leaves(branch.when as never).length > 0;
  const ofName = useProblems(`${path}.name`);
  const ofWhen = useProblems(`${path}.when`);
  return (
    <section className="way" aria-label={`Way out ${number}, ${name}`} data-field={path}>
      <header>
        <button ref={anchor} type="button" className="way-name" aria-label={`Name of way out ${number}: ${name}`} aria-expanded={naming} disabled={readOnly} data-field={`${path}.name`} onClick={() => setNaming(!naming)}>
          <Icon name="check" size={14} />
          <span>{name}</span>
        </button>
        <small>way out {number}</small>
        {!readOnly && (
          <Menu
            label={`More for ${name}`}
            size={16}
            className="way-menu"
            items={[
              { label: "Rename", icon: "pencil", run: () => setNaming(true) },
              number > 1 && { label: "Move up", icon: "arrow-up", run: () => onMove(-1) },
              !last && { label: "Move down", icon: "arrow-down", run: () => onMove(1) },
              onRemove && { label: "Remove", icon: "trash", run: onRemove, danger: true },
            ]}
          />
        )}
      </header>
      <div className="way-body">
        {readable(branch.when) ? (
          <LooksBack.Provider value={lookBack !== undefined}>
            <ConditionEditor value={branch.when} path={`${path}.when`} empty={asked ? undefined : "Nothing yet."} onChange={(when, key) => onChange({ when: when ?? { all: [] } }, key ?? "when")} />
          </LooksBack.Provider>
        ) : (
          <JsonInput {...json} value={branch.when} path={`${path}.when`} onChange={(when) => onChange({ when }, "when")} />
        )}
        {lookBack && <LookBack field={lookBack} value={String(branch.look_back ?? "")} path={`${path}.look_back`} onChange={(back) => onChange({ look_back: back || undefined }, "look_back")} />}
        <ProblemList problems={[...own, ...ofName, ...ofWhen]} />
      </div>
      {naming && (
        <Popover anchor={anchor} onClose={() => setNaming(false)} label="Name of this way out">
          <NameForm name={branch.name ?? ""} onChange={(next) => onChange({ name: next }, "name")} close={() => setNaming(false)} />
        </Popover>
      )}
    </section>
  );
}

/** From when on things count: usually since the message that is asked about was sent, else from the arrival. */
function LookBack({ field, value, path, onChange }: { field: Field; value: string; path: string; onChange: (value: string) => void }) {
  const { node, readOnly } = useForm();
  const steps = useStepOptions(node);
  const id = useId();
  const problems = useProblems(path);
  const options = [
    { value: "", label: "since its message, or from here" },
    { value: "arrival", label: "from here on" },
    { value: "run", label: "since they came in" },
    ...steps.filter((step) => !step.section).map((step) => ({ value: step.value, label: `since ${step.label}` })),
  ];
  return (
    <div className="way-back" data-field={path}>
      <label htmlFor={id}>{field.label}</label>
      <Pick id={id} value={value} options={options} disabled={readOnly} invalid={problems.length > 0} onChange={onChange} />
      <ProblemList problems={problems} />
    </div>
  );
}

function NameForm({ name, onChange, close }: { name: string; onChange: (name: string) => void; close: () => void }) {
  const [text, setText, flush] = useDraft(name, onChange);
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
        Name of this way out
        <input data-autofocus className="input" maxLength={60} value={text} onChange={(event) => setText(event.target.value)} onFocus={(event) => event.target.select()} />
      </label>
    </form>
  );
}
