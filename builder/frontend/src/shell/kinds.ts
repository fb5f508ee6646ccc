import type { Catalogue, GroupName, Kind } from "../model/types";

export interface KindGroup {
  name: GroupName;
  label: string;
  kinds: Kind[];
}

/** The kinds by group, in the catalogue's order; with a text only those whose name or help starts a word with it. */
export function matchingKinds(catalogue: Catalogue, text: string): KindGroup[] {
  const wanted = plain(text);
  const fits = (kind: Kind) => wanted === "" || plain(kind.label).includes(wanted) || kind.kind.replace("_", "").includes(wanted);
  return catalogue.groups
    .map((group) => ({ ...group, kinds: catalogue.kinds.filter((kind) => kind.group === group.name && fits(kind)) }))
    .filter((group) => group.kinds.length > 0);
}

/** "E-mail" is found by "email". */
const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
