// The form of one object of settings: drawn from its schema, with what the schema does not know below it.

import { type ReactNode, useMemo } from "react";
import type { FlowNode, Json, Kind, Problem, Settings } from "../model/types";
import { commands } from "../store";
import { FieldRow } from "./FieldRow";
import { Form, ProblemList, SwitchRow } from "./form";
import { countsMachines, withMachines } from "./machines";
import { type Field, fields, type JsonSchema, shows, strangers } from "./schema";

/** Settings that most people never touch stand behind "More settings". Everything not named here is in plain sight. */
const RARE: Record<string, readonly string[]> = {
  wait: ["window", "jitter"],
  email: ["preheader", "from_name", "from_email", "purpose", "variants", "winner", "quiet_hours", "cap", "track"],
  sms: ["same_as", "purpose", "variants", "winner", "quiet_hours", "cap", "sender"],
  split: ["sticky"],
  event: ["properties"],
};

/** Forms with many settings are told in chapters; the first two stand open. What no chapter names goes into the last. */
const CHAPTERS: Record<string, readonly { title: string; keys: readonly string[] }[]> = {
  workflow: [
    { title: "Coming in", keys: ["reentry", "key", "cooldown", "max_entries", "audience", "starts_at", "ends_at", "holdout"] },
    { title: "Leaving, and the goal", keys: ["exit_when", "goal"] },
    { title: "Messages", keys: ["quiet_hours", "frequency_cap", "priority", "test_only"] },
    { title: "About it", keys: ["objective", "objectives", "tactic", "owner", "notify"] },
  ],
};

