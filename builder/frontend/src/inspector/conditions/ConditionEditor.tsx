// A condition as sentences. One question stands alone; several stand in a group that says whether all, any or none must hold.

import type { ReactNode } from "react";
import { Icon } from "../../icons/Icon";
import type { Fact, Json } from "../../model/types";
import { useEditor } from "../../store";
import { ProblemList, useForm, useProblems, type WidgetProps } from "../form";
import { fields } from "../schema";
import { nearestMessage } from "../steps";
import { Listbox } from "../ui/Listbox";
import { JsonInput } from "../widgets/plain";
import { Chip } from "./Chip";
import { FactButton } from "./FactPicker";
import { startOf } from "./layouts";
import { LeafSentence } from "./LeafSentence";
import * as tree from "./tree";
import "./condition.css";

/** Every other leaf that stands in a group is drawn by these words. */
const GROUP_WORDS: Record<tree.GroupName, { chip: string; joins: string }> = {
  all: { chip: "all", joins: "and" },
  any: { chip: "any", joins: "or" },
  none: { chip: "none", joins: "nor" },
};

export function ConditionInput(props: WidgetProps) {
  const { value, field, onChange, path } = props;
  if (!readable(value)) return <JsonInput {...props} />;
  return (
    <div className="cond-box">
      <ConditionEditor
        value={value}
        path={path}
        empty={typeof field.schema["x-empty"] === "string" ? field.schema["x-empty"] : field.key === "filter" ? "Everybody." : field.nullable ? "Not set." : "Nothing is asked yet."}
        onChange={(next, key) => onChange(next === null && !field.nullable ? { all: [] } : next, key)}
      />
    </div>
  );
}

/** Can the tree be drawn without losing anything of it? */
export function readable(value: unknown): boolean {
  if (value == null) return true;
  if (typeof value !== "object" || Array.isArray(value)) return false;
  if (tree.isLeaf(value)) return typeof value.fact === "string";
  const keys = Object.keys(value);
  if (keys.length === 0) return true;
  const name = tree.nameOf(value as tree.Group);
  return keys.length === 1 && name !== null && tree.childrenOf(value as tree.Group).every((child) => child != null && Object.keys(child).length > 0 && readable(child));
}

interface EditorProps {
  value: unknown;
  path: string;
  empty?: ReactNode;
  onChange: (value: Json | null, mergeKey?: string) => void;
}

export function ConditionEditor({ value, path, empty, onChange }: EditorProps) {
  const facts = useEditor((state) => state.catalogue.facts);
  const { node } = useForm();
  const lone = tree.isLeaf(value);
  const root = tree.asGroup(value);
  const put = (next: tree.Group, key?: string) => onChange(tree.childrenOf(next).length ? (next as Json) : null, key);

  const fresh = (fact: Fact): tree.Leaf => {
    const leaf: tree.Leaf = { fact: fact.fact };
    const known = fields(fact.schema);
    for (const field of known) {
      if (field.key === "fact" || !field.required) continue;
      const first = field.choices[0]?.value ?? field.fallback;
      if (first !== undefined) leaf[field.key] = first;
    }
    return { ...leaf, ...startOf(fact.fact, nearestMessage(node)) };
  };

  return (
    <GroupView
      root={root}
      at={[]}
      path={path}
      lone={lone}
      facts={facts}
      empty={empty}
      onAdd={(where, fact) => put(tree.append(root, where, fresh(fact)))}
      onAddGroup={(where, fact) => put(tree.append(root, where, { any: [fresh(fact)] }))}
      onRemove={(where) => put(tree.remove(root, where))}
      onRename={(where, name) => put(tree.rename(root, where, name))}
      onPatch={(where, patch, key) => put(tree.update(root, where, patch), key)}
    />
  );
}

interface GroupProps {
  root: tree.Group;
  at: tree.Path;
  path: string;
  /** The stored tree is a leaf without a group around it: problems name it without an index. */
  lone: boolean;
  facts: Fact[];
  empty?: ReactNode;
  onAdd: (at: tree.Path, fact: Fact) => void;
  onAddGroup: (at: tree.Path, fact: Fact) => void;
  onRemove: (at: tree.Path) => void;
  onRename: (at: tree.Path, name: tree.GroupName) => void;
  onPatch: (at: tree.Path, patch: Record<string, unknown>, mergeKey?: string) => void;
}

