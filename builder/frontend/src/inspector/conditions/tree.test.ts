import { describe, expect, it } from "vitest";
import * as tree from "./tree";

const vip = { fact: "tag", is: "vip" };
const opened = { fact: "message", node: "n2", did: "opened" };
const both: tree.Group = { all: [vip, { any: [opened] }] };

describe("editing a condition", () => {
  it("reads a lone leaf and nothing as a group", () => {
    expect(tree.asGroup(vip)).toEqual({ all: [vip] });
    expect(tree.asGroup(null)).toEqual({ all: [] });
    expect(tree.asGroup({ none: [vip] })).toEqual({ none: [vip] });
  });

  it("changes a leaf deep inside and leaves the old tree alone", () => {
    const before = JSON.stringify(both);
    expect(tree.update(both, [1, 0], { did: "clicked", link: "https://x.example" })).toEqual({
      all: [vip, { any: [{ ...opened, did: "clicked", link: "https://x.example" }] }],
    });
    expect(tree.update(both, [0], { is: undefined })).toEqual({ all: [{ fact: "tag" }, { any: [opened] }] });
    expect(JSON.stringify(both)).toBe(before);
  });

  it("adds to a group, renames it, wraps a leaf", () => {
    expect(tree.append(both, [1], vip)).toEqual({ all: [vip, { any: [opened, vip] }] });
    expect(tree.append(both, [], vip)).toEqual({ all: [vip, { any: [opened] }, vip] });
    expect(tree.rename(both, [1], "none")).toEqual({ all: [vip, { none: [opened] }] });
    expect(tree.wrap(both, [0], "any")).toEqual({ all: [{ any: [vip] }, { any: [opened] }] });
  });

  it("takes an emptied group away with its last leaf", () => {
    expect(tree.remove(both, [1, 0])).toEqual({ all: [vip] });
    expect(tree.remove(tree.remove(both, [1, 0]), [0])).toEqual({ all: [] });
  });

  it("ignores a path that is gone", () => {
    expect(tree.update(both, [7, 1], { is: "x" })).toEqual(both);
    expect(tree.at(both, [1, 0])).toEqual(opened);
    expect(tree.at(both, [4])).toBeUndefined();
  });

  it("stores one leaf plainly, none of one as a group, nothing as null", () => {
    expect(tree.stored({ all: [vip] })).toEqual(vip);
    expect(tree.stored({ none: [vip] })).toEqual({ none: [vip] });
    expect(tree.stored({ all: [] })).toBeNull();
    expect(tree.stored(both)).toEqual(both);
  });

  it("counts depth, lists leaves and changes them all", () => {
    expect(tree.depth(both)).toBe(2);
    expect(tree.leaves(both)).toEqual([vip, opened]);
    expect(tree.leaves(tree.mapLeaves(both, (leaf) => ({ ...leaf, machines: true })))).toEqual([
      { ...vip, machines: true },
      { ...opened, machines: true },
    ]);
  });
});
