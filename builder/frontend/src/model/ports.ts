// The ways out of a node: the kind's own ports, and one for each branch its settings list.

import { durationWords } from "./durations";
import type { FlowEdge, FlowNode, Json, Kind, Port } from "./types";

const BRANCH_TONES = new Set(["branch", "yes"]);

/** Every port of the node, branches first, in the order in which they are tested. */
export function portsOf(node: FlowNode, kind: Kind | undefined): Port[] {
  if (!kind) return [{ name: "next", label: "Next", tone: "next" }];
  const fixed = kind.ports.filter((port) => !(kind.branch_field && BRANCH_TONES.has(port.tone)) && isThere(port, node, kind)).map((port) => named(port, node));
  if (!kind.branch_field) return fixed;
  const listed = node.settings[kind.branch_field];
  const branches = (Array.isArray(listed) ? listed : []).flatMap((item): Port[] => {
    if (typeof item !== "object" || item === null || Array.isArray(item) || typeof item.port !== "string") return [];
    return [{ name: item.port, label: String(item.name || item.port), tone: "branch" }];
  });
  return [...branches, ...fixed];
}

/** Some ways out are there under some settings alone: "past" of a wait, if people are to leave by it. */
function isThere(port: Port, node: FlowNode, kind: Kind): boolean {
  return Object.entries(port.show_if ?? {}).every(([key, some]) => some.includes(node.settings[key] ?? (kind.schema.properties?.[key]?.default as Json)));
}

function named(port: Port, node: FlowNode): Port {
  if (port.tone !== "timeout") return port;
  const words = durationWords(node.settings.timeout);
  return words ? { ...port, label: `After ${words}` } : port;
}

/**
 * The ports that are drawn. `skipped` and `failed` of a message stay folded behind `next` until one is wired or unfolded.
 * A way out that an edge uses though the kind knows it no longer is drawn too: nothing vanishes in silence.
 */
export function shownPorts(node: FlowNode, kind: Kind | undefined, out: FlowEdge[], unfolded = false): Port[] {
  const known = portsOf(node, kind);
  const strays = out.filter((edge) => !known.some((port) => port.name === edge.port)).map((edge): Port => ({ name: edge.port, label: edge.port, tone: "branch" }));
  const ports = kind ? [...known, ...strays] : strays.length ? strays : known;
  const extra = (port: Port) => port.tone === "skipped" || port.tone === "failed";
  if (unfolded || !ports.some((port) => port.tone === "next") || out.some((edge) => ports.some((p) => p.name === edge.port && extra(p)))) {
    return ports;
  }
  return ports.filter((port) => !extra(port));
}
