// The log's part: is a signed checkpoint the log's, and is a file's digest below it (RFC 9162, 2.1.3.2; C2SP signed notes).
"use strict";

const VidimusProof = (() => {
  const utf8 = (text) => new TextEncoder().encode(text);
  const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const hexOf = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
    return whole;
  };
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

  // Throws where the browser knows no Ed25519: then nothing is confirmed.
  const ed25519 = async (keyBytes, signature, message) => {
    const key = await crypto.subtle.importKey("raw", keyBytes, { name: "Ed25519" }, false, ["verify"]);
    return crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
  };

  const readCheckpoint = async (note, log) => {
    const cut = note.indexOf("\n\n");
    if (cut < 0) throw new Error("NOTE");
    const body = note.slice(0, cut + 1);
    const lines = body.split("\n");
    if (lines[0] !== log.origin || !/^(0|[1-9][0-9]{0,14})$/.test(lines[1])) throw new Error("NOTE");
    for (const line of note.slice(cut + 2).split("\n")) {
      const found = /^\u2014 (\S+) (\S+)$/.exec(line);
      if (!found || found[1] !== log.origin) continue;
      const signature = bytesOf(found[2]);
      // Four bytes say which key; the key itself is known here.
      if (signature.length === 68 && (await ed25519(bytesOf(log.key), signature.slice(4), utf8(body))))
        return { size: Number(lines[1]), root: bytesOf(lines[2]) };
    }
    throw new Error("NOTE");
  };

  const rootOf = async (leaf, index, size, path) => {
    const node = async (left, right) => sha256(joined(Uint8Array.of(1), left, right));
    let [fn, sn, hash] = [BigInt(index), BigInt(size - 1), leaf];
    for (const sibling of path) {
      if (sn === 0n) throw new Error("PATH");
      if (fn & 1n || fn === sn) {
        hash = await node(sibling, hash);
        while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
      } else hash = await node(hash, sibling);
      [fn, sn] = [fn >> 1n, sn >> 1n];
    }
    if (sn !== 0n) throw new Error("PATH");
    return hash;
  };

  // Gives the event that the log holds, or throws.
  const check = async (proof, log) => {
    if (proof.format !== "vidimus-proof-1" || !Number.isSafeInteger(proof.leaf_index)) throw new Error("FORMAT");
    const checkpoint = await readCheckpoint(proof.checkpoint, log);
    if (proof.leaf_index < 0 || proof.leaf_index >= checkpoint.size) throw new Error("PATH");
    const commitment = hexOf(await sha256(joined(bytesOf(proof.salt), utf8(proof.event))));
    const leaf = await sha256(joined(Uint8Array.of(0), utf8(`{"commitment":"${commitment}","v":1}`)));
    const root = await rootOf(leaf, proof.leaf_index, checkpoint.size, proof.path.map(bytesOf));
    if (!same(root, checkpoint.root)) throw new Error("PATH");
    return JSON.parse(proof.event);
  };

  return { check, sha256, ed25519, bytesOf, hexOf, joined, utf8, same };
})();
