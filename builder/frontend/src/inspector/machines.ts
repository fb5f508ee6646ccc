// "Count opens made by machines" is said once per step and stored on each of its questions about messages.

import type { Json, Settings } from "../model/types";
import { isLeaf, type Leaf, leaves, mapLeaves, type Tree } from "./conditions/tree";
import type { Field } from "./schema";

const BY_MACHINES = new Set(["opened", "clicked"]);
const asks = (leaf: Leaf): boolean => leaf.fact === "message" && BY_MACHINES.has(String(leaf.did));

function eachTree(settings: Settings, fields: readonly Field[], change: (tree: Tree) => Tree): Settings {
  const next: Settings = { ...settings };
  const one = (value: Json | undefined): Json | undefined =>
    value && typeof value === "object" && !Array.isArray(value) && (isLeaf(value) || Object.keys(value).length) ? (change(value as Tree) as Json) : value;
  for (const { key, widget } of fields) {
    const value = settings[key];
    if (widget === "condition" && value !== undefined) next[key] = one(value)!;
    else if (widget === "branches" && Array.isArray(value))
      next[key] = value.map((item) => (item && typeof item === "object" && !Array.isArray(item) && item.when !== undefined ? { ...item, when: one(item.when)! } : item));
  }
  return next;
}

/** Are machines counted here? null: nothing here asks about opens or clicks. */
export function countsMachines(settings: Settings, fields: readonly Field[]): boolean | null {
  const found: Leaf[] = [];
  eachTree(settings, fields, (tree) => {
    found.push(...leaves(tree).filter(asks));
    return tree;
  });
  return found.length ? found.every((leaf) => leaf.machines === true) : null;
}

export function withMachines(settings: Settings, fields: readonly Field[], counted: boolean): Settings {
  return eachTree(settings, fields, (tree) =>
    mapLeaves(tree, (leaf) => {
      if (!asks(leaf)) return leaf;
      const { machines: _, ...rest } = leaf;
      return counted ? { ...leaf, machines: true } : (rest as Leaf);
    }),
  );
}
