// New original: files dropped, pasted, photographed or picked as a folder go to the office in parts (tus 1.0.0) and wait
// in the list. Without this file the form sends what was chosen in it.
"use strict";

(() => {
  const form = document.querySelector("form[data-intake]");
  if (!form || !window.fetch) return;
  const uploads = form.dataset.uploads;
  const secret = form.elements.namedItem("csrf_token").value;
  const list = form.querySelector(".scans");
  const box = form.querySelector("[data-waiting]");
  const blank = document.getElementById("waiting-scan");
  const button = form.querySelector("button[data-busy]");
  const PART = 1 << 20;
  const WAITS = [500, 1000, 2000, 4000, 8000];
  const SCANS = /\.(jpe?g|png|tiff?|pdf)$/i;
  let underway = 0;

  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const inBase64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const call = (method, address, headers, body) =>
    fetch(address, { method, body, headers: { "Tus-Resumable": "1.0.0", "X-CSRF-Token": secret, ...headers } });

  // The same file again goes on where it stood: the office knows its unfinished uploads, and nothing is kept here.
  const unfinishedOf = (file) =>
    [...list.querySelectorAll("[data-scan][data-bytes]")].find(
      (row) =>
        // The row that was made for this very file stands in the list, too, and has no upload yet.
        row.dataset.scan !== "" &&
        row.querySelector("input:disabled") &&
        row.dataset.bytes === String(file.size) &&
        row.dataset.modified === String(file.lastModified) &&
        row.querySelector("[data-name]").textContent === file.name,
    );

  class Refused extends Error {}

  const answered = async (method, address, headers, body) => {
    const answer = await call(method, address, headers, body);
    if (answer.ok) return answer;
    if (answer.status >= 500) throw new Error(String(answer.status));
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Refused(problem.title || form.dataset.broken), { status: answer.status });
  };

  const newRow = (file) => {
    const row = blank.content.firstElementChild.cloneNode(true);
    row.dataset.bytes = String(file.size);
    row.dataset.modified = String(file.lastModified);
    row.querySelector("[data-name]").textContent = file.name;
    row.querySelector("[data-size]").textContent = `${Math.max(1, Math.round(file.size / 1024))} KB`;
    const bar = row.querySelector("progress");
    bar.hidden = false;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    row.querySelector("[data-end]").hidden = true;
    if (/^image\/(jpeg|png)$/.test(file.type)) {
      const picture = document.createElement("img");
      picture.alt = file.name;
      picture.className = "thumb";
      picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
      picture.src = URL.createObjectURL(file);
      row.prepend(picture);
    }
    list.append(row);
    box.hidden = false;
    return row;
  };

  const begin = async (file) => {
    const before = unfinishedOf(file);
    if (before) {
      const address = `${uploads}/${before.dataset.scan}`;
      const stands = await call("HEAD", address, {});
      before.remove();
      if (stands.ok) return { address, at: Number(stands.headers.get("Upload-Offset")), isOld: true };
    }
    const told = { filename: file.name, filetype: file.type || "application/octet-stream", modified: file.lastModified };
    const metadata = Object.entries(told).map(([word, value]) => `${word} ${inBase64(String(value))}`).join(",");
    const made = await answered("POST", uploads, { "Upload-Length": String(file.size), "Upload-Metadata": metadata });
    return { address: made.headers.get("Location"), at: 0, isOld: false };
  };

  const send = async (file, place, bar) => {
    let at = place.at;
    let failures = 0;
    while (at < file.size) {
      try {
        const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(at) };
        const answer = await answered("PATCH", place.address, headers, file.slice(at, at + PART));
        at = Number(answer.headers.get("Upload-Offset"));
        failures = 0;
      } catch (error) {
        // 409: the office stands elsewhere than we think; it is asked where, as after a broken line.
        if (error instanceof Refused && error.status !== 409) throw error;
        if (failures === WAITS.length) throw error;
        await pause(WAITS[failures]);
        failures += 1;
        const stands = await call("HEAD", place.address, {}).catch(() => null);
        if (stands && stands.ok) at = Number(stands.headers.get("Upload-Offset"));
      }
      bar.value = (100 * at) / file.size;
    }
  };

  const take = async (file, isTicked) => {
    const row = newRow(file);
    const state = row.querySelector("[data-state]");
    const bar = row.querySelector("progress");
    state.textContent = form.dataset.sending;
    try {
      const place = await begin(file);
      const uploadId = place.address.split("/").pop();
      if (place.isOld) state.textContent = form.dataset.goOn;
      row.dataset.scan = uploadId;
      await send(file, place, bar);
      const tick = row.querySelector("input[type=checkbox]");
      tick.value = uploadId;
      tick.disabled = false;
      tick.checked = isTicked;
      row.classList.remove("soft");
      bar.hidden = true;
      state.textContent = form.dataset.sent;
      const end = row.querySelector("[data-end]");
      end.hidden = false;
      end.addEventListener("click", async (event) => {
        event.preventDefault();
        await call("DELETE", place.address, {});
        row.remove();
      });
    } catch (error) {
      bar.hidden = true;
      row.classList.add("bad");
      state.textContent = error instanceof Refused ? (error.status === 429 ? form.dataset.full : error.message) : form.dataset.broken;
    }
  };

  const isAnyTicked = () => list.querySelector("input:checked") !== null;

  // Files chosen together are one original, as without this script; of a drop or a folder the first is ticked.
  const takeAll = async (files, areOne) => {
    const scans = [...files].filter((file) => areOne || SCANS.test(file.name));
    if (scans.length === 0) return;
    underway += 1;
    button.disabled = true;
    let first = !isAnyTicked();
    for (const file of scans) {
      await take(file, areOne || first);
      first = false;
    }
    underway -= 1;
    button.disabled = underway > 0;
    if (underway === 0) form.dispatchEvent(new CustomEvent("scans-sent"));
  };

  const filesOf = async (entry) => {
    if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (some.length === 0) break;
      for (const one of some) found.push(...(await filesOf(one)));
    }
    return found.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
  };

  for (const input of [form.querySelector("#scan"), form.querySelector("#camera"), form.querySelector("#folder")]) {
    input.addEventListener("change", () => {
      const files = [...input.files];
      // What goes in parts is not sent a second time with the form.
      input.value = "";
      form.querySelector(".chosen").textContent = "";
      void takeAll(files, input.id !== "folder");
    });
  }
  form.querySelector("[data-folder]").hidden = false;
  form.querySelector("[data-anywhere]").hidden = false;

  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("over");
  });
  document.addEventListener(
    "drop",
    async (event) => {
      if (!hasFiles(event)) return;
      // Before the drop zone of the form sees it: a file is taken once.
      event.preventDefault();
      event.stopPropagation();
      document.body.classList.remove("over");
      for (const zone of document.querySelectorAll(".drop.over")) zone.classList.remove("over");
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      const plain = [...event.dataTransfer.files];
      if (entries.some((entry) => entry.isDirectory)) {
        const found = [];
        for (const entry of entries) found.push(...(await filesOf(entry)));
        await takeAll(found, false);
      } else await takeAll(plain, plain.length === 1);
    },
    true,
  );
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void takeAll(files, true);
  });
})();
