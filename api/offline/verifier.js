// The page: files in, one answer out. Nothing leaves the machine: the policy of the page allows no connection at all.
"use strict";

(() => {
  const texts = window.VIDIMUS_TEXTS;
  const data = window.VIDIMUS_DATA;
  const language = document.documentElement.lang;
  const { sha256, hexOf, bytesOf, utf8, ed25519, joined } = VidimusProof;
  const shards = new Map();
  window.vidimusStatus = (name, text) => shards.set(name, text);
  let prefix = "";

  const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const day = (text) => (text ? new Date(text).toLocaleDateString(language, { dateStyle: "long" }) : "–");
  const element = (id) => document.getElementById(id);

  const readManifest = async () => {
    const message = joined(utf8("vidimus-site-1\u0000"), utf8(data.manifest));
    if (!(await ed25519(bytesOf(data.manifest_key), bytesOf(data.signature), message))) throw new Error("MANIFEST");
    const site = JSON.parse(data.manifest);
    prefix = site.training ? `${texts.training} ` : site.specimen ? `${texts.specimen} ` : "";
    return site;
  };

  const load = (name) =>
    new Promise((resolve) => {
      const script = document.createElement("script");
      script.onload = script.onerror = () => resolve();
      script.src = `status/${name}.js`;
      document.head.append(script);
    });

  const keyOf = async (salt, kind, text) => {
    const bytes = Uint8Array.from(salt.match(/../g), (pair) => parseInt(pair, 16));
    return hexOf((await sha256(joined(bytes, utf8(`${kind}\u0000${text}`)))).slice(0, 16));
  };

  // The entry of a code in the signed list; null when it is not in it, an error when the list was altered.
  const entryOf = async (site, code) => {
    const key = await keyOf(site.salt, "code", code);
    const name = site.shard_letters ? key.slice(0, site.shard_letters) : "all";
    if (!(name in site.status)) return null;
    if (!shards.has(name)) await load(name);
    const text = shards.get(name);
    if (text === undefined || hexOf(await sha256(utf8(text))) !== site.status[name]) throw new Error("STATUS");
    return JSON.parse(text)[key] || null;
  };

  const standing = async (site, code, digest) => {
    const entry = code ? await entryOf(site, code) : null;
    if (!entry) return { key: "status_unknown", tone: "warn", values: {} };
    const agency = (data.agencies[entry.a] || {})[language] || entry.a;
    const values = { date: day(site.issued_at), certified: day(entry.d), due: day(site.next_update), agency };
    const told = (key, tone) => ({ key, tone, values });
    if (entry.s !== "FINAL") return told(`status_${entry.s}`, entry.s === "SUPERSEDED" ? "warn" : "bad");
    if (entry.o !== "CURRENT" && entry.o !== "UNKNOWN") return told(`original_${entry.o}`, "warn");
    if (!entry.r.includes(await keyOf(site.salt, "file", digest))) return told("status_other_file", "warn");
    if (new Date(site.next_update) <= new Date()) return told("status_stale", "warn");
    return told("status_FINAL", "good");
  };

  const list = (id, lines) => {
    const items = lines.filter(Boolean).map((line) => Object.assign(document.createElement("li"), { textContent: line }));
    element(id).replaceChildren(...items);
  };

  // `unchecked` is what nobody could answer here: it is said with every answer that might be taken for the whole.
  const show = (tone, head, lines, unchecked = []) => {
    element("sentence").textContent = prefix + head;
    list("why", lines);
    list("open-questions", unchecked);
    element("unchecked").hidden = unchecked.length === 0;
    element("answer").className = `verdict ${tone}`;
    element("answer").hidden = false;
    element("answer").focus();
  };

  const byProof = async (site, pdf, proof) => {
    const digest = hexOf(await sha256(pdf));
    let event;
    try {
      event = await VidimusProof.check(proof, data.log);
    } catch (error) {
      show("bad", say("proof_wrong"), [say("next_ask")]);
      return;
    }
    if (event.kind !== "COPY_CERTIFIED" || event.payload.sha256 !== digest) {
      show("bad", say("other_file"), [say("digest", { digest }), say("next_ask")]);
      return;
    }
    const { key, tone, values } = await standing(site, event.payload.code, digest);
    const head = { good: "proof_good", warn: "proof_warn", bad: "proof_bad" }[tone];
    const told = { since: values.certified || "–", date: day(site.issued_at) };
    const lines = [say(key, values), say("logged", { index: proof.leaf_index })];
    show(tone, say(head, told), lines, [say("unchecked_since", told), say("unchecked_keys", told)]);
  };

  const byFile = async (site, pdf) => {
    const found = await VidimusCms.judge(pdf, data.certificates.map(bytesOf));
    if (!found.length) return show("none", say("no_signature"), [say("next_signed")]);
    if (!found.every((one) => one.isRight)) return show("bad", say("file_changed"), [say("next_ask")]);
    const signers = found.filter((one) => !one.isTimestamp);
    const names = signers.map((one) => [one.name.commonName, one.name.organisation].filter(Boolean).join(", ")).join("; ");
    const isAppended = Math.max(...found.map((one) => one.end)) !== pdf.length;
    const claimed = /<vdm:code>\s*([0-9A-Za-z-]{13,20})\s*<\/vdm:code>/.exec(new TextDecoder("latin1").decode(pdf));
    const code = claimed ? claimed[1].replace(/-/g, "").toUpperCase() : "";
    const { key, tone, values } = await standing(site, code, hexOf(await sha256(pdf)));
    // Never green: permissions, revocation and what was added between signatures are not judged here.
    const isBad = tone === "bad";
    const known = signers.length > 0 && signers.every((one) => one.isKnown);
    return show(isBad ? "bad" : "warn", isBad ? say("proof_bad", { date: day(site.issued_at) }) : say("file_unconfirmed"), [
      say(known ? "signers_known" : "signers_unknown", { names }),
      isAppended ? say("appended") : "",
      say(key, values),
      say("next_proof"),
      say("next_online", data),
    ], [say("unchecked_log"), say("unchecked_keys", { date: day(site.issued_at) }), say("unchecked_added")]);
  };

  const judge = async () => {
    const files = Array.from(element("files").files);
    element("chosen").textContent = files.map((file) => file.name).join(", ");
    if (!files.length) return;
    element("busy").hidden = false;
    try {
      const site = await readManifest();
      const read = await Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer())));
      const isPdf = (bytes) => new TextDecoder("latin1").decode(bytes.subarray(0, 1024)).includes("%PDF-");
      const pdf = read.find(isPdf);
      const paper = read.find((bytes) => !isPdf(bytes));
      if (!pdf) return show("none", say("no_pdf"), [say("next_signed")]);
      if (!paper) return await byFile(site, pdf);
      let proof = {};
      try {
        proof = JSON.parse(new TextDecoder().decode(paper));
      } catch (error) {
        return show("bad", say("proof_wrong"), [say("next_ask")]);
      }
      return await byProof(site, pdf, proof);
    } catch (error) {
      return show("warn", say(error.name === "NotSupportedError" ? "browser_old" : "site_wrong"), [say("next_online", data)]);
    } finally {
      element("busy").hidden = true;
    }
  };

  const dated = async () => {
    const site = await readManifest();
    const isStale = new Date(site.next_update) <= new Date();
    const values = { date: day(site.issued_at), due: day(site.next_update) };
    element("dated").textContent = prefix + say(isStale ? "site_stale" : "site_fresh", values);
    element("dated").className = isStale ? "note warn" : "note";
  };

  element("files").addEventListener("change", judge);
  element("again").addEventListener("click", judge);
  dated().catch((error) => {
    element("dated").textContent = say(error.name === "NotSupportedError" ? "browser_old" : "site_wrong");
    element("dated").className = "note warn";
  });
})();
