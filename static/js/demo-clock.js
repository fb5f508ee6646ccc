// "1 day": the demo's clock goes on, in steps if there is much to do; the page shows how far it is and then comes anew.
const token = () => document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
const said = document.querySelector("[data-advanced]");
const buttons = [...document.querySelectorAll("[data-advance]")];

async function advance(duration) {
  const answer = await fetch("/api/demo/clock/", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify({ advance: duration }),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail ?? "The clock did not move.");
  return told.left_s;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-advance]");
  if (!button) return;
  for (const one of buttons) one.disabled = true;
  said.textContent = "Days pass…";
  try {
    let left = await advance(button.dataset.advance);
    while (left > 0) {
      said.textContent = `Days pass… ${Math.ceil(left / 3600)} hours to go.`;
      left = await advance(`PT${left}S`);
    }
    location.reload();
  } catch (reason) {
    said.textContent = reason.message;
    for (const one of buttons) one.disabled = false;
  }
});
