// Small helps for forms: the eye of a password, a filter that sends itself, "all on this page", leaving with changes.
document.addEventListener("click", (event) => {
  const eye = event.target.closest("[data-eye]");
  if (!eye) return;
  const input = document.getElementById(eye.dataset.eye);
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  eye.setAttribute("aria-pressed", String(!shown));
  eye.querySelector("use").setAttribute("href", eye.dataset[shown ? "iconShow" : "iconHide"]);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.closest("[data-autosubmit]")) field.form.requestSubmit();
  const table = field.closest("[data-bulk]");
  if (!table) return;
  const all = table.querySelector("[data-all]");
  const boxes = [...table.querySelectorAll("[data-one]")];
  if (field === all) for (const box of boxes) box.checked = all.checked;
  const chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr").setAttribute("aria-selected", String(box.checked));
  all.checked = boxes.length > 0 && chosen.length === boxes.length;
  all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  const bar = document.getElementById(table.dataset.bulk);
  bar.hidden = chosen.length === 0;
  bar.querySelector("[data-count]").textContent = chosen.length.toLocaleString("en");
});

// What refreshes by itself waits while somebody is choosing or reading a menu in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target.closest?.("[data-live]");
  if (part && event.target === part && part.querySelector("[data-one]:checked, details[open], input:focus")) event.preventDefault();
});

// A form or button that destroys asks once, in the words it brings along.
const asker = document.getElementById("confirm");
let asked = null;
document.addEventListener("submit", (event) => {
  const source = event.submitter?.dataset.confirm ? event.submitter : event.target;
  if (!source.dataset?.confirm || source === asked || !asker) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  asker.querySelector("p").textContent = source.dataset.confirm;
  const go = asker.querySelector("[data-go]");
  go.textContent = source.dataset.confirmAction ?? "Go on";
  go.onclick = () => {
    asker.close();
    asked = source;
    event.target.requestSubmit(event.submitter ?? undefined);
    asked = null;
  };
  asker.showModal();
}, true);

const changed = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) changed.add(form);
});
document.addEventListener("submit", (event) => changed.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});
