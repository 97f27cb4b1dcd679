"""One validation report for the whole file in the XML of ETSI TS 119 102-2 (namespace 1.4.1): one entry per signature."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

# This module writes XML and never reads any.
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from signing.verify.report import (
    BaselineLevel,
    Indication,
    SignatureVerdict,
    Signer,
    TimeSource,
    Verdict,
    VerificationReport,
)

_VR: Final = "http://uri.etsi.org/19102/v1.4.1#"
_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_VDM: Final = "https://vidimus.example/ns/validation/1.0/"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_URN: Final = "urn:etsi:019102"
_MAIN: Final = {
    Indication.TOTAL_PASSED: f"{_URN}:mainindication:total-passed",
    Indication.INDETERMINATE: f"{_URN}:mainindication:indeterminate",
    Indication.TOTAL_FAILED: f"{_URN}:mainindication:total-failed",
}
# The standard has no word for a file that nobody signed.
_NO_SIGNATURE: Final = "urn:vidimus:mainindication:noSignatureFound"
_PROCESS: Final = {
    BaselineLevel.B_T: "LTVM",
    BaselineLevel.B_LT: "LTVM",
    BaselineLevel.B_LTA: "LTA",
}
# XML 1.0 has no place for most control characters, surrogates and U+FFFE; a certificate's name may hold them.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Facts = Sequence[tuple[str, str]]


def write_report_xml(report: VerificationReport, *, facts: Facts = ()) -> bytes:
    """Write the report; `facts` are names and values about the whole file that the standard has no element for."""
    for prefix, namespace in (("vr", _VR), ("ds", _DS), ("vdm", _VDM)):
        register_namespace(prefix, namespace)
    root = Element(_vr("ValidationReport"))
    whole = (
        ("file", report.file),
        ("verdict", report.verdict.value),
        *(("reason", code) for code in report.reasons),
        *(("warning", code) for code in report.warnings),
        *facts,
    )
    for signature in report.signatures:
        _signature(root, signature, report=report, facts=whole)
    if not report.signatures:
        _no_signature(root, report, facts=whole)
    _objects(root, [one.signer for one in report.signatures if one.signer is not None])
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"


def _signature(root: Element, signature: SignatureVerdict, *, report: VerificationReport, facts: Facts) -> None:
    one = SubElement(root, _vr("SignatureValidationReport"))
    identifier = SubElement(one, _vr("SignatureIdentifier"))
    _put(identifier, "HashOnly", "false")
    _put(identifier, "DocHashOnly", "false")
    _put(identifier, "DAIdentifier", signature.field)
    _times(one, signature, checked_at=report.checked_at)
    _document(one, report)
    attributes = SubElement(one, _vr("SignatureAttributes"))
    if signature.signed_at is not None and signature.time_source is TimeSource.CLAIMED:
        _put(SubElement(attributes, _vr("SigningTime")), "Time", _time(signature.signed_at))
    # A private name may be anything; the attribute keeps what is there.
    filter_attribute = SubElement(attributes, _vr("SubFilter"))
    _put(filter_attribute, "SubFilterElement", signature.subfilter or "none")
    if signature.signer is not None:
        _signer(one, signature.signer)
    process = SubElement(one, _vr("SignatureValidationProcess"))
    _put(process, "SignatureValidationProcessID", f"{_URN}:validationprocess:{_PROCESS.get(signature.level, 'Basic')}")
    _status(
        one,
        _MAIN[signature.indication],
        sub_indication=signature.sub_indication.value if signature.sub_indication else None,
    )
    found = (
        ("field", signature.field),
        ("kind", signature.kind.value),
        ("level", signature.level.value),
        ("coverage", signature.coverage.value),
        ("modifiedAfter", signature.modified_after.value),
        ("cryptographicallyValid", _flag(is_set=signature.cryptographically_valid)),
        ("technicallyValid", _flag(is_set=signature.technically_valid)),
        ("trusted", _flag(is_set=signature.trusted)),
        *((f"timestamp.{stamp.kind}", _time(stamp.at) if stamp.at else "unknown") for stamp in signature.timestamps),
    )
    _other(one, found, facts)


def _no_signature(root: Element, report: VerificationReport, *, facts: Facts) -> None:
    one = SubElement(root, _vr("SignatureValidationReport"))
    _document(one, report)
    match report.verdict:
        case Verdict.NO_SIGNATURE:
            _status(one, _NO_SIGNATURE)
        case Verdict.INDETERMINATE:
            _status(one, _MAIN[Indication.INDETERMINATE], sub_indication="GENERIC")
        case _:
            # Removed signatures and unreadable files: the format itself is what failed.
            _status(one, _MAIN[Indication.TOTAL_FAILED], sub_indication="FORMAT_FAILURE")
    _other(one, (), facts)


def _times(parent: Element, signature: SignatureVerdict, *, checked_at: datetime) -> None:
    """The best signature time is the time-stamp's; without one, only that the signature exists now is proven."""
    info = SubElement(parent, _vr("ValidationTimeInfo"))
    _put(info, "ValidationTime", _time(checked_at))
    best = SubElement(info, _vr("BestSignatureTime"))
    is_proven = signature.time_source is TimeSource.TIMESTAMP and signature.trusted
    moment = signature.signed_at if is_proven and signature.signed_at is not None else checked_at
    _put(best, "POETime", _time(moment))
    _put(best, "TypeOfProof", f"{_URN}:poetype:validation")


