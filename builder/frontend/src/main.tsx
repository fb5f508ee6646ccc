import { createRoot } from "react-dom/client";
import { startSegment } from "./segment/start";
import { App } from "./shell/App";
import { ErrorBoundary } from "./shell/ErrorBoundary";
import { start } from "./store/start";
import "./styles/index.css";

const root = document.getElementById("editor");
if (root) {
  createRoot(root).render(
    <ErrorBoundary>
      <App />
    </ErrorBoundary>,
  );
  void start();
}

// The page of a segment borrows the canvas's condition editor.
const segment = document.getElementById("segment-condition");
if (segment) void startSegment(segment);
