// One question about a person as a sentence with changeable words: "The person [opened] the message [Introduction] …".

import { Fragment, type ReactNode, useRef, useState } from "react";
import type { Fact } from "../../model/types";
import { useForm } from "../form";
import { type ContactField, useContents, useRemote } from "../remote";
import { type Field, fields, humanise } from "../schema";
import { isMessage, useStepOptions } from "../steps";
import { Listbox, type Option } from "../ui/Listbox";
import { Popover } from "../ui/Popover";
import { Chip } from "./Chip";
import { Compare, Where } from "./Compare";
import { FieldChip } from "./FieldChip";
import { LAYOUTS, type Part } from "./layouts";
import type { Leaf } from "./tree";
import { WINDOW_KEYS } from "./window";
import { WindowChip } from "./WindowChip";

interface Props {
  leaf: Leaf;
  fact: Fact | undefined;
  path: string;
  onPatch: (patch: Record<string, unknown>, mergeKey?: string) => void;
}

export function LeafSentence({ leaf, fact, path, onPatch }: Props) {
  const { problems, readOnly } = useForm();
  const wrong = (key: string) => problems.some((problem) => problem.field === `${path}.${key}`);
  const all = fact ? fields(fact.schema).filter((field) => field.key !== "fact") : [];
  const byKey = new Map(all.map((field) => [field.key, field]));
  const windowed = WINDOW_KEYS.every((key) => byKey.has(key));
  const compared = useCompared(leaf, byKey);
  let placed = false;
  const when = <WindowChip leaf={leaf} onPatch={onPatch} path={path} wrong={wrong("since") || wrong("within")} />;
  const isWindow = (key: string) => windowed && (WINDOW_KEYS as readonly string[]).includes(key);
  const layout = fact ? LAYOUTS[fact.fact] : undefined;
  const [asked, setAsked] = useState<readonly string[]>([]);
  const named = new Set<string>();
  const offered: Field[] = [];
  const written: ReactNode[] = [];

  const chip = (field: Field, part?: Exclude<Part, string>) => (
    <FieldChip
      field={field}
      value={leaf[field.key]}
      path={`${path}.${field.key}`}
      wrong={wrong(field.key)}
      say={part?.say}
      unit={part?.unit}
      placeholder={part?.placeholder}
      onChange={(value, key) => onPatch({ [field.key]: value === null ? undefined : value }, key)}
    />
  );

  for (const part of layout ?? [humanise(fact?.label ?? leaf.fact)]) {
    if (typeof part === "string") written.push(part);
    else if (part.key === "target") {
      for (const key of ["node", "content", "any"]) named.add(key);
      written.push(<TargetChip leaf={leaf} onPatch={onPatch} path={path} wrong={wrong("node") || wrong("content")} />);
    } else if (part.key === "window") {
      placed = true;
      if (windowed) written.push(<>{part.before} {when}</>);
    } else if (part.key === "compare" && compared.op) {
      for (const key of ["op", "value", "to"]) named.add(key);
      written.push(<Compare {...compared} op={compared.op} value={leaf} path={path} wrong={wrong} onPatch={onPatch} />);
    } else if (part.only === "asked" && leaf[part.key] === undefined && !asked.includes(part.key)) {
      named.add(part.key);
      const field = byKey.get(part.key);
      if (field) offered.push(field);
    } else if (part.key === "where" && byKey.get("where")?.widget === "items") {
      named.add("where");
      written.push(<Where field={byKey.get("where")!} value={leaf.where} path={`${path}.where`} onPatch={onPatch} />);
    } else if (byKey.has(part.key)) {
      named.add(part.key);
      if (typeof part.only === "function" && !part.only(leaf) && leaf[part.key] === undefined) continue;
      if (part.before) written.push(part.before);
      written.push(chip(byKey.get(part.key)!, part));
      if (part.after) written.push(part.after);
    }
  }
  // What the layout does not know but the fact does: shown when it is set, or always if there is no layout.
  for (const field of all) {
    if (named.has(field.key) || isWindow(field.key) || SILENT.has(`${leaf.fact}.${field.key}`)) continue;
    const set = leaf[field.key] !== undefined && leaf[field.key] !== field.fallback;
    if (layout && !set) continue;
    written.push(field.label.toLowerCase(), chip(field));
  }
  // Keys that nobody knows are never dropped in silence.
  const strange = Object.keys(leaf).filter((key) => key !== "fact" && fact && !byKey.has(key));
  return (
    <span className="cond-sentence">
      {written.map((piece, at) => (
        <Fragment key={at}>
          {at > 0 && !(typeof piece === "string" && piece.startsWith(",")) && " "}
          {piece}
        </Fragment>
      ))}
      {windowed && !placed && <> {when}</>}
      {offered.length > 0 && !readOnly && <More fields={offered} onChoose={(key) => setAsked([...asked, key])} />}
      {strange.map((key) => (
        <code key={key} title="This version does not know this setting. It is kept.">
          {key}: {JSON.stringify(leaf[key])}
        </code>
      ))}
      {!fact && <code title="This version does not know this question. It is kept.">{JSON.stringify(leaf)}</code>}
    </span>
  );
}

