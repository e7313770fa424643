/* Live 进度: a part of the page that works now is read again from the server while it is looked at; the state is the
   server's own, so a reload shows the same. Without this file the page shows where things stood when it was opened. */

async function refresh(part) {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok) return false;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
  if (!fresh) return false;
  if (part.innerHTML !== fresh.innerHTML && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
  return fresh.hasAttribute("data-live");
}

for (const part of document.querySelectorAll("[data-live]")) {
  part.setAttribute("aria-live", "polite");
  const pause = Number(part.dataset.live) * 1000;
  const again = async () => {
    const goes = document.hidden || (await refresh(part).catch(() => true));
    if (goes) setTimeout(again, pause);
    else location.reload();
  };
  setTimeout(again, pause);
}