function GroupView(props: GroupProps) {
  const { root, at, path, lone, facts, empty, onAdd, onAddGroup, onRemove, onRename, onPatch } = props;
  const { readOnly } = useForm();
  const group = tree.asGroup(tree.at(root, at));
  const name = tree.nameOf(group) ?? "all";
  const children = tree.childrenOf(group);
  const outer = at.length === 0;
  const single = outer && children.length === 1 && name !== "none" && tree.isLeaf(children[0]);
  const pathOf = (index: number) => (lone ? path : `${path}.${name}.${index}`);

  if (!children.length)
    return (
      <div className="cond-empty" data-field={path}>
        <span>{empty ?? "Nothing is asked yet."}</span>
        {!readOnly && <FactButton facts={facts} label="Add a condition" className="ins-link" onChoose={(fact) => onAdd(at, fact)} />}
      </div>
    );

  return (
    <div className={outer ? "cond" : "cond cond-inner"} data-field={path}>
      {!single && (
        <div className="cond-head">
          <Chip text={GROUP_WORDS[name].chip} label="How many must hold">
            {(close) => (
              <Listbox
                label="How many must hold"
                value={name}
                options={[
                  { value: "all", label: "all", hint: "every one of these is true" },
                  { value: "any", label: "any", hint: "at least one of these is true" },
                  { value: "none", label: "none", hint: "not one of these is true" },
                ]}
                onChoose={(next) => {
                  onRename(at, next as tree.GroupName);
                  close();
                }}
              />
            )}
          </Chip>{" "}
          of these
          {!outer && !readOnly && (
            <button type="button" className="cond-remove" aria-label="Remove the group" onClick={() => onRemove(at)}>
              <Icon name="x" size={14} />
            </button>
          )}
        </div>
      )}
      <ul className={single ? "cond-list single" : "cond-list"}>
        {children.map((child, index) => {
          const where = [...at, index];
          const below = pathOf(index);
          return (
            <li key={index}>
              {index > 0 && <span className="cond-join">{GROUP_WORDS[name].joins}</span>}
              {tree.isLeaf(child) ? (
                <LeafRow leaf={child} path={below} facts={facts} onPatch={(patch, key) => onPatch(where, patch, key)} onRemove={readOnly ? undefined : () => onRemove(where)}>
                  {single && !readOnly && <FactButton facts={facts} label="Add a condition" className="cond-more" icon onChoose={(fact) => onAdd(at, fact)} />}
                </LeafRow>
              ) : (
                <GroupView {...props} at={where} path={below} lone={false} />
              )}
            </li>
          );
        })}
      </ul>
      {!single && !readOnly && (
        <div className="cond-foot">
          <FactButton facts={facts} label="Add a condition" className="ins-link" onChoose={(fact) => onAdd(at, fact)} />
          {at.length < tree.DEPTH_LIMIT - 1 && <FactButton facts={facts} label="Add a group" className="ins-link" onChoose={(fact) => onAddGroup(at, fact)} />}
        </div>
      )}
    </div>
  );
}

interface LeafProps {
  leaf: tree.Leaf;
  path: string;
  facts: Fact[];
  onPatch: (patch: Record<string, unknown>, mergeKey?: string) => void;
  onRemove?: () => void;
  children?: ReactNode;
}

function LeafRow({ leaf, path, facts, onPatch, onRemove, children }: LeafProps) {
  const problems = useProblems(path, true);
  const fact = facts.find((one) => one.fact === leaf.fact);
  // The same words for two parts of one leaf are said once.
  const told = problems.filter((problem, at) => problems.findIndex((one) => one.message === problem.message) === at);
  return (
    <div className={told.length ? "cond-leaf wrong" : "cond-leaf"} data-field={path}>
      <LeafSentence leaf={leaf} fact={fact} path={path} onPatch={onPatch} />
      {children}
      {onRemove && (
        <button type="button" className="cond-remove" aria-label={`Remove: ${fact?.label ?? leaf.fact}`} onClick={onRemove}>
          <Icon name="x" size={14} />
        </button>
      )}
      <ProblemList problems={told} />
    </div>
  );
}
