import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState } from "react";
import { Canvas } from "../canvas/Canvas";
import { Icon } from "../icons/Icon";
import { Inspector } from "../inspector/Inspector";
import { ComparePanel } from "../live/ComparePanel";
import { LiveLegend } from "../live/LiveLegend";
import { LivePanel } from "../live/LivePanel";
import { Outline } from "../outline/Outline";
import { PublishDialog } from "../publish/PublishDialog";
import { commands, useEditor } from "../store";
import { TimeMachine } from "../trial/TimeMachine";
import { ConflictDialog } from "./ConflictDialog";
import { HealDialog } from "./HealDialog";
import { Nav } from "./Nav";
import { Palette } from "./Palette";
import { PhoneBar } from "./PhoneBar";
import { Problems } from "./Problems";
import { StepPicker } from "./StepPicker";
import { Toasts } from "./Toasts";
import { TopBar } from "./TopBar";
import { VersionsDialog } from "./VersionsDialog";

/** The whole screen of the editor: navigation, top bar, and the view that is chosen. */
export function App() {
  const loaded = useEditor((s) => s.loaded);
  const failed = useEditor((s) => s.loadError);
  const name = useEditor((s) => s.workflow.name);
  useEffect(() => {
    if (name) document.title = `${name} · Trellis`;
  }, [name]);
  return (
    <ReactFlowProvider>
      <div className="editor">
        <Nav />
        {failed ? <Failed text={failed} /> : null}
        {!failed && loaded ? (
          <>
            <TopBar onTest={() => commands.setTesting(true)} />
            <Views />
            <PhoneBar onTest={() => commands.setTesting(true)} />
            <Problems />
            <StepPicker />
            <PublishDialog />
            <VersionsDialog />
            <HealDialog />
            <ConflictDialog />
          </>
        ) : null}
        <Toasts />
      </div>
    </ReactFlowProvider>
  );
}

function Views() {
  const mode = useEditor((s) => s.mode);
  const readOnly = useEditor((s) => s.readOnly);
  const inspecting = useEditor((s) => s.inspecting);
  const chosen = useEditor((s) => s.selection.length > 0);
  const path = useEditor((s) => s.path !== null);
  const comparing = useEditor((s) => s.comparing !== null);
  const testing = useEditor((s) => s.testing);
  const [adding, setAdding] = useState(false);
  if (mode === "outline") {
    return (
      <div className={`ed-body is-outline${testing ? " has-trial" : inspecting ? " has-side" : ""}`}>
        <Outline />
        {testing ? <TimeMachine /> : inspecting ? <Inspector /> : null}
      </div>
    );
  }
  if (mode === "live") {
    return (
      <div className={`ed-body is-live${path || chosen ? " has-side" : ""}`}>
        <main className="ed-stage">
          <Canvas key="live" />
          {comparing ? <ComparePanel /> : <LiveLegend />}
        </main>
        {path || chosen ? <LivePanel /> : null}
      </div>
    );
  }
  return (
    <div className={`ed-body is-design${testing ? " has-trial" : inspecting ? " has-side" : ""}`}>
      {readOnly ? null : (
        <div className={adding ? "ed-palette is-open" : "ed-palette"}>
          <button type="button" className="button ed-add" aria-expanded={adding} onClick={() => setAdding(!adding)}>
            <Icon name={adding ? "x" : "plus"} size={18} /> {adding ? "Close" : "Add a step"}
          </button>
          <Palette onDone={() => setAdding(false)} />
        </div>
      )}
      <main className="ed-stage">
        <Canvas key="design" />
      </main>
      {testing ? <TimeMachine /> : inspecting ? <Inspector /> : null}
    </div>
  );
}

function Failed({ text }: { text: string }) {
  return (
    <main className="ed-failed">
      <Icon name="cloud-off" size={28} />
      <h1>The workflow could not be opened</h1>
      <p>{text}</p>
      <button type="button" className="button button-primary" onClick={() => location.reload()}>
        Try again
      </button>
    </main>
  );
}

