// Another workflow, picked by its name, with how it stands.

import { useMemo } from "react";
import { useEditor } from "../../store";
import type { WidgetProps } from "../form";
import { useRemote } from "../remote";
import { humanise } from "../schema";
import { OneOf } from "./names";

interface Listed {
  id: number;
  name: string;
  status: string;
}

export function WorkflowInput({ field, value, onChange, id, invalid, describedBy }: WidgetProps) {
  const own = useEditor((state) => state.workflow.id);
  const { items, state } = useRemote<Listed>("/api/workflows/?ordering=name&page_size=200");
  const options = useMemo(
    () =>
      items
        .filter((item) => item.id !== own && (item.status !== "archived" || item.id === value))
        .map((item) => ({ value: String(item.id), label: item.name, hint: item.status === "live" ? undefined : humanise(item.status), icon: "sitemap", group: "logic" })),
    [items, own, value],
  );
  // Until the list has come the number alone would say nothing.
  const unknown = value != null && !options.some((option) => option.value === String(value));
  const shown = unknown ? [...options, { value: String(value), label: state === "ready" ? `Workflow ${String(value)}, which is gone` : "…" }] : options;
  return (
    <OneOf
      {...{ id, invalid, describedBy }}
      options={shown}
      label={field.label}
      value={value == null ? "" : String(value)}
      placeholder="Choose a workflow"
      empty="There is no other workflow yet."
      onChange={(next) => onChange(Number(next))}
    />
  );
}
