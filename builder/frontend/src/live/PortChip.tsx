import { Icon } from "../icons/Icon";
import type { Tone } from "../model/types";

const LOOKS: Record<Tone, { icon: string; look: string }> = {
  yes: { icon: "check", look: "yes" },
  branch: { icon: "check", look: "yes" },
  next: { icon: "arrow-down", look: "yes" },
  timeout: { icon: "clock", look: "timeout" },
  no: { icon: "x", look: "no" },
  skipped: { icon: "minus", look: "no" },
  failed: { icon: "alert-triangle", look: "failed" },
};

/** A way out by its name and colour, as its tab on the canvas. */
export function PortChip({ tone, label, size = 14 }: { tone: Tone; label: string; size?: number }) {
  const { icon, look } = LOOKS[tone] ?? LOOKS.no;
  return (
    <span className={`port-chip is-${look}`}>
      <Icon name={label === "Else" ? "dots" : icon} size={size} />
      <span>{label}</span>
    </span>
  );
}
