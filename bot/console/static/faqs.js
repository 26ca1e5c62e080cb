// One box ticks all of the page's.
const all = document.getElementById("all");
all?.addEventListener("change", () => {
  for (const box of document.querySelectorAll('input[name="ids"]')) box.checked = all.checked;
});

// While a file is imported, how far it is.
const gone = document.getElementById("gone");
if (gone) {
  let going = false;
  const look = async () => {
    const { done, total } = await (await fetch("/faqs/import/progress")).json();
    if (!going) return;
    if (total) { gone.max = total; gone.value = done; }
    again();
  };
  const again = () => setTimeout(() => (going ? look().catch(again) : 0), 400);
  const form = document.getElementById("import");
  form.addEventListener("htmx:beforeRequest", () => { going = true; again(); });
  form.addEventListener("htmx:afterRequest", () => { going = false; gone.removeAttribute("value"); });
}
