import { useContext, useId } from "react";
import type { Option } from "../ui/Listbox";
import { simple, toIso, type Unit, UNITS } from "../durations";
import { LooksBack, useForm } from "../form";
import { nearestMessage, useStepOptions } from "../steps";
import { useDraft } from "../useDraft";
import { Pick } from "../widgets/plain";
import { Chip } from "./Chip";
import { kindOfWindow, type Window, type WindowKind, windowOf, windowWords } from "./window";

interface Props {
  leaf: Window & Record<string, unknown>;
  onPatch: (patch: Record<string, unknown>, mergeKey?: string) => void;
  path: string;
  wrong: boolean;
}

/** "at any time [since it was sent]" */
export function WindowChip({ leaf, onPatch, path, wrong }: Props) {
  const { node } = useForm();
  const steps = useStepOptions(node);
  const nameOf = (id: string) => steps.find((step) => step.value === id)?.label ?? id;
  const { before, chip } = windowWords(leaf, nameOf, leaf.node);
  const below = useGoesBelow(leaf) && kindOfWindow(leaf) === "ever";
  return (
    <>
      {before && `${before} `}
      <Chip text={below ? "in the time below" : chip} label="When" field={`${path}.since`} wrong={wrong}>
        {() => <WindowForm leaf={leaf} onPatch={onPatch} path={path} steps={steps} inWorkflow={node !== null} />}
      </Chip>
    </>
  );
}

/** What a person has (a tag, a place in a workflow) has no time of its own; what they did goes by the way out. */
function useGoesBelow(leaf: Record<string, unknown>): boolean {
  return useContext(LooksBack) && leaf.fact !== "tag" && leaf.fact !== "workflow";
}

function WindowForm({ leaf, onPatch, path, steps, inWorkflow }: Omit<Props, "wrong"> & { steps: Option[]; inWorkflow: boolean }) {
  const { node } = useForm();
  const id = useId();
  const kind = kindOfWindow(leaf);
  const below = useGoesBelow(leaf);
  const own = typeof leaf.node === "string" ? leaf.node : null;
  const kinds: [WindowKind, string][] = [
    ["ever", below ? "In the time said below" : "At any time"],
    ["within", "In the last …"],
    ...(inWorkflow
      ? ([
          ["run", "Since they came in"],
          ["since", "Since a step"],
          ["within_since", "Within … of a step"],
        ] as [WindowKind, string][])
      : []),
  ];
  return (
    <div className="cond-window" role="radiogroup" aria-label="When">
      {kinds.map(([name, label]) => (
        <div key={name}>
          <label className="choice">
            <input
              className="check"
              type="radio"
              name={id}
              data-autofocus={name === kind ? true : undefined}
              checked={name === kind}
              onChange={() => onPatch(windowOf(name, leaf, own ?? nearestMessage(node)))}
            />
            {label}
          </label>
          {name === kind && (name === "within" || name === "within_since") && <DurationFields value={leaf.within} onChange={(within) => onPatch({ within }, `${path}.within`)} />}
          {name === kind && (name === "since" || name === "within_since") && (
            <Pick
              label="Step"
              value={leaf.since ?? ""}
              options={[
                ...(name === "within_since" ? [{ value: "run", label: "Coming in" }] : []),
                ...steps.map((step) => ({ value: step.value, label: step.value === own ? `${step.label} (when it was sent)` : step.label })),
              ]}
              onChange={(since) => onPatch({ since })}
            />
          )}
        </div>
      ))}
    </div>
  );
}

export function DurationFields({ value, onChange }: { value: unknown; onChange: (iso: string) => void }) {
  const said = simple(value) ?? { amount: 2, unit: "days" as Unit };
  const [text, setText, flush] = useDraft(String(said.amount), (next) => {
    const amount = Number(next);
    if (Number.isInteger(amount) && amount > 0) onChange(toIso(amount, said.unit));
  });
  return (
    <div className="ins-duration">
      <input className="input" type="number" min={1} step={1} aria-label="How long" value={text} onChange={(event) => setText(event.target.value)} onBlur={flush} />
      <Pick label="Unit" value={said.unit} options={UNITS.map((unit) => ({ value: unit, label: text === "1" ? unit.slice(0, -1) : unit }))} onChange={(unit) => onChange(toIso(Number(text) || said.amount, unit as Unit))} />
    </div>
  );
}
