// The officer's own token: asks the agent on this machine to sign, a trial or the copy that is approved.
"use strict";

(() => {
  if (!window.fetch) return;

  const teller = (words) => (text, tone) => {
    words.textContent = text;
    words.className = `note ${tone}`;
    words.hidden = false;
  };
  const ask = async (address, options) => {
    const answer = await fetch(address, options);
    const told = await answer.json().catch(() => ({}));
    const sentence = told.sentence?.[document.documentElement.lang] || told.detail || told.title || told.code;
    if (!answer.ok) throw new Error(sentence || String(answer.status));
    return told;
  };
  const sign = async (place, certificate, document_) => {
    try {
      const signed = await ask(`${place.agent}/v1/sign`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ certificate_sha256: certificate, documents: [document_] }),
      });
      return signed.signatures[0];
    } catch (error) {
      // The browser says no more than that nobody answered.
      throw error instanceof TypeError ? new Error(place.nobody) : error;
    }
  };

  const box = document.querySelector("div[data-agent]");
  if (box) {
    const tell = teller(box.querySelector("[data-told]"));
    const button = box.querySelector("button");
    box.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      box.querySelector("[data-told]").hidden = true;
      try {
        const trial = { name: box.dataset.name, to_be_signed: box.dataset.trial };
        const signature = await sign(box.dataset, box.dataset.certificate, trial);
        const told = await ask("/v1/token-trials", {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRF-Token": box.dataset.secret },
          body: JSON.stringify({ signature, expires_at: box.dataset.expires }),
        });
        tell(told.works ? box.dataset.works : box.dataset.nobody, told.works ? "good" : "bad");
      } catch (error) {
        tell(error.message, "bad");
      } finally {
        button.disabled = false;
      }
    });
  }

  const form = document.querySelector("form[data-token]");
  if (form) {
    const tell = teller(form.querySelector("[data-told]"));
    const buttons = form.querySelectorAll("button");
    form.parentElement.querySelector("[data-without]").hidden = true;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const pressed = event.submitter;
      for (const button of buttons) button.disabled = true;
      try {
        tell(form.dataset.waits, "none");
        const asked = await ask(form.dataset.token, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        const copy = { name: asked.name, to_be_signed: asked.to_be_signed };
        form.elements.namedItem("signature").value = await sign(form.dataset, asked.certificate_sha256, copy);
        if (pressed && pressed.name) {
          // The form is sent by this script, which presses no button: what the pressed one says goes along.
          form.append(Object.assign(document.createElement("input"), { type: "hidden", name: pressed.name, value: pressed.value }));
        }
        form.submit();
      } catch (error) {
        tell(error.message, "bad");
        for (const button of buttons) button.disabled = false;
      }
    });
  }
})();
