// Filters on the properties of an event, as a setting of its own: the sentence that conditions use.

import { Icon } from "../../icons/Icon";
import type { Json } from "../../model/types";
import { useForm, type WidgetProps } from "../form";
import { Where } from "./Compare";

export function WhereInput({ field, value, onChange, path }: WidgetProps) {
  const { readOnly } = useForm();
  const list = Array.isArray(value) ? value : [];
  if (!list.length)
    return readOnly ? (
      <span className="ins-help">Whatever its properties are.</span>
    ) : (
      <button type="button" className="ins-link" onClick={() => onChange([{ property: "" }])}>
        <Icon name="plus" size={16} />
        Add a property
      </button>
    );
  return (
    <div className="ins-where">
      The event happens <Where field={field} value={list} path={path} onPatch={(patch, key) => onChange(patch[field.key] as Json | undefined, key)} />
    </div>
  );
}
