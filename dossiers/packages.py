"""The package of a dossier by copy: form, signed manifest, receipt and papers, for a container that others open.

Three things may stand under it, and they are never taken for each other: the seal of the office that hands it out, a
signature by the applicant's own certificate, and an approval by the applicant's passkey, which is no signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dossiers.errors import ManifestInvalid, PackageNotWhole, PackageSigned
from dossiers.manifest import read_manifest
from dossiers.submission import Submission, SubmissionItem
from dossiers.tables import package_marks
from guard import Payload, sha256_hex_of
from signing import ContainerFile, ManifestSignature, write_manifest
from vault import BlobVault

APPROVAL_NAME: Final = "passkey-approval.json"
_CHALLENGE: Final = b"vidimus-package-1\0"
_NUMBERS: Final = {"OFFICE": 1, "CERTIFICATE": 2}


class PackageMark(StrEnum):
    """What stands under a package."""

    OFFICE = "OFFICE"
    CERTIFICATE = "CERTIFICATE"
    PASSKEY = "PASSKEY"

    @property
    def number(self) -> int:
        """The number of a signature's manifest; an approval has none of its own."""
        return _NUMBERS.get(self.value, 1)


@dataclass(frozen=True, slots=True)
class Marked:
    """One mark under a package; `signer_sha256_hex` is the digest of a certificate or of a passkey's id."""

    mark: PackageMark
    evidence: bytes = field(repr=False)
    signer_sha256_hex: str
    marked_at: datetime


def package_files(
    submission: Submission, *, receipt: str | None, read: Callable[[SubmissionItem], Payload]
) -> tuple[ContainerFile, ...]:
    """Gather what a package by copy holds; the same dossier has the same files whenever it is asked for.

    Raises:
        PackageNotWhole: nothing of it is sent by reference, or a paper is no longer the one that was sent.
        What `read` raises.
    """
    sent = [one for one in submission.items if one.record_id is not None]
    if not sent:
        raise PackageNotWhole(
            f"dossier {submission.submission_id} sends no paper out of the vault; there is no copy to give"
        )
    files = [
        ContainerFile("form.json", "application/json", form_of(submission)),
        ContainerFile("package.jws", "application/jose", submission.manifest.encode()),
    ]
    if receipt is not None:
        files.append(ContainerFile("consent.jws", "application/jose", receipt.encode()))
    for place, item in enumerate(sent, start=1):
        content = read(item)
        if sha256_hex_of(content) != item.sha256_hex:
            raise PackageNotWhole(
                f"the paper of requirement {item.requirement_id} has a newer form than the one that was sent; fetch it alone"
            )
        files.append(ContainerFile(f"papers/{place:02d}-{item.requirement_id}.pdf", "application/pdf", content))
    return tuple(files)


def form_of(submission: Submission) -> bytes:
    """Give the form in the clear: the very bytes that the signed manifest carries, for those who read no JWS.

    Raises:
        PackageNotWhole: the manifest on record cannot be read.
    """
    try:
        return _form_of(submission.manifest)
    except (IndexError, ValueError, binascii.Error) as exc:
        raise PackageNotWhole(f"the manifest of dossier {submission.submission_id} cannot be read") from exc


def _form_of(manifest: str) -> bytes:
    payload = manifest.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


class PackageState(StrEnum):
    """What the signed list of a package is worth."""

    VALID = "VALID"
    INVALID = "INVALID"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    ABSENT = "ABSENT"


