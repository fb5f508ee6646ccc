// Settings, people and notes of one step.

import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Icon } from "../icons/Icon";
import { edgeFrom } from "../model/graph";
import { portsOf } from "../model/ports";
import type { FlowNode, Port } from "../model/types";
import { commands, dispatch, getState, kindOf, problemsOf, titleOf, useEditor } from "../store";
import { ChangedCard } from "./ChangedCard";
import { number } from "./dates";
import { PeopleTab } from "./PeopleTab";
import { JsonNodeForm } from "./JsonNodeForm";
import { NodeForm } from "./SettingsForm";
import { Menu, type MenuItem } from "./ui/Menu";
import { useDraft } from "./useDraft";
import { LONG_NAMES, MORE_HELP } from "./wording";

type Tab = "settings" | "people" | "notes";

export function NodeInspector({ node }: { node: FlowNode }) {
  const kind = useEditor((state) => kindOf(state, node.kind));
  const problems = useEditor((state) => problemsOf(state, node.id));
  const readOnly = useEditor((state) => state.readOnly);
  const waiting = useEditor((state) => state.counts?.nodes[node.id]?.waiting ?? 0);
  const [tab, setTab] = useState<Tab>("settings");
  const body = useRef<HTMLDivElement>(null);
  const id = useId();
  useFieldFocus(body, () => setTab("settings"));

  const tabs: [Tab, string, number][] = [
    ["settings", "Settings", 0],
    ["people", "People", waiting],
    ["notes", "Notes", 0],
  ];
  return (
    <>
      <Head node={node} />
      <div className="ins-tabs" role="tablist" aria-label="About this step" onKeyDown={arrows}>
        {tabs.map(([name, label, count]) => (
          <button key={name} type="button" role="tab" id={`${id}-${name}`} aria-selected={tab === name} aria-controls={`${id}-panel`} tabIndex={tab === name ? 0 : -1} onClick={() => setTab(name)}>
            {label}
            {count > 0 && <span className="n">{number(count)}</span>}
            {name === "notes" && node.note && <span className="ins-dot" aria-label="has a note" />}
          </button>
        ))}
      </div>
      <div ref={body} className="ins-body" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`} tabIndex={-1}>
        {tab === "settings" && (
          <>
            {kind ? (
              <NodeForm node={node} kind={kind} problems={problems} readOnly={readOnly}>
                <ChangedCard node={node} kind={kind} />
                <Help text={kind.help} more={MORE_HELP[kind.group] ?? "More about it"} />
              </NodeForm>
            ) : (
              <JsonNodeForm node={node} />
            )}
          </>
        )}
        {tab === "people" && <PeopleTab node={node.id} />}
        {tab === "notes" && <Note node={node} readOnly={readOnly} />}
      </div>
      <footer className="ins-foot">
        <Icon name="users" size={18} />
        <span>{waiting ? <><b>{number(waiting)}</b> waiting here now</> : "Nobody here now"}</span>
        {!readOnly && (
          <button type="button" className="ins-delete" onClick={() => commands.removeNodes([node.id])}>
            <Icon name="trash" size={17} />
            Delete
          </button>
        )}
      </footer>
    </>
  );
}

function Head({ node }: { node: FlowNode }) {
  const kind = useEditor((state) => kindOf(state, node.kind));
  const title = useEditor((state) => titleOf(state, node));
  const readOnly = useEditor((state) => state.readOnly);
  const [label, setLabel, flush] = useDraft(node.label, (next) => commands.setLabel(node.id, next));
  const named = kind?.label ?? node.kind;
  const group = useEditor((state) => state.catalogue.groups.find((one) => one.name === kind?.group)?.label);
  // A step without a name of its own is called by its kind already.
  const under = LONG_NAMES[node.kind] ?? (label.trim() && label.trim() !== named ? named : (group ?? named));
  const ports = portsOf(node, kind).filter((port) => port.tone !== "skipped" && port.tone !== "failed");
  return (
    <header className="ins-head">
      <span className={`tile tile-36 t-${kind?.group ?? "end"}`}>
        <Icon name={kind?.icon ?? "circle-dashed"} size={20} />
      </span>
      <div className="ins-title">
        <input
          aria-label="Name of this step"
          data-field="label"
          value={label}
          placeholder={named}
          title={title}
          readOnly={readOnly}
          maxLength={120}
          spellCheck={false}
          onChange={(event) => setLabel(event.target.value)}
          onBlur={() => {
            flush();
            if (label !== label.trim()) commands.setLabel(node.id, label.trim());
          }}
          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
        />
        <span>{node.enabled ? under : `${under}, switched off`}</span>
      </div>
      {!readOnly && (
        <Menu
          label="More"
          items={[
            ...after(node, ports),
            { label: "Duplicate", icon: "copy", run: () => void commands.duplicate([node.id]) },
            (kind?.can_disable ?? false) && { label: node.enabled ? "Switch off" : "Switch on", icon: "power", run: () => commands.setEnabled(node.id, !node.enabled) },
            { label: "Select what follows", icon: "sitemap", run: () => commands.selectDownstream(node.id) },
            { label: "Delete", icon: "trash", danger: true, run: () => commands.removeNodes([node.id]) },
          ]}
        />
      )}
      <button type="button" className="icon-button" aria-label="Close settings" title="Close" onClick={commands.closeInspector}>
        <Icon name="x" size={18} />
      </button>
    </header>
  );
}

/** "Add a step after", one for each way out: on phones, where there is no canvas to drop one on. */
function after(node: FlowNode, ports: readonly Port[]): MenuItem[] {
  return ports.map((port) => ({
    label: ports.length > 1 ? `Add a step at “${port.label}”` : "Add a step after",
    icon: "plus",
    run: () => {
      const edge = edgeFrom(getState().document, node.id, port.name)?.id;
      if (window.innerWidth < 768) commands.closeInspector();
      commands.openPicker({ edge, after: { node: node.id, port: port.name }, screen: { x: window.innerWidth / 2, y: 80 } });
    },
  }));
}

function Help({ text, more }: { text: string; more: string }) {
  const [open, setOpen] = useState(false);
  const [first, ...rest] = text.split(/\n\s*\n/).map((part) => part.replace(/\s+/g, " ").trim());
  if (!first) return null;
  return (
    <div className="ins-about">
      <Icon name="help-circle" size={16} />
      <div>
        {first}{" "}
        {rest.length > 0 && !open && (
          <button type="button" aria-expanded={false} onClick={() => setOpen(true)}>
            {more}
          </button>
        )}
        {open && rest.map((part) => <p key={part}>{part}</p>)}
      </div>
    </div>
  );
}

function Note({ node, readOnly }: { node: FlowNode; readOnly: boolean }) {
  const [text, setText, flush] = useDraft(node.note, (next) => commands.setNote(node.id, next));
  return (
    <label className="ins-note">
      <span>For the team. It is never sent to anybody.</span>
      <textarea className="input" rows={8} value={text} readOnly={readOnly} placeholder="Why is this step here? What should one know before changing it?" onChange={(event) => setText(event.target.value)} onBlur={flush} />
    </label>
  );
}

/** A click on a problem asks for a field: it is shown, scrolled to, and focused. */
function useFieldFocus(body: React.RefObject<HTMLDivElement | null>, show: () => void): void {
  const asked = useEditor((state) => state.focusField);
  useEffect(() => {
    if (asked === null) return;
    show();
    const frame = requestAnimationFrame(() => {
      dispatch({ type: "set", patch: { focusField: null } });
      const root = body.current?.closest(".inspector");
      // The field itself, or the nearest thing around it that is on the screen.
      for (let path = asked; path; path = path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "") {
        const found = root?.querySelector<HTMLElement>(`[data-field="${CSS.escape(path)}"]`);
        if (!found) continue;
        found.closest("details")?.setAttribute("open", "");
        const control = found.matches("button,input,select,textarea") ? found : found.querySelector<HTMLElement>("input,select,textarea,button");
        found.scrollIntoView({ block: "nearest" });
        (control ?? found).focus({ preventScroll: true });
        return;
      }
      body.current?.focus();
    });
    return () => cancelAnimationFrame(frame);
    // Only a new question counts; the callbacks are fresh each time.
  }, [asked]);
}

function arrows(event: KeyboardEvent<HTMLElement>): void {
  const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
  const at = tabs.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at - 1 + tabs.length) % tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  tabs[to]?.focus();
  tabs[to]?.click();
}
