// The second factor is asked for without losing what was typed. Without this script the form works too.
const form = document.getElementById("login");
const problem = document.getElementById("problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector(".button");
  button.disabled = true;
  const response = await fetch("/login", { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } })
    .catch(() => null);
  button.disabled = false;
  const body = await response?.json().catch(() => null);
  if (!body) return form.submit(); // as if there were no script
  if (body.go) return location.assign(body.go);
  const code = document.getElementById("code");
  code.hidden &&= !body.code_needed;
  problem.hidden = !body.refused;
  problem.querySelector("span").textContent = body.refused;
  const field = code.hidden ? form.elements.password : form.elements.code;
  field.select();
  field.focus();
});
