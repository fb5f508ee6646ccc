import { Handle, type NodeProps, Position, useConnection, useStore } from "@xyflow/react";
import { memo } from "react";
import { Icon } from "../icons/Icon";
import { nodeHeight } from "../model/geometry";
import { edgesInto, edgesOut } from "../model/graph";
import { counted, grouped } from "../model/numbers";
import { pathMap } from "../model/path";
import { commands, type EditorState, kindOf, nodeOf, pathShown, portsShown, problemsOf, shownDocument, titleOf, useEditor } from "../store";
import { ActionBar } from "./ActionBar";
import { useHot } from "./hot";
import { NodePorts } from "./NodePorts";
import { sentenceOf, stepName } from "./words";

const NOBODY: string[] = [];

/** A step on the canvas: a name, one sentence, and on its edge whatever is live. It never changes size. */
export const StepNode = memo(function StepNode({ id, selected }: NodeProps) {
  const far = useStore((s) => s.transform[2] < 0.35);
  const node = useEditor((s) => nodeOf(s, id));
  const kind = useEditor((s) => (node ? kindOf(s, node.kind) : undefined));
  if (!node) return null;
  return far ? <FarStep id={id} icon={kind?.icon ?? "help-circle"} group={kind?.group ?? "end"} selected={selected} /> : <NearStep id={id} selected={selected} />;
});

/** Below zoom 0.35: a tinted block and its icon. */
function FarStep({ id, icon, group, selected }: { id: string; icon: string; group: string; selected: boolean }) {
  const name = useEditor((s) => stepName(s, id));
  const ports = useEditor((s) => portCount(s, id));
  const path = useEditor(pathShown);
  const dimmed = path !== null && !pathMap(path).stops.has(id);
  return (
    <div className={`step-far g-${group}${selected ? " is-selected" : ""}${dimmed ? " is-dimmed" : ""}`} style={{ height: nodeHeight(ports) }} data-step={id} role="group" aria-label={name} tabIndex={-1}>
      <Icon name={icon} size={40} />
    </div>
  );
}

const portCount = (s: EditorState, id: string): number => {
  const node = nodeOf(s, id);
  return node ? portsShown(s, node).length : 0;
};

const portsKey = (s: EditorState, id: string): string => {
  const node = nodeOf(s, id);
  return node ? JSON.stringify(portsShown(s, node)) : "[]";
};

