import { useReactFlow, useStore } from "@xyflow/react";
import { memo } from "react";
import { nodeHeight, NODE_WIDTH } from "../model/geometry";
import { pathMap } from "../model/path";
import type { RunPath, WorkflowDocument } from "../model/types";
import { getState, kindOf, pathShown, portsShown, shownDocument, useEditor } from "../store";
import { edgeEnds } from "./flow";
import { pathOf, route } from "./route";
import { bounds } from "./viewport";

const WIDTH = 160;
const HEIGHT = 92;
const PAD = 6;

/** The whole drawing in the corner; a press or drag on it moves the view there. */
export function MiniMap() {
  const document = useEditor(shownDocument);
  const path = useEditor(pathShown);
  const kinds = useEditor((s) => s.catalogue);
  const [left, top, zoom] = useStore((s) => s.transform);
  const width = useStore((s) => s.width);
  const height = useStore((s) => s.height);
  const flow = useReactFlow();
  const box = bounds(document);
  if (!box || !width) return null;
  const view = { x: -left / zoom, y: -top / zoom, width: width / zoom, height: height / zoom };
  const x = Math.min(box.x, view.x);
  const y = Math.min(box.y, view.y);
  const right = Math.max(box.x + box.width, view.x + view.width);
  const bottom = Math.max(box.y + box.height, view.y + view.height);
  const scale = Math.min((WIDTH - 2 * PAD) / (right - x), (HEIGHT - 2 * PAD) / (bottom - y));
  const dx = (WIDTH - (right - x) * scale) / 2 - x * scale;
  const dy = (HEIGHT - (bottom - y) * scale) / 2 - y * scale;

  const go = (event: React.PointerEvent<SVGSVGElement>) => {
    if (event.buttons !== 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const rect = event.currentTarget.getBoundingClientRect();
    void flow.setCenter((event.clientX - rect.left - dx) / scale, (event.clientY - rect.top - dy) / scale, { zoom, duration: 0 });
  };

  return (
    <div className="float minimap">
      <svg width={WIDTH} height={HEIGHT} role="img" aria-label="Overview of the drawing" onPointerDown={go} onPointerMove={go}>
        <g transform={`translate(${dx} ${dy}) scale(${scale})`}>
          <Small document={document} path={path} kinds={kinds} />
          <rect className="minimap-view" {...view} />
          <rect className="minimap-frame" {...view} rx={2 / scale} />
        </g>
      </svg>
    </div>
  );
}

/** In units of the drawing, so that a pan moves one group instead of every box. */
const Small = memo(function Small({ document, path }: { document: WorkflowDocument; path: RunPath | null; kinds: unknown }) {
  const state = getState();
  const map = path ? pathMap(path) : null;
  return (
    <>
      {document.edges.map((edge) => {
        const ends = edgeEnds(state, document, edge);
        const on = map?.ways.has(`${edge.source} ${edge.port}`);
        return ends ? <path key={edge.id} className={on ? "minimap-edge on-path" : map ? "minimap-edge is-dim" : "minimap-edge"} d={pathOf(route(...ends))} /> : null;
      })}
      {document.nodes.map((node) => {
        const kind = kindOf(state, node.kind);
        const tall = nodeHeight(portsShown(state, node).length);
        const dim = map !== null && !map.stops.has(node.id);
        return <rect key={node.id} className={`minimap-node g-${kind?.group ?? "end"}${dim ? " is-dim" : ""}`} x={node.position.x} y={node.position.y} width={NODE_WIDTH} height={tall} rx={18} />;
      })}
    </>
  );
});
