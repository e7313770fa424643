/* Keys 键: comfort only; every page works without this file. No key approves, sends or deletes anything. */

const ROWS = "[data-rows] tbody tr, .contents ol > li:not(.part), .hits > .hit-case, .hits .pages > li";
let pressedG = 0;

function rows() {
  return [...document.querySelectorAll(ROWS)].filter((row) => row.querySelector("a, input"));
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.findLastIndex((row) => row.contains(document.activeElement));
  const current = all.findIndex((row) => row.querySelector("[aria-current]"));
  const next = here >= 0 ? here + by : current >= 0 ? current + by : by > 0 ? 0 : all.length - 1;
  const row = all[Math.max(0, Math.min(all.length - 1, next))];
  row.querySelector("a, input").focus();
  row.scrollIntoView({ block: "nearest" });
}

function select() {
  const row = rows().findLast((one) => one.contains(document.activeElement));
  const box = row?.querySelector("input[type=checkbox]") ?? row?.closest(".hit-case")?.querySelector("input[type=checkbox]");
  box?.click();
}

const follow = (selector) => document.querySelector(selector)?.click();

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const deeds = {
    "/": () => document.querySelector("#bar-q, #q")?.focus(),
    "?": () => follow('a[aria-keyshortcuts="?"]'),
    j: () => step(1),
    k: () => step(-1),
    x: select,
    n: () => follow('main a[rel="next"]'),
    p: () => follow('main a[rel="prev"]'),
    h: () => event.timeStamp - pressedG < 1500 && follow(".brand"),
  };
  if (event.key === "g") pressedG = event.timeStamp;
  const deed = deeds[event.key];
  if (!deed) return;
  if (event.key !== "h") event.preventDefault();
  deed();
});

/* the item that is read stands in sight in a long contents list */
const current = document.querySelector(".contents ol [aria-current]");
const list = current?.closest("ol");
if (list) {
  const below = current.offsetTop + current.offsetHeight - list.offsetTop;
  if (below > list.clientHeight) list.scrollTop = below - current.offsetHeight - 40;
}
