// Keys, by their place on the keyboard, so that they work under a Uyghur or Chinese layout too.
import { startNote, startReply } from "./composer.js";
import { show } from "./inbox.js";

const press = (selector) => () => document.querySelector(selector)?.click();
const KEYS = {
  KeyJ: () => step(1), KeyK: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
  KeyR: startReply, KeyN: startNote,
  KeyC: press('[data-key="claim"]'), KeyB: press('[data-key="release"]'), KeyM: press('[data-key="transfer"]'),
  KeyQ: press('[data-key="requeue"]'), KeyX: press('[data-key="close"]'), KeyI: press('[data-toggle="card"]'), KeyU: press(".thread-head .only-small"),
  KeyL: () => document.getElementById("log")?.focus(),
};

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const field = event.target.closest("input, textarea, select");
    if (event.key === "Escape") return escape(field);
    if (field) return;
    if (event.key === "?" || event.key === "؟") document.getElementById("keys").showModal();
    else if (event.key === "/" || event.code === "Slash") document.getElementById("search").focus();
    else if (/^Digit[1-9]$/.test(event.code)) {
      const tab = document.querySelectorAll("#tabs a")[Number(event.code.slice(5)) - 1];
      if (!tab) return;
      show(tab.dataset.view);
    } else if (event.code in KEYS && !(event.shiftKey || (event.code.startsWith("Arrow") && event.target.closest("#log")))) {
      if (/Key[RN]/.test(event.code) && !document.getElementById("composer")) return;
      KEYS[event.code]();
    } else return;
    event.preventDefault();
  });
  document.querySelector("#keys").addEventListener("close", () => document.body.focus());
}
function escape(field) {
  if (document.body.dataset.card) delete document.body.dataset.card;
  else if (field?.id === "words" && !document.getElementById("picker").hidden) return;
  else field?.blur();
}
// To the conversation after or before the one that is open or in focus, and open it.
function step(by) {
  const links = [...document.querySelectorAll("#rows .row > a")];
  if (!links.length) return;
  const focused = links.indexOf(document.activeElement);
  const open = links.findIndex((link) => link.parentElement.getAttribute("aria-current"));
  const from = focused >= 0 ? focused : open;
  const next = links[Math.min(links.length - 1, Math.max(0, from + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  next.click();
}
