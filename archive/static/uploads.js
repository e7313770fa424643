/* Uploads 上传: a small client of tus 1.0. Files go in pieces with their SHA-256; where a connection breaks the next
   piece goes on from what the server has; after a reload the same file, chosen again, goes on too. Without this file the
   form sends small files whole. */

const PIECE = 16 * 2 ** 20;
const AT_ONCE = 2;
const zone = document.getElementById("zone");
const panel = document.getElementById("sending");
const said = JSON.parse(zone.dataset.said);
const TUS = { "Tus-Resumable": "1.0.0", "X-CSRF-Token": zone.dataset.token };
const running = [];
let started = 0;
let sentSince = 0;

const encode = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function size(count) {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  for (; count >= 1000 && unit < 3; unit++) count /= 1000;
  return `${count.toFixed(unit > 1 ? 1 : 0)} ${units[unit]}`;
}

class Refused extends Error {}

async function refusal(answer) {
  const told = await answer.json().catch(() => null);
  const words = told?.[said.lang];
  return new Refused(words ? `${words.what} ${words.do}` : `${answer.status}`);
}

class Sending {
  constructor(file, name) {
    Object.assign(this, { file, name, offset: 0, place: "", state: "waiting", why: "", stop: null });
    this.key = `anjuan-upload:${zone.dataset.draft}:${name}:${file.size}:${file.lastModified}`;
    this.row = document.getElementById("sending-row").content.firstElementChild.cloneNode(true);
    this.row.querySelector(".name").textContent = name;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "btn btn-plain btn-sm";
    this.button.addEventListener("click", () => (this.state === "paused" ? this.resume() : this.halt()));
    this.row.append(this.button);
    panel.querySelector("ul").append(this.row);
    this.tell("waiting");
  }

  tell(state, why = "") {
    this.state = state;
    const share = this.file.size ? this.offset / this.file.size : 0;
    const words = why || said[state] || "";
    this.row.querySelector(".at").textContent = `${words} · ${size(this.offset)}${said.of}${size(this.file.size)}`;
    this.row.querySelector(".meter .fill").setAttribute("width", (share * 100).toFixed(1));
    this.row.dataset.state = state;
    this.button.textContent = state === "paused" ? said.resume : said.pause;
    this.button.setAttribute("aria-label", `${this.button.textContent} ${this.name}`);
    this.button.hidden = state === "done" || state === "failed";
    summarise();
  }

  halt() {
    this.tell("paused");
    this.stop?.abort();
  }

  resume() {
    this.tell("waiting");
    next();
  }

  async ask(method, place, headers, body) {
    this.stop = new AbortController();
    return fetch(place, {
      method, body, headers: { ...TUS, ...headers }, credentials: "same-origin", signal: this.stop.signal,
    });
  }

  /* Finds the upload that was begun before, or announces it; sets the offset to go on from. */
  async open() {
    this.place ||= localStorage.getItem(this.key) ?? "";
    if (this.place) {
      const found = await this.ask("HEAD", this.place, {});
      if (found.ok) {
        this.offset = Number(found.headers.get("Upload-Offset"));
        return;
      }
      if (found.status >= 500) throw new Error(found.status);
      localStorage.removeItem(this.key);
      this.place = "";
    }
    const metadata = `draft ${encode(zone.dataset.draft)},filename ${encode(this.name)}`;
    const made = await this.ask("POST", zone.dataset.place ?? "/api/uploads", {
      "Upload-Length": String(this.file.size), "Upload-Metadata": metadata,
    });
    if (made.status >= 500) throw new Error(made.status);
    this.place = made.ok ? made.headers.get("Location") : made.status === 409 ? await this.unheard() : "";
    if (!this.place) throw await refusal(made);
    this.offset = 0;
    localStorage.setItem(this.key, this.place);
  }

  /* An upload that was announced while the line broke: the answer was not heard, and nothing of it has come yet. */
  async unheard() {
    const answer = await fetch(`/api/drafts/${zone.dataset.draft}`, { credentials: "same-origin" });
    const there = answer.ok ? (await answer.json()).uploads : [];
    const mine = there.find((one) => one.name === this.name && one.size === this.file.size && one.offset === 0);
    return mine && mine.state === "receiving" ? `/api/uploads/${mine.id}` : "";
  }

  async piece() {
    const bytes = await this.file.slice(this.offset, this.offset + PIECE).arrayBuffer();
    const headers = { "Upload-Offset": String(this.offset), "Content-Type": "application/offset+octet-stream" };
    if (crypto.subtle) {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      headers["Upload-Checksum"] = `sha256 ${btoa(String.fromCharCode(...digest))}`;
    }
    const answer = await this.ask("PATCH", this.place, headers, bytes);
    if ([409, 423, 460].includes(answer.status) || answer.status >= 500) throw new Error(answer.status);
    if (!answer.ok) throw await refusal(answer);
    const offset = Number(answer.headers.get("Upload-Offset"));
    sentSince += offset - this.offset;
    this.offset = offset;
  }

