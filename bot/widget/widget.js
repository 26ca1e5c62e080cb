/* Karwan's chat widget. A seller puts one tag on a page, and that is all:
 *   <script src="https://HOST/widget.js" data-shop="demo" async></script>      (optional: data-language="zh|ug|en")
 * script.py joins words.js, line.js and this file. Whatever came from people is only ever text, never markup. */
const STYLE = `/*__STYLE__*/`;
const TYPES = ["image/jpeg", "image/png", "image/webp"];
const LIMIT = 10 * 1024 * 1024;
const ICONS = {
  chat: "M21 11.5a8.5 8.5 0 0 1-12.6 7.4L3 20.5l1.6-5.3A8.5 8.5 0 1 1 21 11.5z", down: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18", more: "M5 12h.01M12 12h.01M19 12h.01", send: "M3 20.5l18-8.5L3 3.5V10l12 2-12 2z",
  bot: "M12 4v4M5 8h14v11H5zM9.5 12.5v2M14.5 12.5v2M2 12v3M22 12v3", picture: "M4 5h16v14H4zM4 16l5-5 9 8M15.5 9.5h.01",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5 7.5-5s6.5 1 7.5 5",
};

// ---- Building blocks ----
function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  node.className = classes.join(" ");
  if (tag === "button") node.type = tag;
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}
function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
const button = (name, onclick, ...children) => el(`button.${name}`, { onclick }, ...children);
function tool(name, word, onclick) {
  const node = button(`icon.${name}`, onclick, icon(name));
  node.title = node.ariaLabel = t(word);
  return node;
}
function set(node, text, shown = text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !shown;
}

// Links become links; numbers of orders, parcels, phones, prices and times keep their own direction.
const LINK = /https?:\/\/[^\s<>"'«»“”，。；、（）]*[^\s<>"'«»“”，。；、（）.,;:!?)\]]/;
const NUMBER = /[+¥]?(?:[a-z]{1,6}-?)?\d[\da-z]*(?:(?:[-.:/,*]+| (?=\d{3}))[\da-z]+)*%?/;
const TOKEN = new RegExp(`(${LINK.source})|${NUMBER.source}`, "gi");
function rich(text) {
  const parts = [];
  let from = 0;
  for (const { 0: token, 1: link, index } of text.matchAll(TOKEN)) {
    parts.push(text.slice(from, index), link
      ? el("a", { href: link, dir: "ltr", target: "_blank", rel: "noopener noreferrer" }, link)
      : el("bdi", { dir: "ltr" }, token));
    from = index + token.length;
  }
  return [...parts, text.slice(from)];
}

// ---- The log ----
function bubble(item) {
  if (item.picture || item.image) return picture(item);
  const text = item.title || (item.text === "/talk_to_human" ? t("talk") : item.text);
  return el("div.bubble", { dir: "auto", lang: item.language || language }, ...rich(text));
}
function picture(item) {
  const box = el("div.bubble.picture");
  const show = () => {
    const href = URL.createObjectURL(item.blob);
    box.replaceChildren(el("a", { href, target: "_blank" }, el("img", { src: href, alt: t("photo") })));
  };
  const load = async () => {
    box.replaceChildren();
    const { status, data } = await call("GET", base + new URL(item.image, base).pathname, { type: "blob" });
    if (status !== 200) return box.append(button("", load, t("broken")));
    item.blob = data;
    show();
  };
  if (item.blob) show();
  else {
    new IntersectionObserver(([entry], observer) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      load();
    }).observe(box);
  }
  return box;
}

function build(item) {
  const own = item.from === "shopper";
  const parts = item.parts = {
    day: el("div.day"), who: el("div.who", {}, own ? "" : icon(item.from === "staff" ? "person" : "bot"),
      own ? "" : t(item.from)),
    clock: el("bdi", { dir: "ltr" }), status: el("span"), again: button("again", () => retry(item), t("again")),
  };
  parts.meta = el("div.meta", {}, parts.clock, parts.status, parts.again);
  return el(`div.row.${item.from}`, {}, parts.day, own ? "" : parts.who, bubble(item), parts.meta);
}

function dayOf(at) {
  const date = new Date(at);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
  if (days < 2) return t(days > 0 ? "yesterday" : "today");
  return t("date", date.getFullYear(), date.getMonth() + 1, date.getDate());
}
const near = (one, two) => one && two && one.from === two.from && new Date(two.at) - new Date(one.at) < 3e5;

