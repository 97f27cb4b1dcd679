"""Sign like other vendors do, oddities included: any SubFilter, any CMS, written by hand into a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing.verify.certificates import members_of
from signing.verify.syntax import PdfObject, Ref
from tests.attack.pdf_surgery import Patient

MakeContents = Callable[[bytes], bytes]
SIGNED_AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
_PLACE = 6_000
_GAP = b"/ByteRange [0 0000000000 0000000000 0000000000]"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A signer nobody knows: a key and a certificate it made itself."""

    key: rsa.RSAPrivateKey
    certificate_der: bytes

    def sign(self, content: bytes) -> bytes:
        return self.key.sign(content, padding.PKCS1v15(), hashes.SHA256())


@cache
def stranger() -> Stranger:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A stranger")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Stranger(key, made.public_bytes(Encoding.DER))


def sign_by_hand(
    pdf: bytes,
    make: MakeContents,
    *,
    subfilter: str = "ETSI.CAdES.detached",
    field: str = "Officer",
    prefix: bytes = b"",
    **added: PdfObject,
) -> bytes:
    """Fill an existing empty field; `make` turns the bytes that are covered into `/Contents`.

    `prefix` goes before the header and is covered too; cross-references count from the header.
    """
    patient = Patient(pdf)
    number, value = patient.field(field), patient.size
    dictionary: dict[str, PdfObject] = {"Type": "Sig", "Filter": "Adobe.PPKLite", "SubFilter": subfilter, **added}
    dictionary = {key: one for key, one in dictionary.items() if one is not None}
    dictionary["Contents"] = bytes(_PLACE)
    prepared = patient.append(
        {number: patient.entries(number) | {"V": Ref(value, 0)}, value: {**dictionary, "Mark": 1}}
    )
    # Same length as the mark makes room for, so that no offset moves: the range replaces it.
    at = prepared.rindex(b"/Mark 1")
    grown = prepared[:at] + _GAP + prepared[at + 7 :]
    shift = len(_GAP) - 7
    xref_at = int(prepared.rsplit(b"startxref", 1)[1].split()[0])
    grown = grown.replace(b"startxref\n%d\n" % xref_at, b"startxref\n%d\n" % (xref_at + shift))
    start = grown.rindex(b"<" + b"00" * 8, 0, at)
    start = grown.rindex(b"<", 0, start + 1)
    end = grown.index(b">", start) + 1
    spans = (len(prefix) + start, len(prefix) + end, len(grown) - end)
    ranged = b"/ByteRange [0 %010d %010d %010d]" % spans
    grown = grown.replace(_GAP, ranged)
    contents = make(prefix + grown[:start] + grown[end:])
    digits = contents.hex().encode().ljust(2 * _PLACE, b"0")
    return prefix + grown[: start + 1] + digits + grown[end - 1 :]


def attributes_of(content: bytes) -> list[cms.CMSAttribute]:
    """The least a CMS signature signs, in DER order."""
    attributes = [
        cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
        cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
    ]
    return sorted(attributes, key=lambda one: one.dump())


def signed_data(
    content: bytes,
    *,
    attributes: list[cms.CMSAttribute] | None = None,
    signed: bytes | None = None,
    with_certificate: bool = True,
    encapsulated: bytes | None = None,
) -> cms.ContentInfo:
    """A detached CMS; `signed` replaces what the key signs, `attributes` what is sent."""
    signer = stranger()
    parsed = asn1_x509.Certificate.load(signer.certificate_der)
    sent = attributes_of(content) if attributes is None else attributes
    body = b"".join(one.dump() for one in sent)
    own = core.SetOf(spec=core.Any, contents=body).dump()
    info = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": parsed.issuer, "serial_number": parsed.serial_number}},
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        "signature": signer.sign(own if signed is None else signed),
    }
    if sent:
        info["signed_attrs"] = cms.CMSAttributes(contents=body)
    data = {
        "version": "v1",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
        "encap_content_info": {"content_type": "data"} | ({} if encapsulated is None else {"content": encapsulated}),
        "signer_infos": [cms.SignerInfo(info)],
    }
    if with_certificate:
        data["certificates"] = [parsed]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)})


def with_unsigned(der: bytes, attribute_der: bytes, *, depth: int = 4) -> bytes:
    """Add an unsigned attribute to the one SignerInfo of a CMS: it ends where everything around it ends."""
    header, length = _length(der, 1)
    members = members_of(der[: header + length])
    if depth:
        members[-1] = with_unsigned(members[-1], attribute_der, depth=depth - 1)
    else:
        members.append(b"\xa1" + _encode_length(len(attribute_der)) + attribute_der)
    body = b"".join(members)
    return der[:1] + _encode_length(len(body)) + body


def to_indefinite(der: bytes) -> bytes:
    """Write every constructed value with an indefinite length, and long octet strings in pieces, as streaming BER does."""
    out = bytearray()
    at = 0
    while at < len(der):
        tag, header, length = der[at], *_length(der, at + 1)
        body = der[header : header + length]
        if tag & 0x20:
            out += bytes([tag, 0x80]) + to_indefinite(body) + b"\x00\x00"
        elif tag == 0x04 and length > 100:
            half = length // 2
            pieces = b"".join(b"\x04" + _encode_length(len(one)) + one for one in (body[:half], body[half:]))
            out += b"\x24\x80" + pieces + b"\x00\x00"
        else:
            out += der[at : header + length]
        at = header + length
    return bytes(out)


def _length(der: bytes, at: int) -> tuple[int, int]:
    first = der[at]
    if first < 0x80:
        return at + 1, first
    count = first & 0x7F
    return at + 1 + count, int.from_bytes(der[at + 1 : at + 1 + count], "big")


def _encode_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    body = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body
