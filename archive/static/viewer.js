/* Viewer 阅览器: the PDF/A drawn here by PDF.js in place of the server's picture, with text that can be selected and a
   size that can be chosen. The picture stays until the drawing is there, and stays for good without this file. */

const vendor = (path) => new URL(`./vendor/pdfjs/${path}`, import.meta.url).href;
const library = import("./vendor/pdfjs/pdf.min.mjs");
const worker = new Worker(vendor("pdf.worker.min.mjs"), { type: "module" });
const PIECE = 1 << 20;
const SIZES = [0.6, 0.8, 1, 1.25, 1.5, 2, 3];

async function draw(sheet, page) {
  const width = sheet.clientWidth;
  const viewport = page.getViewport({ scale: width / page.getViewport({ scale: 1 }).width });
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(viewport.width * devicePixelRatio);
  canvas.height = Math.round(viewport.height * devicePixelRatio);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", sheet.querySelector("img, canvas").getAttribute("alt") ?? sheet.querySelector("canvas").getAttribute("aria-label"));
  const transform = devicePixelRatio === 1 ? null : [devicePixelRatio, 0, 0, devicePixelRatio, 0, 0];
  await page.render({ canvas, viewport, transform }).promise;
  const words = document.createElement("div");
  const { TextLayer } = await library;
  words.className = "textLayer";
  words.style.setProperty("--total-scale-factor", viewport.scale);
  sheet.querySelectorAll("img, canvas, .textLayer").forEach((old) => old.remove());
  sheet.prepend(canvas);
  sheet.append(words);
  await new TextLayer({ textContentSource: await page.getTextContent(), container: words, viewport }).render();
  sheet.dataset.drawn = "yes";
}

function sizer(sheet, redraw) {
  const bar = document.createElement("span");
  bar.className = "sizer keep";
  let at = SIZES.indexOf(1);
  const label = document.createElement("output");
  const set = (by) => {
    at = Math.max(0, Math.min(SIZES.length - 1, at + by));
    label.textContent = `${Math.round(SIZES[at] * 100)} %`;
    sheet.style.setProperty("--size", SIZES[at]);
    if (by) redraw();
  };
  const button = (sign, name, by) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-plain btn-sm";
    made.textContent = sign;
    made.setAttribute("aria-label", name);
    made.addEventListener("click", () => set(by));
    return made;
  };
  bar.append(button("−", sheet.dataset.smaller, -1), label, button("+", sheet.dataset.larger, 1));
  set(0);
  document.querySelector(".viewer-bar .turn")?.before(bar);
}

async function piece(url, start, end) {
  const answer = await fetch(url, { cache: "no-store", headers: { Range: `bytes=${start}-${end - 1}` } });
  if (answer.status !== 206) throw new Error(`answered with ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/* What is read of every PDF first, its beginning and its end, is asked for while PDF.js itself is still on its way;
   then what the page needs, piece by piece: every request is a read of the record. */
async function open(url, size) {
  const last = Math.floor((size - 1) / PIECE) * PIECE;
  const early = new Map([...new Set([0, last])].map((start) => [start, piece(url, start, Math.min(start + PIECE, size))]));
  early.forEach((coming) => coming.catch(() => {}));  // told below, to whoever waits for it
  const { getDocument, GlobalWorkerOptions, PDFDataRangeTransport } = await library;
  GlobalWorkerOptions.workerPort = worker;
  const range = new PDFDataRangeTransport(size, await early.get(0));
  const lost = new Promise((_, reject) => {
    range.requestDataRange = (start, end) => {
      const coming = (start === last && early.get(last)) || piece(url, start, end);
      coming.then((data) => range.onDataRange(start, data)).catch(reject);
    };
  });
  const task = getDocument({
    range,
    rangeChunkSize: PIECE,
    disableAutoFetch: true,
    disableStream: true,
    cMapUrl: vendor("cmaps/"),
    cMapPacked: true,
    wasmUrl: vendor("wasm/"),
    useWasm: false,
    isEvalSupported: false,
  });
  lost.catch(() => task.destroy());
  return Promise.race([task.promise, lost]);
}

async function show(sheet) {
  const page = await (await open(sheet.dataset.pdf, Number(sheet.dataset.bytes))).getPage(Number(sheet.dataset.page));
  await draw(sheet, page);
  let again = 0;
  const redraw = () => {
    clearTimeout(again);
    again = setTimeout(() => draw(sheet, page), 120);
  };
  sizer(sheet, redraw);
  let width = sheet.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(sheet.clientWidth - width) > 2) redraw();
    width = sheet.clientWidth;
  }).observe(sheet);
}

for (const sheet of document.querySelectorAll("[data-pdf]")) show(sheet).catch((fault) => console.info("PDF.js", fault.message));
