/* Verify in front of the reader 当面验封: each layer is shown when the server has its answer. Without this file the same
   form opens the page with all layers. */

const SEPARATOR = "\u001e";
const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;

async function run(form, panel) {
  const layers = panel.querySelector(".layers") ?? panel.appendChild(document.createElement("ol"));
  layers.className = "layers";
  layers.replaceChildren();
  panel.querySelectorAll(".verdict, .empty").forEach((one) => one.remove());
  const status = panel.querySelector("[data-status]");
  status.textContent = status.dataset.running;
  const answer = await fetch(form.dataset.live, { method: "POST", body: new FormData(form), credentials: "same-origin" });
  if (!answer.ok) return form.submit();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    kept += piece.value;
    const parts = kept.split(SEPARATOR);
    kept = parts.pop();
    for (const part of parts) layers.append(...parse(part).childNodes);
  }
  panel.append(...parse(kept).childNodes);
  status.textContent = panel.querySelector(".verdict") ? status.dataset.done : status.dataset.broken;
}

for (const form of document.querySelectorAll("form[data-live]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const panel = document.getElementById("verify");
    const button = form.querySelector("button");
    button.disabled = true;
    panel.scrollIntoView({ block: "nearest" });
    run(form, panel).catch(() => form.submit()).finally(() => { button.disabled = false; });
  });
}
