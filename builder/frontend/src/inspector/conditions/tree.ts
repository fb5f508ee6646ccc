/* A condition as data: groups (all, any, none) over leaves. Every edit gives a new tree; the old one stays as it was. */

export type GroupName = "all" | "any" | "none";
export const GROUPS: readonly GroupName[] = ["all", "any", "none"];

export type Leaf = { fact: string } & Record<string, unknown>;
export type Group = Partial<Record<GroupName, Tree[]>>;
export type Tree = Leaf | Group;

/** Where something is in a tree: the index in each group on the way down. */
export type Path = readonly number[];

/** The limit of the language: groups inside groups. */
export const DEPTH_LIMIT = 20;

export function isLeaf(tree: unknown): tree is Leaf {
  return typeof tree === "object" && tree !== null && "fact" in tree;
}

export function nameOf(group: Group): GroupName | null {
  return GROUPS.find((name) => Array.isArray(group[name])) ?? null;
}

export function childrenOf(tree: Tree | null | undefined): Tree[] {
  if (!tree || isLeaf(tree)) return [];
  const name = nameOf(tree);
  return name ? (tree[name] ?? []) : [];
}

/** A lone leaf, nothing at all or {} read as a group, so that there is one way to draw them. */
export function asGroup(tree: unknown): Group {
  if (isLeaf(tree)) return { all: [tree] };
  if (tree && typeof tree === "object" && nameOf(tree as Group)) return tree as Group;
  return { all: [] };
}

export function at(tree: Tree, path: Path): Tree | undefined {
  let found: Tree | undefined = tree;
  for (const index of path) found = childrenOf(found)[index];
  return found;
}

function rebuild(tree: Tree, path: Path, change: (old: Tree) => Tree | null): Tree | null {
  const [index, ...rest] = path;
  if (index === undefined) return change(tree);
  const name = isLeaf(tree) ? null : nameOf(tree);
  if (isLeaf(tree) || !name) return tree;
  const children = [...(tree[name] ?? [])];
  const old = children[index];
  if (old === undefined) return tree;
  const fresh = rebuild(old, rest, change);
  if (fresh === null) children.splice(index, 1);
  else children[index] = fresh;
  return { ...tree, [name]: children };
}

export function replace(tree: Group, path: Path, fresh: Tree): Group {
  return asGroup(rebuild(tree, path, () => fresh));
}

export function update(tree: Group, path: Path, patch: Record<string, unknown>): Group {
  return asGroup(
    rebuild(tree, path, (old) => {
      const merged: Record<string, unknown> = { ...old };
      for (const [key, value] of Object.entries(patch))
        if (value === undefined) delete merged[key];
        else merged[key] = value;
      return merged as Tree;
    }),
  );
}

/** Takes it away; a group that this leaves empty goes too (the outermost one stays). */
export function remove(tree: Group, path: Path): Group {
  if (!path.length) return { [nameOf(tree) ?? "all"]: [] };
  let result = asGroup(rebuild(tree, path, () => null));
  for (let up = path.slice(0, -1); up.length; up = up.slice(0, -1)) {
    const parent = at(result, up);
    if (!parent || isLeaf(parent) || childrenOf(parent).length) break;
    result = asGroup(rebuild(result, up, () => null));
  }
  return result;
}

export function append(tree: Group, path: Path, child: Tree): Group {
  return asGroup(
    rebuild(tree, path, (old) => {
      const group = asGroup(old);
      const name = nameOf(group) ?? "all";
      return { ...group, [name]: [...(group[name] ?? []), child] };
    }),
  );
}

export function rename(tree: Group, path: Path, name: GroupName): Group {
  return asGroup(
    rebuild(tree, path, (old) => {
      const group = asGroup(old);
      const { all: _a, any: _y, none: _n, ...extra } = group;
      return { ...extra, [name]: childrenOf(group) };
    }),
  );
}

/** Puts a leaf into a group of its own, beside which the next one can stand. */
export function wrap(tree: Group, path: Path, name: GroupName): Group {
  return asGroup(rebuild(tree, path, (old) => ({ [name]: [old] })));
}

export function depth(tree: Tree): number {
  return isLeaf(tree) ? 0 : 1 + Math.max(0, ...childrenOf(tree).map(depth));
}

export function leaves(tree: Tree | null | undefined): Leaf[] {
  if (!tree) return [];
  return isLeaf(tree) ? [tree] : childrenOf(tree).flatMap(leaves);
}

/** The same change for every leaf that asks for it (such as "count opens by machines"). */
export function mapLeaves(tree: Tree, change: (leaf: Leaf) => Leaf): Tree {
  if (isLeaf(tree)) return change(tree);
  const name = nameOf(tree);
  return name ? { ...tree, [name]: (tree[name] ?? []).map((child) => mapLeaves(child, change)) } : tree;
}

/** What is stored for an edited group: a lone leaf keeps the plain form, an empty one is nothing. */
export function stored(group: Group): Tree | null {
  const children = childrenOf(group);
  const only = children.length === 1 ? children[0] : undefined;
  if (only && isLeaf(only) && nameOf(group) !== "none" && Object.keys(group).length === 1) return only;
  return children.length ? group : null;
}
