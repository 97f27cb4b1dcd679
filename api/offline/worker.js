// Holds the files of one publication and answers from them alone: a page and its data are always of one day. A newer publication
// is another worker, which takes over when no page of the earlier one is open any more.
"use strict";

const ISSUED = "{issued}";
const FILES = {files};
const SHELF = `vidimus-site ${ISSUED}`;

self.addEventListener("install", (event) => {
  const fetched = (name) => new Request(name, { cache: "reload" });
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(FILES.map(fetched))));
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("vidimus-site ") && name !== SHELF;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name)))));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.endsWith("/")) url.pathname += "index.html";
  url.search = "";
  event.respondWith(
    caches.open(SHELF).then(async (shelf) => (await shelf.match(url.href)) || fetch(event.request)),
  );
});
