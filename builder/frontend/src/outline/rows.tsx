// The rows of the outline: a step as a card, a way out as a row, a join as a link.

import { createContext, useContext } from "react";
import { sentenceOf, stepName } from "../canvas/words";
import { Icon } from "../icons/Icon";
import { number } from "../inspector/dates";
import { Menu } from "../inspector/ui/Menu";
import { PortChip } from "../live/PortChip";
import type { FlowNode, Tone } from "../model/types";
import { commands, kindOf, nodeOf, problemsOf, titleOf, useEditor } from "../store";
import { everyNode, type Step, type Way } from "./build";
import { wayKey, wayWords } from "./words";

export interface Actions {
  /** The item that Tab stops at. */
  stop: string | null;
  folded: ReadonlySet<string>;
  readOnly: boolean;
  fold: (key: string, fold: boolean) => void;
  focus: (item: string) => void;
  open: (node: string) => void;
  add: (node: string, port: string, from: Element) => void;
  jump: (node: string) => void;
}

export const OutlineActions = createContext<Actions>({
  stop: null,
  folded: new Set(),
  readOnly: true,
  fold: () => undefined,
  focus: () => undefined,
  open: () => undefined,
  add: () => undefined,
  jump: () => undefined,
});

interface StepsProps {
  steps: readonly Step<FlowNode>[];
  joins: string | null;
  level: number;
  /** The way whose steps these are; its last step may lead on by its own way out. */
  way?: string;
}

export function Steps({ steps, joins, level, way }: StepsProps) {
  return (
    <>
      {steps.map((step) => (
        <StepItem key={step.node.id} step={step} level={level} />
      ))}
      {joins !== null && steps.length > 0 && <JoinItem id={`>${steps[steps.length - 1]!.node.id}${way ? `.${way}` : ""}`} target={joins} level={level} />}
    </>
  );
}

/** The way out by which the list goes on below this step. */
function wayAlong(ports: readonly { name: string }[]): string | null {
  if (ports.length === 1) return ports[0]!.name;
  return ports.find((port) => port.name === "next")?.name ?? null;
}

function StepItem({ step, level }: { step: Step<FlowNode>; level: number }) {
  const { stop, focus, readOnly, add, open } = useContext(OutlineActions);
  const { node } = step;
  const { id } = node;
  const kind = useEditor((state) => kindOf(state, node.kind));
  const title = useEditor((state) => titleOf(state, node));
  const said = useEditor((state) => sentenceOf(state, node));
  const name = useEditor((state) => stepName(state, id));
  const problems = useEditor((state) => problemsOf(state, id));
  const waiting = useEditor((state) => state.counts?.nodes[id]?.waiting ?? 0);
  const selected = useEditor((state) => state.selection.includes(id));
  const peer = useEditor((state) => state.editors.find((editor) => editor.client !== state.client && editor.selected.includes(id))?.name);
  const wrong = problems.find((problem) => problem.severity === "error");
  const along = wayAlong(kind?.ports ?? [{ name: "next" }]);
  const branch = kind?.branch_field && !kind.ports.some((port) => port.name === "next");
  const onward = branch ? null : along;
  const sentence = !node.enabled ? "Off, people pass through" : (wrong?.message ?? said);
  const classes = ["out-card", selected && "selected", wrong && "wrong", !node.enabled && "off", peer && "peer"].filter(Boolean).join(" ");
  return (
    <li
      role="treeitem"
      aria-level={level}
      aria-selected={selected}
      aria-expanded={step.ways.length ? true : undefined}
      aria-label={name}
      tabIndex={stop === id ? 0 : -1}
      data-item={id}
      data-step={id}
      data-add={onward ?? undefined}
      className="out-step"
      onFocus={(event) => event.target === event.currentTarget && focus(id)}
    >
      <div
        className={classes}
        onClick={() => {
          focus(id);
          open(id);
        }}
      >
        <span className={`tile tile-36 t-${kind?.group ?? "end"}`}>
          <Icon name={kind?.icon ?? "circle-dashed"} size={20} />
        </span>
        <span className="out-words">
          <b>{title}</b>
          <span title={sentence}>{sentence}</span>
        </span>
        {peer && <span className="out-peer">{peer}</span>}
        {wrong && <Icon name="alert-triangle" size={18} className="out-wrong" label={`${problems.length} problems`} />}
        {waiting > 0 && (
          <span className="out-count" title={`${number(waiting)} here now`}>
            <Icon name="users" size={16} />
            {number(waiting)}
          </span>
        )}
        {!readOnly && (
          <span className="out-menu" onClick={(event) => event.stopPropagation()}>
            <Menu
              label={`More for ${title}`}
              size={18}
              items={[
                onward !== null && { label: "Add a step after", icon: "plus", run: () => add(id, onward, anchorOf(id)) },
                { label: "Duplicate", icon: "copy", run: () => void commands.duplicate([id]) },
                (kind?.can_disable ?? false) && { label: node.enabled ? "Switch off" : "Switch on", icon: "power", run: () => commands.setEnabled(id, !node.enabled) },
                { label: "Delete", icon: "trash", danger: true, run: () => commands.removeNodes([id]) },
              ]}
            />
          </span>
        )}
        <Icon name="chevron-right" size={18} className="out-chevron" />
      </div>
      {step.ways.length > 0 && (
        <ul role="group" className="out-ways">
          {step.ways.map((way) => (
            <WayItem key={way.port.name} way={way} level={level + 1} />
          ))}
        </ul>
      )}
      {onward !== null && !readOnly && (
        <button type="button" className="out-add" tabIndex={-1} aria-label={`Add a step after ${title}`} title="Add a step here" onClick={(event) => add(id, onward, event.currentTarget)}>
          <Icon name="plus" size={14} />
        </button>
      )}
    </li>
  );
}

