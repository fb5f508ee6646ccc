import { createRoot } from "react-dom/client";
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
