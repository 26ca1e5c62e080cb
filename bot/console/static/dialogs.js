// Dialogs are brought by the server when they are opened, and go when they are closed.
import { toast } from "./inbox.js";

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) open(opener);
    if (event.target.closest("[data-dismiss]")) event.target.closest("dialog").close();
    if (event.target.nodeName === "DIALOG") event.target.close(); // its backdrop
  });
  document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
    if (detail.successful) target.closest?.("dialog.acting")?.close();
  });
}
export async function open(opener) {
  const conversation = document.getElementById("thread")?.dataset.conversation;
  const url = opener.dataset.from || `/inbox/${conversation}/dialogs/${opener.dataset.dialog}`;
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) return toast(document.body.dataset.lost);
  const place = document.getElementById("dialogs");
  place.innerHTML = await response.text();
  const dialog = place.querySelector("dialog");
  htmx.process(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.contains(opener)) opener.focus();
  });
  dialog.showModal();
}
