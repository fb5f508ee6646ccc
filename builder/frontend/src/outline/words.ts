// What a way says of the steps below it: "5 steps, ends as “completed”", "11 steps, 1 problem".

import { everyNode, type OutlineNode, type Way } from "./build";

export const wayKey = (way: Pick<Way, "source" | "port">): string => `${way.source}.${way.port.name}`;

/** The one outcome in which everybody below ends, if there is only one. */
export function outcomeOf<N extends OutlineNode>(way: Way<N>): string | null {
  const nodes = everyNode(way.steps);
  const exits = new Set(nodes.filter((node) => node.kind === "exit").map((node) => String(node.settings.outcome ?? "completed")));
  const joins = way.joins !== null || way.steps.some((step) => step.ways.some((inner) => inner.joins !== null || outcomeOf(inner) === null));
  return exits.size === 1 && !joins ? [...exits][0]!.replace(/_/g, " ") : null;
}

const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

export function wayWords<N extends OutlineNode>(way: Way<N>, folded: boolean, problems: number): string {
  if (!way.total) return way.joins ? "" : "ends here";
  const outcome = folded ? outcomeOf(way) : null;
  return [counted(way.total, "step"), outcome && `ends as “${outcome}”`, problems && counted(problems, "problem")].filter(Boolean).join(", ");
}

/** Ways to fold when there is little room: long, straight, and without a problem in them. */
export function straight<N extends OutlineNode>(ways: readonly Way<N>[], problems: (node: string) => number, least = 4): string[] {
  return ways.flatMap((way) => {
    const plain = way.steps.every((step) => !step.ways.length);
    const fine = everyNode(way.steps).every((node) => !problems(node.id));
    if (plain && fine && way.total >= least) return [wayKey(way)];
    return way.steps.flatMap((step) => straight(step.ways, problems, least));
  });
}
