// Toasts leave by themselves; the server sends more in the HX-Trigger header: {"toast": {"text": "...", "level": "success"}}.
const STAYS_MS = 6000;

function leave(toast) {
  toast.classList.add("going");
  setTimeout(() => toast.remove(), 220);
}

function show(text, level = "success") {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.className = `toast toast-${level}`;
  toast.querySelector("span").textContent = text;
  document.getElementById("toasts").append(toast);
  setTimeout(() => leave(toast), STAYS_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close-toast]");
  if (button) leave(button.closest(".toast"));
});
document.addEventListener("toast", (event) => show(event.detail.text, event.detail.level));
document.addEventListener("htmx:sendError", () => show("Trellis cannot be reached. Nothing was changed.", "error"));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  show(status === 403 ? "Your role does not allow this." : `That did not work (${status}). Nothing was changed.`, "error");
});
for (const toast of document.querySelectorAll("#toasts .toast:not(.toast-error)")) setTimeout(() => leave(toast), STAYS_MS);
