// Test my token: asks the agent on this machine to sign the trial, and the office whether it is the officer's key.
"use strict";

(() => {
  const box = document.querySelector("[data-agent]");
  if (!box || !window.fetch) return;
  const words = box.querySelector("[data-told]");
  const button = box.querySelector("button");
  box.hidden = false;

  const tell = (text, tone) => {
    words.textContent = text;
    words.className = `note ${tone}`;
    words.hidden = false;
  };
  const ask = async (address, options) => {
    const answer = await fetch(address, options);
    const told = await answer.json().catch(() => ({}));
    const sentence = told.sentence?.[document.documentElement.lang] || told.title || told.code;
    if (!answer.ok) throw new Error(sentence || String(answer.status));
    return told;
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    words.hidden = true;
    try {
      let signed;
      try {
        signed = await ask(`${box.dataset.agent}/v1/sign`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({
            certificate_sha256: box.dataset.certificate,
            documents: [{ name: box.dataset.name, to_be_signed: box.dataset.trial }],
          }),
        });
      } catch (error) {
        // The browser says no more than that nobody answered.
        tell(error instanceof TypeError ? box.dataset.nobody : error.message, "bad");
        return;
      }
      const told = await ask("/v1/token-trials", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": box.dataset.secret },
        body: JSON.stringify({ signature: signed.signatures[0], expires_at: box.dataset.expires }),
      });
      tell(told.works ? box.dataset.works : box.dataset.nobody, told.works ? "good" : "bad");
    } catch (error) {
      tell(error.message, "bad");
    } finally {
      button.disabled = false;
    }
  });
})();
