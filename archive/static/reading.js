/* Reading 校正: the line that is being corrected is shown on the image of the page, and a box leads to its line.
   Comfort only: without this file the numbers tell which line is where, and a box is a link. */

const boxOf = (number) => document.querySelector(`.page-image a[data-line="${number}"]`);

document.addEventListener("focusin", (event) => {
  document.querySelectorAll(".read-now").forEach((old) => old.classList.remove("read-now"));
  const number = event.target.dataset?.line;
  const box = number && event.target.matches("textarea") && boxOf(number);
  if (!box) return;
  box.classList.add("read-now");
  const bed = box.closest(".bed");
  const there = box.getBoundingClientRect();
  const frame = bed.getBoundingClientRect();
  bed.scrollBy({ top: there.top - frame.top - frame.height / 3 });
});

for (const box of document.querySelectorAll(".page-image a[data-line]")) {
  box.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(`line${box.dataset.line}`)?.focus();
  });
}
