// The same document as a nested list, fully editable: for phones, for readers, for those who think in lists.

import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { edgeFrom } from "../model/graph";
import { portsOf } from "../model/ports";
import { Icon } from "../icons/Icon";
import { commands, errorsOf, getState, kindOf, problemsOf, useEditor } from "../store";
import { build, type Way } from "./build";
import { type Actions, OutlineActions, Steps } from "./rows";
import { moveIn } from "./tree";
import { straight, wayKey } from "./words";
import "./outline.css";

const isPhone = (): boolean => window.matchMedia("(max-width: 767px)").matches;

export function Outline() {
  const document = useEditor((state) => state.document);
  const catalogue = useEditor((state) => state.catalogue);
  const name = useEditor((state) => state.workflow.name);
  const selection = useEditor((state) => state.selection);
  const readOnly = useEditor((state) => state.readOnly);
  const roots = useMemo(
    () => build(document.nodes, document.edges, (node) => portsOf(node, kindOf(getState(), node.kind))),
    // The kinds are read through the state; a catalogue that arrives later changes the ports.
    [document.nodes, document.edges, catalogue],
  );
  const [folded, setFolded] = useState<ReadonlySet<string>>(() => {
    const ways = roots.flatMap((root) => root.steps.flatMap((step) => step.ways));
    return new Set(isPhone() ? straight(ways, (node) => problemsOf(getState(), node).length) : []);
  });
  const [focus, setFocus] = useState<string | null>(null);
  const tree = useRef<HTMLUListElement>(null);
  const asked = useRef(false);

  // The one tab stop: what had the focus last, else the selected step, else the first.
  const present = new Set(document.nodes.map((node) => node.id));
  const isHere = (item: string | null | undefined): item is string => !!item && present.has(item.split(".")[0]!.replace(/^>/, ""));
  const stop = isHere(focus) ? focus : isHere(selection.at(-1)) ? selection.at(-1)! : (roots[0]?.steps[0]?.node.id ?? null);

  useEffect(() => {
    if (!asked.current || !stop) return;
    asked.current = false;
    const item = tree.current?.querySelector<HTMLElement>(`[data-item="${CSS.escape(stop)}"]`);
    item?.focus({ preventScroll: true });
    item?.firstElementChild?.scrollIntoView({ block: "nearest" });
  });

  const actions: Actions = {
    stop,
    folded,
    readOnly,
    fold: (key, fold) => {
      const next = new Set(folded);
      if (fold) next.add(key);
      else next.delete(key);
      setFolded(next);
    },
    focus: setFocus,
    open: (id) => commands.open(id),
    add: (node, port, from) => {
      const edge = edgeFrom(getState().document, node, port)?.id;
      const at = from.getBoundingClientRect();
      commands.openPicker({ edge, after: { node, port }, screen: { x: at.left + at.width / 2, y: at.bottom } });
    },
    jump: (id) => {
      const around = waysAround(roots, id);
      setFolded(new Set([...folded].filter((key) => !around.includes(key))));
      commands.select([id]);
      asked.current = true;
      setFocus(id);
    },
  };

  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const at = event.target as HTMLElement;
    // Keys typed in a menu or on a button inside an item are not the tree's.
    if (at.getAttribute("role") !== "treeitem" || event.altKey || event.ctrlKey || event.metaKey) return;
    const id = at.dataset.item!;
    const move = moveIn(event.currentTarget, at, event.key);
    if (move) {
      if (move.fold) actions.fold(move.fold, true);
      if (move.unfold) actions.fold(move.unfold, false);
      if (move.focus) {
        asked.current = true;
        setFocus(move.focus);
      }
    } else if (event.key === "Enter" || event.key === " ") act(at, id);
    else if ((event.key === "Delete" || event.key === "Backspace") && at.dataset.step && !readOnly) {
      const next = moveIn(event.currentTarget, at, "ArrowUp")?.focus ?? moveIn(event.currentTarget, at, "ArrowDown")?.focus;
      commands.removeNodes([id]);
      asked.current = getState().healing === null;
      if (next) setFocus(next);
    } else if ((event.key === "+" || event.key === "Insert") && at.dataset.add && !readOnly) actions.add(at.dataset.step ?? id.split(".")[0]!, at.dataset.add, at.firstElementChild ?? at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const act = (at: HTMLElement, id: string) => {
    if (at.dataset.step) actions.open(id);
    else if (at.dataset.joins) actions.jump(at.dataset.joins);
    else actions.fold(id, !folded.has(id));
  };

  return (
    <main className="outline" aria-label="Outline">
      <div className="out-inner">
        <Stops />
        {!document.nodes.length && <Empty readOnly={readOnly} />}
        <OutlineActions.Provider value={actions}>
          <ul ref={tree} className="out-tree" role="tree" aria-label={`Steps of ${name}`} onKeyDown={onKeyDown}>
            {roots.map((root, at) => (
              <li key={root.steps[0]?.node.id ?? at} role="none" className="out-root">
                {!root.reached && (at === 0 || roots[at - 1]!.reached) && <p className="out-loose">Nobody gets here yet</p>}
                <ul role="none" className="out-steps">
                  <Steps steps={root.steps} joins={root.joins} level={1} />
                </ul>
              </li>
            ))}
          </ul>
        </OutlineActions.Provider>
      </div>
    </main>
  );
}

/** The ways that must be open for this step to be on the screen. */
function waysAround(roots: ReturnType<typeof build>, id: string): string[] {
  const search = (ways: readonly Way[]): string[] | null => {
    for (const way of ways) {
      if (way.steps.some((step) => step.node.id === id)) return [wayKey(way)];
      for (const step of way.steps) {
        const inner = search(step.ways);
        if (inner) return [wayKey(way), ...inner];
      }
    }
    return null;
  };
  return search(roots.flatMap((root) => root.steps.flatMap((step) => step.ways))) ?? [];
}

/** "1 problem stops publishing" */
function Stops() {
  const errors = useEditor(errorsOf);
  if (!errors.length) return null;
  const show = () => {
    const first = errors[0]!;
    if (errors.length === 1 && first.node) commands.open(first.node, first.field || null);
    else commands.setDialog("publish");
  };
  return (
    <div className="out-stops" role="status">
      <Icon name="alert-triangle" size={18} />
      <span>
        {errors.length} {errors.length === 1 ? "problem stops" : "problems stop"} publishing
      </span>
      <button type="button" onClick={show}>
        Show
      </button>
    </div>
  );
}

function Empty({ readOnly }: { readOnly: boolean }) {
  return (
    <div className="out-empty">
      <span className="tile tile-36 t-start">
        <Icon name="player-play" size={20} />
      </span>
      <h2>Nothing is drawn yet</h2>
      <p>Begin with what lets people in.</p>
      {!readOnly && (
        <button type="button" className="button button-primary" onClick={() => void commands.addNode("trigger")}>
          <Icon name="plus" size={18} />
          Add a trigger
        </button>
      )}
    </div>
  );
}
