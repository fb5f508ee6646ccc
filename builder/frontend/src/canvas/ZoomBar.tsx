import { useReactFlow, useStore } from "@xyflow/react";
import { Icon } from "../icons/Icon";
import { commands, useEditor } from "../store";
import { saveJson } from "../shell/exporting";

const smooth = () => ({ duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200 });

/** Zoom, fit, tidy up, and a note; in the live view a download instead of the tools. */
export function ZoomBar() {
  const flow = useReactFlow();
  const zoom = useStore((s) => s.transform[2]);
  const live = useEditor((s) => s.mode === "live");
  const readOnly = useEditor((s) => s.readOnly);
  const stickyHere = () => {
    const pane = document.querySelector(".canvas")!.getBoundingClientRect();
    commands.addSticky(flow.screenToFlowPosition({ x: pane.left + pane.width / 2 - 96, y: pane.top + pane.height / 2 - 32 }));
  };
  return (
    <div className="float zoom-bar" role="toolbar" aria-label="Zoom and tools">
      <button type="button" className="zoom-button" aria-label="Zoom out" title="Zoom out" onClick={() => void flow.zoomOut(smooth())}>
        <Icon name="minus" size={17} />
      </button>
      <button type="button" className="zoom-value" title="Back to 100 %" aria-label={`Zoom ${Math.round(zoom * 100)} %, back to 100 %`} onClick={() => void flow.zoomTo(1, smooth())}>
        {Math.round(zoom * 100)}%
      </button>
      <button type="button" className="zoom-button" aria-label="Zoom in" title="Zoom in" onClick={() => void flow.zoomIn(smooth())}>
        <Icon name="plus" size={17} />
      </button>
      <span className="zoom-line" />
      <button type="button" className="zoom-button" aria-label="Fit to screen" title="Fit to screen (Shift+1)" onClick={() => void flow.fitView({ ...smooth(), padding: 0.06, maxZoom: 1 })}>
        <Icon name="maximize" size={17} />
      </button>
      {!live && !readOnly ? (
        <>
          <button type="button" className="zoom-button" aria-label="Tidy up" title="Tidy up: rows and columns, one step of undo" onClick={() => commands.tidy()}>
            <Icon name="wand" size={17} />
          </button>
          <button type="button" className="zoom-button" aria-label="Add a note" title="Add a note" onClick={stickyHere}>
            <Icon name="note" size={17} />
          </button>
        </>
      ) : (
        <button type="button" className="zoom-button" aria-label="Download as JSON" title="Download as JSON" onClick={saveJson}>
          <Icon name="download" size={17} />
        </button>
      )}
    </div>
  );
}
