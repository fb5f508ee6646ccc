// Floats on the live canvas: how fresh the numbers are, what the widths mean, and a way to one person's path.

import { useEffect, useMemo, useRef, useState } from "react";
import { Icon } from "../icons/Icon";
import { ago, number } from "../inspector/dates";
import { Popover } from "../inspector/ui/Popover";
import { showPath, useEditor } from "../store";
import { PeopleList } from "./PeopleList";
import { scaleOf, widthOf } from "./told";
import "./live.css";

const FRESH = {
  live: { word: "Live", pill: "pill pill-live" },
  delayed: { word: "Delayed", pill: "pill pill-warn" },
  offline: { word: "Offline", pill: "pill pill-danger" },
};

export function LiveLegend() {
  const freshness = useEditor((state) => state.freshness);
  const counts = useEditor((state) => state.counts);
  const path = useEditor((state) => state.path);
  const [at, setAt] = useState(() => new Date());
  const [, tick] = useState(0);
  useEffect(() => setAt(new Date()), [counts]);
  useEffect(() => {
    const timer = window.setInterval(() => tick((n) => n + 1), 10_000);
    return () => window.clearInterval(timer);
  }, []);

  const [most, entered] = useMemo(() => {
    const nodes = Object.values(counts?.nodes ?? {});
    const through = nodes.flatMap((node) => Object.values(node.ports ?? {}));
    return [Math.max(0, ...through), Math.max(0, ...nodes.map((node) => node.entered))];
  }, [counts]);
  const scale = scaleOf(most);
  const { word, pill } = FRESH[freshness];

  return (
    <section className="live-legend" aria-label="What the numbers mean">
      <div className="live-fresh" role="status">
        <span className={`${pill} pill-strong`}>
          <span className="dot" />
          {word}
        </span>
        <span>{freshness === "offline" ? "last known numbers" : `updated ${ago(at)}`}</span>
      </div>
      {scale.length > 0 && (
        <dl className="live-scale">
          <dt>People who went this way</dt>
          {scale.map((n) => (
            <dd key={n}>
              <span style={{ height: `${Math.round(widthOf(n, entered) * 2) / 2}px` }} />
              {number(n)}
            </dd>
          ))}
        </dl>
      )}
      <div className="live-icons">
        <span>
          <Icon name="users" size={15} className="here" /> here now
        </span>
        <span>
          <Icon name="circle-check" size={15} /> ended here
        </span>
      </div>
      {counts?.goal && (counts.goal.reached > 0 || counts.goal.held_out > 0) && <Goal {...counts.goal} entered={entered} />}
      {!path && <FindPerson />}
    </section>
  );
}

/** How many reached what the workflow is for, beside those who were held out. */
function Goal({ reached, held_out, held_out_reached, entered }: { reached: number; held_out: number; held_out_reached: number; entered: number }) {
  const share = (part: number, whole: number) => (whole > 0 ? ` (${Math.round((1000 * part) / whole) / 10} %)` : "");
  return (
    <div className="live-goal">
      <Icon name="target" size={15} />
      <span>
        <b>{number(reached)}</b> reached the goal{share(reached, entered)}
        {held_out > 0 && (
          <small>
            Held out: {number(held_out_reached)} of {number(held_out)}
            {share(held_out_reached, held_out)}
          </small>
        )}
      </span>
    </div>
  );
}

/** Nobody's path is shown: a list to choose one from. */
function FindPerson() {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button ref={anchor} type="button" className="button live-find" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="route" size={16} />
        Show one person’s path
      </button>
      {open && (
        <Popover anchor={anchor} onClose={() => setOpen(false)} label="People in this workflow" width={320}>
          <PeopleList
            node={null}
            onChoose={(run) => {
              setOpen(false);
              void showPath(run);
            }}
          />
        </Popover>
      )}
    </>
  );
}
