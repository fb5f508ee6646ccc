// Settings of the whole workflow: its name, who may come in and how often.

import { useMemo, useRef, useState } from "react";
import { patch, workflowUrl } from "../api/client";
import { Icon } from "../icons/Icon";
import type { Json, Problem, WorkflowMeta } from "../model/types";
import { commands, dispatch, getState, useEditor } from "../store";
import { SettingsForm } from "./SettingsForm";
import type { JsonSchema } from "./schema";

/** Until the catalogue brings the workflow's own schema: the few settings that every server knows. */
const FALLBACK: JsonSchema = {
  properties: {
    reentry: { enum: ["once", "after_exit", "each_key", "restart"], default: "once", title: "Coming in again" },
    cooldown: { type: "string", title: "Not before", "x-widget": "duration" },
    key: { type: "string", title: "Once for each", "x-placeholder": "event.order_id" },
    max_entries: { type: "integer", minimum: 1, title: "At most, per contact" },
    audience: { anyOf: [{ type: "object", "x-widget": "condition" }, { type: "null" }], title: "Who may enter", "x-widget": "condition" },
  },
};

/** Words for choices that the schema names only by their keys, and help where the title is not enough. */
const WORDS: Record<string, { labels?: Record<string, string>; description?: string; placeholder?: string; empty?: string }> = {
  reentry: {
    labels: { once: "Once, ever", after_exit: "Again after they left", each_key: "Once for each thing, such as an order", restart: "Always, and start afresh" },
  },
  cooldown: { description: "How long after they left. Left empty: at once." },
  key: { description: "A property of the event that lets people in. The same one never twice; several at once are fine.", placeholder: "event.order_id" },
  max_entries: { description: "All entries count, over all versions. Left empty: as often as the rule says." },
  starts_at: { description: "Left empty: from the publish on." },
  ends_at: { description: "After it nobody comes in; who is inside goes on to the end. Left empty: no end." },
  holdout: { description: "So many percent, by chance and always the same people, get nothing of this. So you see what it changes." },
  audience: { description: "Asked at the entry, after the trigger.", empty: "Everybody." },
  exit_when: { description: "Whoever meets this leaves at once, wherever they are.", empty: "Nobody leaves before the end." },
  goal: { description: "Counted once for each person who reaches it." },
};

export function WorkflowInspector() {
  const settings = useEditor((state) => state.document.settings);
  const problems = useEditor((state) => state.problems);
  const readOnly = useEditor((state) => state.readOnly);
  const given = useEditor((state) => (state.catalogue as { workflow_settings?: JsonSchema }).workflow_settings);
  const schema = useMemo(() => worded(given ?? FALLBACK), [given]);
  const own = useMemo(() => problems.filter((problem) => !problem.node).map(within), [problems]);
  const set = useMemo(
    () => (key: string, value: Json | undefined, mergeKey?: string) =>
      commands.updateWorkflowSettings(value === undefined ? { [key]: undefined } : { [key]: value }, mergeKey && `settings:${mergeKey}`),
    [],
  );
  return (
    <>
      <header className="ins-head">
        <span className="tile tile-36 t-start">
          <Icon name="sitemap" size={20} />
        </span>
        <div className="ins-title">
          <Name />
          <span>Settings of the workflow</span>
        </div>
        <button type="button" className="icon-button" aria-label="Close settings" onClick={commands.closeInspector}>
          <Icon name="x" size={18} />
        </button>
      </header>
      <div className="ins-body ins-whole">
        <SettingsForm kind="workflow" node={null} schema={schema} settings={settings} problems={own} readOnly={readOnly} set={set}>
          <div className="ins-about">
            <Icon name="help-circle" size={16} />
            <div>Click a step to see its settings. These ones hold for everybody who comes in.</div>
          </div>
        </SettingsForm>
      </div>
    </>
  );
}

/** "settings.reentry" is the field "reentry" here. */
function within(problem: Problem): Problem {
  return { ...problem, field: problem.field?.replace(/^settings\.?/, "") ?? null };
}

function worded(schema: JsonSchema): JsonSchema {
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, property]) => {
      const words = WORDS[key];
      if (!words) return [key, property];
      return [
        key,
        {
          ...property,
          ...(words.labels && !property["x-labels"] ? { "x-labels": words.labels } : {}),
          ...(words.description && !property.description ? { description: words.description } : {}),
          ...(words.placeholder ? { "x-placeholder": words.placeholder } : {}),
          ...(words.empty ? { "x-empty": words.empty } : {}),
        },
      ];
    }),
  );
  return { ...schema, properties };
}

/** The name is not part of the drawing: it is saved by itself when one is done typing. */
function Name() {
  const workflow = useEditor((state) => state.workflow);
  const readOnly = useEditor((state) => state.readOnly);
  const [text, setText] = useState<string | null>(null);
  const left = useRef(false);
  const save = async () => {
    const name = text?.trim();
    setText(null);
    if (!name || name === workflow.name || left.current) {
      left.current = false;
      return;
    }
    try {
      const meta = await patch<Partial<WorkflowMeta>>(workflowUrl(workflow.id), { name });
      dispatch({ type: "set", patch: { workflow: { ...getState().workflow, name: meta.name ?? name } } });
    } catch (reason) {
      setText(name);
      commands.toast((reason as Error).message, "danger");
    }
  };
  return (
    <input
      aria-label="Name of the workflow"
      value={text ?? workflow.name}
      readOnly={readOnly}
      maxLength={120}
      spellCheck={false}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => void save()}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        else if (event.key === "Escape" && text !== null) {
          left.current = true;
          event.currentTarget.blur();
        }
      }}
    />
  );
}
