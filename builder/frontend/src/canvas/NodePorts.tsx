import { Handle, Position } from "@xyflow/react";
import { memo } from "react";
import { Icon } from "../icons/Icon";
import { portPoint } from "../model/geometry";
import type { Port } from "../model/types";

const TONE_ICON: Record<Port["tone"], string> = {
  yes: "check",
  branch: "check",
  timeout: "clock",
  no: "x",
  next: "arrow-down",
  skipped: "minus",
  failed: "alert-triangle",
};

/** The icon a way out wears beside its name; "else" is no refusal, so it has dots. */
export const portIcon = (port: Port): string => (port.name === "else" ? "dots" : TONE_ICON[port.tone]);

interface Props {
  node: string;
  ports: Port[];
  taken: ReadonlySet<string>;
  readOnly: boolean;
  onAdd(port: string, event: React.MouseEvent): void;
}

/** The ways out on the lower line: a ring for one, tabs with names for two and three, numbers from four on. */
export const NodePorts = memo(function NodePorts({ node, ports, taken, readOnly, onAdd }: Props) {
  if (ports.length === 0) return null;
  if (ports.length === 1) {
    const port = ports[0]!;
    return (
      <Handle id={port.name} type="source" position={Position.Bottom} isConnectable={!readOnly} className="port-single" onClick={(event) => onAdd(port.name, event)} data-port={port.name}>
        <span className={taken.has(port.name) ? "port-ring port-taken" : "port-ring"} />
        <span className="port-plus">
          <Icon name="plus" size={14} />
        </span>
      </Handle>
    );
  }
  const many = ports.length > 3;
  return (
    <>
      {ports.map((port, i) => {
        const label = many ? (port.name === "else" ? "" : String(i + 1)) : port.label;
        const tone = port.tone === "no" && port.name === "else" ? "else" : port.tone;
        const size = many ? (ports.length >= 10 ? "port-number port-tiny" : "port-number") : ports.length === 3 ? "port-tab port-narrow" : "port-tab";
        return (
          <Handle
            key={port.name}
            id={port.name}
            type="source"
            position={Position.Bottom}
            isConnectable={!readOnly}
            className={`${size} tone-${tone}${taken.has(port.name) ? " is-taken" : ""}`}
            style={{ left: portPoint(i, ports.length).x }}
            title={port.label}
            data-node={node}
            data-port={port.name}
            onClick={(event) => onAdd(port.name, event)}
          >
            {many && port.name !== "else" ? null : <Icon name={portIcon(port)} size={ports.length === 3 ? 12 : 14} />}
            {label ? <span className="port-name">{label}</span> : null}
          </Handle>
        );
      })}
    </>
  );
});
