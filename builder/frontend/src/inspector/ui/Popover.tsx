// What a chip or a button opens: stands beside its anchor inside the window, closes on Escape and outside, gives the
// focus back. Drawn in the body, so that no panel cuts it off.

import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import "./popover.css";

interface Props {
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
  children: ReactNode;
  label: string;
  role?: "dialog" | "none";
  width?: number;
  align?: "start" | "end";
}

const GAP = 4;
const MARGIN = 8;

export function Popover({ anchor, onClose, children, label, role = "dialog", width, align = "start" }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<{ left: number; top: number; maxHeight: number } | null>(null);
  const close = useRef(onClose);
  close.current = onClose;

  useLayoutEffect(() => {
    const settle = () => {
      const from = anchor.current?.getBoundingClientRect();
      const own = box.current;
      if (!from || !own) return;
      const below = window.innerHeight - from.bottom - GAP - MARGIN;
      const above = from.top - GAP - MARGIN;
      const height = own.scrollHeight + 2;
      const under = height <= below || below >= above;
      const maxHeight = Math.min(420, under ? below : above);
      const shown = Math.min(height, maxHeight);
      const wide = own.offsetWidth;
      const wanted = align === "end" ? from.right - wide : from.left;
      const left = Math.max(MARGIN, Math.min(wanted, window.innerWidth - wide - MARGIN));
      setPlace({ left, top: under ? from.bottom + GAP : from.top - GAP - shown, maxHeight });
    };
    settle();
    const watch = new ResizeObserver(settle);
    if (box.current?.firstElementChild) watch.observe(box.current.firstElementChild);
    window.addEventListener("resize", settle);
    document.addEventListener("scroll", settle, true);
    return () => {
      watch.disconnect();
      window.removeEventListener("resize", settle);
      document.removeEventListener("scroll", settle, true);
    };
  }, [anchor, align]);

  useEffect(() => {
    const opener = anchor.current;
    const first = box.current?.querySelector<HTMLElement>("[data-autofocus]") ?? firstFocusable(box.current);
    first?.focus({ preventScroll: true });
    const outside = (event: PointerEvent) => {
      const target = event.target as Element;
      // A popover opened from inside this one stands beside it in the body: a click there is not outside.
      if (box.current?.contains(target) || opener?.contains(target) || target.closest?.(".pop")) return;
      close.current();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      if (document.activeElement === document.body || box.current?.contains(document.activeElement)) opener?.focus({ preventScroll: true });
    };
  }, [anchor]);

  return createPortal(
    <div
      ref={box}
      className="pop"
      role={role}
      aria-label={label}
      // Not hidden while it is being placed: what is hidden takes no focus.
      style={{ ...(place ?? { left: 0, top: 0, opacity: 0 }), width }}
      onKeyDown={(event) => {
        // The canvas listens for single keys on the document; what is typed here is meant for here.
        event.stopPropagation();
        event.nativeEvent.stopPropagation();
        if (event.key === "Escape") {
          event.preventDefault();
          onClose();
          anchor.current?.focus();
        } else if (event.key === "Tab") trap(event, box.current);
      }}
    >
      <div className="pop-inner">{children}</div>
    </div>,
    document.body,
  );
}

const FOCUSABLE = "button:not([disabled]),input:not([disabled]),select:not([disabled]),textarea:not([disabled]),a[href],[tabindex='0']";

function firstFocusable(box: HTMLElement | null): HTMLElement | null {
  return box?.querySelector<HTMLElement>(FOCUSABLE) ?? null;
}

function trap(event: React.KeyboardEvent, box: HTMLElement | null): void {
  const all = [...(box?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].filter((one) => one.offsetParent);
  const edge = event.shiftKey ? all[0] : all[all.length - 1];
  if (!all.length || document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? all[all.length - 1] : all[0])?.focus();
}