function update(item, before, after) {
  const { day, who, clock, status, again, meta } = item.parts;
  const date = dayOf(item.at);
  set(day, date, !before || date !== dayOf(before.at));
  const joined = day.hidden && near(before, item);
  item.row.classList.toggle("joined", joined);
  who.hidden = joined;
  set(clock, new Date(item.at).toTimeString().slice(0, 5));
  const word = item.status ? t(item.status) + (item.status === "failed" ? ` · ${t(item.reason)}` : "") : "";
  set(status, item.status === "sending" && item.part ? `${word} ${Math.round(item.part * 100)}%` : word,
    item.status !== "sent" || !after);
  again.hidden = !["failed", "waiting"].includes(item.status);
  meta.classList.toggle("bad", !again.hidden);
  meta.hidden = again.hidden && near(item, after) && item.status !== "sending";
}

function answers() {
  const last = state.items.at(-1);
  const talk = { title: t("talk"), payload: "/talk_to_human" };
  const options = last ? (last.from !== "shopper" && last.buttons) || []
    : [{ title: t("whereabouts") }, { title: t("returning") }, talk];
  if (ui.answers.of === JSON.stringify(options)) return;
  ui.answers.of = JSON.stringify(options);
  ui.answers.replaceChildren(...options.map(({ title, payload }) => button("answer", () => {
    send(payload || title, payload && title);
    settle();
  }, ...rich(title))));
}

function send(...message) {
  stuck = true;
  say(...message);
  render();
}

let stuck = true;
let below = 0;
function noticed() {
  type(0);
  if (!stuck) below += 1;
}

function render() {
  const { items } = state;
  items.sort((one, two) => (one.seq || Infinity) - (two.seq || Infinity) || 0);
  items.forEach((item, index) => {
    item.row ??= build(item);
    if (ui.list.children[index] !== item.row) ui.list.insertBefore(item.row, ui.list.children[index]);
    update(item, items[index - 1], items[index + 1]);
  });
  answers();
  ui.root.className = `root ${state.mode}`;
  set(ui.state, t(state.mode));
  ui.mark.replaceChildren(icon(state.mode === "human" ? "person" : "bot"));
  ui.banner.hidden = navigator.onLine && state.lost < 2;
  if (stuck) scroll();
  set(ui.fresh, t("fresh", below));
  ui.chip.hidden = !below;
  if (ui.panel.open && state.read !== state.last) keep("read", state.read = state.last);
  const unread = items.filter(({ seq, from }) => seq > state.read && from !== "shopper").length;
  set(ui.badge, `${unread}`, unread);
  ui.launcher.ariaLabel = ui.panel.open ? t("close") : t("open") + (unread ? ` (${t("fresh", unread)})` : "");
}
function scroll() {
  below = 0;
  ui.log.scrollTop = ui.log.scrollHeight;
}
function scrolled({ target }) {
  stuck = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
  if (stuck && below) render();
}
function setAside() {
  past.append(...ui.list.children);
}

let typing;
function type(seconds) {
  clearTimeout(typing);
  ui.typing.hidden = !seconds;
  if (seconds) typing = setTimeout(type, seconds * 1000, 0);
}

// ---- The panel ----
const settle = () => (touch.matches ? ui.log : ui.input).focus();
function open() {
  if (phone.matches) ui.panel.showModal();
  else ui.panel.show();
  ui.launcher.ariaExpanded = true;
  stuck = true;
  render();
  settle();
  follow();
}
function close() {
  menu(false);
  ui.panel.close();
  ui.launcher.ariaExpanded = false;
  render();
  ui.launcher.focus();
}
function menu(shown) {
  ui.menu.hidden = !shown;
  ui.more.ariaExpanded = shown;
  if (shown) ui.menu.firstChild.focus();
}
function speak(tongue) {
  keep("language", language = tongue);
  send(`/switch_language${JSON.stringify({ language })}`, TONGUES[language]);
  mount();
  open();
}

function grow() {
  ui.input.dir = ui.input.value && "auto"; // empty, its hint follows the page of the widget
  ui.input.style.height = "auto";
  ui.input.style.height = `${ui.input.scrollHeight + 2}px`;
  ui.composer.classList.toggle("ready", ui.input.value.trim() || tray.length);
}
function submit() {
  const text = ui.input.value.trim();
  tray.splice(0).forEach((blob) => send("", undefined, blob));
  if (text) send(text);
  ui.input.value = "";
  show();
}
const tray = [];
function attach(files) {
  const wrong = ({ type, size }) => (TYPES.includes(type) ? size > LIMIT && "large" : 415);
  const reason = [...files].map(wrong).find(Boolean);
  set(ui.notice, reason ? t(reason) : "");
  tray.push(...[...files].filter((file) => !wrong(file)));
  show();
}
function show() {
  ui.tray.replaceChildren(...tray.map((file, index) => {
    const node = button("thumb", () => {
      tray.splice(index, 1);
      show();
      ui.input.focus();
    }, el("img", { src: URL.createObjectURL(file), alt: "" }), icon("close"));
    node.ariaLabel = t("remove");
    return node;
  }));
  ui.tray.hidden = !tray.length;
  grow();
}
function key(event) {
  if (event.isComposing || event.keyCode === 229) return; // an input method is choosing a word
  if (event.key === "Enter" && !event.shiftKey && event.target === ui.input) submit();
  else if (event.key !== "Escape") return;
  else if (ui.menu.hidden) close();
  else {
    menu(false);
    ui.more.focus();
  }
  event.preventDefault();
}