/** Settings that few need: behind three dots at the end of the sentence. */
function More({ fields: rest, onChoose }: { fields: readonly Field[]; onChoose: (key: string) => void }) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    <>
      {" "}
      <button ref={anchor} type="button" className="cond-where" aria-label="Say more" title="Say more" aria-haspopup="listbox" aria-expanded={open} onClick={() => setOpen(!open)}>
        …
      </button>
      {open && (
        <Popover anchor={anchor} onClose={() => setOpen(false)} label="Say more" role="none">
          <Listbox
            label="Say more"
            value={null}
            options={rest.map((field) => ({ value: field.key, label: field.label }))}
            onChoose={(key) => {
              setOpen(false);
              onChoose(key);
            }}
          />
        </Popover>
      )}
    </>
  );
}

/** What is compared here: the score is a number, a contact's field has the type that the workspace gave it. */
function useCompared(leaf: Leaf, byKey: ReadonlyMap<string, Field>): { op?: Field; type: string | null; choices?: string[]; help?: string } {
  const { items } = useRemote<ContactField>(byKey.has("field") ? "/api/fields/" : null);
  const builtIn = byKey.get("field")?.schema["x-built-in"] as Record<string, string> | undefined;
  const own = items.find((item) => item.key === leaf.field);
  const type = byKey.has("field") ? (builtIn?.[String(leaf.field)] ?? own?.type ?? null) : byKey.get("value")?.widget === "number" ? "number" : null;
  return { op: byKey.get("op"), type, choices: own?.choices, help: byKey.get("value")?.help };
}

/** Settings that have a place of their own outside the sentence. */
const SILENT = new Set(["message.machines"]);

/** A message of this workflow, a content, or any message at all. */
function TargetChip({ leaf, onPatch, path, wrong }: Omit<Props, "fact"> & { wrong: boolean }) {
  const { node } = useForm();
  const steps = useStepOptions(node, isMessage);
  const emails = useContents("email");
  const texts = useContents("sms");
  const options: Option[] = [
    ...(node === null ? [] : steps.map((step) => ({ ...step, value: `node:${step.value}`, section: step.section ?? "In this workflow" }))),
    { value: "any", label: "any message", icon: "mail", group: "messages", section: "Others" },
    ...[...emails, ...texts].map((content) => ({ value: `content:${content.id}`, label: content.name, icon: content.channel === "sms" ? "message-2" : "mail", group: "messages", section: "Contents, wherever sent" })),
  ];
  const value = typeof leaf.node === "string" ? `node:${leaf.node}` : leaf.content != null ? `content:${String(leaf.content)}` : leaf.any ? "any" : "";
  const chosen = options.find((option) => option.value === value);
  return (
    <Chip text={chosen?.label ?? (value ? value.replace(/^\w+:/, "") : "")} icon={chosen?.icon ?? "mail"} label="Message" field={`${path}.node`} wrong={wrong || (value !== "" && !chosen && value.startsWith("node:"))} placeholder="choose a message">
      {(close) => (
        <Listbox
          label="Message"
          options={options}
          value={value}
          onChoose={(next) => {
            const [what, id] = [next.split(":")[0], next.slice(next.indexOf(":") + 1)];
            const since = leaf.since === leaf.node && leaf.since !== undefined ? (what === "node" ? id : undefined) : leaf.since;
            onPatch({
              node: what === "node" ? id : undefined,
              content: what === "content" ? Number(id) : undefined,
              any: what === "any" ? true : undefined,
              since,
            });
            close();
          }}
        />
      )}
    </Chip>
  );
}
