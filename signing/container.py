"""ASiC-E containers with CAdES signatures: files, a manifest of their digests, and detached signatures over manifests.

The form is the one that EU validators read: `mimetype` first and stored, `META-INF/ASiCManifestNNN.xml` in ETSI's namespace,
`META-INF/signatureNNN.p7s` as CMS over the manifest's very bytes. Each signature has a manifest of its own, which names the
same files: another person can sign later, and nothing that was signed changes.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final
from xml.sax.saxutils import quoteattr

from guard.wire import Payload, sha256_hex_of, write_payload
from keys.credentials import Credential, check_signing_certificate
from keys.private import signature_der
from signing.cms import check_signature, signed_attributes, signed_data
from signing.errors import ContainerUnusable
from signing.evidence import EvidenceCollector
from signing.request import SigningServices

CONTAINER_TYPE: Final = "application/vnd.etsi.asic-e+zip"
NAMESPACE: Final = "http://uri.etsi.org/02918/v1.2.1#"
XMLDSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
META: Final = "META-INF/"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_MOST_SIGNATURES: Final = 999
# The same container has the same bytes, whenever it is written.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ContainerFile:
    """A file of a container; its name is made of plain letters and is no path out of it."""

    name: str
    media_type: str
    content: Payload = field(repr=False)


@dataclass(frozen=True, slots=True)
class ManifestSignature:
    """A manifest and the CMS over its very bytes."""

    number: int
    manifest: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def manifest_name(number: int) -> str:
    """Where the manifest of a signature lies."""
    return f"{META}ASiCManifest{number:03d}.xml"


def signature_name(number: int) -> str:
    """Where a signature lies."""
    return f"{META}signature{number:03d}.p7s"


def write_manifest(files: Sequence[ContainerFile], *, number: int) -> bytes:
    """Give the manifest of a signature; the same files have the same manifest.

    Raises:
        ContainerUnusable: no file, a name twice, or a name that leads elsewhere.
    """
    names = [one.name for one in files]
    if not names or len(set(names)) != len(names) or not 0 < number <= _MOST_SIGNATURES:
        raise ContainerUnusable("a container has files, each under a name of its own")
    for name in names:
        if not _NAME.fullmatch(name) or name.upper().startswith(META) or name == "mimetype":
            raise ContainerUnusable(
                "a file's name is letters, digits, dots and dashes, and not one of the container's own"
            )
    references = "".join(_reference(one) for one in files)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<asic:ASiCManifest xmlns:asic="{NAMESPACE}" xmlns:ds="{XMLDSIG}">'
        f'<asic:SigReference URI="{signature_name(number)}" MimeType="application/pkcs7-signature"/>'
        f"{references}</asic:ASiCManifest>\n"
    ).encode()


def prepare_manifest_signature(
    manifest: bytes, *, credential: Credential, services: SigningServices, at: datetime
) -> bytes:
    """Check all that can be checked without the key, and give what it has to sign.

    Raises:
        CertificateError: the certificate may not sign now, or was withdrawn.
        SigningError, KeysError: the clock jumped, or nobody answers whether it was withdrawn.
    """
    services.check_clock()
    check_signing_certificate(credential.certificate_der, at=at)
    services.check_not_noticed(credential)
    if services.revocation is not None:
        EvidenceCollector(services.revocation).check_not_revoked(credential)
    return _attributes(manifest, credential, at)


def complete_manifest_signature(
    manifest: bytes, *, signature: bytes, credential: Credential, services: SigningServices, at: datetime
) -> bytes:
    """Give the CMS: CAdES at level B-T where a time-stamping service is there, else B-B; `at` is as it was prepared.

    Raises:
        SignatureMismatch: it is not the key's signature over what was prepared.
        TimestampUnavailable: nobody stamped it; try again.
    """
    to_be_signed = _attributes(manifest, credential, at)
    der = signature_der(signature, algorithm=credential.algorithm)
    check_signature(der, to_be_signed=to_be_signed, credential=credential)
    token = None
    if services.timestamps is not None:
        token = services.timestamps.stamp(hashlib.sha256(der).digest(), at_sent=at)
    stamp = token.der if token is not None else None
    return signed_data(to_be_signed, signature=der, credential=credential, timestamp_token=stamp)


def write_container(
    files: Sequence[ContainerFile],
    signatures: Sequence[ManifestSignature],
    target: BinaryIO,
    *,
    beside: Mapping[str, bytes] | None = None,
) -> None:
    """Write a container; `beside` lies in META-INF and is signed by nobody.

    Raises:
        ContainerUnusable: a manifest is not that of these files: nothing is written that does not hold.
    """
    for one in signatures:
        if one.manifest != write_manifest(files, number=one.number):
            raise ContainerUnusable("a signature is over other files than those of this container")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(zipfile.ZipInfo("mimetype", _EPOCH), CONTAINER_TYPE)
        for file in files:
            with packed.open(zipfile.ZipInfo(file.name, _EPOCH), "w", force_zip64=True) as entry:
                # zipfile's writer has all that a copy needs.
                write_payload(file.content, entry)  # type: ignore[arg-type]
        for one in signatures:
            packed.writestr(zipfile.ZipInfo(manifest_name(one.number), _EPOCH), one.manifest)
            packed.writestr(zipfile.ZipInfo(signature_name(one.number), _EPOCH), one.signature)
        for name, content in (beside or {}).items():
            packed.writestr(zipfile.ZipInfo(META + name, _EPOCH), content)


def _reference(file: ContainerFile) -> str:
    digest = base64.b64encode(bytes.fromhex(sha256_hex_of(file.content))).decode()
    return (
        f"<asic:DataObjectReference URI={quoteattr(file.name)} MimeType={quoteattr(file.media_type)}>"
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>'
    )


def _attributes(manifest: bytes, credential: Credential, at: datetime) -> bytes:
    # Outside of a PDF there is no /M: the claimed time stands among the signed attributes.
    return signed_attributes(
        hashlib.sha256(manifest).digest(), certificate_der=credential.certificate_der, signing_time=at
    )