def judge_list(manifest: str | None, *, files: Mapping[str, str], keys: Sequence[bytes]) -> PackageState:
    """Judge the sender's signed list against the files beside it (their digests by name) and the keys of known senders.

    VALID: signed by one of them, and form and papers are those it names. UNKNOWN_KEY: they are, but by nobody known.
    """
    if manifest is None:
        return PackageState.ABSENT
    try:
        form = _form_of(manifest)
        named = {one["sha256"] for one in json.loads(form)["items"] if one["sha256"] is not None}
    except (KeyError, TypeError, IndexError, ValueError, RecursionError):
        return PackageState.INVALID
    papers = {digest for name, digest in files.items() if name.startswith("papers/")}
    if files.get("form.json") != hashlib.sha256(form).hexdigest() or named != papers:
        return PackageState.INVALID
    for key in keys:
        with suppress(ManifestInvalid):
            read_manifest(manifest, public_key_raw=key)
            return PackageState.VALID
    return PackageState.UNKNOWN_KEY


def challenge_over(files: tuple[ContainerFile, ...]) -> bytes:
    """What a passkey approves: it names these files, and so do the office's seal and a certificate's signature."""
    return hashlib.sha256(_CHALLENGE + write_manifest(files, number=PackageMark.OFFICE.number)).digest()


def marks_of(tx: Connection, submission: Submission, *, vault: BlobVault) -> tuple[Marked, ...]:
    """What stands under the package of a dossier, which the caller may read.

    Raises:
        BlobShredded: its holder's vault was erased.
    """
    chosen = package_marks.select().where(package_marks.c.submission_id == submission.submission_id)
    rows = tx.execute(chosen.order_by(package_marks.c.mark))
    return tuple(
        Marked(
            PackageMark(row.mark),
            vault.open_value(submission.holder_id, _sealed_name(submission, row.mark), row.sealed_evidence),
            row.signer_sha256_hex,
            row.marked_at,
        )
        for row in rows.all()
    )


def keep_mark(tx: Connection, submission: Submission, marked: Marked, *, vault: BlobVault) -> None:
    """Keep a mark, once of each kind; a certificate names a person, so its evidence is kept under the holder's keyset.

    Raises:
        PackageSigned: there is one of this kind already.
    """
    try:
        with tx.begin_nested():
            tx.execute(
                package_marks.insert().values(
                    submission_id=submission.submission_id,
                    mark=marked.mark.value,
                    sealed_evidence=vault.seal_value(
                        submission.holder_id, _sealed_name(submission, marked.mark.value), marked.evidence
                    ),
                    signer_sha256_hex=marked.signer_sha256_hex,
                    marked_at=marked.marked_at,
                )
            )
    except sa.exc.IntegrityError as exc:
        raise PackageSigned(
            f"the package of dossier {submission.submission_id} bears {marked.mark.value} already"
        ) from exc


def _sealed_name(submission: Submission, mark: str) -> str:
    return f"package/{submission.submission_id}/{mark}"


def signatures_of(files: tuple[ContainerFile, ...], marks: tuple[Marked, ...]) -> tuple[ManifestSignature, ...]:
    """The signatures among the marks, each over a manifest of these files."""
    return tuple(
        ManifestSignature(one.mark.number, write_manifest(files, number=one.mark.number), one.evidence)
        for one in sorted(marks, key=lambda one: one.mark.number)
        if one.mark is not PackageMark.PASSKEY
    )


def approval_beside(marks: tuple[Marked, ...]) -> Mapping[str, bytes]:
    """The approval by passkey among the marks, as a file that calls itself what it is."""
    approval = next((one for one in marks if one.mark is PackageMark.PASSKEY), None)
    return {APPROVAL_NAME: approval.evidence} if approval is not None else {}


def approval_evidence(answer: str, *, public_key: bytes, challenge: bytes, at: datetime) -> bytes:
    """Write down what a passkey answered, so that anybody can check it without us (WebAuthn, verification of an assertion)."""
    told = {
        "what": "PASSKEY_APPROVAL",
        "is_signature_by_certificate": False,
        "approved": f"{_CHALLENGE[:-1].decode()}: SHA-256 over that name, a zero byte and META-INF/ASiCManifest001.xml",
        "challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "approved_at": at.isoformat(),
        "public_key_cose": base64.b64encode(public_key).decode(),
        "assertion": json.loads(answer),
    }
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