const anchorOf = (id: string): Element => document.querySelector(`[data-item="${CSS.escape(id)}"] > .out-card`) ?? document.body;

function WayItem({ way, level }: { way: Way<FlowNode>; level: number }) {
  const { stop, focus, folded, fold, readOnly, add, jump } = useContext(OutlineActions);
  const key = wayKey(way);
  const closed = folded.has(key);
  const empty = way.total === 0;
  // An open way leaves it to the ways inside to say what is wrong in them.
  const counted = closed ? everyNode(way.steps) : way.steps.map((step) => step.node);
  const problems = useEditor((state) =>
    counted.reduce((sum, node) => sum + problemsOf(state, node.id).filter((problem) => problem.severity === "error").length, 0),
  );
  const target = useEditor((state) => {
    const node = way.joins ? nodeOf(state, way.joins) : undefined;
    return node ? titleOf(state, node) : null;
  });
  const words = wayWords(way, closed, problems);
  const spoken = [`Way out ${way.port.label}`, words, empty && target ? `goes on at ${target}` : ""].filter(Boolean).join(", ");
  return (
    <li
      role="treeitem"
      aria-level={level}
      aria-expanded={empty ? undefined : !closed}
      aria-label={spoken}
      tabIndex={stop === key ? 0 : -1}
      data-item={key}
      data-folds="true"
      data-add={way.port.name}
      data-joins={empty ? (way.joins ?? undefined) : undefined}
      className="out-way"
      onFocus={(event) => event.target === event.currentTarget && focus(key)}
    >
      <div
        className="out-row"
        onClick={() => {
          focus(key);
          if (!empty) fold(key, !closed);
          else if (way.joins) jump(way.joins);
        }}
      >
        <PortChip tone={way.port.tone as Tone} label={way.port.label} size={13} />
        {empty && target ? (
          <span className="out-goes">
            goes on at <b>{target}</b>
          </span>
        ) : (
          <span className={problems ? "out-total wrong" : "out-total"}>{words}</span>
        )}
        {!readOnly && (
          <button
            type="button"
            className={empty && !way.joins ? "out-insert always" : "out-insert"}
            tabIndex={-1}
            aria-label={`Add a step at ${way.port.label}`}
            title="Add a step here"
            onClick={(event) => {
              event.stopPropagation();
              add(way.source, way.port.name, event.currentTarget);
            }}
          >
            <Icon name="plus" size={14} />
          </button>
        )}
        <Icon name={empty ? (way.joins ? "arrow-right" : "minus") : closed ? "chevron-right" : "chevron-down"} size={18} className="out-chevron" />
      </div>
      {!empty && !closed && (
        <ul role="group" className="out-steps">
          <Steps steps={way.steps} joins={way.joins} level={level + 1} way={way.port.name} />
        </ul>
      )}
    </li>
  );
}

/** The end of a list that leads into a step standing elsewhere. */
function JoinItem({ id, target, level }: { id: string; target: string; level: number }) {
  const { stop, focus, jump } = useContext(OutlineActions);
  const title = useEditor((state) => {
    const node = nodeOf(state, target);
    return node ? titleOf(state, node) : target;
  });
  return (
    <li
      role="treeitem"
      aria-level={level}
      aria-label={`Goes on at ${title}`}
      tabIndex={stop === id ? 0 : -1}
      data-item={id}
      data-joins={target}
      className="out-join"
      onFocus={(event) => event.target === event.currentTarget && focus(id)}
    >
      <div onClick={() => jump(target)}>
        <Icon name="arrow-right" size={16} />
        goes on at <b>{title}</b>
      </div>
    </li>
  );
}
