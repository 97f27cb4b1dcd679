"""Read who made a CMS signature: its certificate, what it carries, the time-stamps inside.

Our own files are DER and are read directly; anything else (indefinite lengths, names spelled another way, a key
identifier instead of issuer and serial number) goes through asn1crypto, which is slower and knows them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import cms

from keys.der import object_identifier
from signing.der import Element, read_element
from signing.errors import NotAPdf

_SIGNATURE_TIMESTAMP = object_identifier("1.2.840.113549.1.9.16.2.14")
_SIGNED_DATA = object_identifier("1.2.840.113549.1.7.2")
_TST_INFO = object_identifier("1.2.840.113549.1.9.16.1.4")
_REVOCATION_ARCHIVE = "1.2.840.113583.1.1.8"
_SEQUENCE, _SET, _GENERALIZED_TIME, _CONTEXT_0, _CONTEXT_1 = 0x30, 0x31, 0x18, 0xA0, 0xA1


@dataclass(frozen=True, slots=True)
class SignerCertificates:
    """Who signed one CMS object, the certificates it carries, and the time-stamp tokens inside it."""

    certificate_der: bytes
    carried_der: tuple[bytes, ...]
    timestamp_tokens: tuple[bytes, ...]
    gen_time: datetime | None


@dataclass(frozen=True, slots=True)
class _SignedData:
    certificates: tuple[Element, ...]
    signer_info: tuple[Element, ...]
    content_type: bytes
    content: Element | None


def read_signer(contents: bytes) -> SignerCertificates:
    """Read a signature's or time-stamp's CMS, with or without its padding.

    Raises:
        NotAPdf: the contents are no SignedData with one signer whose certificate is inside.
    """
    try:
        return _read_der(contents)
    except (ValueError, IndexError):
        return _read_any(contents)


def _read_der(contents: bytes) -> SignerCertificates:
    signed_data = _signed_data(read_element(contents))
    sid = signed_data.signer_info[1]
    if sid.tag != _SEQUENCE:
        raise ValueError("the signer is named by a key identifier")
    named = tuple(part.encoded for part in sid.children())
    signer = next((item for item in signed_data.certificates if _issuer_and_serial(item) == named), None)
    if signer is None:
        raise ValueError("the signer's certificate is not inside, or its issuer is spelled another way")
    last = signed_data.signer_info[-1]
    tokens: list[bytes] = []
    if last.tag == _CONTEXT_1:
        for attribute in last.children():
            kind, values = attribute.children()
            if kind.encoded == _SIGNATURE_TIMESTAMP:
                tokens += (value.encoded for value in values.children())
    return SignerCertificates(
        certificate_der=signer.encoded,
        carried_der=tuple(item.encoded for item in signed_data.certificates),
        timestamp_tokens=tuple(tokens),
        gen_time=_gen_time(signed_data),
    )


def _signed_data(content_info: Element) -> _SignedData:
    kind, wrapped = content_info.children()
    if kind.encoded != _SIGNED_DATA or wrapped.tag != _CONTEXT_0:
        raise ValueError("no SignedData")
    _, _, encapsulated, *rest = wrapped.children()[0].children()
    certificates = [part for part in rest if part.tag == _CONTEXT_0]
    (signer_infos,) = (part for part in rest if part.tag == _SET)
    (signer_info,) = signer_infos.children()
    content_type, *content = encapsulated.children()
    return _SignedData(
        certificates=tuple(item for part in certificates for item in part.children() if item.tag == _SEQUENCE),
        signer_info=tuple(signer_info.children()),
        content_type=content_type.encoded,
        content=content[0] if content else None,
    )


def _issuer_and_serial(certificate: Element) -> tuple[bytes, ...]:
    fields = certificate.children()[0].children()
    if fields[0].tag == _CONTEXT_0:  # [0] EXPLICIT Version, absent in version 1
        fields = fields[1:]
    serial_number, _, issuer = fields[:3]
    return issuer.encoded, serial_number.encoded


def _gen_time(signed_data: _SignedData) -> datetime | None:
    if signed_data.content_type != _TST_INFO or signed_data.content is None:
        return None
    octets = signed_data.content.children()[0]
    tst_info = read_element(octets.source, octets.content_start, limit=octets.end)
    moment = next(part for part in tst_info.children() if part.tag == _GENERALIZED_TIME)
    text = moment.source[moment.content_start : moment.end].decode("ascii")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    if not text.endswith("Z"):
        raise ValueError("a time that is not UTC")
    seconds = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return seconds.replace(microsecond=int(fraction[:6].ljust(6, "0"))) if fraction else seconds


def _read_any(contents: bytes) -> SignerCertificates:
    try:
        signed_data = cms.ContentInfo.load(contents)["content"]
        (signer_info,) = signed_data["signer_infos"]
        certificates = [choice.chosen for choice in signed_data["certificates"] if choice.name == "certificate"]
        certificate = next((item for item in certificates if _is_named(item, signer_info["sid"])), None)
        if certificate is None:
            raise ValueError("the signer's certificate is not inside")
        tokens = tuple(
            value.dump()
            for attribute in signer_info["unsigned_attrs"] or ()
            if attribute["type"].dump() == _SIGNATURE_TIMESTAMP
            for value in attribute["values"]
        )
        gen_time = None
        if signed_data["encap_content_info"]["content_type"].native == "tst_info":
            gen_time = signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise NotAPdf(f"a signature in the file cannot be read ({exc}); it cannot be extended") from exc
    carried = tuple(item.dump() for item in certificates)
    return SignerCertificates(certificate.dump(), carried, tokens, gen_time)


def _is_named(certificate: cms.Certificate, sid: cms.SignerIdentifier) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == sid.chosen.native)
    named = sid.chosen
    same_serial = certificate.serial_number == named["serial_number"].native
    return bool(same_serial and certificate.issuer == named["issuer"])


def read_carried_revocation(contents: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the OCSP responses and CRLs that a signature carries among its own attributes, as Adobe writes them.

    Raises:
        NotAPdf: the contents cannot be read.
    """
    try:
        (signer_info,) = cms.ContentInfo.load(contents)["content"]["signer_infos"]
        ocsps: list[bytes] = []
        crls: list[bytes] = []
        for attribute in signer_info["signed_attrs"] or ():
            if attribute["type"].dotted == _REVOCATION_ARCHIVE:
                for archive in attribute["values"]:
                    ocsps += (answer.dump() for answer in archive["ocsp"] or ())
                    crls += (crl.dump() for crl in archive["crl"] or ())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise NotAPdf(f"a signature in the file cannot be read ({exc}); it cannot be extended") from exc
    return tuple(ocsps), tuple(crls)
