// The theme is set by the server from the cookie; a choice made here is kept in both cookie and local storage.
// Loaded before the page is painted, so that a page from a cache does not flash.
(() => {
  const root = document.documentElement;
  const themes = ["light", "dark", "system"];
  const kept = localStorage.getItem("theme");
  if (themes.includes(kept) && kept !== root.dataset.theme) apply(kept);

  function apply(theme) {
    root.dataset.theme = theme;
    localStorage.setItem("theme", theme);
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-checked", String(button.dataset.themeChoice === theme));
    }
    document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (button) apply(button.dataset.themeChoice);
    const cycle = event.target.closest("[data-theme-cycle]");
    if (cycle) {
      const next = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length];
      apply(next);
      cycle.querySelector("[data-theme-word]").textContent = { light: "Light", dark: "Dark", system: "As the system" }[next];
    }
  });
})();
