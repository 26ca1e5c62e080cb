/* Karwan's chat widget. A seller puts one tag on a page, and that is all:
 *   <script src="https://HOST/widget.js" data-shop="demo" async></script>      (optional: data-language="zh|ug|en")
 * The server puts tokens.css and widget.css where the style mark stands below. Untrusted text is only ever text. */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[data-shop]");
  const base = new URL(script.src).origin;
  const { shop, language: wanted } = script.dataset;
  const api = `${base}/channels/web/${encodeURIComponent(shop)}`;
  const STYLE = `/*__STYLE__*/`;
  const TYPES = ["image/jpeg", "image/png", "image/webp"];
  const LIMIT = 10 * 1024 * 1024;
  const SILENCE = 45000; // three missed keep-alives: the line is dead even if nothing says so

  const WORDS = {
    zh: {
      name: "在线客服", open: "打开聊天窗口", close: "关闭聊天窗口", menu: "更多", log: "聊天记录", bot: "智能助手",
      queued: "正在为您接人工客服，请稍候", human: "人工客服正在为您服务", staff: "人工客服", talk: "找人工客服",
      intro: "您好，我是本店的智能助手。您可以问订单、物流、退换货，也可以随时找人工客服。",
      starters: ["我的订单到哪了？", "怎么退货？"], input: "请输入消息", send: "发送", picture: "发送图片",
      sending: "发送中", sent: "已发送", waiting: "还没发出，会自动重试", failed: "未发送", again: "重新发送",
      offline: "网络断开了，恢复后自动发送", 413: "内容太长，请分几条发送", large: "图片超过 10 MB，请换一张小一点的",
      415: "只能发送 JPG、PNG、WebP 图片", refused: "这条消息发不出去", 404: "客服暂时用不了", remove: "移除图片",
      broken: "图片没打开，点这里重试", fresh: (n) => `${n} 条新消息`, today: "今天", yesterday: "昨天",
      day: (d, m, y) => `${y ? y + "年" : ""}${m}月${d}日`,
    },
    ug: {
      name: "خېرىدارلار مۇلازىمىتى", open: "پاراڭ كۆزنىكىنى ئېچىش", close: "پاراڭ كۆزنىكىنى يېپىش", menu: "تىزىملىك",
      log: "پاراڭ خاتىرىسى", bot: "ئەقلىي ياردەمچى", queued: "مۇلازىمەتچىگە ئۇلاۋاتىمىز، سەل ساقلاپ تۇرۇڭ",
      human: "مۇلازىمەتچى جاۋاب بېرىۋاتىدۇ", staff: "مۇلازىمەتچى", talk: "مۇلازىمەتچىگە ئۇلاش",
      intro: "ياخشىمۇسىز، مەن دۇكىنىمىزنىڭ ئەقلىي ياردەمچىسى. زاكاز، يوللانما ۋە مال قايتۇرۇش توغرىسىدا سوراڭ. "
        + "خالىغان ۋاقىتتا مۇلازىمەتچىگە ئۇلىنالايسىز.",
      starters: ["زاكازىم نەگە كەلدى؟", "مالنى قانداق قايتۇرىمەن؟"], input: "بۇ يەرگە يېزىڭ", send: "ئەۋەتىش",
      picture: "رەسىم ئەۋەتىش", sending: "ئەۋەتىلىۋاتىدۇ", sent: "ئەۋەتىلدى", waiting: "تېخى ئەۋەتىلمىدى، ئۆزى قايتا سىنايدۇ",
      failed: "ئەۋەتىلمىدى", again: "قايتا ئەۋەتىش", offline: "تور ئۈزۈلدى. تور ئۇلانسا ئۆزى ئەۋەتىدۇ.",
      413: "ئۇچۇر بەك ئۇزۇن. بۆلۈپ ئەۋەتىڭ.", large: "رەسىم 10 MB تىن چوڭ. كىچىكرەك رەسىم تاللاڭ.",
      415: "پەقەت JPG، PNG، WebP رەسىملەرنى ئەۋەتكىلى بولىدۇ.", refused: "بۇ ئۇچۇرنى ئەۋەتكىلى بولمىدى.",
      404: "مۇلازىمەت ھازىرچە ئىشلىمەيدۇ.", remove: "رەسىمنى ئېلىۋېتىش", broken: "رەسىم ئېچىلمىدى. بېسىپ قايتا سىناڭ.",
      fresh: (n) => `${n} يېڭى ئۇچۇر`, today: "بۈگۈن", yesterday: "تۈنۈگۈن",
      day: (d, m, y) => `${y ? y + "-يىلى " : ""}${m}-ئاينىڭ ${d}-كۈنى`,
    },
    en: {
      name: "Customer service", open: "Open chat", close: "Close chat", menu: "More", log: "Messages", bot: "Assistant (bot)",
      queued: "Waiting for a person to join", human: "A person is answering you", staff: "Support agent",
      talk: "Talk to a person", intro: "Hello, I am this shop's assistant, a bot. Ask me about orders, parcels and "
        + "returns, or talk to a person at any time.",
      starters: ["Where is my order?", "How do I return something?"], input: "Write a message", send: "Send",
      picture: "Send a picture", sending: "Sending", sent: "Sent", waiting: "Not sent yet, retrying", failed: "Not sent",
      again: "Try again", offline: "You are offline. Messages will be sent later.", 413: "Too long. Please split it up.",
      large: "The picture is over 10 MB. Please choose a smaller one.", 415: "Only JPG, PNG and WebP pictures can be sent.",
      refused: "This message cannot be sent", 404: "The chat is not available", remove: "Remove picture",
      broken: "Picture not loaded. Tap to retry.", fresh: (n) => `${n} new`, today: "Today", yesterday: "Yesterday",
      day: (d, m, y) => new Date(y || 2000, m - 1, d).toLocaleDateString("en-GB", { day: "numeric", month: "long" })
        + (y ? ` ${y}` : ""),
    },
  };
  const TONGUES = { ug: "ئۇيغۇرچە", zh: "中文" };
  const ICONS = {
    chat: "M21 11.5a8.5 8.5 0 0 1-12.6 7.4L3 20.5l1.6-5.3A8.5 8.5 0 1 1 21 11.5z", down: "M6 9l6 6 6-6",
    close: "M6 6l12 12M18 6L6 18", more: "M5 12h.01M12 12h.01M19 12h.01", send: "M3 20.5l18-8.5L3 3.5V10l12 2-12 2z",
    bot: "M12 4v4M5 8h14v11H5zM9.5 12.5v2M14.5 12.5v2M2 12v3M22 12v3", picture: "M4 5h16v14H4zM4 16l5-5 9 8M15.5 9.5h.01",
    person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5 7.5-5s6.500 1 7.500 5", globe: "M4 5h9M8 3v2M11 5c-1 5-4 8-7 9"
      + "M6 9c1 3 4 5 6 5M12 21l4.500-10L21 21M13.500 18h6",
  };

  // ---- What is kept. Storage may be blocked or full: then it is kept as long as the page. ----
  const memory = new Map();
  const stored = (name) => `karwan:${base}:${shop}:${name}`;
  function recall(name, otherwise = null) {
    try {
      return JSON.parse(localStorage.getItem(stored(name))) ?? memory.get(name) ?? otherwise;
    } catch {
      return memory.get(name) ?? otherwise;
    }
  }
  function keep(name, value) {
    memory.set(name, value);
    try {
      localStorage.setItem(stored(name), JSON.stringify(value));
    } catch { /* in memory, then */ }
  }
  // Read again before each write: another tab may have unsent messages of its own.
  const keepUnsent = ({ id, text, title, status, reason, at, picture }) => keep("unsent", [
    ...recall("unsent", []).filter((kept) => kept.id !== id),
    { id, text, title, status, reason, at, picture: !!picture },
  ]);
  const dropUnsent = ({ id }) => keep("unsent", recall("unsent", []).filter((kept) => kept.id !== id));
  // Unsent pictures are too big for localStorage; where there is no Cache they last as long as the page.
  const album = async (use) => {
    try {
      return await use(await caches.open("karwan"));
    } catch { /* no secure context */ }
  };

  const state = {
    language: recall("language") || ["ug", "zh", "en"].find((code) => [wanted, document.documentElement.lang,
      ...navigator.languages].find((tag) => /^(zh|ug|en)\b/.test(tag))?.startsWith(code)) || "zh",
    token: null, era: 0, last: 0, seen: new Set(), items: [], mode: "bot", read: recall("read", 0), below: 0, stuck: true,
    lost: 0, tray: [],
  };
  const words = () => WORDS[state.language];

  // ---- Requests ----
  function call(method, url, { body = null, type = "json", progress } = {}) {
    return new Promise((resolve) => {
      const xhr = new XMLHttpRequest();
      xhr.open(method, url);
      xhr.responseType = type;
      xhr.timeout = body instanceof FormData ? 300000 : 30000;
      if (state.token) xhr.setRequestHeader("Authorization", `Bearer ${state.token}`);
      if (body && !(body instanceof FormData)) {
        xhr.setRequestHeader("Content-Type", "application/json");
        body = JSON.stringify(body);
      }
      xhr.onload = () => resolve({
        status: xhr.status, data: xhr.response, wait: xhr.status === 429 && Number(xhr.getResponseHeader("Retry-After")),
      });
      xhr.onerror = xhr.ontimeout = xhr.onabort = () => resolve({ status: 0 });
      if (progress) xhr.upload.onprogress = (event) => progress(event.loaded / event.total);
      xhr.send(body);
    });
  }

  // A new session is a new conversation: what was shown stays on the page, numbering begins anew.
  function adopt(token) {
    Object.assign(state, { token, last: 0, read: recall("read", 0), era: state.era + 1, seen: new Set() });
    state.items.filter((item) => item.status && item.status !== "sent").forEach((item) => { item.era = state.era; });
  }

  let opening = null;
  async function begin() {
    const language = TONGUES[state.language] && state.language;
    const answer = await call("POST", `${api}/sessions`, { body: language ? { language } : {} });
    if (answer.status === 201) {
      keep("token", answer.data.token);
      keep("read", 0);
      adopt(answer.data.token);
    }
    return answer;
  }

  async function authorised(method, path, options) {
    for (let renewed = false; ; renewed = true) {
      if (!state.token) {
        const answer = await (opening ??= begin().finally(() => { opening = null; }));
        if (!state.token) return answer;
      }
      const used = state.token;
      const answer = await call(method, api + (path.call ? path() : path), options);
      if (answer.status !== 401) return answer;
      if (renewed) return { status: 503 };
      if (used !== state.token) continue;
      const other = recall("token"); // another tab may have renewed it
      if (other && other !== used) adopt(other);
      else state.token = null;
    }
  }

  const sleepers = new Set();
  const wake = () => sleepers.forEach((rise) => rise());
  const pause = (tries, seconds) => new Promise((resolve) => {
    const rise = () => { clearTimeout(timer); sleepers.delete(rise); resolve(); };
    const timer = setTimeout(rise, (seconds || Math.min(2 ** (tries - 1), 30)) * 1000);
    sleepers.add(rise);
  });

  // ---- Sending: one at a time, in order, so that text never overtakes a picture ----
  async function deliver(item) {
    const id = item.id;
    if (!item.picture) {
      return authorised("POST", "/messages", { body: { message_id: id, text: item.text, title: item.title || undefined } });
    }
    const body = new FormData();
    body.append("message_id", id);
    body.append("file", item.blob, `picture.${item.blob.type.slice(6)}`);
    return authorised("POST", "/images", { body, progress: (part) => { item.part = part; render(); } });
  }

  let pumping = false;
  async function pump() {
    if (pumping) return;
    pumping = true;
    for (let item, tries = 0; (item = state.items.find(isPending)); render()) {
      const { status, wait } = await deliver(item);
      if (!isPending(item)) continue; // its echo was faster
      const temporary = !status || status >= 500 || [401, 408, 425, 429].includes(status);
      if (status >= 200 && status < 300) {
        item.status = "sent";
        tries = 0;
        dropUnsent(item);
        if (state.mode === "bot" && state.items.at(-1) === item) type(30);
        follow();
      } else if (temporary) {
        tries += 1;
        if (tries > 2) item.status = "waiting";
        render();
        await pause(tries, wait);
      } else {
        item.status = "failed";
        item.reason = item.picture && status === 413 ? "large" : WORDS.en[status] ? status : "refused";
        keepUnsent(item);
        tries = 0;
      }
    }
    pumping = false;
  }
  const isPending = (item) => item.status === "sending" || item.status === "waiting";

  function say(text, { title, blob } = {}) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");
    const item = { id, from: "shopper", text, title, blob, picture: !!blob, status: "sending", at: new Date().toISOString() };
    if (title) keep("titles", [...recall("titles", []).slice(-99), [id, title]]);
    if (blob) album((cache) => cache.put(`/karwan/${id}`, new Response(blob)));
    keepUnsent(item);
    add(item);
    state.stuck = true;
    render();
    pump();
  }

  function retry(item) {
    item.status = "sending";
    keepUnsent(item);
    render();
    wake();
    pump();
  }

  async function restore() {
    for (const kept of recall("unsent", [])) {
      const item = { ...kept, from: "shopper", status: kept.status === "failed" ? "failed" : "sending" };
      if (kept.picture) item.blob = await album(async (cache) => (await cache.match(`/karwan/${kept.id}`)).blob());
      if (kept.picture && !item.blob) dropUnsent(kept);
      else add(item);
    }
  }

  // ---- Receiving: catch up by number, then follow the stream until it breaks ----
  const add = (item) => state.items.push({ era: state.era, ...item }) && item;
  function receive(message) {
    if (state.seen.has(message.seq)) return;
    state.seen.add(message.seq);
    state.last = Math.max(state.last, message.seq);
    const { message_id: id, title, ...rest } = message;
    let item = id && state.items.find((own) => own.id === id);
    if (item) dropUnsent(item);
    else item = add({ id });
    Object.assign(item, rest, { era: state.era }, item.status && { status: "sent" });
    item.title ||= title || new Map(recall("titles", [])).get(id);
    if (message.from === "shopper") return;
    type(0);
    if (!state.stuck) state.below += 1;
  }

  function setMode(mode) {
    state.mode = mode;
    if (mode !== "bot") type(0);
  }

  async function catchUp() {
    const { status, data } = await authorised("GET", () => `/messages?after=${state.last}`);
    if (status !== 200) return false;
    data.messages.forEach(receive);
    setMode(data.mode);
    return true;
  }

  let following = false;
  let hangUp = () => {};
  async function follow() {
    if (following) return;
    following = true;
    while (!document.hidden) {
      const begun = Date.now();
      const reached = await catchUp();
      state.lost = reached ? 0 : state.lost + 1;
      render();
      if (reached) await stream();
      render();
      if (!document.hidden) await pause(reached && Date.now() - begun > 3000 ? 1 : state.lost + 1);
    }
    following = false;
  }

  async function stream() {
    const control = new AbortController();
    let guard;
    const alive = () => { clearTimeout(guard); guard = setTimeout(hangUp, SILENCE); };
    hangUp = () => control.abort();
    try {
      alive();
      const response = await fetch(`${api}/events?after=${state.last}`, {
        headers: { Authorization: `Bearer ${state.token}` }, signal: control.signal, cache: "no-store",
      });
      if (!response.ok) return;
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      for (let text = "", part; !(part = await reader.read()).done;) {
        alive();
        const events = (text + decoder.decode(part.value, { stream: true })).split(/\r?\n\r?\n/);
        text = events.pop();
        events.forEach(happen);
        render();
      }
    } catch { /* cut or hung up: follow() begins again */
    } finally {
      clearTimeout(guard);
    }
  }

  function happen(event) {
    const field = (name) => event.match(new RegExp(`^${name}: ?(.*)$`, "m"))?.[1].trim();
    const kind = field("event");
    if (!kind) return; // a keep-alive
    const data = JSON.parse(field("data") || "{}");
    if (kind === "message") receive(data);
    else if (kind === "mode") setMode(data.mode);
    else if (kind === "typing") type(6);
  }

  // ---- Building blocks ----
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
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
  const speaking = []; // [node, word, attribute]: what is said again when the language changes
  const says = (node, word, attribute) => speaking.push([node, word, attribute]) && node;
  const tool = (name, word, onclick, more) => says(says(el("button", {
    type: "button", class: "icon", onclick, ...more }, icon(name)), word, "aria-label"), word, "title");
  const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  // Links become links; numbers of orders, parcels, phones, prices and times keep their own direction.
  const TOKENS = /(https?:\/\/[^\s<>"'«»“”，。；、（）]+[^\s<>"'«»“”，。；、（）.,;:!?)\]])|([+¥]?[a-z]{0,6}\d[\da-z]*(?:(?:[-.:/,*]| (?=\d{3}))[\da-z*]+)*%?)/gi;
  function rich(text) {
    const parts = [];
    let from = 0;
    for (const { 0: token, 1: link, index } of text.matchAll(TOKENS)) {
      parts.push(text.slice(from, index), link
        ? el("a", { href: link, dir: "ltr", target: "_blank", rel: "noopener noreferrer" }, link)
        : el("bdi", { dir: "ltr" }, token));
      from = index + token.length;
    }
    return [...parts, text.slice(from)];
  }

  // ---- The log ----
  function bubble(item) {
    if (item.picture || item.image) return pictureOf(item);
    const text = item.title || (item.text === "/talk_to_human" ? words().talk : item.text) || "";
    return el("div", { class: "bubble", dir: "auto", lang: item.language || state.language }, ...rich(text));
  }
  function pictureOf(item) {
    const box = el("div", { class: "bubble picture" });
    const show = (blob) => {
      const href = URL.createObjectURL(blob);
      box.replaceChildren(el("a", { href, target: "_blank", rel: "noopener" }, el("img", { src: href, alt: words().photo })));
    };
    const load = async () => {
      box.replaceChildren();
      const { status, data } = await call("GET", new URL(item.image, base).href, { type: "blob" });
      if (status === 200) show(data);
      else box.append(el("button", { type: "button", onclick: load }, words().broken));
    };
    if (item.blob) show(item.blob);
    else if (new URL(item.image, base).origin === base) { // the token goes nowhere else
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
      day: el("div", { class: "day" }), who: el("span"), clock: el("bdi", { dir: "ltr" }), status: el("span"),
      again: el("button", { type: "button", onclick: () => retry(item) }),
    };
    parts.meta = el("div", { class: "meta" }, parts.clock, parts.status, parts.again);
    parts.label = el("div", { class: "who" }, own ? "" : icon(item.from === "staff" ? "person" : "bot"), parts.who);
    return el("div", { class: `row ${item.from}` }, parts.day, own ? "" : parts.label, bubble(item), parts.meta);
  }

  function dayOf(date) {
    const now = new Date();
    const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
    if (days < 2 && days > -1) return days ? words().yesterday : words().today;
    return words().day(date.getDate(), date.getMonth() + 1, date.getFullYear() !== now.getFullYear() && date.getFullYear());
  }
  const near = (one, other) => !!one && !!other && one.from === other.from && one.era === other.era
    && Math.abs(new Date(one.at) - new Date(other.at)) < 300000;

  function update(item, before, after) {
    const { day, who, clock, status, again, meta, label } = item.parts;
    const date = new Date(item.at);
    const today = dayOf(date);
    set(day, today);
    day.hidden = !!before && today === dayOf(new Date(before.at));
    const joined = day.hidden && near(before, item);
    item.row.classList.toggle("joined", joined);
    label.hidden = joined;
    set(who, words()[item.from] || "");
    set(clock, date.toTimeString().slice(0, 5));
    const part = item.status === "sending" && item.part ? ` ${Math.round(item.part * 100)}%` : "";
    set(status, (item.status !== "sent" || !after) && words()[item.status] ? (words()[item.reason] || words()[item.status]) + part : "");
    again.hidden = item.status !== "failed" && item.status !== "waiting";
    set(again, words().again);
    meta.classList.toggle("bad", !again.hidden);
    meta.hidden = again.hidden && !status.textContent && near(item, after);
  }

  function replies() {
    const last = state.items.at(-1);
    const options = last ? (last.from !== "shopper" && last.buttons) || []
      : [...words().starters.map((title) => ({ title })), { title: words().talk, payload: "/talk_to_human" }];
    const mark = JSON.stringify(options);
    if (ui.replies.mark === mark) return;
    ui.replies.mark = mark;
    ui.replies.replaceChildren(...options.map(({ title, payload }) => el("button", { type: "button", dir: "auto", onclick() {
      say(payload || title, payload && { title });
      (touch.matches ? ui.log : ui.input).focus();
    } }, title)));
  }

  function render() {
    const { items } = state;
    const place = ({ era, seq = Infinity }) => era * 1e12 + Math.min(seq, 1e11);
    items.sort((one, other) => place(one) - place(other));
    items.forEach((item, index) => {
      item.row ??= build(item);
      if (ui.list.children[index] !== item.row) ui.list.insertBefore(item.row, ui.list.children[index] || null);
    });
    items.forEach((item, index) => update(item, items[index - 1], items[index + 1]));
    replies();
    ui.root.className = `root ${state.mode}`;
    set(ui.state, words()[state.mode]);
    ui.banner.hidden = navigator.onLine && state.lost < 2;
    if (state.stuck) ui.log.scrollTop = ui.log.scrollHeight;
    if (state.stuck) state.below = 0;
    ui.chip.hidden = !state.below;
    set(ui.fresh, words().fresh(state.below));
    if (ui.panel.open && state.read !== state.last) keep("read", state.read = state.last);
    const unread = items.filter((item) => item.seq > state.read && item.era === state.era && item.from !== "shopper").length;
    ui.badge.hidden = !unread;
    set(ui.badge, unread > 99 ? "99+" : `${unread}`);
    ui.launcher.setAttribute("aria-label", ui.panel.open ? words().close
      : words().open + (unread ? ` (${words().fresh(unread)})` : ""));
  }

  let typingEnds;
  function type(seconds) {
    clearTimeout(typingEnds);
    ui.typing.hidden = !seconds;
    if (seconds) typingEnds = setTimeout(type, seconds * 1000, 0);
  }

  // ---- The panel ----
  const phone = matchMedia("(max-width: 640px)");
  const touch = matchMedia("(pointer: coarse)");
  function open() {
    if (phone.matches) ui.panel.showModal();
    else ui.panel.show();
    ui.launcher.setAttribute("aria-expanded", "true");
    state.stuck = true;
    render();
    (touch.matches ? ui.log : ui.input).focus();
    follow();
  }
  function close() {
    ui.menu.hidden = true;
    ui.panel.close();
    ui.launcher.setAttribute("aria-expanded", "false");
    render();
    ui.launcher.focus();
  }
  function menu(show) {
    ui.menu.hidden = !show;
    ui.more.setAttribute("aria-expanded", `${show}`);
    if (show) ui.menu.querySelector("button:not([hidden])").focus();
  }
  function speak(language) {
    keep("language", state.language = language);
    relabel();
    say(`/switch_language${JSON.stringify({ language })}`, { title: TONGUES[language] });
  }
  function relabel() {
    const { language } = state;
    ui.root.lang = language;
    ui.root.dir = language === "ug" ? "rtl" : "ltr";
    for (const [node, word, attribute] of speaking) {
      if (attribute) node.setAttribute(attribute, words()[word]);
      else node.textContent = words()[word];
    }
    for (const tongue in TONGUES) ui[tongue].hidden = tongue === language;
    render();
  }

  function grow() {
    ui.input.style.blockSize = "auto";
    ui.input.style.blockSize = `${ui.input.scrollHeight + 2}px`;
    ui.composer.classList.toggle("ready", !!ui.input.value.trim() || state.tray.length > 0);
  }
  function submit(event) {
    event?.preventDefault();
    const text = ui.input.value.trim();
    state.tray.splice(0).forEach((blob) => say("", { blob }));
    if (text) say(text);
    ui.input.value = "";
    tray();
  }
  function attach(files) {
    const bad = [...files].map((file) => !TYPES.includes(file.type) ? 415 : file.size > LIMIT && "large").find(Boolean);
    ui.notice.hidden = !bad;
    ui.notice.textContent = bad ? words()[bad] : "";
    state.tray.push(...[...files].filter((file) => TYPES.includes(file.type) && file.size <= LIMIT));
    tray();
  }
  function tray() {
    ui.tray.replaceChildren(...state.tray.map((blob) => el("button", { type: "button", "aria-label": words().remove, onclick() {
      state.tray.splice(state.tray.indexOf(blob), 1);
      tray();
      ui.input.focus();
    } }, el("img", { src: URL.createObjectURL(blob), alt: "" }), icon("close"))));
    ui.tray.hidden = !state.tray.length;
    grow();
  }
  function key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is choosing a word
    if (event.key === "Escape") {
      event.preventDefault();
      if (ui.menu.hidden) return close();
      menu(false);
      ui.more.focus();
    } else if (event.key === "Enter" && !event.shiftKey && event.target === ui.input) submit(event);
  }

  const entry = (name, word, onclick, text = "") => says(el("span"), word) && el("button", { type: "button", onclick() {
    menu(false);
    onclick();
    ui.more.focus();
  } }, icon(name), text || speaking.at(-1)[0]);
  const ui = {
    log: says(el("div", { class: "log", role: "log", "aria-live": "polite", tabindex: 0, onscroll() {
      const { scrollHeight, scrollTop, clientHeight } = ui.log;
      state.stuck = scrollHeight - scrollTop - clientHeight < 40;
      if (state.stuck && state.below) render();
    } }), "log", "aria-label"),
    list: el("div", { class: "list" }), replies: el("div", { class: "replies" }),
    typing: el("div", { class: "typing", "aria-hidden": "true", hidden: true }, el("i"), el("i"), el("i")),
    banner: says(el("p", { class: "banner", role: "status", hidden: true }), "offline"),
    fresh: el("span"), badge: el("span", { class: "badge", hidden: true }), state: el("p", { class: "state", role: "status" }),
    launcher: el("button", { type: "button", class: "launcher", "aria-expanded": "false", onclick: () => ui.panel.open ? close() : open() }, icon("chat")),
    more: tool("more", "menu", () => menu(ui.menu.hidden), { "aria-expanded": "false" }),
    ug: entry("globe", "", () => speak("ug"), TONGUES.ug), zh: entry("globe", "", () => speak("zh"), TONGUES.zh),
    file: el("input", { type: "file", accept: TYPES.join(), multiple: true, hidden: true, onchange() {
      attach(ui.file.files);
      ui.file.value = "";
    } }),
    input: says(says(el("textarea", { class: "input", rows: 1, dir: "auto", enterkeyhint: "send", oninput: grow, onpaste({ clipboardData: { files }, ...event }) {
      if (files.length) attach(files);
    } }), "input", "placeholder"), "input", "aria-label"),
    notice: el("p", { class: "notice", role: "alert", hidden: true }), tray: el("div", { class: "tray", hidden: true }),
  };
