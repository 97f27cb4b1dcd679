"""A published site read back: is it as it was signed, and how does a copy stand in its list."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.errors import SiteAltered
from api.publication import BUNDLE, MANIFEST, MANIFEST_CONTEXT, SIGNATURE, SITE_FORMAT
from api.verdict import Answer, claimed_code, judge
from keys import TrustBundle
from signing.verify import VerificationReport
from vault import CodeMistyped, CopyStatus, OriginalStatus, RegisterStatus, RenditionAge, code_key, file_key, parse_code


@dataclass(frozen=True, slots=True)
class Site:
    """A site whose manifest was signed by the key of the bundle."""

    folder: Path
    issued_at: datetime
    next_update: datetime
    manifest: Mapping[str, Any]

    def is_stale(self, *, at: datetime) -> bool:
        """Whether a newer one was promised before this moment."""
        return at >= self.next_update

    def status(self, *, code: str, sha256_hex: str) -> CopyStatus:
        """Say how a copy stood when the list was made.

        Raises:
            SiteAltered: the list is not the one that was signed.
        """
        salt = bytes.fromhex(self.manifest["salt"])
        entry = self._entry(code_key(code, salt=salt))
        if entry is None:
            return _unknown(self.issued_at)
        renditions = list(entry["r"])
        key = file_key(sha256_hex, salt=salt)
        age = RenditionAge.UNKNOWN
        if key in renditions:
            age = RenditionAge.NEWEST if key == renditions[-1] else RenditionAge.OLDER
        return CopyStatus(
            register=RegisterStatus(entry["s"]),
            original=OriginalStatus(entry["o"]),
            rendition=age,
            code=code,
            agency_code=entry["a"],
            register_number=None,
            certified_at=datetime.fromisoformat(entry["d"]) if entry["d"] else None,
            page_count=None,
            doc_type=None,
            superseded_by_code=None,
            decision_number=None,
            checked_at=self.issued_at,
        )

    def check_files(self) -> int:
        """Compare every file with the signed manifest; give how many there are.

        Raises:
            SiteAltered: a file is missing or another one.
        """
        for path, digest in self.manifest["files"].items():
            if hashlib.sha256(_read(self.folder / path)).hexdigest() != digest:
                raise SiteAltered(f"{path} is not the file that was signed; publish the site again")
        return len(self.manifest["files"])

    def _entry(self, key: str) -> Any:
        letters = int(self.manifest["shard_letters"])
        name = key[:letters] if letters else "all"
        if name not in self.manifest["status"]:
            return None
        script = _read(self.folder / "status" / f"{name}.js").decode()
        text = json.loads(script[script.index(", ") + 2 : script.rindex(")")])
        if hashlib.sha256(text.encode()).hexdigest() != self.manifest["status"][name]:
            raise SiteAltered(f"the status list {name} is not the one that was signed; publish the site again")
        return json.loads(text).get(key)


def open_site(folder: Path, bundle: TrustBundle) -> Site:
    """Open a published site and check its signature with a key that stands in the bundle one trusts.

    Raises:
        SiteAltered: the manifest is not signed by that key, or cannot be read.
    """
    manifest = _read(folder / MANIFEST)
    try:
        signature = base64.b64decode(_read(folder / SIGNATURE), validate=False)
        Ed25519PublicKey.from_public_bytes(bundle.manifest_key_raw).verify(signature, MANIFEST_CONTEXT + manifest)
        record = json.loads(manifest)
        if record["format"] != SITE_FORMAT:
            raise SiteAltered("the site is of another format; publish it again")
        return Site(
            folder,
            datetime.fromisoformat(record["issued_at"]),
            datetime.fromisoformat(record["next_update"]),
            record,
        )
    except InvalidSignature as exc:
        raise SiteAltered("the site’s manifest is not signed by the office of this bundle") from exc
    except (KeyError, TypeError, ValueError, binascii.Error) as exc:
        raise SiteAltered("the site’s manifest cannot be read; publish it again") from exc


def judge_by_site(
    report: VerificationReport,
    pdf: bytes,
    *,
    site: Site,
    bundle: TrustBundle,
    at: datetime,
    remarks: Sequence[str] = (),
) -> Answer:
    """Join the published list to a report: status as of the day of the list; a stale list is a warning.

    Raises:
        SiteAltered: the list is not the one that was signed.
    """
    claim = claimed_code(pdf)
    try:
        code = parse_code(claim) if claim is not None else None
    except CodeMistyped:
        code = None
    if code is None:
        return judge(report, status=None, agency_names={}, remarks=remarks)
    status = site.status(code=code, sha256_hex=report.sha256_hex)
    stale = ("STATUS_LIST_STALE",) if site.is_stale(at=at) else ()
    names = bundle.agencies.get(status.agency_code or "", {})
    return judge(report, status=status, agency_names=names, remarks=(*remarks, *stale))


def is_site(folder: Path) -> bool:
    """Whether a folder looks like a published site."""
    return all((folder / name).is_file() for name in (MANIFEST, SIGNATURE, BUNDLE))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise SiteAltered(f"{path.name} of the published site cannot be read: {exc.strerror}") from exc


def _unknown(at: datetime) -> CopyStatus:
    return CopyStatus(
        RegisterStatus.UNKNOWN, OriginalStatus.UNKNOWN, RenditionAge.UNKNOWN,
        None, None, None, None, None, None, None, None, at,
    )  # fmt: skip
