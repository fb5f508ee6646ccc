// Ctrl+K (or Cmd+K, or /) opens the search; arrows choose, Enter goes.
const dialog = document.getElementById("search");
const field = dialog?.querySelector("input");

function openSearch() {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  field.select();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-search]")) openSearch();
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openSearch();
    return;
  }
  if (!dialog?.open) return;
  const links = [...dialog.querySelectorAll("a")];
  const at = links.findIndex((link) => link.classList.contains("active"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!links.length) return;
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + links.length) % links.length;
    links.forEach((link, n) => link.classList.toggle("active", n === next));
    links[next].scrollIntoView({ block: "nearest" });
    event.preventDefault();
  }
  if (event.key === "Enter" && links.length) {
    event.preventDefault();
    links[Math.max(at, 0)].click();
  }
});
