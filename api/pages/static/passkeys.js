// Passkeys: asks the browser for one and puts its answer into a form. Without this file a password or a link does it.
"use strict";

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const named = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  const ask = async (options) => {
    options.challenge = toBytes(options.challenge);
    if (options.user) {
      options.user.id = toBytes(options.user.id);
      options.excludeCredentials = named(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = named(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  };

  const write = (made) => {
    const given = made.response;
    const response = { clientDataJSON: toText(given.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (given[name]) response[name] = toText(given[name]);
    }
    return JSON.stringify({
      id: made.id,
      rawId: toText(made.rawId),
      type: made.type,
      response,
      clientExtensionResults: {},
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const answer = form.elements.namedItem("answer");
    const failed = form.querySelector("[data-failed]");
    const secret = form.elements.namedItem("csrf_token");
    const shown = form.elements.namedItem("sha256_hex");
    const deadline = form.elements.namedItem("expires_at");
    const buttons = form.querySelectorAll("button");
    const nothing = failed.textContent;
    const instead = form.parentElement.querySelector("[data-without]");
    if (instead) instead.hidden = true;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const pressed = event.submitter;
      failed.hidden = true;
      failed.textContent = nothing;
      for (const button of buttons) button.disabled = true;
      try {
        const asked = await fetch(form.dataset.passkey, {
          method: "POST",
          headers: secret ? { "X-CSRF-Token": secret.value } : {},
          body: shown ? new URLSearchParams({ sha256_hex: shown.value }) : undefined,
        });
        const told = await asked.json();
        if (!asked.ok) {
          // The office says in one sentence why it does not ask.
          failed.textContent = told.detail || nothing;
          throw new Error(String(asked.status));
        }
        answer.value = write(await ask(told.options || told));
        if (deadline) deadline.value = told.expires_at;
        if (pressed && pressed.name) {
          // The form is sent by this script, which presses no button: what the pressed one says goes along.
          const said = Object.assign(document.createElement("input"), { type: "hidden", name: pressed.name, value: pressed.value });
          form.append(said);
        }
        form.submit();
      } catch {
        // The person turned it down, the device has none, or the office did not answer: the other ways stay.
        failed.hidden = false;
        for (const button of buttons) button.disabled = false;
      }
    });
  }
})();
