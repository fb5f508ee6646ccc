import { useState } from "react";
import { portIcon } from "../canvas/NodePorts";
import { Icon } from "../icons/Icon";
import { counted } from "../model/numbers";
import { downstream, edgeFrom, nodesById } from "../model/graph";
import { portsOf } from "../model/ports";
import { commands, getState, kindOf, titleOf, useEditor } from "../store";
import { Dialog } from "./Dialog";

/** A branching step goes: which of its ways shall the path keep? */
export function HealDialog() {
  const asked = useEditor((s) => s.healing);
  return asked ? <Ask node={asked.node} ports={asked.ports} /> : null;
}

function Ask({ node: id, ports }: { node: string; ports: string[] }) {
  const state = getState();
  const node = nodesById(state.document).get(id);
  const [keep, setKeep] = useState<string>(ports[0] ?? "");
  if (!node) return null;
  const known = portsOf(node, kindOf(state, node.kind));
  return (
    <Dialog
      title={`Delete “${titleOf(state, node)}”`}
      lead="It leads two or more ways. One of them can take its place."
      onClose={commands.cancelHealing}
      foot={
        <>
          <button type="button" className="button" onClick={commands.cancelHealing}>
            Cancel
          </button>
          <button type="button" className="button button-primary" onClick={() => commands.removeNodes([id], keep || null)}>
            Delete the step
          </button>
        </>
      }
    >
      <div className="choice-list" role="radiogroup" aria-label="Which way to keep">
        {ports.map((name) => {
          const port = known.find((item) => item.name === name);
          const edge = edgeFrom(state.document, id, name);
          const target = edge && nodesById(state.document).get(edge.target);
          return (
            <label key={name} className="choice-row">
              <input type="radio" name="keep" checked={keep === name} onChange={() => setKeep(name)} />
              {port ? (
                <span className={`port-tab static tone-${port.tone}`}>
                  <Icon name={portIcon(port)} size={14} />
                  {port.label}
                </span>
              ) : null}
              <span className="cut">{target ? `leads to ${titleOf(state, target)}, ${counted(downstream(state.document, target.id).size, "step")}` : ""}</span>
            </label>
          );
        })}
        <label className="choice-row">
          <input type="radio" name="keep" checked={keep === ""} onChange={() => setKeep("")} />
          <span>Keep none: the path ends before it</span>
        </label>
      </div>
      <p className="choice-note">Steps of the other ways stay on the canvas, unconnected.</p>
    </Dialog>
  );
}
