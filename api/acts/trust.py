"""What an administrator does with trust: import a national list, drop one, export everything for others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api.errors import BadSetting, RequestInvalid
from api.home import Home
from api.services import Services
from api.settings import Settings
from certify import list_agencies
from guard import AllowedOrigin, Clock, GuardedHttp, probe_isolation
from keys import (
    LISTS_FOLDER,
    MAX_LIST_BYTES,
    ListReason,
    TrustBundle,
    TrustedList,
    TrustedListRefused,
    check_continues,
    read_trusted_list,
    stored_lists,
    trusted_list_sandbox,
)

_HTTP_OK: Final = 200
_FETCH_SECONDS: Final = 60.0


def import_list(
    home: Home, settings: Settings, *, source: str, signers: Sequence[Path], clock: Clock
) -> tuple[TrustedList, Path]:
    """Read a list from a file or a configured address, check it, and keep it with its publisher's certificates.

    Without `signers` the certificates of the last import of that source's list are used.

    Raises:
        TrustedListRefused: the list must not be relied on; what was imported before stays.
        BadSetting: the address is not among the configured ones.
        EgressRefused, EgressFailed: the address cannot be asked.
    """
    xml = _fetch(settings, source) if "://" in source else Path(source).read_bytes()
    signers_der = [der for path in signers for der in _read_certificates(path)] or _kept_signers(home)
    with trusted_list_sandbox(probe_isolation().isolation) as sandbox:
        found = read_trusted_list(xml, signers_der=signers_der, at=clock.now(), sandbox=sandbox)
    found = replace(found, source=source if "://" in source else Path(source).name)
    name = "".join(letter for letter in found.territory.lower() if letter.isascii() and letter.isalnum())
    if not name:
        raise RequestInvalid("the list names no territory", field="source")
    if not signers and found.signer_sha256_hex not in _digests(_kept_signers(home, f"{name}.signers.pem")):
        # The publisher of another territory's list may not replace this one.
        raise TrustedListRefused(
            f"the list of {found.territory} is signed by another list's publisher", reason=ListReason.SIGNER
        )
    for old in stored_lists(home.trust):
        if old.territory == found.territory:
            check_continues(found, old=old)
    folder = home.trust / LISTS_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name}.json"
    signer = [der for der in signers_der if found.signer_sha256_hex in _digests([der])]
    kept = signers_der if signers else _kept_signers(home, f"{name}.signers.pem") or signer
    _write(folder / f"{name}.signers.pem", b"".join(_pem(der) for der in kept))
    _write(path, json.dumps(found.to_dict(), ensure_ascii=False, indent=1).encode())
    return found, path


def drop_list(home: Home, territory: str) -> None:
    """Forget an imported list and the anchors it gave.

    Raises:
        RequestInvalid: there is none of this territory.
    """
    path = home.trust / LISTS_FOLDER / f"{territory.lower()}.json"
    if not territory.isalnum() or not path.is_file():
        raise RequestInvalid(f"no trusted list of {territory} was imported", field="territory")
    path.unlink()
    path.with_name(f"{territory.lower()}.signers.pem").unlink(missing_ok=True)


def export_bundle(services: Services) -> TrustBundle:
    """Give everything that a verifier elsewhere needs to judge this office's copies."""
    with services.database.read() as tx:
        found = list_agencies(tx)
    agencies = {one.code: {"vi": one.name_vi, "en": one.name_en, "fr": one.name_fr} for one in found}
    return TrustBundle(
        anchors=services.trust.anchors(),
        issued_at=services.clock.now(),
        verify_url=services.verify_url,
        log_origin=services.log_signer.name,
        log_key_raw=services.log_signer.public_key,
        manifest_key_raw=services.manifest_key.public_key_raw,
        agencies=agencies,
    )


def _fetch(settings: Settings, url: str) -> bytes:
    if url not in settings.trusted_list_urls:
        raise BadSetting(
            f"{url} is not among VIDIMUS_TRUSTED_LIST_URLS; a list is fetched from a configured address only"
        )
    http = GuardedHttp([AllowedOrigin.from_url(url, allow_private=settings.services_may_be_private)])
    answer = http.fetch(url, max_bytes=MAX_LIST_BYTES, timeout_seconds=_FETCH_SECONDS)
    if answer.status != _HTTP_OK:
        raise RequestInvalid(f"the address answered with status {answer.status}", field="source")
    return answer.body


def _read_certificates(path: Path) -> list[bytes]:
    content = path.read_bytes()
    try:
        if b"-----BEGIN " in content:
            found = x509.load_pem_x509_certificates(content)
        else:
            found = [x509.load_der_x509_certificate(content)]
    except ValueError as exc:
        raise RequestInvalid(f"{path.name} holds no certificate", field="signer") from exc
    return [one.public_bytes(Encoding.DER) for one in found]


def _kept_signers(home: Home, pattern: str = "*.signers.pem") -> list[bytes]:
    folder = home.trust / LISTS_FOLDER
    return [der for path in sorted(folder.glob(pattern)) for der in _read_certificates(path)]


def _digests(certificates_der: Sequence[bytes]) -> set[str]:
    return {hashlib.sha256(der).hexdigest() for der in certificates_der}


def _pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)
