// Writing: a draft for each conversation, an answer or a note, pictures, and never a word lost or sent twice.
import { problemOf, toast } from "./inbox.js";
import { arrived, end, thread } from "./thread.js";
import { closePicker, pick, startPicker } from "./picker.js";

const get = (id) => document.getElementById(id);
const words = () => get("words");
const draftKey = (kind) => `karwan:draft:${thread().dataset.conversation}:${kind}`;
let noting = false;
let began = 0; // the last shopper's message that was there when this answer was begun
let empty = true;
let pictures = [];
let translated = null; // what the shown translation was made from

export function startComposer() {
  if (!get("composer")) return;
  pictures = [];
  noting = false;
  begin();
  get("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  words().addEventListener("input", typed);
  words().addEventListener("keydown", key);
  words().addEventListener("paste", ({ clipboardData }) => attach(clipboardData.files));
  get("as-reply").addEventListener("click", () => as(false));
  get("as-note").addEventListener("click", () => as(true));
  get("attach").addEventListener("click", () => get("file").click());
  get("file").addEventListener("change", ({ target }) => { attach(target.files); target.value = ""; });
  get("canned").addEventListener("click", () => { words().focus(); pick("/", put); });
  get("stale-look").addEventListener("click", () => { get("stale").hidden = true; began = heard(); end(); words().focus(); });
  get("stale-send").addEventListener("click", () => { began = heard(); get("stale").hidden = true; submit(); });
  get("translate")?.addEventListener("click", translate);
  get("preview-send").addEventListener("click", sendTranslation);
  get("preview-drop").addEventListener("click", dropPreview);
  startPicker(words());
  as(sessionStorage.getItem("karwan:noting") === thread().dataset.conversation);
}
const heard = () => Number(thread().dataset.heard);
function begin() { began = heard(); }

// ---- Drafts ----
function as(note) {
  noting = note;
  if (note) sessionStorage.setItem("karwan:noting", thread().dataset.conversation);
  else sessionStorage.removeItem("karwan:noting");
  get("composer").classList.toggle("noting", note);
  get("as-note").setAttribute("aria-pressed", String(note));
  get("as-reply").setAttribute("aria-pressed", String(!note));
  words().placeholder = note ? words().dataset.note : get("seat").dataset.hint;
  words().value = localStorage.getItem(draftKey(note ? "note" : "reply")) || "";
  empty = !words().value;
  get("attach").disabled = note;
  if (get("translate")) get("translate").disabled = note;
  shut();
}
export function startNote() { as(true); words().focus(); }
export function startReply() { as(false); words().focus(); }
// An answer cannot be sent while a colleague has the conversation; a note can.
function shut() {
  const closed = !noting && get("seat").dataset.seat === "other";
  if (!noting) words().placeholder = get("seat").dataset.hint;
  for (const node of [words(), get("send"), get("attach")]) node.disabled = closed || (node === get("attach") && noting);
}
function keep() {
  const name = draftKey(noting ? "note" : "reply");
  if (words().value) localStorage.setItem(name, words().value);
  else localStorage.removeItem(name);
}
function put(text) {
  words().focus();
  words().setRangeText(text, words().value.startsWith("/") ? 0 : words().selectionStart, words().selectionEnd, "end");
  typed();
}

// ---- While writing ----
let told = 0;
function typed() {
  if (empty) begin(); // it answers what is there when its first letter is written
  empty = !words().value;
  keep();
  if (/^\/\S*$/.test(words().value)) pick(words().value, put);
  else if (noting && /(^|\s)@\S*$/.test(before())) pick(before().match(/@\S*$/)[0], name);
  else closePicker();
  if (Date.now() - told < 4000 || noting || !words().value) return;
  told = Date.now();
  post("typing", {}).catch(() => {});
}
const before = () => words().value.slice(0, words().selectionStart);
function name(text) {
  const start = before().search(/@\S*$/);
  words().setRangeText(`${text} `, start, words().selectionStart, "end");
  words().focus();
  typed();
}
function key(event) {
  if (event.isComposing || event.keyCode === 229) return; // an input method is choosing a word
  if (event.key === "Enter" && !event.shiftKey && get("picker").hidden) {
    event.preventDefault();
    submit();
  }
}

// ---- Sending ----
function post(what, fields) {
  return fetch(`/inbox/${thread().dataset.conversation}/${what}`, {
    method: "POST", headers: { "X-CSRF-Token": document.body.dataset.csrf },
    body: fields instanceof FormData ? fields : new URLSearchParams(fields),
  });
}
function submit() {
  const text = words().value.trim();
  if (noting) return text && note(text);
  if (!text && !pictures.length) return;
  if (heard() > began) { // it answers what is no longer the last word
    get("stale").hidden = false;
    get("stale-look").focus();
    return;
  }
  for (const picture of pictures.splice(0)) deliver({ picture });
  tray();
  if (text) deliver({ text });
  clear();
}
function clear() {
  words().value = "";
  empty = true;
  keep();
  begin();
  words().focus();
}
let saving = false;
async function note(text) {
  if (saving) return;
  saving = true;
  const response = await post("notes", { text }).catch(() => null);
  saving = false;
  if (!response?.ok) return toast(response ? await problemOf(response) : document.body.dataset.lost);
  insert(await response.text());
  clear();
}
function insert(html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  for (const node of [...box.content.children]) if (node.dataset.at) arrived(node);
  end();
}
// The bubble is there at once. The same client id goes with every try, so that the message is one message.
function deliver(message) {
  message.seen = began;
  const id = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const line = get("pending-line").content.firstElementChild.cloneNode(true);
  line.dataset.client = id;
  line.dataset.conversation = thread().dataset.conversation;
  line.querySelector(".bubble").textContent = message.text || "";
  if (message.picture) {
    const image = document.createElement("img");
    image.src = URL.createObjectURL(message.picture);
    image.alt = get("attach").title;
    line.querySelector(".bubble").replaceChildren(image);
    line.querySelector(".bubble").classList.add("shot");
  }
  line.querySelector("button").addEventListener("click", () => attempt(line, message));
  get("lines").append(line);
  end();
  attempt(line, message);
}
async function attempt(line, message) {
  const id = line.dataset.client;
  const address = `/inbox/${line.dataset.conversation}/messages`;
  mark(line, "");
  const body = new FormData();
  body.set("client_id", id);
  body.set("seen", message.seen);
  body.set("text", message.text || "");
  if (message.original) body.set("original", message.original);
  if (message.picture) body.set("file", message.picture);
  const response = await fetch(address + (message.picture ? "/images" : ""), {
    method: "POST", body, headers: { "X-CSRF-Token": document.body.dataset.csrf }, signal: AbortSignal.timeout(20_000),
  }).catch(() => null);
  if (!response?.ok) {
    const problem = response ? await problemOf(response) : document.body.dataset.lost;
    if (!line.isConnected) giveBack(line.dataset.conversation, message.text, problem);
    return mark(line, problem);
  }
  const html = await response.text();
  if (line.isConnected && thread()?.dataset.conversation === line.dataset.conversation) insert(html);
}
// Another conversation is open by now: the words are the draft again of the one they were written in.
function giveBack(conversation, text, problem) {
  const name = `karwan:draft:${conversation}:reply`;
  if (text && !localStorage.getItem(name)) localStorage.setItem(name, text);
  if (thread()?.dataset.conversation === conversation && !noting && !words().value) as(false);
  toast(problem);
}
function mark(line, problem) {
  line.querySelector(".going").hidden = Boolean(problem);
  line.querySelector(".bad").hidden = !problem;
  line.querySelector(".reason").textContent = problem;
}

// ---- Pictures ----
function attach(files) {
  if (noting) return;
  if (empty && !pictures.length) begin();
  pictures.push(...[...files].filter(({ type }) => ["image/jpeg", "image/png", "image/webp"].includes(type)));
  tray();
}
function tray() {
  get("tray").hidden = !pictures.length;
  get("tray").replaceChildren(...pictures.map((picture, index) => {
    const box = document.createElement("span");
    box.className = "thumb";
    const image = document.createElement("img");
    image.src = URL.createObjectURL(picture);
    image.alt = picture.name;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "tool";
    drop.textContent = "×";
    drop.setAttribute("aria-label", `× ${picture.name}`);
    drop.addEventListener("click", () => { pictures.splice(index, 1); tray(); words().focus(); });
    box.append(image, drop);
    return box;
  }));
}

// ---- A translation is looked at before it is sent ----
async function translate() {
  const text = words().value.trim();
  if (!text) return;
  get("translate").disabled = true;
  const response = await post("translation", { text }).catch(() => null);
  get("translate").disabled = false;
  if (!response?.ok) return toast(response ? await problemOf(response) : document.body.dataset.lost);
  translated = text;
  get("preview-text").value = (await response.json()).text;
  get("preview").hidden = false;
  get("preview-text").focus();
}
function sendTranslation() {
  const text = get("preview-text").value.trim();
  if (!text) return;
  if (heard() > began) {
    get("stale").hidden = false;
    return;
  }
  deliver({ text, original: translated });
  dropPreview();
  clear();
}
function dropPreview() {
  get("preview").hidden = true;
  translated = null;
  words().focus();
}
document.addEventListener("inbox:part", shutIfThere);
function shutIfThere() { if (get("composer")) shut(); }