/** What one setting makes pointless: an e-mail sent again has no content of its own. */
const POINTLESS: Record<string, (settings: Settings) => boolean> = {
  "email.content": (settings) => settings.same_as != null && settings.content == null,
  "sms.text": () => false,
  "email.winner": (settings) => !(Array.isArray(settings.variants) && settings.variants.length) && settings.winner == null,
  "sms.winner": (settings) => !(Array.isArray(settings.variants) && settings.variants.length) && settings.winner == null,
  // Only marketing waits; the others go at any hour.
  "email.quiet_hours": (settings) => (settings.purpose ?? "marketing") !== "marketing",
  "email.cap": (settings) => (settings.purpose ?? "marketing") !== "marketing",
  "sms.quiet_hours": (settings) => (settings.purpose ?? "marketing") !== "marketing",
  "sms.cap": (settings) => (settings.purpose ?? "marketing") !== "marketing",
  "workflow.cooldown": (settings) => !["after_exit", "each_key"].includes(String(settings.reentry)) && settings.cooldown == null,
  "workflow.key": (settings) => settings.reentry !== "each_key" && settings.key == null,
  "workflow.max_entries": (settings) => (settings.reentry ?? "once") === "once" && settings.max_entries == null,
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

interface Props {
  /** "workflow" for the settings of the whole. */
  kind: string;
  node: string | null;
  schema: JsonSchema;
  settings: Settings;
  problems: readonly Problem[];
  readOnly: boolean;
  set: (key: string, value: Json | undefined, mergeKey?: string) => void;
  /** Rare settings that do not stand in the schema. */
  extra?: ReactNode;
  /** What stands between the form and the rare settings. */
  children?: ReactNode;
}

export function SettingsForm({ kind, node, schema, settings, problems, readOnly, set, extra, children }: Props) {
  const form = useMemo(() => fields(schema), [schema]);
  const context = useMemo(() => ({ node, problems, readOnly, set, settings }), [node, problems, readOnly, set, settings]);
  const rare = new Set(RARE[kind] ?? []);
  const shown = form.filter((field) => shows(field, settings, form) && !POINTLESS[`${kind}.${field.key}`]?.(settings));
  const [plain, more] = [shown.filter((field) => !rare.has(field.key)), shown.filter((field) => rare.has(field.key))];
  const odd = strangers(schema, settings);
  const isSet = (field: Field) => settings[field.key] !== undefined && !same(settings[field.key], field.fallback);
  const wrong = (field: Field) => problems.some((problem) => problem.field === field.key || problem.field?.startsWith(`${field.key}.`));
  const filled = more.filter(isSet).length + odd.length;
  const row = (field: Field) => (
    <FieldRow key={field.key} field={field} kind={kind} path={field.key} value={settings[field.key]} onChange={(value, mergeKey) => set(field.key, value, mergeKey)} />
  );
  const chapters = CHAPTERS[kind];
  if (chapters) {
    const told = new Set(chapters.flatMap((chapter) => chapter.keys));
    const rest = shown.filter((field) => !told.has(field.key));
    return (
      <Form.Provider value={context}>
        <ProblemList problems={problems.filter((problem) => !problem.field || !belongs(problem.field, form, odd))} />
        {chapters.map((chapter, at) => {
          const own = chapter.keys.flatMap((key) => shown.find((field) => field.key === key) ?? []).concat(at === chapters.length - 1 ? rest.concat(odd) : []);
          const used = own.filter(isSet).length;
          return (
            own.length > 0 && (
              <details key={chapter.title} className="ins-more ins-chapter" open={at < 2 || own.some(wrong) || undefined}>
                <summary>
                  {chapter.title}
                  {used > 0 && <small>{used} set</small>}
                </summary>
                <div className="ins-more-body">{own.map(row)}</div>
              </details>
            )
          );
        })}
        {children}
      </Form.Provider>
    );
  }
  return (
    <Form.Provider value={context}>
      <ProblemList problems={problems.filter((problem) => !problem.field || !belongs(problem.field, form, odd))} />
      {plain.map(row)}
      {node && <Machines id={node} settings={settings} form={form} />}
      {children}
      {(more.length > 0 || odd.length > 0 || extra) && (
        <details className="ins-more" open={more.some(wrong) || undefined}>
          <summary>
            More settings
            {filled > 0 && <small>{filled} set</small>}
          </summary>
          <div className="ins-more-body">
            {more.map(row)}
            {odd.map(row)}
            {extra}
          </div>
        </details>
      )}
    </Form.Provider>
  );
}

function belongs(path: string, form: readonly Field[], odd: readonly Field[]): boolean {
  return [...form, ...odd].some((field) => path === field.key || path.startsWith(`${field.key}.`));
}

function Machines({ id, settings, form }: { id: string; settings: Settings; form: readonly Field[] }) {
  const counted = countsMachines(settings, form);
  if (counted === null) return null;
  return (
    <SwitchRow
      label="Count opens made by machines"
      help="Privacy proxies and mail scanners. Left out unless you ask for them."
      path="machines"
      checked={counted}
      onChange={(checked) => commands.updateSettings(id, (old) => withMachines(old, form, checked))}
    />
  );
}

/** The form of a step. */
export function NodeForm({ node, kind, problems, readOnly, children }: { node: FlowNode; kind: Kind; problems: readonly Problem[]; readOnly: boolean; children: ReactNode }) {
  const set = useMemo(
    () => (key: string, value: Json | undefined, mergeKey?: string) =>
      commands.updateSettings(node.id, value === undefined ? { [key]: undefined } : { [key]: value }, mergeKey && `${node.id}:${mergeKey}`),
    [node.id],
  );
  const fails = kind.ports.some((port) => port.tone === "failed");
  return (
    <SettingsForm
      kind={kind.kind}
      node={node.id}
      schema={kind.schema}
      settings={node.settings}
      problems={problems}
      readOnly={readOnly}
      set={set}
      extra={
        fails && (
          <SwitchRow
            label="Stop after an error"
            help="For people who cannot be reached for good and whose way out Failed leads nowhere. Otherwise they go on."
            path="on_error"
            checked={node.on_error === "stop"}
            onChange={(stop) => commands.setOnError(node.id, stop ? "stop" : "continue")}
          />
        )
      }
    >
      {children}
    </SettingsForm>
  );
}
