// The open conversation: lines in order, day lines between them, and nothing that is being read moves.
let stuck = true; // to the end
let below = 0;
let observer;

const log = () => document.getElementById("log");
const lines = () => document.getElementById("lines");
export const thread = () => document.getElementById("thread");

export function startThread() {
  if (!log()) return;
  stuck = true;
  below = 0;
  days();
  end();
  log().addEventListener("scroll", scrolled);
  document.getElementById("chip").addEventListener("click", () => { end(); log().focus(); });
  observer?.disconnect();
  observer = new ResizeObserver(() => stuck && end());
  observer.observe(log());
  observer.observe(lines());
  document.getElementById("older").addEventListener("htmx:beforeSwap", keepPlace);
}
export function end() {
  below = 0;
  log().scrollTop = log().scrollHeight;
  chip();
}
function scrolled({ target }) {
  stuck = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
  if (stuck && below) { below = 0; chip(); }
}
function chip() {
  const node = document.getElementById("chip");
  node.hidden = !below;
  node.querySelector("span").textContent = document.body.dataset.fresh.replace("%d", below);
}

// A line from the stream: new, or another state of one that is there.
export function arrived(node) {
  if (!lines() || document.getElementById("live")?.dataset.stale) return;
  const old = document.getElementById(node.id)
    || (node.dataset.client && lines().querySelector(`[data-client="${CSS.escape(node.dataset.client)}"]`));
  if (old) old.replaceWith(node);
  else {
    const after = [...lines().children].reverse().find((line) => comesBefore(line.dataset, node.dataset));
    if (after) after.after(node);
    else lines().prepend(node);
    if (!stuck) below += 1;
  }
  htmx.process(node);
  const seq = Number(node.dataset.seq || 0);
  if (seq > Number(thread().dataset.seq)) thread().dataset.seq = seq;
  if (node.dataset.from === "shopper" && seq > Number(thread().dataset.heard)) {
    thread().dataset.heard = seq;
    document.dispatchEvent(new Event("inbox:heard"));
  }
  days();
  if (stuck) end();
  else chip();
  if ((seq || node.classList.contains("note")) && !document.hidden) read(thread().dataset.seq);
}
// Messages by their numbers; notes and events among them by the time.
function comesBefore(one, other) {
  if (!one.at) return false;
  return one.seq && other.seq ? Number(one.seq) < Number(other.seq) : one.at <= other.at;
}
let reading;
function read(seq) {
  clearTimeout(reading);
  const conversation = thread().dataset.conversation;
  reading = setTimeout(() => {
    fetch(`/inbox/${conversation}/read`, {
      method: "POST", headers: { "X-CSRF-Token": document.body.dataset.csrf }, body: new URLSearchParams({ seq }),
    }).catch(() => {}); // the next one tells it
  }, 400);
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && thread()) read(thread().dataset.seq);
});

// A day's first line has the day above it.
function days() {
  let before = "";
  let above = null;
  for (const line of [...lines().children]) {
    if (line.classList.contains("day")) { line.remove(); above = null; continue; }
    line.classList.toggle("joined", Boolean(above) && near(above.dataset, line.dataset));
    above = line;
    if (line.dataset.day && line.dataset.day !== before) {
      const head = document.createElement("p");
      head.className = "day";
      head.textContent = line.dataset.dayword;
      line.before(head);
      before = line.dataset.day;
    }
  }
}
// Of one speaker within five minutes: the name stands above the first alone.
function near(one, other) {
  return Boolean(one.from) && one.from === other.from && one.day === other.day
    && Number(other.at.slice(0, 17)) - Number(one.at.slice(0, 17)) < 3e8;
}
// Earlier lines come in above: what is read stays where it is.
function keepPlace({ detail }) {
  const height = log().scrollHeight;
  const top = log().scrollTop;
  stuck = false;
  detail.shouldSwap = false;
  const box = document.createElement("template");
  box.innerHTML = detail.serverResponse;
  const older = box.content.getElementById("older");
  document.getElementById("older").replaceWith(older);
  lines().prepend(...box.content.children);
  htmx.process(older);
  htmx.process(lines());
  older.addEventListener("htmx:beforeSwap", keepPlace);
  days();
  log().scrollTop = top + log().scrollHeight - height;
}
