// One setting: its label, its widget, its help, what is wrong with it.

import type { ComponentType } from "react";
import type { Json } from "../model/types";
import { ConditionInput } from "./conditions/ConditionEditor";
import { WhereInput } from "./conditions/WhereInput";
import { Row, SwitchRow, type WidgetProps } from "./form";
import type { Field, Widget } from "./schema";
import { BranchesInput } from "./widgets/Branches";
import { ContentInput } from "./widgets/Content";
import { DurationInput } from "./widgets/Duration";
import { ItemsInput, ObjectInput, RemoteInput, ScalarInput } from "./widgets/groups";
import { LiquidInput } from "./widgets/Liquid";
import { MomentInput, RuleInput } from "./widgets/moments";
import { FieldInput, ListInput, ListsInput, StringsInput, TagInput, TagsInput } from "./widgets/names";
import { ComboInput, JsonInput, MultiSelect, NumberInput, SelectInput, TextInput, Weekdays } from "./widgets/plain";
import { MessageNodeInput, NodeInput } from "./widgets/steps";
import { VariantsInput } from "./widgets/Variants";
import { WeightsInput } from "./widgets/Weights";
import { WorkflowInput } from "./widgets/Workflow";
import { drawable } from "./ways";
import { wordsFor } from "./wording";

const WIDGETS: Record<Exclude<Widget, "switch">, ComponentType<WidgetProps>> = {
  duration: DurationInput,
  condition: ConditionInput,
  branches: BranchesInput,
  weights: WeightsInput,
  variants: VariantsInput,
  content: ContentInput,
  node: NodeInput,
  message_node: MessageNodeInput,
  workflow: WorkflowInput,
  tags: TagsInput,
  tag: TagInput,
  list: ListInput,
  lists: ListsInput,
  field: FieldInput,
  liquid: LiquidInput,
  code: LiquidInput,
  time: TextInput,
  date: TextInput,
  datetime: MomentInput,
  weekdays: Weekdays,
  select: SelectInput,
  combo: ComboInput,
  multiselect: MultiSelect,
  strings: StringsInput,
  text: TextInput,
  number: NumberInput,
  remote: RemoteInput,
  scalar: ScalarInput,
  object: ObjectInput,
  items: ItemsInput,
  where: WhereInput,
  rrule: RuleInput,
  json: JsonInput,
};

/** Widgets with many controls: the label names the group. */
const GROUPS: ReadonlySet<Widget> = new Set(["condition", "branches", "weights", "variants", "weekdays", "multiselect", "object", "items", "where"]);

/** A value the widget cannot draw (a draft may hold anything) is shown as JSON instead. */
function fits(field: Field, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  switch (field.widget) {
    case "branches":
    case "weights":
      return drawable(value);
    case "tags":
    case "lists":
    case "strings":
    case "multiselect":
    case "weekdays":
      return Array.isArray(value) && value.every((item) => typeof item !== "object");
    case "items":
    case "where":
    case "variants":
      return Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null && !Array.isArray(item));
    case "object":
    case "condition":
      return typeof value === "object" && !Array.isArray(value);
    case "json":
      return true;
    case "number":
    case "content":
    case "workflow":
      return typeof value === "number";
    default:
      return typeof value !== "object";
  }
}

interface Props {
  field: Field;
  value: Json | undefined;
  path: string;
  onChange: (value: Json | undefined, mergeKey?: string) => void;
  kind?: string;
}

export function FieldRow({ field, value, path, onChange, kind = "" }: Props) {
  const said = wordsFor(kind, field);
  if (field.widget === "switch")
    return <SwitchRow label={said.label} help={said.help} path={path} checked={Boolean(value ?? field.fallback)} onChange={(checked) => onChange(checked)} />;
  const drawn = fits(field, value);
  const Widget = drawn ? WIDGETS[field.widget] : JsonInput;
  return (
    <Row label={said.label} aside={said.aside} help={said.hint ? said.hint(value ?? field.fallback, field) : said.help} path={path} group={drawn && GROUPS.has(field.widget)}>
      {(ids) => <Widget field={field} value={value === undefined && field.widget !== "select" && field.widget !== "combo" ? field.fallback : value} path={path} onChange={onChange} {...ids} />}
    </Row>
  );
}
