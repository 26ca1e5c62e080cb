// Sound and notifications, when somebody wants them: for what waits for a person, for one's own conversations, for one's name.
import { toast } from "./inbox.js";

const KEY = "karwan:alerts";
let on = localStorage.getItem(KEY) === "on";
let sound;

export function startAlerts() {
  const bell = document.getElementById("bell");
  const show = () => bell.setAttribute("aria-pressed", String(on));
  bell.addEventListener("click", async () => {
    on = !on;
    localStorage.setItem(KEY, on ? "on" : "off");
    show();
    if (!on) return;
    beep();
    if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
  });
  show();
}
function beep() {
  sound ??= new AudioContext();
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.setValueAtTime(660, sound.currentTime);
  tone.frequency.setValueAtTime(880, sound.currentTime + 0.12);
  volume.gain.setValueAtTime(0.08, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.3);
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.3);
}
// An `alert` is "what:number": it rings when the number is new, also for what is not in the list that is shown.
const rang = new Map();
export function alertOf({ id, alert: mark, name, current }, old) {
  const before = rang.get(id) ?? old?.dataset.alert;
  rang.set(id, mark);
  if (!mark || mark === before || (current && !document.hidden && document.hasFocus())) return;
  if (mark.startsWith("named:")) toast(document.body.dataset.named.replace("%s", name));
  if (!on) return;
  if (sound?.state !== "suspended") beep();
  document.body.dataset.rang = mark;
  if (!document.hasFocus() && "Notification" in window && Notification.permission === "granted") {
    // No word of the shopper's: a notification lies about on locked screens.
    const notice = new Notification(name, { tag: id, body: document.body.dataset.title });
    notice.onclick = () => {
      window.focus();
      const link = document.querySelector(`#${CSS.escape(id)} a`);
      if (link) link.click();
      else location.assign(`/inbox/${id.slice(2)}`);
      notice.close();
    };
  }
}
