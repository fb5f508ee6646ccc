// "Add a condition": everything that can be asked about a person, by group.

import { useRef, useState } from "react";
import { Icon } from "../../icons/Icon";
import type { Fact } from "../../model/types";
import { humanise } from "../schema";
import { Listbox } from "../ui/Listbox";
import { Popover } from "../ui/Popover";

/** Headings of the menu, in its order; another group stands behind them under its own name. */
export const FACT_GROUPS: Record<string, string> = {
  messages: "Messages",
  behaviour: "What they did",
  contact: "Contact",
  membership: "Tags, lists, segments",
  workflow: "Workflows",
  time: "Time",
};

interface Props {
  facts: Fact[];
  label: string;
  className: string;
  icon?: boolean;
  onChoose: (fact: Fact) => void;
}

export function FactButton({ facts, label, className, icon = false, onChoose }: Props) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const order = Object.keys(FACT_GROUPS);
  const rank = (fact: Fact) => (order.includes(fact.group) ? order.indexOf(fact.group) : order.length);
  const options = [...facts]
    .sort((a, b) => rank(a) - rank(b))
    .map((fact) => ({ value: fact, label: fact.label, section: FACT_GROUPS[fact.group] ?? humanise(fact.group) }));
  return (
    <>
      <button ref={anchor} type="button" className={className} aria-label={icon ? label : undefined} title={icon ? label : undefined} aria-haspopup="listbox" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="plus" size={16} />
        {!icon && label}
      </button>
      {open && (
        <Popover anchor={anchor} onClose={() => setOpen(false)} label={label} role="none">
          <Listbox<Fact>
            label={label}
            options={options}
            value={null}
            searchable
            placeholder="What to ask"
            onChoose={(fact) => {
              setOpen(false);
              anchor.current?.focus();
              onChoose(fact);
            }}
          />
        </Popover>
      )}
    </>
  );
}
