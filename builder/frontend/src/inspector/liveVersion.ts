// The document that is live, for comparing: fetched once per version, which never changes.

import { useEffect, useState } from "react";
import { get, workflowUrl } from "../api/client";
import type { WorkflowDocument } from "../model/types";
import { useEditor } from "../store";

const known = new Map<string, WorkflowDocument>();

export function useLiveVersion(): { number: number; document: WorkflowDocument } | null {
  const workflow = useEditor((state) => state.workflow.id);
  const number = useEditor((state) => state.workflow.live_version);
  const key = `${workflow}/${number}`;
  const [, setLoaded] = useState("");
  useEffect(() => {
    if (number === null || !workflow || known.has(key)) return;
    let here = true;
    get<{ document: WorkflowDocument }>(workflowUrl(workflow, `versions/${number}/`)).then(
      ({ document }) => {
        known.set(key, document);
        if (here) setLoaded(key);
      },
      () => undefined, // Without it there is just nothing to compare with.
    );
    return () => {
      here = false;
    };
  }, [workflow, number, key]);
  const document = known.get(key);
  return number !== null && document ? { number, document } : null;
}
