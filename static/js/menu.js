// <details class="menu">: one open at a time, closed by Escape, by a click outside, and by choosing.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const inside = menu.contains(event.target);
    if (!inside || event.target.closest("[data-theme-choice]") === null && event.target.closest(".menu-list button, .menu-list a")) {
      if (!inside || !event.target.closest("[data-keep-open]")) menu.open = false;
    }
  }
});

document.addEventListener("keydown", (event) => {
  const menu = document.activeElement?.closest("details.menu[open]");
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.menu[open]")) {
      open.open = false;
      if (open === menu) open.querySelector("summary").focus();
    }
  }
  if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const items = [...menu.querySelectorAll(".menu-list a, .menu-list button, .menu-list input")];
    if (!items.length) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    event.preventDefault();
  }
});
