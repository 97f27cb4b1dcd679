// The signatures in a PDF by WebCrypto: byte range, digest, signature, and whether a bundled certificate issued the signer's.
// What is not understood is never taken for right.
"use strict";

const VidimusCms = (() => {
  const { joined, same, hexOf } = VidimusProof;
  const OIDS = {
    "2a864886f70d010904": "messageDigest",
    "2a864886f70d0109100104": "TSTInfo",
    "550403": "commonName",
    "55040a": "organisation",
    "2a8648ce3d030107": "P-256",
    "2b81040022": "P-384",
    "608648016503040201": "SHA-256",
    "608648016503040202": "SHA-384",
    "608648016503040203": "SHA-512",
    "2a8648ce3d040302": "SHA-256",
    "2a8648ce3d040303": "SHA-384",
    "2a864886f70d01010b": "SHA-256",
    "2a864886f70d01010c": "SHA-384",
    "2a864886f70d01010d": "SHA-512",
  };
  const EC_KEY = "2a8648ce3d0201";

  const read = (bytes, start = 0, end = bytes.length) => {
    if (start + 2 > end) throw new Error("DER");
    let [length, head] = [bytes[start + 1], 2];
    if (length & 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw new Error("DER");
      length = 0;
      for (let at = 0; at < count; at += 1) length = length * 256 + bytes[start + 2 + at];
      head += count;
    }
    const [from, to] = [start + head, start + head + length];
    if (!(to <= end)) throw new Error("DER");
    return { tag: bytes[start], from, to, whole: bytes.subarray(start, to), body: bytes.subarray(from, to), bytes };
  };
  const children = (node) => {
    const found = [];
    for (let at = node.from; at < node.to; at = found[found.length - 1].to) found.push(read(node.bytes, at, node.to));
    return found;
  };
  const named = (node) => OIDS[hexOf(node.body)] || hexOf(node.body);

  const readName = (node) => {
    const words = {};
    for (const set of children(node))
      for (const pair of children(set)) {
        const [kind, value] = children(pair);
        words[named(kind)] = new TextDecoder(value.tag === 0x1e ? "utf-16be" : "utf-8").decode(value.body);
      }
    return words;
  };
  const readCertificate = (der) => {
    const [tbs, algorithm, signature] = children(read(der));
    const parts = children(tbs);
    const [serial, , issuer, , subject, key] = parts.slice(parts[0].tag === 0xa0 ? 1 : 0);
    return { der, tbs, algorithm, signature: signature.body.subarray(1), serial: hexOf(serial.body), issuer, subject, key };
  };

  const rawEcdsa = (der, width) =>
    joined(
      ...children(read(der)).map((part) => {
        const digits = part.body[0] === 0 ? part.body.subarray(1) : part.body;
        if (digits.length > width) throw new Error("DER");
        return joined(new Uint8Array(width - digits.length), digits);
      }),
    );
  const verifies = async (certificate, signature, message, hash) => {
    const [kind, curve] = children(children(certificate.key)[0]);
    const isEc = hexOf(kind.body) === EC_KEY;
    const how = isEc ? { name: "ECDSA", namedCurve: named(curve) } : { name: "RSASSA-PKCS1-v1_5", hash };
    const key = await crypto.subtle.importKey("spki", certificate.key.whole, how, false, ["verify"]);
    const raw = isEc ? rawEcdsa(signature, named(curve) === "P-384" ? 48 : 32) : signature;
    return crypto.subtle.verify(isEc ? { name: "ECDSA", hash } : how, key, raw, message);
  };
  const isKnown = async (signer, bundled) => {
    for (const der of bundled) {
      const issuer = readCertificate(der);
      if (!same(signer.issuer.whole, issuer.subject.whole)) continue;
      if (await verifies(issuer, signer.signature, signer.tbs.whole, named(children(signer.algorithm)[0]))) return true;
    }
    return false;
  };

  const readSigned = (pdf, [first, length, second, rest]) => {
    if (first !== 0 || length >= second || second + rest > pdf.length) throw new Error("RANGE");
    const digits = new TextDecoder("latin1").decode(pdf.subarray(length, second)).trim();
    if (!/^<[0-9A-Fa-f\s]*>$/.test(digits)) throw new Error("CONTENTS");
    const der = Uint8Array.from(digits.match(/[0-9A-Fa-f]{2}/g) || [], (pair) => parseInt(pair, 16));
    return { signed: joined(pdf.subarray(0, length), pdf.subarray(second, second + rest)), der };
  };

  const judgeOne = async (pdf, range, bundled) => {
    const { signed, der } = readSigned(pdf, range);
    const hashed = async (hash, bytes) => new Uint8Array(await crypto.subtle.digest(hash, bytes));
    const parts = children(children(children(read(der))[1])[0]);
    const [kind, wrapped] = children(parts[2]);
    const certificates = children(parts.find((part) => part.tag === 0xa0)).map((part) => readCertificate(part.whole));
    const info = children(children(parts[parts.length - 1])[0]);
    const [issuer, serial] = children(info[1]);
    const hash = named(children(info[2])[0]);
    const attributes = info.find((part) => part.tag === 0xa0);
    const signature = info.find((part) => part.tag === 0x04).body;
    const signer = certificates.find((one) => one.serial === hexOf(serial.body) && same(one.issuer.whole, issuer.whole));
    const digest = children(attributes).find((one) => named(children(one)[0]) === "messageDigest");
    const told = children(children(digest)[1])[0].body;
    const isTimestamp = named(kind) === "TSTInfo";
    let covered = signed;
    let isImprinted = true;
    if (isTimestamp) {
      covered = read(wrapped.body).body;
      const [algorithm, imprint] = children(children(read(covered))[2]);
      isImprinted = same(imprint.body, await hashed(named(children(algorithm)[0]), signed));
    }
    const message = joined(Uint8Array.of(0x31), attributes.whole.subarray(1));
    const isRight =
      isImprinted && same(told, await hashed(hash, covered)) && (await verifies(signer, signature, message, hash));
    return { isTimestamp, isRight, isKnown: await isKnown(signer, bundled), name: readName(signer.subject), end: range[2] + range[3] };
  };

  // One answer per signature that the file shows; an error in one is a signature that is not right.
  const judge = async (pdf, bundled) => {
    const found = [];
    const text = new TextDecoder("latin1").decode(pdf);
    for (const match of text.matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g)) {
      try {
        found.push(await judgeOne(pdf, match.slice(1, 5).map(Number), bundled));
      } catch (error) {
        found.push({ isRight: false, why: String(error), end: 0 });
      }
    }
    return found;
  };

  return { judge };
})();
