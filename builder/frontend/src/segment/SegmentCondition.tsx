// The condition of a segment, as sentences. The form's own JSON field stays the truth: it is what is posted, previewed and,
// for whoever likes that better, edited by hand.

import { useEffect, useMemo, useState } from "react";
import type { Json, Problem } from "../model/types";
import { ConditionEditor, readable } from "../inspector/conditions/ConditionEditor";
import { Form, type FormContext } from "../inspector/form";
import "../inspector/inspector.css";
import "./segment.css";

const PATH = "condition";

interface Props {
  field: HTMLTextAreaElement;
  seen: HTMLElement;
  readOnly: boolean;
}

export function SegmentCondition({ field, seen, readOnly }: Props) {
  const [text, setText] = useState(field.value);
  const [problems, setProblems] = useState<Problem[]>(() => problemsIn(seen));

  useEffect(() => {
    const typed = () => setText(field.value);
    const looked = () => setProblems(problemsIn(seen));
    field.addEventListener("input", typed);
    seen.addEventListener("htmx:afterSwap", looked);
    return () => {
      field.removeEventListener("input", typed);
      seen.removeEventListener("htmx:afterSwap", looked);
    };
  }, [field, seen]);

  const form = useMemo<FormContext>(() => ({ node: null, problems, readOnly, set: () => undefined, settings: {} }), [problems, readOnly]);
  const read = parsed(text);
  if (read === undefined || !readable(read)) return <p className="ins-help">This condition can only be edited as JSON.</p>;

  const put = (value: Json | null) => {
    field.value = JSON.stringify(value ?? { all: [] }, null, 2);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  return (
    <Form.Provider value={form}>
      <ConditionEditor value={read} path={PATH} empty="Everybody, until you say who." onChange={put} />
    </Form.Provider>
  );
}

/** What the preview beside it found wrong, at its place in the tree. */
function problemsIn(seen: HTMLElement): Problem[] {
  return [...seen.querySelectorAll<HTMLElement>("[data-path]")].map((item) => ({
    node: null,
    field: item.dataset.path ? `${PATH}.${item.dataset.path}` : PATH,
    message: item.textContent?.trim() ?? "",
    severity: "error",
  }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
