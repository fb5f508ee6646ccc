// The document as React Flow wants it. Boxes carry their ports' places, so that nothing needs measuring.

import { type Edge, type Node, Position } from "@xyflow/react";
import { nodeHeight, NODE_WIDTH, portPoint } from "../model/geometry";
import { nodesById } from "../model/graph";
import { jumpsOf } from "../model/jumps";
import type { FlowNode, Point, Sticky, WorkflowDocument } from "../model/types";
import { type EditorState, kindOf, portsShown } from "../store";

interface Kept {
  key: string;
  value: Node;
}

const kept = new WeakMap<FlowNode | Sticky, Kept>();

/** Boxes and notes. A box that did not change comes back as the same value, so that only changed ones are drawn again. */
export function flowNodes(state: EditorState, document: WorkflowDocument, selection: ReadonlySet<string>): Node[] {
  const editable = !state.readOnly && state.mode !== "live";
  const steps = document.nodes.map((node) => {
    const ports = portsShown(state, node);
    const at = node.position;
    return same(node, `${selection.has(node.id)} ${editable} ${ports.map((p) => p.name).join()}`, () => {
      const height = nodeHeight(ports.length);
      const size = { width: NODE_WIDTH, height };
      const handles = ports.map((port, i) => {
        const { x, y } = portPoint(i, ports.length);
        const top = ports.length > 1 ? y - 24 : y - 12;
        return { id: port.name, type: "source" as const, position: Position.Bottom, x: x - 12, y: top, width: 24, height: 24 };
      });
      handles.push({ id: "in", type: "target" as never, position: Position.Top, x: 0, y: 0, width: NODE_WIDTH, height });
      return { id: node.id, type: "step", position: at, data: {}, ...size, measured: size, handles, selected: selection.has(node.id), draggable: editable, zIndex: selection.has(node.id) ? 2 : 1 };
    });
  });
  // Notes are for those who draw: the live view leaves them out.
  const notes = (state.mode === "live" ? [] : document.notes).map((note) => {
    const at = note.position;
    return same(note, `${selection.has(note.id)} ${editable}`, () => ({
      id: note.id,
      type: "sticky",
      position: at,
      data: {},
      width: note.size.width,
      height: note.size.height,
      measured: { width: note.size.width, height: note.size.height },
      selected: selection.has(note.id),
      draggable: editable,
      connectable: false,
      zIndex: selection.has(note.id) ? 3 : 0,
    }));
  });
  return [...notes, ...steps];
}

/** The same boxes with those that are being dragged where the pointer has them. */
export const withMoved = (nodes: Node[], moved: ReadonlyMap<string, Point> | null): Node[] =>
  moved ? nodes.map((node) => (moved.has(node.id) ? { ...node, position: moved.get(node.id)! } : node)) : nodes;

export function flowEdges(state: EditorState, document: WorkflowDocument): Edge[] {
  const nodes = nodesById(document);
  const jumps = jumpsOf(document, (node) => kindOf(state, node.kind)).map(({ source, target }) => ({
    id: `jump:${source}`,
    type: "jump",
    source,
    target,
    targetHandle: "in",
    sourceHandle: portsShown(state, nodes.get(source)!)[0]?.name,
    selectable: false,
    focusable: false,
    zIndex: 0,
  }));
  const lines = document.edges
    .filter((edge) => nodes.has(edge.source) && nodes.has(edge.target))
    .map((edge) => ({
      id: edge.id,
      type: "step",
      source: edge.source,
      target: edge.target,
      sourceHandle: edge.port,
      targetHandle: "in",
      selected: state.selectedEdge === edge.id,
      zIndex: 0,
    }));
  return [...jumps, ...lines];
}

/** Where an edge begins and ends on the drawing, without React Flow. */
export function edgeEnds(state: EditorState, document: WorkflowDocument, edge: { source: string; target: string; port: string }): [Point, Point] | null {
  const source = nodesById(document).get(edge.source);
  const target = nodesById(document).get(edge.target);
  if (!source || !target) return null;
  const ports = portsShown(state, source);
  const i = Math.max(0, ports.findIndex((port) => port.name === edge.port));
  const start = portPoint(i, ports.length);
  return [
    { x: source.position.x + start.x, y: source.position.y + start.y },
    { x: target.position.x + NODE_WIDTH / 2, y: target.position.y },
  ];
}

function same(item: FlowNode | Sticky, key: string, make: () => Node): Node {
  const before = kept.get(item);
  if (before?.key === key) return before.value;
  const value = make();
  kept.set(item, { key, value });
  return value;
}
