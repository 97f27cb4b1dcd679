// Tab walks the doubtful words of a scan: the box on the picture follows, and a line tells which of how many. Without
// this file a word is a link to its box.
"use strict";

(() => {
  for (const leaf of document.querySelectorAll(".beside")) {
    const line = leaf.querySelector("[data-walk]");
    if (!line) continue;
    const image = leaf.querySelector(".leaf img");
    const cut = line.querySelector("svg");
    const picture = line.querySelector("image");
    const told = line.querySelector("span");
    let box = null;

    const wordOf = (target) => (target instanceof Element ? target.closest("a[data-word]") : null);
    const leave = () => {
      if (box) box.classList.remove("now");
      box = null;
      line.hidden = true;
    };
    const show = (word) => {
      leave();
      box = document.getElementById(`box-${word.dataset.word}`);
      if (!box) return;
      box.classList.add("now");
      const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
      // The word with a little of what is around it.
      cut.setAttribute("viewBox", [x - height, y - height / 2, width + 2 * height, 2 * height].join(" "));
      picture.setAttribute("href", image.src);
      told.textContent = word.querySelector(".visually-hidden").textContent.replace(/^, /, "");
      line.hidden = false;
    };

    leaf.addEventListener("focusin", (event) => {
      const word = wordOf(event.target);
      if (word) show(word);
    });
    leaf.addEventListener("focusout", (event) => {
      if (!wordOf(event.relatedTarget)) leave();
    });
    leaf.addEventListener("mouseover", (event) => {
      const word = wordOf(event.target);
      if (word) show(word);
    });
    leaf.addEventListener("click", (event) => {
      const word = wordOf(event.target);
      if (!word) return;
      // The focus stays at the word, so that the next Tab goes on from here.
      event.preventDefault();
      word.focus();
      show(word);
      if (box) box.scrollIntoView({ block: "center" });
    });
  }
})();
