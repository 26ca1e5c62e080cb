// The line to the server: what is kept, the queue of unsent messages, the stream of new ones. Knows no page.

// Storage may be blocked or full: then things are kept as long as the page.
const memory = {};
const stored = (name) => `karwan:${base}:${shop}:${name}`;
function recall(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(stored(name))) ?? memory[name] ?? otherwise;
  } catch {
    return memory[name] ?? otherwise;
  }
}
function keep(name, value) {
  memory[name] = value;
  try {
    localStorage.setItem(stored(name), JSON.stringify(value));
  } catch { /* in memory, then */ }
}
// Read again before each write: another tab may have unsent messages of its own.
const others = (item) => recall("unsent", []).filter(({ id }) => id !== item.id);
const dropUnsent = (item) => keep("unsent", others(item));
const keepUnsent = ({ id, text, title, status, reason, at, picture }) =>
  keep("unsent", [...others({ id }), { id, text, title, status, reason, at, picture }]);
// Pictures are too big for localStorage; without a Cache (page not https) they last as long as the page.
const album = (use) => (async () => use(await caches.open("karwan")))().catch(() => {});

const state = {
  token: recall("token"), last: 0, seen: new Set(), items: [], mode: "bot", read: recall("read", 0), lost: 0,
};
let language = recall("language") || [script.dataset.language, document.documentElement.lang, ...navigator.languages]
  .map((tag) => (tag || "").slice(0, 2)).find((tag) => LANGUAGES.includes(tag)) || "zh";
const isPending = ({ status }) => status === "sending" || status === "waiting";

function call(method, url, { body, type = "json", progress } = {}) {
  return new Promise((resolve) => {
    const form = body instanceof FormData;
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    xhr.responseType = type;
    xhr.timeout = form ? 300000 : 30000;
    if (state.token) xhr.setRequestHeader("Authorization", `Bearer ${state.token}`);
    if (body && !form) xhr.setRequestHeader("Content-Type", "application/json");
    xhr.onloadend = () => resolve({
      status: xhr.status, data: xhr.response, wait: xhr.status === 429 && +xhr.getResponseHeader("Retry-After"),
    });
    if (form) xhr.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    xhr.send(form || !body ? body : JSON.stringify(body));
  });
}

// A new session is a new conversation: what was said stays on the page, numbering begins anew.
async function begin() {
  const answer = await call("POST", `${api}/sessions`, { body: TONGUES[language] ? { language } : {} });
  if (answer.status === 201) {
    keep("token", state.token = answer.data.token);
    keep("read", state.read = state.last = 0);
    state.seen.clear();
    hangUp();
    state.items = state.items.filter((item) => isPending(item) || item.status === "failed");
    setAside();
  }
  return answer;
}

let beginning;
async function ask(method, path, options) {
  for (let tries = 0; tries < 2; tries += 1) {
    if (!state.token) {
      const answer = await (beginning ??= begin().finally(() => { beginning = null; }));
      if (!state.token) return answer;
    }
    const used = state.token;
    const answer = await call(method, api + path(), options);
    if (answer.status !== 401) return answer;
    if (used === state.token) state.token = null;
  }
  return { status: 503 };
}

const sleepers = new Set();
const wake = () => sleepers.forEach((rise) => rise());
const pause = (tries, seconds) => new Promise((resolve) => {
  const timer = setTimeout(() => rise(), (seconds || Math.min(2 ** (tries - 1), 30)) * 1000);
  const rise = () => { clearTimeout(timer); sleepers.delete(rise); resolve(); };
  sleepers.add(rise);
});

function deliver(item) {
  const { id, text, title, blob } = item;
  if (!blob) return ask("POST", () => "/messages", { body: { message_id: id, text, title } });
  const body = new FormData();
  body.append("message_id", id);
  body.append("file", blob, `picture.${blob.type.slice(6)}`);
  return ask("POST", () => "/images", { body, progress: (part) => { item.part = part; render(); } });
}

