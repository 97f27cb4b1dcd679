"""Trust anchors: the roots a verdict rests on, the intermediates that lead to them, and CRLs, read from a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.anchor_scope import AnchorScope, Purpose
from keys.credentials import is_ca, is_self_signed
from keys.errors import CertificateUnusable, TrustedListRefused, TrustFolderEmpty, TrustFolderUnusable
from keys.mode import Mode, check_certificate_mode
from keys.trusted_list import TrustedList

_CERTIFICATES = {".pem", ".crt", ".cer", ".der"}
_IGNORED = {".md", ".txt", ".json"}
_PEM_MARK = b"-----BEGIN "
_MAX_FILE_BYTES = 10_000_000
_MAX_FILES = 1000
LISTS_FOLDER: Final = "lists"
# Roots in these folders vouch for one purpose only; those beside them for all.
_FOLDERS: Final = {"signing": Purpose.SIGNING, "seals": Purpose.SEAL, "timestamps": Purpose.TIMESTAMP}


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """Certificates and CRLs as DER, and the mode whose rules apply to them.

    A root without a scope vouches for every purpose at all times; `lists` are the trusted lists that some came from.
    """

    roots_der: tuple[bytes, ...]
    intermediates_der: tuple[bytes, ...]
    crls_der: tuple[bytes, ...]
    mode: Mode
    scopes: tuple[AnchorScope, ...] = ()
    lists: tuple[TrustedList, ...] = ()

    def __post_init__(self) -> None:
        """Refuse specimens in production, however the anchors came here.

        Raises:
            DemoKeyInProduction: an anchor is a specimen and the mode is production.
            CertificateUnusable: an anchor cannot be read.
        """
        for certificate_der in (*self.roots_der, *self.intermediates_der):
            check_certificate_mode(certificate_der, self.mode)

    def permits(self, root_der: bytes, *, purposes: frozenset[Purpose], at: datetime) -> bool:
        """Whether this root vouched for one of these purposes at that time."""
        digest = hashlib.sha256(root_der).hexdigest() if self.scopes else ""
        scopes = [scope for scope in self.scopes if scope.certificate_sha256_hex == digest]
        return not scopes or any(scope.permits(purposes, at=at) for scope in scopes)

    def missing_purposes(self, *, at: datetime) -> tuple[Purpose, ...]:
        """The purposes that no root vouches for: signatures, seals or time-stamps could never be confirmed."""
        return tuple(
            purpose
            for purpose in Purpose
            if not any(self.permits(der, purposes=frozenset({purpose}), at=at) for der in self.roots_der)
        )

    def stale_lists(self, *, at: datetime) -> tuple[TrustedList, ...]:
        """The trusted lists whose publishers promised newer ones before this moment."""
        return tuple(one for one in self.lists if one.is_stale(at=at))


def load_trust_folder(path: Path, *, mode: Mode) -> TrustAnchors:
    """Read a folder of PEM or DER certificates (`.pem .crt .cer .der`) and CRLs (`.crl`).

    A self-signed certificate is a root, another CA's certificate an intermediate. Hidden files and papers
    (`.md .txt .json`) are passed over; anything else is refused, since an anchor left out would go unnoticed.
    Folders `signing`, `seals` and `timestamps` hold roots for that purpose only, `lists` imported trusted lists.

    Raises:
        TrustFolderEmpty: no root in it.
        TrustFolderUnusable: no folder, or a file that is no anchor; the message names the file.
        DemoKeyInProduction: a specimen, and the mode is production.
    """
    gathered = _Gathered()
    gathered.add_folder(path, purpose=None)
    for name, purpose in _FOLDERS.items():
        if (path / name).is_dir():
            gathered.add_folder(path / name, purpose=purpose)
    for one in stored_lists(path):
        gathered.add_list(one)
    if not gathered.roots:
        raise TrustFolderEmpty(f"trust folder {path.name} holds no self-signed root; put one in")
    return gathered.anchors(mode)


def stored_lists(path: Path) -> Iterator[TrustedList]:
    """Read the trusted lists that were imported into a trust folder.

    Raises:
        TrustFolderUnusable: one of them is damaged; the message names the file.
    """
    folder = path / LISTS_FOLDER
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            yield TrustedList.from_dict(json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError, AttributeError, TrustedListRefused) as exc:
            raise TrustFolderUnusable(f"trusted list {file.name} is damaged; import it again") from exc


class _Gathered:
    """What the folders of one trust folder hold, each thing once."""

    def __init__(self) -> None:
        self.roots: dict[bytes, None] = {}
        self._intermediates: dict[bytes, None] = {}
        self._crls: dict[bytes, None] = {}
        self._scopes: dict[AnchorScope, None] = {}
        self._free: set[str] = set()
        self._lists: list[TrustedList] = []

    def add_folder(self, path: Path, *, purpose: Purpose | None) -> None:
        for file in _list_files(path):
            content = _read(file)
            if file.suffix.lower() == ".crl":
                self._crls[_read_crl(content, name=file.name)] = None
                continue
            for certificate in _read_certificates(content, name=file.name):
                der = certificate.public_bytes(Encoding.DER)
                if not _is_root(certificate, name=file.name):
                    self._intermediates[der] = None
                    continue
                self.roots[der] = None
                digest = hashlib.sha256(der).hexdigest()
                if purpose is None:
                    self._free.add(digest)
                else:
                    self._scopes[AnchorScope(digest, frozenset({purpose}))] = None

    def add_list(self, one: TrustedList) -> None:
        self._lists.append(one)
        for service in one.services:
            self.roots[service.certificate_der] = None
            self._scopes.update(dict.fromkeys(service.scopes))

    def anchors(self, mode: Mode) -> TrustAnchors:
        # A root that somebody trusts for everything is not limited by a list that names it too.
        scopes = tuple(scope for scope in self._scopes if scope.certificate_sha256_hex not in self._free)
        return TrustAnchors(
            tuple(self.roots), tuple(self._intermediates), tuple(self._crls), mode, scopes, tuple(self._lists)
        )


def _list_files(path: Path) -> list[Path]:
    try:
        files = sorted(file for file in path.iterdir() if not file.name.startswith("."))
    except OSError as exc:
        raise TrustFolderUnusable(f"trust folder {path.name} cannot be read: {exc.strerror}") from exc
    if len(files) > _MAX_FILES:
        raise TrustFolderUnusable(f"trust folder {path.name} holds more than {_MAX_FILES} files; is it the right one?")
    known = {*_FOLDERS, LISTS_FOLDER}
    return [
        file for file in files if file.suffix.lower() not in _IGNORED and not (file.name in known and file.is_dir())
    ]


def _read(file: Path) -> bytes:
    if file.suffix.lower() not in {*_CERTIFICATES, ".crl"}:
        raise TrustFolderUnusable(f"{file.name} is neither a certificate nor a CRL by its name; remove or rename it")
    try:
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise TrustFolderUnusable(f"{file.name} is too large for a certificate or CRL; remove it")
        return file.read_bytes()
    except OSError as exc:
        raise TrustFolderUnusable(f"{file.name} cannot be read: {exc.strerror}") from exc


def _read_certificates(content: bytes, *, name: str) -> list[x509.Certificate]:
    try:
        if _PEM_MARK in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as exc:
        raise TrustFolderUnusable(f"{name} holds no readable certificate: {exc}") from exc


def _read_crl(content: bytes, *, name: str) -> bytes:
    try:
        is_pem = _PEM_MARK in content
        crl = x509.load_pem_x509_crl(content) if is_pem else x509.load_der_x509_crl(content)
    except ValueError as exc:
        raise TrustFolderUnusable(f"{name} holds no readable CRL: {exc}") from exc
    return crl.public_bytes(Encoding.DER)


def _is_root(certificate: x509.Certificate, *, name: str) -> bool:
    if is_self_signed(certificate):
        return True
    try:
        issues = is_ca(certificate)
    except CertificateUnusable as exc:
        raise TrustFolderUnusable(f"{name} holds no usable certificate: {exc}") from exc
    if not issues:
        raise TrustFolderUnusable(
            f"{name} holds the certificate of no CA; a trust folder takes roots and intermediates"
        )
    return False
