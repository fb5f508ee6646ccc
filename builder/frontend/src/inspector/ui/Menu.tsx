// A button with three dots (or another icon) that opens a few commands.

import { useRef, useState } from "react";
import { Icon } from "../../icons/Icon";
import { Popover } from "./Popover";

export interface MenuItem {
  label: string;
  icon: string;
  run: () => void;
  danger?: boolean;
  disabled?: boolean;
}

interface Props {
  label: string;
  items: readonly (MenuItem | null | undefined | false)[];
  size?: number;
  className?: string;
}

export function Menu({ label, items, size = 18, className = "icon-button" }: Props) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const shown = items.filter((item) => !!item);
  if (!shown.length) return null;
  return (
    <>
      <button ref={anchor} type="button" className={className} aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="dots" size={size} />
      </button>
      {open && (
        <Popover anchor={anchor} onClose={() => setOpen(false)} label={label} role="none" align="end">
          <div className="menu-items" role="menu" aria-label={label} onKeyDown={moveFocus}>
            {shown.map((item) => (
              <button
                key={item.label}
                type="button"
                role="menuitem"
                disabled={item.disabled}
                className={item.danger ? "menu-item danger" : "menu-item"}
                onClick={() => {
                  setOpen(false);
                  anchor.current?.focus();
                  item.run();
                }}
              >
                <Icon name={item.icon} size={18} />
                {item.label}
              </button>
            ))}
          </div>
        </Popover>
      )}
    </>
  );
}

function moveFocus(event: React.KeyboardEvent<HTMLElement>): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]:not([disabled])")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  items[to]?.focus();
}
