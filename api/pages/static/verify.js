// Comfort of the verifier's page: the digest of a chosen file is told before anything is sent; a camera reads the code.
"use strict";

(() => {
  const input = document.getElementById("file");
  const digest = document.querySelector("[data-digest]");
  if (input && digest && window.crypto && window.crypto.subtle) {
    input.addEventListener("change", async () => {
      const file = input.files[0];
      digest.hidden = true;
      if (!file) return;
      const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
      if (input.files[0] !== file) return;
      digest.querySelector("code").textContent = Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
      digest.hidden = false;
    });
  }

  const camera = document.querySelector("[data-camera]");
  const form = document.querySelector("form[data-by-code]");
  if (!camera || !form || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
  const [start, stop, view, told] = ["start", "stop", "view", "told"].map((name) => camera.querySelector(`[data-${name}]`));
  const canvas = view.querySelector("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const video = Object.assign(document.createElement("video"), { playsInline: true, muted: true });
  let stream = null;
  camera.hidden = false;

  // The reader of codes is large: it is loaded when somebody asks for it, and only then.
  const load = () =>
    new Promise((resolve, reject) => {
      if (window.jsQR) resolve();
      else document.head.append(Object.assign(document.createElement("script"), { src: camera.dataset.camera, onload: resolve, onerror: reject }));
    });

  const end = (words) => {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
    view.hidden = true;
    start.hidden = false;
    told.textContent = words;
  };

  // A code that another office printed is put into the field, and nobody is led anywhere.
  const take = (text) => {
    const found = /^(?:https?:\/\/([^/?#]+)\/c\/)?([0-9A-Za-z]{4}-?[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}-?[0-9A-Za-z])(?:[?#].*)?$/.exec(text.trim());
    if (!found) {
      told.textContent = camera.dataset.other;
      return false;
    }
    form.elements.namedItem("code").value = found[2];
    if (found[1] && found[1] !== window.location.host) {
      end(`${camera.dataset.foreign} ${found[1]}`);
      start.focus();
    } else {
      end("");
      form.requestSubmit();
    }
    return true;
  };

  const look = () => {
    if (!stream) return;
    if (video.videoWidth) {
      // Half a megapixel is enough for a square held before a camera, and quick on an old phone.
      const scale = Math.min(1, 800 / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = context.getImageData(0, 0, canvas.width, canvas.height);
      const found = window.jsQR(picture.data, picture.width, picture.height, { inversionAttempts: "dontInvert" });
      if (found && found.data && take(found.data)) return;
    }
    setTimeout(look, 100);
  };

  start.addEventListener("click", async () => {
    told.textContent = camera.dataset.waiting;
    try {
      await load();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      end(camera.dataset.refused);
      return;
    }
    told.textContent = camera.dataset.hold;
    start.hidden = true;
    view.hidden = false;
    stop.focus();
    look();
  });
  stop.addEventListener("click", () => {
    end("");
    start.focus();
  });
  window.addEventListener("pagehide", () => end(""));
})();
