// What every widget of a settings form knows: whose settings, what is wrong where, and how a change is made.

import { createContext, type ReactNode, useContext, useId } from "react";
import type { Json, Problem } from "../model/types";
import type { Field } from "./schema";

export interface FormContext {
  /** The step whose settings these are; null for the workflow's own. */
  node: string | null;
  problems: readonly Problem[];
  readOnly: boolean;
  /** One key of the settings; undefined takes it away. Edits of one `mergeKey` are one step of undo. */
  set: (key: string, value: Json | undefined, mergeKey?: string) => void;
  settings: Record<string, Json>;
}

export const Form = createContext<FormContext>({ node: null, problems: [], readOnly: true, set: () => undefined, settings: {} });

/** Within a way out that says itself from when on things count: what has no window of its own goes by that. */
export const LooksBack = createContext(false);

export const useForm = () => useContext(Form);

/** What a widget gets. `path` is the dotted way from the settings, as problems name it. */
export interface WidgetProps {
  field: Field;
  value: unknown;
  onChange: (value: Json | undefined, mergeKey?: string) => void;
  path: string;
  /** Id of the control that the label names. */
  id: string;
  describedBy?: string;
  invalid: boolean;
}

/** Problems of this field; with `below` those of its parts too. */
export function useProblems(path: string, below = false): Problem[] {
  const { problems } = useForm();
  return problems.filter((problem) => problem.field === path || (below && problem.field?.startsWith(`${path}.`)));
}

export function ProblemList({ problems, id }: { problems: readonly Problem[]; id?: string }) {
  if (!problems.length) return null;
  return (
    <ul className="ins-problems" id={id}>
      {problems.map((problem) => (
        <li key={`${problem.field}${problem.message}`} className={problem.severity === "warning" ? "warning" : ""}>
          {problem.message}
        </li>
      ))}
    </ul>
  );
}

interface RowProps {
  label: string;
  path: string;
  aside?: ReactNode;
  help?: ReactNode;
  /** A group of controls rather than one: named by the label, not focused through it. */
  group?: boolean;
  children: (ids: { id: string; describedBy?: string; invalid: boolean }) => ReactNode;
}

/** Label over control over help over what is wrong. */
export function Row({ label, path, aside, help, group = false, children }: RowProps) {
  const id = useId();
  const problems = useProblems(path);
  const describedBy = [help ? `${id}-help` : "", problems.length ? `${id}-wrong` : ""].filter(Boolean).join(" ") || undefined;
  return (
    <div className="ins-row" data-field={path} {...(group ? { role: "group", "aria-labelledby": `${id}-label` } : {})}>
      <div className="ins-row-head">
        {group ? <span id={`${id}-label`}>{label}</span> : <label htmlFor={id}>{label}</label>}
        {aside && <small>{aside}</small>}
      </div>
      {children({ id, describedBy, invalid: problems.length > 0 })}
      {help && (
        <div className="ins-help" id={`${id}-help`}>
          {help}
        </div>
      )}
      <ProblemList problems={problems} id={`${id}-wrong`} />
    </div>
  );
}

interface SwitchProps {
  label: string;
  help?: ReactNode;
  path: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function SwitchRow({ label, help, path, checked, onChange }: SwitchProps) {
  const id = useId();
  const { readOnly } = useForm();
  return (
    <div className="ins-row" data-field={path}>
      <div className="ins-switch">
        <span>
          <label htmlFor={id}>{label}</label>
          {help && <span id={`${id}-help`}>{help}</span>}
        </span>
        <input
          id={id}
          className="switch"
          type="checkbox"
          role="switch"
          checked={checked}
          disabled={readOnly}
          aria-describedby={help ? `${id}-help` : undefined}
          onChange={(event) => onChange(event.target.checked)}
        />
      </div>
      <ProblemList problems={useProblems(path)} />
    </div>
  );
}