// One at a time and in order, so that text never overtakes a picture.
let pumping;
async function pump() {
  if (pumping) return;
  pumping = true;
  for (let item, tries = 0; (item = state.items.find(isPending));) {
    const { status, wait } = await deliver(item);
    const sent = !isPending(item) || (status >= 200 && status < 300); // its echo may be faster than the answer
    if (!sent && (!status || status >= 500 || [408, 425, 429].includes(status))) {
      tries += 1;
      if (tries > 2) item.status = "waiting";
      render();
      await pause(tries, wait);
      continue;
    }
    tries = 0;
    item.status = sent ? "sent" : "failed";
    item.reason = item.picture && status === 413 ? "large" : WORDS[status] ? status : 422;
    if (sent) dropUnsent(item);
    else keepUnsent(item);
    if (sent && state.mode === "bot" && state.items.at(-1) === item) type(30);
    render();
    follow();
  }
  pumping = false;
}

function say(text, title, blob) {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  const at = new Date().toISOString();
  const item = { id, from: "shopper", text, title, blob, picture: !!blob, status: "sending", at };
  if (title) keep("titles", [...recall("titles", []).slice(-99), [id, title]]);
  if (blob) album((cache) => cache.put(`/karwan/${id}`, new Response(blob)));
  keepUnsent(item);
  state.items.push(item);
  pump();
}

function retry(item) {
  item.status = "sending";
  keepUnsent(item);
  wake();
  pump();
  render();
}

// Messages a reload found unsent.
async function restore() {
  for (const item of recall("unsent", [])) {
    if (item.picture) item.blob = await album(async (cache) => (await cache.match(`/karwan/${item.id}`)).blob());
    if (item.picture && !item.blob) dropUnsent(item);
    else state.items.push({ ...item, from: "shopper", status: item.status === "failed" ? "failed" : "sending" });
  }
}

function receive({ message_id: id, title, ...message }) {
  if (state.seen.has(message.seq)) return;
  state.seen.add(message.seq);
  state.last = Math.max(state.last, message.seq);
  let item = id && state.items.find((own) => own.id === id);
  if (!item) state.items.push(item = { id });
  else if (item.picture) album((cache) => cache.delete(`/karwan/${id}`));
  if (id) dropUnsent(item);
  Object.assign(item, message, { status: item.status && "sent" });
  item.title ||= title || new Map(recall("titles", [])).get(id);
  if (message.from !== "shopper") noticed();
}

async function catchUp() {
  const { status, data } = await ask("GET", () => `/messages?after=${state.last}`);
  if (status !== 200) return false;
  data.messages.forEach(receive);
  state.mode = data.mode;
  return true;
}

// Catch up by number, then follow the stream until it breaks, and again; not while nobody looks.
let following;
let hangUp = () => {};
async function follow() {
  if (following) return;
  following = true;
  while (!document.hidden) {
    const begun = Date.now();
    const reached = await catchUp();
    state.lost = reached ? 0 : state.lost + 1;
    render();
    if (reached) await listen().catch(() => {}); // cut or hung up
    if (!document.hidden) await pause(Date.now() - begun > 3000 ? 1 : state.lost + 2);
  }
  following = false;
}

async function listen() {
  const control = new AbortController();
  let guard;
  hangUp = () => control.abort();
  const alive = () => { clearTimeout(guard); guard = setTimeout(hangUp, SILENCE); };
  try {
    alive();
    const { ok, body } = await fetch(`${api}/events?after=${state.last}`, {
      headers: { Authorization: `Bearer ${state.token}` }, signal: control.signal, cache: "no-store",
    });
    if (!ok) return;
    const reader = body.getReader();
    const decoder = new TextDecoder();
    for (let text = "", part; !(part = await reader.read()).done;) {
      alive();
      const events = (text + decoder.decode(part.value, { stream: true })).split(/\r?\n\r?\n/);
      text = events.pop();
      events.forEach(happen);
      render();
    }
  } finally {
    clearTimeout(guard);
  }
}

function happen(event) {
  const { event: kind, data } = Object.fromEntries(event.split(/\r?\n/).map((line) => line.split(/: ?(.*)/)));
  if (kind === "message") receive(JSON.parse(data));
  if (kind === "mode") state.mode = JSON.parse(data).mode;
  if (kind === "typing") type(6);
}