  async run() {
    for (let tries = 0; ; tries++) {
      try {
        this.tell("sending");
        await this.open();
        this.tell("sending");
        while (this.offset < this.file.size) {
          await this.piece();
          tries = 0;
          if (this.state === "paused") return;
          this.tell("sending");
        }
        localStorage.removeItem(this.key);
        this.tell("done");
        refresh();
        return;
      } catch (fault) {
        if (this.state === "paused") return;
        if (fault instanceof Refused) return this.tell("failed", fault.message);
        this.tell("retrying");
        await pause(Math.min(30_000, 500 * 2 ** tries));
        if (this.state === "paused") return;
      }
    }
  }
}

function summarise() {
  const all = running.reduce((sum, one) => sum + one.file.size, 0);
  const done = running.reduce((sum, one) => sum + one.offset, 0);
  const seconds = (performance.now() - started) / 1000;
  const speed = seconds > 2 ? sentSince / seconds : 0;
  const left = speed && done < all ? ` · ${size(speed)}/s · ${said.left} ${Math.ceil((all - done) / speed)} s ${said.left_after}` : "";
  panel.hidden = !panel.querySelector("li");
  panel.querySelector("[role=status]").textContent = `${size(done)}${said.of}${size(all)}${left}`;
}

function next() {
  const busy = running.filter((one) => one.state === "sending" || one.state === "retrying").length;
  for (const one of running.filter((each) => each.state === "waiting").slice(0, Math.max(0, AT_ONCE - busy))) {
    one.run().finally(next);
  }
}

function add(files) {
  if (!running.some((one) => ["waiting", "sending", "retrying"].includes(one.state))) {
    started = performance.now();
    sentSince = 0;
  }
  for (const [file, name] of files) {
    const known = running.find((one) => one.name === name && one.state !== "done" && one.state !== "failed");
    if (!known) running.push(new Sending(file, name));
  }
  next();
}

/* What the server has: read again while something of it moves. */
let looking = false;
async function refresh() {
  if (looking) return;
  looking = true;
  for (let moves = true; moves; ) {
    const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["standing", "received", "missing"]) {
        const [here, there] = [document.getElementById(id), fresh.getElementById(id)];
        if (here && there && here.innerHTML !== there.innerHTML && !here.contains(document.activeElement)) {
          here.replaceChildren(...there.childNodes);
        }
      }
      for (const one of running.filter((each) => each.state === "done")) one.row.remove();
      panel.hidden = !panel.querySelector("li");
      moves = Boolean(document.querySelector("#received [data-moving]"));
    }
    if (moves) await pause(1500);
  }
  looking = false;
}

/* A folder that is dropped keeps its own name out of the names of its files: they are those of the case. */
async function within(entry, path = "") {
  if (entry.isFile) return [[await new Promise((done, broken) => entry.file(done, broken)), path + entry.name]];
  const reader = entry.createReader();
  const found = [];
  for (let some = [0]; some.length; ) {
    some = await new Promise((done, broken) => reader.readEntries(done, broken));
    for (const each of some) found.push(...(await within(each, `${path}${entry.name}/`)));
  }
  return found;
}

async function dropped(items) {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  const found = [];
  for (const entry of entries) found.push(...(await within(entry)));
  const alone = entries.length === 1 && entries[0].isDirectory;
  return found.map(([file, name]) => [file, alone ? name.slice(name.indexOf("/") + 1) : name]);
}

const chosen = document.getElementById("files");
zone.querySelectorAll("[data-plain]").forEach((one) => { one.hidden = true; });
zone.addEventListener("submit", (event) => event.preventDefault());
chosen.addEventListener("change", () => {
  add([...chosen.files].map((file) => [file, file.name]));
  chosen.value = "";
});

const label = document.createElement("label");
label.className = "form-label";
label.htmlFor = "folder";
label.textContent = said.folder;
const folder = Object.assign(document.createElement("input"), { type: "file", id: "folder", className: "form-control" });
folder.webkitdirectory = true;
folder.addEventListener("change", () => {
  add([...folder.files].map((file) => [file, file.webkitRelativePath.split("/").slice(1).join("/")]));
  folder.value = "";
});
const hint = Object.assign(document.createElement("p"), { className: "foot", textContent: said.drop });
zone.append(label, folder, hint);
zone.classList.add("droppable");

zone.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone.classList.add("over");
});
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", async (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  add(await dropped(event.dataTransfer.items));
});
window.addEventListener("beforeunload", (event) => {
  if (running.some((one) => ["waiting", "sending", "retrying"].includes(one.state))) event.preventDefault();
});
window.addEventListener("online", () => next());
refresh();
