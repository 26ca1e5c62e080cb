// Waiting times that go on counting. The words come with the page.
export function waited(since) {
  const words = document.body.dataset;
  const minutes = Math.max(0, Math.floor((Date.now() - new Date(since)) / 60_000));
  if (minutes < 60) return words.minutes.replace("%d", minutes);
  if (minutes < 48 * 60) return words.hours.replace("%d", Math.floor(minutes / 60));
  return words.days.replace("%d", Math.floor(minutes / 1440));
}
export function tick() {
  for (const time of document.querySelectorAll("[data-since]")) {
    const text = waited(time.dataset.since);
    if (time.textContent !== text) time.textContent = text;
  }
}
