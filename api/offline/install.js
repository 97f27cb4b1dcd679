// Served by a web server the page can be kept on the machine: a worker holds every file of it, dated as they are. From a disk
// there is nothing to keep.
"use strict";

(() => {
  const isServed = window.location.protocol === "https:" || window.location.protocol === "http:";
  if (!isServed || !("serviceWorker" in navigator)) return;
  const texts = window.VIDIMUS_TEXTS;
  const kept = document.getElementById("kept");
  // A page from a disk may not ask for a manifest, so only a served one names it.
  document.head.append(Object.assign(document.createElement("link"), { rel: "manifest", href: "site.webmanifest" }));
  navigator.serviceWorker
    .register("worker.js")
    .then(() => navigator.serviceWorker.ready)
    .then(() => {
      kept.textContent = texts.kept;
      kept.hidden = false;
    })
    .catch(() => {
      kept.textContent = texts.not_kept;
      kept.hidden = false;
    });
})();