def _document(parent: Element, report: VerificationReport) -> None:
    _digest(SubElement(parent, _vr("SignersDocument")), report.sha256_hex)


def _signer(parent: Element, signer: Signer) -> None:
    information = SubElement(parent, _vr("SignerInformation"))
    SubElement(information, _vr("SignerCertificate"), {"VOReference": _object_id(signer)})
    _put(information, "Signer", signer.common_name or signer.organisation or "unnamed")


def _objects(root: Element, signers: Sequence[Signer]) -> None:
    by_id = {_object_id(signer): signer for signer in signers}
    if not by_id:
        return
    objects = SubElement(root, _vr("SignatureValidationObjects"))
    for object_id, signer in by_id.items():
        one = SubElement(objects, _vr("ValidationObject"), {"id": object_id})
        _put(one, "ObjectType", f"{_URN}:validationObject:certificate")
        _digest(SubElement(one, _vr("ValidationObjectRepresentation")), signer.certificate_sha256_hex)


def _status(parent: Element, indication: str, *, sub_indication: str | None = None) -> None:
    status = SubElement(parent, _vr("SignatureValidationStatus"))
    _put(status, "MainIndication", indication)
    if sub_indication is not None:
        _put(status, "SubIndication", f"{_URN}:subindication:{sub_indication}")


def _other(parent: Element, found: Facts, facts: Facts) -> None:
    other = SubElement(parent, _vr("OtherInformation"))
    for family, pairs in (("Signature", found), ("File", facts)):
        if pairs:
            group = SubElement(other, f"{{{_VDM}}}{family}")
            for name, value in pairs:
                SubElement(group, f"{{{_VDM}}}Fact", {"name": name}).text = _clean(value)


def _digest(parent: Element, sha256_hex: str) -> None:
    pair = SubElement(parent, _vr("DigestAlgAndValue"))
    SubElement(pair, f"{{{_DS}}}DigestMethod", {"Algorithm": _SHA256})
    SubElement(pair, f"{{{_DS}}}DigestValue").text = base64.b64encode(bytes.fromhex(sha256_hex)).decode("ascii")


def _object_id(signer: Signer) -> str:
    return f"C-{signer.certificate_sha256_hex}"


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, _vr(name)).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _flag(*, is_set: bool) -> str:
    return "true" if is_set else "false"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _vr(name: str) -> str:
    return f"{{{_VR}}}{name}"


__all__ = ["write_report_xml"]
