// Examples go into the condition's field; its people are asked for at once.
document.addEventListener("click", (event) => {
  const example = event.target.closest("[data-insert]");
  if (!example) return;
  const field = document.getElementById("s-condition");
  field.value = example.dataset.insert;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  window.htmx.trigger(field, "look");
  field.focus();
});
