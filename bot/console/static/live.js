// The line to the server. Every update has a number; after a break the page asks from the last one it has, so that it
// gets exactly what it missed. htmx's extension holds the connection; where it goes is decided here.
import { arrived } from "./thread.js";
import { alertOf } from "./alerts.js";
import { seen } from "./inbox.js";
import { tick } from "./times.js";

let number = document.body.dataset.number;

export function follow() {
  htmx.createEventSource = (url) => {
    const address = new URL(url, location.href);
    const form = document.getElementById("filters");
    for (const [name, value] of new FormData(form)) if (value) address.searchParams.set(name, value);
    address.searchParams.set("after", number);
    const source = new EventSource(address);
    source.addEventListener("open", () => { document.getElementById("offline").hidden = true; });
    source.addEventListener("error", () => {
      document.getElementById("offline").hidden = false;
      if (source.readyState === EventSource.CLOSED) leaveIfSignedOut(); // refused, not cut
    });
    source.addEventListener("others", ({ data }) => others(JSON.parse(data)));
    source.addEventListener("gone", () => location.reload()); // too far behind to be told row by row
    return source;
  };
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    event.preventDefault(); // it is put in place here, not swapped
    const { data, lastEventId } = event.detail;
    apply(data);
    if (lastEventId) number = lastEventId;
    document.body.dataset.number = number;
  });
  // The rows follow the filters: with other filters, another stream.
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.id === "rows") reconnect();
  });
}
async function leaveIfSignedOut() {
  const response = await fetch("/api/v1/me").catch(() => null);
  if (response?.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
}
export function reconnect() {
  const live = document.getElementById("live");
  const again = live.cloneNode(false);
  htmx.trigger(live, "htmx:beforeCleanupElement");
  live.replaceWith(again);
  htmx.process(again);
}

function apply(html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  for (const node of [...box.content.children]) {
    if (node.classList.contains("row")) row(node);
    else if (node.dataset.gone) gone(node);
    else if (node.dataset.at) arrived(node);
    else part(node);
  }
  document.dispatchEvent(new Event("inbox:rows"));
  tick();
}
function gone(node) {
  const old = document.getElementById(node.dataset.gone);
  alertOf({ ...node.dataset, id: node.dataset.gone }, old);
  old?.remove();
}
function row(node) {
  const old = document.getElementById(node.id);
  if (!old && node.dataset.known) return; // the list is a search's: what else changes is not in it
  const focused = old?.contains(document.activeElement);
  const name = node.querySelector(".name").textContent;
  alertOf({ id: node.id, alert: node.dataset.alert, name, current: node.getAttribute("aria-current") }, old);
  const list = document.getElementById("rows");
  const scroll = list.scrollTop;
  const above = old ? old.getBoundingClientRect().top < list.getBoundingClientRect().top : false;
  const height = list.scrollHeight;
  if (old?.getAttribute("aria-current")) node.setAttribute("aria-current", "true");
  if (node.getAttribute("aria-current") && !document.hidden) seen(node); // it is being read
  if (old && old.dataset.order === node.dataset.order) old.replaceWith(node);
  else {
    old?.remove();
    const next = [...list.children].find((other) => other.dataset.order > node.dataset.order);
    list.insertBefore(node, next || null);
  }
  if (above || (scroll > 0 && node.offsetTop < scroll)) list.scrollTop = scroll + list.scrollHeight - height;
  htmx.process(node);
  if (focused) node.querySelector("a").focus();
}
function part(node) {
  const old = document.getElementById(node.id);
  if (!old || old.outerHTML === node.outerHTML) return;
  const key = old.contains(document.activeElement) && document.activeElement.dataset.key;
  old.replaceWith(node);
  htmx.process(node);
  document.dispatchEvent(new Event("inbox:part"));
  if (key) node.querySelector(`[data-key="${key}"]`)?.focus();
}
function others({ looking, typing }) {
  const box = document.getElementById("others");
  if (!box) return;
  const words = document.body.dataset;
  const told = [];
  if (typing.length) told.push(words.typing.replace("%s", typing.join(", ")));
  const idle = looking.filter((name) => !typing.includes(name));
  if (idle.length) told.push(words.looking.replace("%s", idle.join(", ")));
  box.textContent = told.join(" · ");
}
