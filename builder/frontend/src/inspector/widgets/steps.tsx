// Another step of this workflow, picked by its name.

import { useForm, type WidgetProps } from "../form";
import { isMessage, useStepOptions } from "../steps";
import { useEditor } from "../../store";
import { OneOf } from "./names";

export function NodeInput({ field, value, onChange, id, invalid, describedBy }: WidgetProps) {
  const { node } = useForm();
  const options = useStepOptions(node);
  return (
    <OneOf
      {...{ id, invalid, describedBy, options }}
      label={field.label}
      value={String(value ?? "")}
      placeholder="Choose a step"
      onChange={(next) => onChange(next)}
      onClear={field.nullable ? () => onChange(null) : undefined}
    />
  );
}

/** For "same as": only messages, and of the same kind as this step when it is one itself. */
export function MessageNodeInput({ field, value, onChange, id, invalid, describedBy }: WidgetProps) {
  const { node } = useForm();
  const kind = useEditor((state) => state.document.nodes.find((one) => one.id === node)?.kind);
  const messages = useStepOptions(node, isMessage);
  const kinds = useEditor((state) => state.document.nodes);
  const same = messages.filter((option) => kinds.find((one) => one.id === option.value)?.kind === kind);
  return (
    <OneOf
      {...{ id, invalid, describedBy }}
      options={field.key === "same_as" ? same : messages}
      label={field.label}
      value={String(value ?? "")}
      placeholder={field.key === "same_as" ? "Its own message" : "Choose a message"}
      empty="There is no other message in this workflow."
      onChange={(next) => onChange(next)}
      onClear={field.nullable ? () => onChange(null) : undefined}
    />
  );
}
