import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { focusStep } from "../canvas/useKeys";
import { Icon } from "../icons/Icon";
import { readingOrder, nodesById } from "../model/graph";
import { commands, getState, kindOf, type Picker, titleOf, useEditor } from "../store";
import { matchingKinds } from "./kinds";
import { useOutside } from "./Nav";

interface Choice {
  key: string;
  label: string;
  icon: string;
  group: string;
  heading: string;
  take(): void;
}

/** Opens where a step is wanted: type, Enter. Also leads a free way to a step that is there already. */
export function StepPicker() {
  const picker = useEditor((s) => s.picker);
  return picker ? <Open key={`${picker.edge} ${picker.after?.node} ${picker.after?.port}`} picker={picker} /> : null;
}

function Open({ picker }: { picker: Picker }) {
  const catalogue = useEditor((s) => s.catalogue);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [place, setPlace] = useState(picker.screen);
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useOutside(box, true, () => {
    const inside = box.current?.contains(document.activeElement);
    commands.openPicker(null);
    if (inside && picker.after) focusStep(picker.after.node);
  });
  useEffect(() => {
    field.current?.focus();
  }, []);
  useLayoutEffect(() => {
    const size = box.current!.getBoundingClientRect();
    const x = Math.max(12, Math.min(picker.screen.x - size.width / 2, innerWidth - size.width - 12));
    const below = picker.screen.y + size.height + 12 <= innerHeight;
    setPlace({ x, y: below ? picker.screen.y : Math.max(12, innerHeight - size.height - 12) });
  }, [picker]);

  const choices = useMemo(() => choicesFor(picker, catalogue, text), [picker, catalogue, text]);
  const chosen = choices[Math.min(at, choices.length - 1)];
  useEffect(() => {
    void box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen?.key]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((i) => Math.min(choices.length - 1, i + 1));
    else if (event.key === "ArrowUp") setAt((i) => Math.max(0, i - 1));
    else if (event.key === "Enter") chosen?.take();
    else if (event.key === "Tab") commands.openPicker(null);
    else return;
    event.preventDefault();
  };

  return (
    <div ref={box} className="step-picker" style={{ left: place.x, top: place.y }} role="dialog" aria-label="Choose a step">
      <label className="step-search">
        <Icon name="search" size={17} />
        <input
          ref={field}
          role="combobox"
          aria-expanded="true"
          aria-controls="step-choices"
          aria-activedescendant={chosen ? `choice-${chosen.key}` : undefined}
          aria-label="Find a step"
          placeholder="Find a step"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      <div className="step-choices" id="step-choices" role="listbox" aria-label="Steps">
        {choices.map((choice, i) => (
          <div key={choice.key} role="presentation">
            {choices[i - 1]?.heading !== choice.heading ? <p className="step-heading" role="presentation">{choice.heading}</p> : null}
            <div
              id={`choice-${choice.key}`}
              role="option"
              aria-selected={choice === chosen}
              className={`step-choice g-${choice.group}`}
              onPointerMove={() => setAt(i)}
              onClick={choice.take}
            >
              <span className="step-tile">
                <Icon name={choice.icon} size={15} />
              </span>
              <span className="cut">{choice.label}</span>
            </div>
          </div>
        ))}
        {choices.length === 0 ? <p className="step-none">No step is called that.</p> : null}
      </div>
    </div>
  );
}

function choicesFor(picker: Picker, catalogue: Parameters<typeof matchingKinds>[0], text: string): Choice[] {
  const fresh = matchingKinds(catalogue, text)
    .filter((group) => group.name !== "start")
    .flatMap((group) =>
      group.kinds.map((kind): Choice => ({
        key: kind.kind,
        label: kind.label,
        icon: kind.icon,
        group: kind.group,
        heading: group.label,
        take: () => focusStep(commands.addNode(kind.kind, { edge: picker.edge, after: picker.after, position: picker.position })),
      })),
    );
  const { after } = picker;
  if (!after || picker.position) return fresh;
  const state = getState();
  const wanted = text.trim().toLowerCase();
  const there = readingOrder(state.document).flatMap((id): Choice[] => {
    const node = nodesById(state.document).get(id)!;
    const title = titleOf(state, node);
    if (commands.refusal(after.node, after.port, id) !== null || !title.toLowerCase().includes(wanted)) return [];
    const kind = kindOf(state, node.kind);
    return [
      {
        key: `to-${id}`,
        label: title,
        icon: kind?.icon ?? "help-circle",
        group: kind?.group ?? "end",
        heading: "Lead to a step that is there",
        take: () => {
          commands.connect(after.node, after.port, id);
          commands.openPicker(null);
          focusStep(after.node);
        },
      },
    ];
  });
  return [...fresh, ...there];
}
