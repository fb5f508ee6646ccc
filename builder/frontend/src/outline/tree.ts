// Moving through the outline by keyboard, as trees do: what is drawn is what is walked.

export interface Move {
  focus?: string;
  fold?: string;
  unfold?: string;
}

/** The items on the screen, top to bottom. */
const items = (tree: HTMLElement): HTMLElement[] => [...tree.querySelectorAll<HTMLElement>("[role=treeitem]")];

/** Where a key leads from the item that has the focus; null if it means nothing here. */
export function moveIn(tree: HTMLElement, at: HTMLElement, key: string): Move | null {
  const all = items(tree);
  const index = all.indexOf(at);
  const id = (item: HTMLElement | undefined | null): string | undefined => item?.dataset.item;
  switch (key) {
    case "ArrowDown":
      return { focus: id(all[index + 1]) };
    case "ArrowUp":
      return { focus: id(all[index - 1]) };
    case "Home":
      return { focus: id(all[0]) };
    case "End":
      return { focus: id(all[all.length - 1]) };
    case "ArrowRight": {
      const expanded = at.getAttribute("aria-expanded");
      if (expanded === "false") return { unfold: id(at) };
      const child = at.querySelector<HTMLElement>("[role=group] [role=treeitem]");
      return { focus: id(child) };
    }
    case "ArrowLeft": {
      if (at.getAttribute("aria-expanded") === "true" && at.dataset.folds) return { fold: id(at) };
      return { focus: id(at.parentElement?.closest<HTMLElement>("[role=treeitem]")) };
    }
    default:
      return null;
  }
}
