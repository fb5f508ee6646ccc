import { type ReactFlowInstance, useReactFlow } from "@xyflow/react";
import { useEffect } from "react";
import { edgesOut } from "../model/graph";
import { commands, getState, nodeOf, portsShown, shownDocument } from "../store";
import { copySteps, pasteSteps } from "./clipboardKeys";
import { getHot, setHot } from "./hot";
import { revealStep } from "./viewport";
import { type Way, stepBeside } from "./walk";

/** Keys of the canvas. In a text field they belong to the field: undo there undoes text only. */
export function useKeys(): void {
  const flow = useReactFlow();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => handle(event, flow);
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [flow]);
}

const writes = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function handle(event: KeyboardEvent, flow: ReactFlowInstance): void {
  const state = getState();
  if (event.defaultPrevented || state.dialog || state.healing || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && event.target instanceof Element && event.target.closest(".inspector") && state.selection[0]) {
    event.preventDefault();
    return focusStep(state.selection[0]);
  }
  if (writes(event.target)) return;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const done = () => event.preventDefault();
  const editable = !state.readOnly && state.mode !== "live";

  if (command && key === "f" && state.mode !== "outline") return done(), commands.setSearch("");
  if (command && editable) {
    if (key === "z") return done(), event.shiftKey ? commands.redo() : commands.undo();
    if (key === "y") return done(), commands.redo();
  }
  if (state.mode === "outline") return;
  const inCanvas = event.target === document.body || (event.target instanceof Element && event.target.closest(".canvas") !== null);
  if (!inCanvas) return;

  if (command) {
    if (key === "a" && editable) return done(), commands.selectAll();
    if (key === "c" && state.selection.length && !getSelection()?.toString()) return done(), copySteps(state.selection);
    if (key === "x" && editable && state.selection.length) return done(), copySteps(state.selection), commands.removeNodes(state.selection, undefined);
    if (key === "v" && editable) return done(), void pasteSteps();
    if (key === "d" && editable) return done(), void commands.duplicate(state.selection.length ? state.selection : focused());
    return;
  }
  if (key === "/" && editable) return done(), document.querySelector<HTMLInputElement>(".step-palette input")?.focus();
  if (event.shiftKey && event.code === "Digit1") return done(), void flow.fitView({ padding: 0.06, maxZoom: 1, duration: 200 });
  if (key === "Escape") {
    if (state.picker) commands.openPicker(null);
    else if (state.search !== null) commands.setSearch(null);
    else commands.select([]);
    return;
  }
  if (editable && (key === "Delete" || key === "Backspace")) {
    done();
    if (state.selectedEdge) commands.removeEdge(state.selectedEdge);
    else if (state.selection.length) removeAndFocus(state.selection);
    else if (focused().length && event.target !== document.body) removeAndFocus(focused());
    return;
  }
  if (event.target instanceof HTMLElement && event.target.closest("button, [role=menu], [role=toolbar]")) return;
  const at = focused()[0];
  if (/^Arrow/.test(key)) return arrow(event, at, editable);
  if (!at) return;
  if (key === "Enter") return done(), open(at);
  if (key === " ") return done(), commands.select(event.shiftKey ? toggled(state.selection, at) : [at]);
  if (key === "+" || key === "Insert") return done(), editable ? insertBehind(at) : undefined;
}

function arrow(event: KeyboardEvent, at: string | undefined, editable: boolean): void {
  const state = getState();
  const way = event.key as Way;
  event.preventDefault();
  if (event.altKey) {
    if (!editable) return;
    // The focused step moves, with the others if it is one of those selected.
    if (at && !state.selection.includes(at)) commands.select([at]);
    const step = event.shiftKey ? 24 : 8;
    commands.nudge(way === "ArrowLeft" ? -step : way === "ArrowRight" ? step : 0, way === "ArrowUp" ? -step : way === "ArrowDown" ? step : 0);
    return;
  }
  if (!at) return;
  const next = stepBeside(shownDocument(state), at, way);
  if (next) focusStep(next);
}

/** Brings the step into view and the keyboard to it. */
export function focusStep(id: string): void {
  setHot({ tabStop: id });
  revealStep(id);
  // Without preventScroll the browser would scroll the canvas itself, which only pans.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus({ preventScroll: true }));
}

/** The focused step, else the one that has the tab stop. */
function focused(): string[] {
  const active = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.step : undefined;
  const id = active ?? getHot().tabStop;
  return id && nodeOf(getState(), id) ? [id] : [];
}

function open(id: string): void {
  commands.open(id);
  const field = () => document.querySelector<HTMLElement>(".inspector :is(input, select, textarea):not([type=hidden])") ?? document.querySelector<HTMLElement>(".inspector button");
  requestAnimationFrame(() => requestAnimationFrame(() => field()?.focus()));
}

function removeAndFocus(ids: string[]): void {
  const before = shownDocument(getState());
  const next = ids[0] ? (stepBeside(before, ids[0], "ArrowUp") ?? stepBeside(before, ids[0], "ArrowDown")) : null;
  commands.removeNodes(ids);
  if (next && !getState().healing && !ids.includes(next)) focusStep(next);
}

function insertBehind(id: string): void {
  const state = getState();
  const node = nodeOf(state, id);
  if (!node) return;
  const ports = portsShown(state, node);
  const taken = new Set(edgesOut(state.document, id).map((edge) => edge.port));
  const port = ports.find((item) => !taken.has(item.name)) ?? ports[0];
  const box = document.querySelector(`[data-step="${CSS.escape(id)}"]`)?.getBoundingClientRect();
  if (!port || !box) return;
  commands.openPicker({ after: { node: id, port: port.name }, screen: { x: box.left + box.width / 2, y: box.bottom + 16 } });
}

const toggled = (list: string[], id: string): string[] => (list.includes(id) ? list.filter((item) => item !== id) : [...list, id]);
