// The list above the composer: ready answers after a slash, colleagues after an @.
let take = null;
let of = "";
let known = null; // {conversation, replies, colleagues}
const box = () => document.getElementById("picker");
const options = () => [...box().children];
const current = () => box().querySelector('[aria-selected="true"]');

export function startPicker(words) {
  words.addEventListener("keydown", (event) => {
    if (box().hidden || event.isComposing) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) move(moves[event.key]);
    else if (event.key === "Enter" || event.key === "Tab") choose(current());
    else if (event.key === "Escape") closePicker();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  words.addEventListener("blur", () => setTimeout(() => document.activeElement !== words && closePicker(), 200));
  box().addEventListener("mousedown", (event) => {
    event.preventDefault();
    choose(event.target.closest('[role="option"]'));
  });
}
export function closePicker() {
  of = "";
  if (!box()) return;
  box().hidden = true;
  document.getElementById("words").removeAttribute("aria-activedescendant");
}
export async function pick(query, then) {
  of = query;
  const { conversation } = document.getElementById("thread").dataset;
  if (known?.conversation !== conversation) {
    const response = await fetch(`/inbox/${conversation}/ready`).catch(() => null);
    if (!response?.ok) return;
    known = { conversation, ...await response.json() };
  }
  if (of !== query) return; // more was typed meanwhile
  take = then;
  const wanted = query.slice(1).toLowerCase();
  const list = query.startsWith("@")
    ? known.colleagues.filter((name) => name.toLowerCase().includes(wanted)).map((name) => ({ head: "@", text: `@${name}` }))
    : known.replies.filter(({ shortcut, text }) => shortcut.toLowerCase().includes(wanted) || text.toLowerCase().includes(wanted))
      .map(({ shortcut, text, language }) => ({ head: `/${shortcut}`, text, language }));
  box().replaceChildren(...list.slice(0, 20).map(option));
  box().hidden = !list.length;
  if (list.length) select(options()[0]);
}
function option({ head, text, language }, index) {
  const node = document.createElement("div");
  node.role = "option";
  node.id = `option-${index}`;
  node.dataset.text = text;
  const shortcut = document.createElement("kbd");
  shortcut.textContent = head;
  const words = document.createElement("span");
  words.className = "cut";
  words.dir = "auto";
  if (language) words.lang = language;
  words.textContent = text;
  node.append(shortcut, words);
  return node;
}
function select(node) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === node));
  node.scrollIntoView({ block: "nearest" });
  document.getElementById("words").setAttribute("aria-activedescendant", node.id);
}
function move(by) {
  const list = options();
  select(list[(list.indexOf(current()) + by + list.length) % list.length]);
}
function choose(node) {
  if (!node) return;
  const { text } = node.dataset;
  closePicker();
  take(text);
}
