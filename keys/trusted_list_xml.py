"""The XML of a trusted list: parsed without entities or network, signed by a certificate given beforehand.

What is read is what the signature covers (`signed_xml`), never the file around it. Runs in a child.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from keys.anchor_scope import AnchorScope, Purpose
from keys.errors import ListReason, TrustedListRefused
from keys.trusted_list import ListedService, TrustedList

_TSL: Final = "{http://uri.etsi.org/02231/v2#}"
_ROOT: Final = f"{_TSL}TrustServiceStatusList"
_VERSIONS: Final = frozenset({"5", "6"})
_SVC: Final = "http://uri.etsi.org/TrstSvc/Svctype/"
_BOTH: Final = frozenset({Purpose.SIGNING, Purpose.SEAL})
_STAMP: Final = frozenset({Purpose.TIMESTAMP})
_BY_TYPE: Final = {
    f"{_SVC}CA/QC": _BOTH,
    f"{_SVC}CA/PKC": _BOTH,
    f"{_SVC}TSA": _STAMP,
    f"{_SVC}TSA/QTST": _STAMP,
    f"{_SVC}TSA/TSS-QC": _STAMP,
    f"{_SVC}TSA/TSS-AdESQCandQES": _STAMP,
}
_BY_USE: Final = {"ForeSignatures": Purpose.SIGNING, "ForeSeals": Purpose.SEAL}
# The last word of the status: granted today, and what the same meant in older lists.
_GRANTED: Final = frozenset(
    {"granted", "undersupervision", "supervisionincessation", "accredited", "recognisedatnationallevel"}
)
_DECLARATION: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_PARSE_ERRORS: Final = (etree.LxmlError, ValueError, KeyError, TypeError, AttributeError, IndexError)


def parse_trusted_list(xml: bytes, *, signers_der: Sequence[bytes]) -> TrustedList:
    """Check form and signature and give what the list says.

    Raises:
        TrustedListRefused: with a reason code.
    """
    root = _parse(xml)
    signed, signer_der = _verified(root, signers_der)
    try:
        return _read(signed, sha256_hex=hashlib.sha256(xml).hexdigest(), signer_der=signer_der)
    except _PARSE_ERRORS as exc:
        raise TrustedListRefused(f"the list cannot be read: {exc}", reason=ListReason.MALFORMED) from exc


def _parse(xml: bytes) -> Any:
    # A list needs no DTD; refused before any parser sees it. UTF-16 would hide the word from this look.
    if _DECLARATION.search(xml):
        raise TrustedListRefused("the file declares a DTD or entities; no trusted list does", reason=ListReason.DTD)
    if xml[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in xml[:64]:
        raise TrustedListRefused("the file is not UTF-8", reason=ListReason.MALFORMED)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.LxmlError, ValueError) as exc:
        raise TrustedListRefused(f"the file is no XML: {exc}", reason=ListReason.MALFORMED) from exc
    tree = root.getroottree()
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise TrustedListRefused("the file declares a DTD; no trusted list does", reason=ListReason.DTD)
    if root.tag != _ROOT:
        raise TrustedListRefused("the file is no trusted list", reason=ListReason.MALFORMED)
    return root


def _verified(root: Any, signers_der: Sequence[bytes]) -> tuple[Any, bytes]:
    """Give the list as signed, and by whom; one of the references must cover the whole list."""
    config = SignatureConfiguration(location="./", expect_references=True, ignore_ambiguous_key_info=True)
    why = "no certificate was given"
    for der in signers_der:
        certificate = x509.load_der_x509_certificate(der)
        pem = certificate.public_bytes(Encoding.PEM).decode()
        try:
            results = XMLVerifier().verify(root, x509_cert=pem, expect_config=config)
        except (SignXMLException, *_PARSE_ERRORS) as exc:
            why = f"{type(exc).__name__}: {exc}"
            continue
        for one in results if isinstance(results, list) else [results]:
            if one.signed_xml is not None and one.signed_xml.tag == _ROOT:
                return one.signed_xml, der
        why = "the signature does not cover the list"
    raise TrustedListRefused(
        f"no given certificate signed the whole list ({why}); check the publisher's certificate",
        reason=ListReason.SIGNATURE,
    )


def _read(root: Any, *, sha256_hex: str, signer_der: bytes) -> TrustedList:
    scheme = root.find(f"{_TSL}SchemeInformation")
    if _text(scheme, "TSLVersionIdentifier") not in _VERSIONS:
        raise TrustedListRefused("the list is of a version we do not read (5, 6)", reason=ListReason.MALFORMED)
    if "listofthelists" in _text(scheme, "TSLType").lower():
        raise TrustedListRefused(
            "this is a list of lists; import the national list itself", reason=ListReason.LIST_OF_LISTS
        )
    next_update = scheme.findtext(f"{_TSL}NextUpdate/{_TSL}dateTime")
    if not next_update:
        raise TrustedListRefused("the list is closed: it names no next update", reason=ListReason.EXPIRED)
    services = tuple(_services(root))
    if not any(service.is_granted_now for service in services):
        raise TrustedListRefused("the list grants no service that we could rely on", reason=ListReason.NO_SERVICE)
    return TrustedList(
        territory=_text(scheme, "SchemeTerritory"),
        operator=_name(scheme, "SchemeOperatorName"),
        sequence_number=int(_text(scheme, "TSLSequenceNumber")),
        issued_at=_moment(_text(scheme, "ListIssueDateTime")),
        next_update=_moment(next_update),
        sha256_hex=sha256_hex,
        signer_sha256_hex=hashlib.sha256(signer_der).hexdigest(),
        services=services,
    )


def _services(root: Any) -> Iterator[ListedService]:
    for provider in root.iter(f"{_TSL}TrustServiceProvider"):
        tsp = _name(provider.find(f"{_TSL}TSPInformation"), "TSPName")
        for service in provider.iter(f"{_TSL}TSPService"):
            current = service.find(f"{_TSL}ServiceInformation")
            history = list(service.iter(f"{_TSL}ServiceHistoryInstance"))
            for der in _certificates(current):
                scopes = tuple(_scopes([current, *history], hashlib.sha256(der).hexdigest()))
                if scopes:
                    yield ListedService(f"{tsp}: {_name(current, 'ServiceName')}", der, scopes)


def _scopes(entries: list[Any], certificate_sha256_hex: str) -> Iterator[AnchorScope]:
    """Each status holds from its start until the start of the next one."""
    dated = sorted(((_moment(_text(entry, "StatusStartingTime")), entry) for entry in entries), key=lambda one: one[0])
    for (since, entry), (until, _) in pairwise([*dated, (None, None)]):
        status = _text(entry, "ServiceStatus").rstrip("/").rpartition("/")[2]
        purposes = _purposes(entry)
        if status in _GRANTED and purposes:
            yield AnchorScope(certificate_sha256_hex, purposes, since, until)


def _purposes(entry: Any) -> frozenset[Purpose]:
    kind = _BY_TYPE.get(_text(entry, "ServiceTypeIdentifier"), frozenset())
    uses = {
        (element.findtext(f"{_TSL}URI") or "").strip().rpartition("/")[2]
        for element in entry.iter(f"{_TSL}AdditionalServiceInformation")
    }
    named = {use for use in uses if use.startswith("Fore") or use == "ForWebSiteAuthentication"}
    if not named or kind == _STAMP:
        return kind
    # A service that names its uses has those only; one for web sites alone vouches for nothing here.
    return kind & {_BY_USE[use] for use in named if use in _BY_USE}


def _certificates(entry: Any) -> Iterator[bytes]:
    seen = set()
    for element in entry.iterfind(f"{_TSL}ServiceDigitalIdentity/{_TSL}DigitalId/{_TSL}X509Certificate"):
        der = base64.b64decode("".join((element.text or "").split()), validate=True)
        x509.load_der_x509_certificate(der)
        if der not in seen:
            seen.add(der)
            yield der


def _text(element: Any, name: str) -> str:
    found = element.findtext(f"{_TSL}{name}")
    if found is None:
        raise ValueError(f"{name} is missing")
    return str(found).strip()


def _name(element: Any, name: str) -> str:
    """The English name, or the first one."""
    names = element.findall(f"{_TSL}{name}/{_TSL}Name")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    chosen = next((one for one in names if one.get(lang) == "en"), names[0] if names else None)
    return "" if chosen is None or chosen.text is None else " ".join(chosen.text.split())


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return moment.astimezone(UTC)
