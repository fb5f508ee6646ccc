// What is being typed: kept here at once, handed to the store a moment later, and always before the field goes away.

import { useEffect, useRef, useState } from "react";

const PAUSE_MS = 120;

/** `[text, setText, flush]`. A value that changes from outside (undo, a colleague) replaces the text unless typing is under way;
 * what comes back of one's own typing, such as 1 for "1.", does not. */
export function useDraft(value: string, commit: (text: string) => void): [string, (text: string) => void, () => void] {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const pending = useRef<{ text: string; timer: number } | null>(null);
  const own = useRef(false);
  const latest = useRef(commit);
  latest.current = commit;

  if (known !== value) {
    setKnown(value);
    if (!pending.current && !own.current) setText(value);
  }

  const flush = useRef(() => {
    const waiting = pending.current;
    if (!waiting) return;
    window.clearTimeout(waiting.timer);
    pending.current = null;
    own.current = true;
    latest.current(waiting.text);
    // By then the answer of the store has been drawn.
    window.setTimeout(() => (own.current = false), 0);
  }).current;

  useEffect(() => flush, [flush]);

  const change = (next: string) => {
    setText(next);
    if (pending.current) window.clearTimeout(pending.current.timer);
    pending.current = { text: next, timer: window.setTimeout(flush, PAUSE_MS) };
  };
  return [text, change, flush];
}
