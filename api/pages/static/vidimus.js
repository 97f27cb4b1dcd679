// Comfort only: every page works without this file. No framework, no third party, no words of its own.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // A drop zone shows what was chosen, and takes files that are dropped on it.
  for (const zone of document.querySelectorAll("[data-drop]")) {
    const input = zone.querySelector("input[type=file]");
    const chosen = zone.querySelector(".chosen");
    const show = () => {
      chosen.textContent = [...input.files].map((file) => file.name).join(", ");
    };
    input.addEventListener("change", show);
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (event.dataTransfer.files.length > 0) {
        input.files = event.dataTransfer.files;
        // As if it had been chosen: whoever listens for a choice hears of it.
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
    show();
  }

  // A form is sent once; its button says that the office is at work.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", () => {
      const button = form.querySelector("button[data-busy]");
      if (button) {
        // After the browser has collected the form: a disabled button is not part of it.
        setTimeout(() => {
          button.disabled = true;
          button.textContent = button.dataset.busy;
        }, 0);
      }
    });
  }
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });

  // Copy buttons stay hidden unless they can work.
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
      button.textContent = button.dataset.done;
    });
  }

  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // The secret of a share link is in the fragment, which no server sees: it goes into the form, and a click opens it.
  const share = document.querySelector("form[data-share]");
  const secret = window.location.hash.slice(1);
  if (share && secret) {
    share.elements.namedItem("token").value = secret;
    share.querySelector("[data-paste]").hidden = true;
    window.history.replaceState(null, "", window.location.pathname);
  }

  // The board of a waiting room: its lines anew every few seconds, without leaving the page.
  const board = document.querySelector("[data-board]");
  if (board) {
    setInterval(async () => {
      const answer = await fetch(board.dataset.board).catch(() => null);
      if (!answer || !answer.ok) return;
      const told = await answer.json();
      const list = board.querySelector("ol");
      const shown = Array.from(list.children, (line) => line.textContent);
      if (shown.join("|") !== told.lines.join("|"))
        list.replaceChildren(...told.lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
      board.querySelector("[data-waiting]").textContent = told.waiting;
    }, 4000);
  }

  // One key signs and opens the next: Ctrl and Enter, wherever in the form one stands.
  for (const form of document.querySelectorAll("form[data-one-key]")) {
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.ctrlKey) return;
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[value=next]") ?? undefined);
    });
  }

  // Progress of an item, told by the server; the page is loaded anew when the item has moved on.
  // A browser keeps few connections open to one office: of many works the first three are followed.
  for (const live of [...document.querySelectorAll("[data-events]")].slice(0, 3)) {
    if (!window.EventSource) break;
    const source = new EventSource(live.dataset.events);
    const bar = live.querySelector("progress");
    const words = live.querySelector("[data-words]");
    source.addEventListener("progress", (event) => {
      const told = JSON.parse(event.data);
      if (told.total > 0) {
        bar.max = told.total;
        bar.value = told.done;
      }
      if (words.textContent !== told.words) words.textContent = told.words;
    });
    source.addEventListener("moved", () => {
      source.close();
      window.location.replace(window.location.pathname);
    });
    window.addEventListener("pagehide", () => source.close());
  }
})();
