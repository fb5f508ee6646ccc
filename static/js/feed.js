// The history follows by itself: the server says that somebody moved, the page asks for what it shows, once a second at most.
const MIN_MS = 1000;
let waiting = null;
let last = 0;

function moved() {
  if (waiting) return;
  waiting = setTimeout(() => {
    waiting = null;
    last = Date.now();
    const list = document.getElementById("history");
    if (list) window.htmx.trigger(list, "moved");
  }, Math.max(0, MIN_MS - (Date.now() - last)));
}

function say(live) {
  const pill = document.querySelector("[data-feed]");
  if (!pill) return;
  pill.classList.toggle("pill-live", live);
  pill.lastElementChild.textContent = live ? "Live" : "Every 20 s";
}

let open = false;
function listen(wait) {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/runs/`);
  socket.onopen = () => { open = true; wait = 1000; say(true); };
  socket.onmessage = moved;
  socket.onclose = (event) => {
    open = false;
    say(false);
    if (event.code !== 4403) setTimeout(() => listen(Math.min(wait * 2, 30_000)), wait);
  };
}
document.addEventListener("htmx:afterSettle", () => say(open));
listen(1000);

// A click anywhere in a row opens its run.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input")) row.querySelector("a").click();
});
