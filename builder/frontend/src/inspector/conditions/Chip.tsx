// A word in a sentence that can be changed: opens a list or a small form.

import { type ReactNode, useRef, useState } from "react";
import { Icon } from "../../icons/Icon";
import { useForm } from "../form";
import { Popover } from "../ui/Popover";

interface Props {
  /** What is chosen; empty text shows the placeholder. */
  text: string;
  placeholder?: string;
  icon?: string;
  label: string;
  field?: string;
  wrong?: boolean;
  /** Plain chips join words ("and"), others hold a value. */
  plain?: boolean;
  children: (close: () => void) => ReactNode;
}

export function Chip({ text, placeholder = "choose", icon, label, field, wrong, plain, children }: Props) {
  const { readOnly } = useForm();
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    anchor.current?.focus({ preventScroll: true });
  };
  const classes = ["cond-chip", !text && "unset", wrong && "wrong", plain && "plain"].filter(Boolean).join(" ");
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={classes}
        data-field={field}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={`${label}: ${text || placeholder}`}
        disabled={readOnly}
        onClick={() => setOpen(!open)}
      >
        {icon && text && <Icon name={icon} size={14} />}
        <span>{text || placeholder}</span>
        {!readOnly && <Icon name="chevron-down" size={14} />}
      </button>
      {open && (
        <Popover anchor={anchor} onClose={() => setOpen(false)} label={label}>
          {children(close)}
        </Popover>
      )}
    </>
  );
}