function assemble() {
  const boxes = ["list", "answers", "typing", "banner", "state", "fresh", "badge", "notice", "tray", "mark", "menu", "composer"];
  ui = Object.fromEntries(boxes.map((name) => [name, el(`div.${name}`)]));
  const entry = (name, lang, text, act) => el("button", { lang, onclick() {
    menu(false);
    act();
    settle();
  } }, icon(name), text);
  const quiet = (event) => event.preventDefault();
  for (const node of [ui.typing, ui.notice, ui.tray, ui.menu]) node.hidden = true;
  ui.banner.role = ui.state.role = "status";
  ui.notice.role = "alert";
  ui.typing.ariaHidden = true;
  ui.typing.append(el("i"), el("i"), el("i"));
  ui.banner.append(t("offline"));
  ui.launcher = button("launcher", () => (ui.panel.open ? close() : open()), icon("chat"), icon("down"), ui.badge);
  ui.more = tool("more", "menu", () => menu(ui.menu.hidden));
  ui.launcher.ariaExpanded = ui.more.ariaExpanded = false;
  ui.menu.append(entry("person", language, t("talk"), () => send("/talk_to_human", t("talk"))));
  for (const lang in TONGUES) if (lang !== language) ui.menu.append(entry("chat", lang, TONGUES[lang], () => speak(lang)));
  ui.file = el("input", { type: "file", accept: TYPES, multiple: "", hidden: "", onchange({ target }) {
    attach(target.files);
    target.value = "";
  } });
  ui.input = el("textarea.input", { rows: 1, placeholder: t("input"), "aria-label": t("input"), enterkeyhint: "send",
    oninput: grow, onpaste: ({ clipboardData }) => attach(clipboardData.files) });
  ui.log = el("div.log", { role: "log", "aria-label": t("log"), "aria-live": "polite", tabindex: 0, onscroll: scrolled },
    el("div.intro", {}, el("div.mark", {}, icon("bot")), t("intro")), past, ui.list, ui.answers, ui.typing);
  ui.chip = button("chip", () => { scroll(); render(); settle(); }, icon("down"), ui.fresh);
  ui.composer.append(ui.notice, ui.tray, tool("picture", "picture", () => ui.file.click()), ui.input,
    tool("send", "send", () => { submit(); settle(); }), ui.file);
  ui.panel = el("dialog.panel", { "aria-label": t("name"), onkeydown: key, oncancel: quiet, ondragover: quiet, ondrop(event) {
    quiet(event);
    attach(event.dataTransfer.files);
  } },
  el("div.head", {}, ui.mark, el("div.title", {}, el("h2", {}, t("name")), ui.state), ui.more,
    tool("close", "close", close)), ui.menu, el("div.middle", {}, ui.banner, ui.log, ui.chip), ui.composer);
  ui.root = el("div", { role: "region", "aria-label": t("name"), lang: language, dir: language === "ug" ? "rtl" : "ltr" },
    ui.launcher, ui.panel);
}
function mount() {
  const draft = ui?.input.value || "";
  state.items.forEach((item) => { item.row = null; });
  assemble();
  ui.input.value = draft;
  shadow.replaceChildren(ui.root);
  try { // allowed by a page whose policy forbids inline styles
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
  } catch { // an older browser
    shadow.append(el("style", {}, STYLE));
  }
  new ResizeObserver(() => stuck && scroll()).observe(ui.log);
  render();
}

const phone = matchMedia("(max-width: 640px)");
const touch = matchMedia("(pointer: coarse)");
const past = el("div");
const host = document.createElement("karwan-chat");
const shadow = host.attachShadow({ mode: "open" });
let ui;

function start() {
  document.documentElement.append(host);
  mount();
  phone.addEventListener("change", () => {
    if (!ui.panel.open) return;
    ui.panel.close();
    open();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? hangUp() : resume()));
  for (const event of ["online", "offline"]) window.addEventListener(event, () => { hangUp(); resume(); });
  restore().then(resume);
}
function resume() {
  wake();
  if (state.token) follow();
  pump();
  render();
}
if (!document.querySelector(host.localName)) start();
