/* Player 播放: a moment on the page moves the player that is there already; the wave shows where it is.
   Without this file every moment is a link that opens the page with the player at that moment. */

const player = document.getElementById("player");
const drawing = document.querySelector("[data-length]");
const head = document.querySelector("[data-playhead]");

function seek(second) {
  player.currentTime = second;
  player.play().catch(() => {});
  player.scrollIntoView({ block: "nearest" });
}

if (player) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-seek]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    seek(Number(link.dataset.seek));
  });
  player.addEventListener("timeupdate", () => {
    const place = `${Math.min(100, (player.currentTime * 100000) / Number(drawing?.dataset.length || Infinity))}%`;
    head?.setAttribute("x1", place);
    head?.setAttribute("x2", place);
  });
  drawing?.addEventListener("click", (event) => {
    const box = drawing.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * (Number(drawing.dataset.length) / 1000));
  });
}
