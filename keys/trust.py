"""Trust anchors: the roots a verdict rests on, the intermediates that lead to them, and CRLs, read from a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.credentials import is_ca, is_self_signed
from keys.errors import CertificateUnusable, TrustFolderEmpty, TrustFolderUnusable
from keys.mode import Mode, check_certificate_mode

_CERTIFICATES = {".pem", ".crt", ".cer", ".der"}
_IGNORED = {".md", ".txt", ".json"}
_PEM_MARK = b"-----BEGIN "
_MAX_FILE_BYTES = 10_000_000
_MAX_FILES = 1000


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """Certificates and CRLs as DER, and the mode whose rules apply to them."""

    roots_der: tuple[bytes, ...]
    intermediates_der: tuple[bytes, ...]
    crls_der: tuple[bytes, ...]
    mode: Mode

    def __post_init__(self) -> None:
        """Refuse specimens in production, however the anchors came here.

        Raises:
            DemoKeyInProduction: an anchor is a specimen and the mode is production.
            CertificateUnusable: an anchor cannot be read.
        """
        for certificate_der in (*self.roots_der, *self.intermediates_der):
            check_certificate_mode(certificate_der, self.mode)


def load_trust_folder(path: Path, *, mode: Mode) -> TrustAnchors:
    """Read a folder of PEM or DER certificates (`.pem .crt .cer .der`) and CRLs (`.crl`).

    A self-signed certificate is a root, another CA's certificate an intermediate. Hidden files and papers
    (`.md .txt .json`) are passed over; anything else is refused, since an anchor left out would go unnoticed.

    Raises:
        TrustFolderEmpty: no root in it.
        TrustFolderUnusable: no folder, or a file that is no anchor; the message names the file.
        DemoKeyInProduction: a specimen, and the mode is production.
    """
    roots: dict[bytes, None] = {}
    intermediates: dict[bytes, None] = {}
    crls: dict[bytes, None] = {}
    for file in _list_files(path):
        content = _read(file)
        if file.suffix.lower() == ".crl":
            crls[_read_crl(content, name=file.name)] = None
            continue
        for certificate in _read_certificates(content, name=file.name):
            kept = roots if _is_root(certificate, name=file.name) else intermediates
            kept[certificate.public_bytes(Encoding.DER)] = None
    if not roots:
        raise TrustFolderEmpty(f"trust folder {path.name} holds no self-signed root; put one in")
    return TrustAnchors(tuple(roots), tuple(intermediates), tuple(crls), mode)


def _list_files(path: Path) -> list[Path]:
    try:
        files = sorted(file for file in path.iterdir() if not file.name.startswith("."))
    except OSError as exc:
        raise TrustFolderUnusable(f"trust folder {path.name} cannot be read: {exc.strerror}") from exc
    if len(files) > _MAX_FILES:
        raise TrustFolderUnusable(f"trust folder {path.name} holds more than {_MAX_FILES} files; is it the right one?")
    return [file for file in files if file.suffix.lower() not in _IGNORED]


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