function NearStep({ id, selected }: { id: string; selected: boolean }) {
  const node = useEditor((s) => nodeOf(s, id))!;
  const kind = useEditor((s) => kindOf(s, node.kind));
  const title = useEditor((s) => titleOf(s, node));
  const sentence = useEditor((s) => sentenceOf(s, node));
  const problems = useEditor((s) => (s.mode === "live" ? undefined : problemsOf(s, id)));
  const ports = JSON.parse(useEditor((s) => portsKey(s, id))) as ReturnType<typeof portsShown>;
  const out = useEditor((s) => edgesOut(shownDocument(s), id));
  const into = useEditor((s) => edgesInto(shownDocument(s), id));
  const live = useEditor((s) => s.mode === "live");
  const counts = useEditor((s) => (s.comparing ? undefined : s.counts?.nodes[id]));
  const change = useEditor((s) => s.comparing?.changes.find((one) => one.node === id));
  const path = useEditor(pathShown);
  const peer = useEditor((s) => s.editors.find((editor) => editor.client !== s.client && editor.selected.includes(id))?.name ?? null);
  const readOnly = useEditor((s) => s.readOnly || s.mode === "live");
  const name = useEditor((s) => stepName(s, id));
  const tabStop = useHot((hot) => hot.tabStop === id);
  const hotEdge = useHot((hot) => (hot.edge !== null && into.some((edge) => edge.id === hot.edge)));
  const chosenEdge = useEditor((s) => s.selectedEdge !== null && into.some((edge) => edge.id === s.selectedEdge));
  const alone = useEditor((s) => s.selection.length === 1);
  const connecting = useConnection((c) => (c.inProgress ? (c.fromNode.id === id ? "from" : c.toNode?.id === id ? (c.isValid ? "valid" : "invalid") : "other") : null));

  const errors = problems?.filter((problem) => problem.severity === "error") ?? [];
  const warnings = problems?.filter((problem) => problem.severity === "warning") ?? [];
  const stop = path ? pathMap(path).stops.get(id) : undefined;
  const off = !node.enabled;
  const said = off ? "Off, people pass through" : (errors[0]?.message ?? sentence);
  const ended = live && node.kind === "exit";
  const people = ended ? (counts?.entered ?? 0) : (counts?.waiting ?? 0);
  const failed = live ? (counts?.failed ?? 0) : 0;
  const taken = new Set(path ? out.filter((edge) => pathMap(path).ways.has(`${id} ${edge.port}`)).map((edge) => edge.port) : NOBODY);
  const states = [
    `step g-${kind?.group ?? "end"}`,
    selected && "is-selected",
    errors.length > 0 && "has-problem",
    off && "is-off",
    peer && !selected && "has-peer",
    path && !stop && "is-dimmed",
    stop && "on-path",
    connecting === "valid" && "is-target",
    connecting === "invalid" && "is-refused",
    connecting && connecting !== "from" && "may-connect",
    ports.length > 1 && "has-tabs",
    change && `is-${change.what}`,
  ];

  return (
    <>
      <div className={states.filter(Boolean).join(" ")} style={{ height: nodeHeight(ports.length) }} data-step={id} role="group" aria-roledescription="step" aria-label={name} tabIndex={tabStop ? 0 : -1}>
        {into.length > 0 && !live ? (
          <svg className={`arrowhead${hotEdge || chosenEdge ? " is-hot" : ""}`} width="11" height="8.5" viewBox="0 0 11 8.5" aria-hidden="true">
            <path d="M0 0H11L5.5 8.5Z" />
          </svg>
        ) : null}
        {stop ? <span className="step-number">{stop.numbers.at(-1)}</span> : null}
        <span className="step-icon">
          <Icon name={kind?.icon ?? "help-circle"} size={20} />
        </span>
        <span className="step-text">
          <span className="step-title" title={title}>
            {title}
          </span>
          <span className="step-sentence" title={said}>
            {said}
          </span>
        </span>
        <span className="step-pills-left">
          {change ? (
            <span className={`mini-pill mini-tag is-${change.what}`} title={change.text}>
              {{ added: "Added", changed: "Changed", removed: "Removed" }[change.what]}
            </span>
          ) : null}
          {stop ? <span className="mini-pill pill-time">{stop.time}</span> : null}
          {!stop && errors.length ? (
            <span className="mini-pill pill-problem">
              <Icon name="alert-triangle" size={14} />
              {errors.length}
            </span>
          ) : null}
          {!stop && !errors.length && warnings.length ? (
            <span className="mini-pill pill-warning" title={warnings[0]!.message}>
              <Icon name="alert-triangle" size={14} />
              {warnings.length}
            </span>
          ) : null}
          {peer && !errors.length && !stop ? <span className="mini-pill pill-peer">{peer}</span> : null}
          {!stop && failed > 0 ? (
            <span className="mini-pill pill-problem" title={`${counted(failed, "person")} failed here`}>
              <Icon name="alert-circle" size={14} />
              {grouped(failed)}
            </span>
          ) : null}
        </span>
        {people > 0 ? (
          <span className="step-pills-right">
            <span className={ended ? "mini-pill pill-ended" : "mini-pill pill-people"} title={ended ? `${grouped(people)} ended here` : `${grouped(people)} here now`}>
              <Icon name={ended ? "circle-check" : "users"} size={14} />
              <span key={people} className="count">
                {grouped(people)}
              </span>
            </span>
          </span>
        ) : null}
        <NodePorts node={id} ports={ports} taken={taken} readOnly={readOnly} onAdd={(port, event) => offerStep(id, port, event)} />
        <Handle id="in" type="target" position={Position.Top} isConnectableStart={false} className="port-in" tabIndex={-1} />
      </div>
      {selected && alone && !readOnly ? <ActionBar id={id} /> : null}
    </>
  );
}

/** A click on a way out: the step picker opens for what comes behind it. */
function offerStep(node: string, port: string, event: React.MouseEvent): void {
  event.stopPropagation();
  commands.openPicker({ after: { node, port }, screen: { x: event.clientX, y: event.clientY + 12 } });
}
