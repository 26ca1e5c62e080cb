// Where the widget is and whom it speaks to. First of the parts: the script element is known only while it runs.
const script = document.currentScript || document.querySelector("script[data-shop]");
const base = new URL(script.src).origin;
const { shop } = script.dataset;
const api = `${base}/channels/web/${encodeURIComponent(shop)}`;
const SILENCE = 45000; // three missed keep-alives: the line is dead even if nothing says so
