// The editor of a content: what is typed is shown as its reader would see it, in a sandboxed frame, half a second later.
const form = document.getElementById("content-form");
const sender = document.getElementById("preview-form");
const WAIT_MS = 450;
let timer = null;

function look() {
  sender.replaceChildren();
  for (const [name, value] of new FormData(form)) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    sender.append(field);
  }
  sender.submit();
  window.htmx.trigger("#problems", "look");
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(look, WAIT_MS);
}

form.addEventListener("input", (event) => {
  if (event.target.name === "reader") return;
  if (event.target.name === "width") {
    document.querySelector("[data-frame]").classList.toggle("phone-wide", event.target.value === "phone");
    return;
  }
  soon();
});

document.addEventListener("click", (event) => {
  const reader = event.target.closest("[data-reader]");
  if (!reader) return;
  form.elements.contact.value = reader.dataset.reader;
  document.querySelector("[data-reader-name]").textContent = reader.dataset.name;
  look();
});

window.addEventListener("load", look);
