import { Background, BackgroundVariant, type Connection, type Edge, type Node, type NodeChange, type OnConnectEnd, ReactFlow, SelectionMode, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { edgeFrom, nodesById, readingOrder } from "../model/graph";
import type { Point } from "../model/types";
import { commands, getState, shownDocument, useEditor } from "../store";
import { CanvasSearch } from "./CanvasSearch";
import { ConnectionLine } from "./ConnectionLine";
import { EmptyCanvas } from "./EmptyCanvas";
import { JumpEdge } from "./JumpEdge";
import { flowEdges, flowNodes, withMoved } from "./flow";
import { setHot } from "./hot";
import { MiniMap } from "./MiniMap";
import { StepEdge } from "./StepEdge";
import { StepNode } from "./StepNode";
import { StickyNode } from "./StickyNode";
import { useKeys } from "./useKeys";
import { firstViewport, keepViewport, keptViewport, onReveal } from "./viewport";
import { ZoomBar } from "./ZoomBar";

const nodeTypes = { step: StepNode, sticky: StickyNode };
const edgeTypes = { step: StepEdge, jump: JumpEdge };
const MANY = 150;

/** An address that names a run opens its panel once the path has come: the first look leaves room for it. */
const sideToCome = (): number => {
  const { mode, path } = getState();
  return mode === "live" && path === null && new URLSearchParams(location.search).has("run") && innerWidth >= 1200 ? 380 : 0;
};

/** The drawing. It shows what the store holds and turns gestures into commands; only a drag under way is its own. */
export function Canvas() {
  const drawn = useEditor(shownDocument);
  const selection = useEditor((s) => s.selection);
  const selectedEdge = useEditor((s) => s.selectedEdge);
  const catalogue = useEditor((s) => s.catalogue);
  const unfolded = useEditor((s) => s.unfolded);
  const mode = useEditor((s) => s.mode);
  const readOnly = useEditor((s) => s.readOnly);
  const [moved, setMoved] = useState<ReadonlyMap<string, Point> | null>(null);
  const wrapper = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const editable = !readOnly && mode !== "live";
  useKeys();

  const still = useMemo(() => flowNodes(getState(), drawn, new Set(selection)), [drawn, selection, catalogue, unfolded, mode, readOnly]);
  const nodes = useMemo(() => withMoved(still, moved), [still, moved]);
  const edges = useMemo(() => flowEdges(getState(), drawn), [drawn, selectedEdge, catalogue]);

  const looked = useRef(false);
  const look = useCallback(() => {
    // A version that is still on its way has no first look yet.
    if (looked.current || (getState().mode === "live" && shownDocument(getState()).nodes.length === 0)) return;
    looked.current = true;
    const box = wrapper.current!.getBoundingClientRect();
    void flow.setViewport(keptViewport(getState()) ?? firstViewport(shownDocument(getState()), box.width - sideToCome(), box.height));
  }, [flow]);
  useEffect(() => {
    if (flow.viewportInitialized) look();
  }, [drawn, flow, look]);
  useEffect(
    () =>
      onReveal((id) => {
        const node = nodesById(shownDocument(getState())).get(id);
        if (!node || !wrapper.current) return;
        const box = wrapper.current.getBoundingClientRect();
        const { x, y, zoom } = flow.getViewport();
        const at = { x: node.position.x * zoom + x, y: node.position.y * zoom + y };
        if (at.x >= 0 && at.y >= 0 && at.x + 240 * zoom <= box.width && at.y + 88 * zoom <= box.height) return;
        void flow.setCenter(node.position.x + 120, node.position.y + 32, { zoom, duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200 });
      }),
    [flow],
  );
  useEffect(() => setHot({ tabStop: selection.length === 1 ? selection[0]! : (readingOrder(drawn)[0] ?? null) }), [drawn, selection]);

  const onNodesChange = useCallback((changes: NodeChange[]) => {
    const picked = changes.filter((change) => change.type === "select");
    if (picked.length) {
      const now = new Set(getState().selection);
      for (const change of picked) change.selected ? now.add(change.id) : now.delete(change.id);
      commands.select([...now]);
    }
    const moves = changes.filter((change) => change.type === "position" && change.position && change.dragging);
    if (moves.length) {
      setMoved((before) => {
        const next = new Map(before ?? []);
        for (const change of moves) if (change.type === "position" && change.position) next.set(change.id, change.position);
        return next;
      });
    }
  }, []);

  const onDragStop = useCallback((_: unknown, __: Node, dragged: Node[]) => {
    setHot({ dragging: false });
    setMoved(null);
    commands.moveNodes(new Map(dragged.map((node) => [node.id, { x: Math.round(node.position.x), y: Math.round(node.position.y) }])));
  }, []);

  const isValid = useCallback((wish: Connection | Edge) => commands.refusal(wish.source, wish.sourceHandle ?? "next", wish.target) === null, []);
  const onConnect = useCallback((wish: Connection) => void commands.connect(wish.source, wish.sourceHandle ?? "next", wish.target), []);
  const onConnectEnd: OnConnectEnd = useCallback(
    (event, link) => {
      const source = link.fromNode?.id;
      const port = link.fromHandle?.id;
      if (!source || !port || link.isValid) return;
      const at = "changedTouches" in event ? event.changedTouches[0]! : event;
      if (link.toNode) {
        const why = commands.refusal(source, port, link.toNode.id);
        if (why) commands.toast(why, "danger");
        return;
      }
      // A press without a drag is a click on the way out: it has its own answer.
      if (link.from && link.pointer && Math.hypot(link.pointer.x - link.from.x, link.pointer.y - link.from.y) < 16) return;
      if (edgeFrom(getState().document, source, port)) {
        commands.toast("This way out leads somewhere already. Remove that connection first, or add a Branch.", "danger");
        return;
      }
      const spot = flow.screenToFlowPosition({ x: at.clientX, y: at.clientY });
      commands.openPicker({ after: { node: source, port }, position: { x: spot.x - 120, y: spot.y }, screen: { x: at.clientX, y: at.clientY } });
    },
    [flow],
  );

  return (
    <section ref={wrapper} className={`canvas is-${mode}${moved ? " is-dragging" : ""}`} aria-label="Canvas" data-canvas>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onNodeDragStart={() => setHot({ dragging: true })}
        onNodeDragStop={onDragStop}
        onSelectionDragStop={(event, dragged) => onDragStop(event, dragged[0]!, dragged)}
        onNodeClick={(event, node) => !event.shiftKey && !event.ctrlKey && !event.metaKey && node.type === "step" && commands.open(node.id)}
        onEdgeClick={(_, edge) => editable && edge.type !== "jump" && commands.selectEdge(edge.id)}
        onPaneClick={() => {
          commands.openPicker(null);
          commands.select([]);
        }}
        onInit={look}
        onConnect={onConnect}
        onConnectEnd={onConnectEnd}
        isValidConnection={isValid}
        onMoveStart={() => wrapper.current?.classList.add("is-moving")}
        onMoveEnd={(_, viewport) => {
          wrapper.current?.classList.remove("is-moving");
          if (looked.current) keepViewport(getState(), viewport);
        }}
        connectionLineComponent={ConnectionLine}
        connectionRadius={28}
        nodeDragThreshold={3}
        minZoom={0.1}
        maxZoom={2}
        snapToGrid
        snapGrid={[8, 8]}
        panOnScroll
        zoomOnDoubleClick={false}
        selectionMode={SelectionMode.Partial}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={["Meta", "Control", "Shift"]}
        deleteKeyCode={null}
        nodesConnectable={editable}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        elevateNodesOnSelect={false}
        onlyRenderVisibleElements={drawn.nodes.length > MANY}
        proOptions={{ hideAttribution: true }}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={2.8} offset={1.55} color="var(--dot)" bgColor="var(--canvas)" />
      </ReactFlow>
      <EmptyCanvas />
      <ZoomBar />
      <MiniMap />
      <CanvasSearch />
    </section>
  );
}
