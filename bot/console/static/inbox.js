// The inbox's script: starts the parts. The server makes the HTML; here is what only a browser can know.
import { follow } from "./live.js";
import { startThread } from "./thread.js";
import { startComposer } from "./composer.js";
import { startKeys } from "./keys.js";
import { startAlerts } from "./alerts.js";
import { startDialogs } from "./dialogs.js";
import { tick } from "./times.js";

const page = document.body.dataset;

// What the server refuses is shown as it says it; what does not arrive, with a sentence of the page.
let toasting;
export function toast(words) {
  const box = document.getElementById("toast");
  box.textContent = words;
  box.hidden = false;
  clearTimeout(toasting);
  toasting = setTimeout(() => { box.hidden = true; }, 6000);
}
export async function problemOf(response) {
  if (response.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  const body = await response.clone().json().catch(() => null);
  return body?.error?.shown || page.lost;
}
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.status === 401) return location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  let shown;
  try { shown = JSON.parse(xhr.responseText).error.shown; } catch { /* no answer of ours */ }
  toast(shown || page.lost);
});
document.addEventListener("htmx:sendError", () => toast(page.lost));

// ---- The list ----
const rows = () => document.getElementById("rows");
function settle() {
  const empty = !rows().querySelector(".row");
  document.getElementById("no-rows").hidden = !empty;
}
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "rows" || target.closest?.("#rows")) settle();
  if (target.id === "open") opened();
});
export function seen(row) {
  row.querySelectorAll(".count, .named").forEach((node) => node.remove());
  row.querySelector(".unread-row")?.classList.remove("unread-row");
}
function opened() {
  const id = document.getElementById("thread")?.dataset.conversation;
  for (const row of rows().children) {
    if (id && row.id === `c-${id}`) {
      row.setAttribute("aria-current", "true");
      seen(row);
    } else row.removeAttribute("aria-current");
  }
  document.body.classList.toggle("reading", Boolean(id));
  delete document.body.dataset.card;
  startThread();
  startComposer();
  tick();
}
document.addEventListener("click", (event) => {
  const tab = event.target.closest("#tabs a");
  if (tab && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    show(tab.dataset.view);
  }
  if (event.target.closest("[data-toggle=card]")) {
    if (document.body.dataset.card) delete document.body.dataset.card;
    else document.body.dataset.card = "open";
  }
});
export function show(view) {
  const form = document.getElementById("filters");
  form.elements.view.value = view;
  for (const tab of document.querySelectorAll("#tabs a")) {
    if (tab.dataset.view === view) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  htmx.trigger(form, "submit");
}
document.getElementById("more-filters").addEventListener("click", ({ currentTarget }) => {
  const narrow = document.getElementById("narrow");
  narrow.hidden = !narrow.hidden;
  currentTarget.setAttribute("aria-expanded", String(!narrow.hidden));
});
document.addEventListener("inbox:rows", settle);
window.addEventListener("popstate", () => location.reload());

settle();
startAlerts();
startKeys();
startDialogs();
follow();
opened();
setInterval(tick, 15_000);
