import { Component, type ReactNode } from "react";
import { save } from "../store";

/** If drawing fails, what was typed is still saved, and the page says what to do. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch() {
    void save();
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="ed-failed" role="alert">
        <h1>Something went wrong on this page</h1>
        <p>Your changes are saved. Open the workflow again to go on.</p>
        <button type="button" className="button button-primary" onClick={() => location.reload()}>
          Open again
        </button>
      </main>
    );
  }
}
