"""The package of a dossier by copy: hand it out sealed, let its applicant sign it or approve it, and check one that came."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from api.access import Principal
from api.acts.passkeys import relying_party
from api.acts.recipient import fetch_paper
from api.errors import RequestInvalid
from api.identity.passkeys import get_passkey, note_use, passkeys_of
from api.report_pdf import sealing_agency
from api.services import Services
from dossiers import (
    Marked,
    PackageMark,
    PackageNotWhole,
    SignerRefused,
    Submission,
    SubmissionItem,
    approval_beside,
    approval_evidence,
    challenge_over,
    get_for_holder,
    get_for_recipient,
    keep_mark,
    marks_of,
    package_files,
    sign_receipt,
    signatures_of,
)
from dossiers.names import NameLikeness, compare_names
from dossiers.packages import judge_list
from guard import Payload, Room
from keys import (
    Credential,
    PasskeyReason,
    PasskeyRefused,
    assertion_options,
    credential_id_of,
    verify_assertion,
)
from keys.credentials import make_credential
from keys.mode import SPECIMEN_MARK
from signing import (
    ContainerFile,
    complete_manifest_signature,
    prepare_manifest_signature,
    write_container,
    write_manifest,
)
from signing.verify import signer_problem, verify_container_in_child
from vault import HolderOwner, RecordStatus, RenditionKind, get_consent, get_for_owner, read_identity

WritePackage = Callable[[Room], Payload]
SIGNING_TERM: Final = timedelta(minutes=15)
_MOST_CHAIN: Final = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What the applicant's key has to sign, and the moment that stands in it; both come back with the signature."""

    to_be_signed: bytes = field(repr=False)
    signing_time: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """The applicant's certificate with the ones between it and its root."""

    certificate_der: bytes = field(repr=False)
    chain_der: tuple[bytes, ...] = field(default=(), repr=False)


def own_marks(services: Services, principal: Principal, submission_id: str) -> tuple[Marked, ...]:
    """Say what stands under the package of one of the holder's dossiers.

    Raises:
        SubmissionNotFound: there is none, or it is another holder's.
    """
    with services.database.read() as tx:
        submission = get_for_holder(tx, HolderOwner(principal.holder_id), submission_id)
        return marks_of(tx, submission, vault=services.blobs)


def received_marks(services: Services, principal: Principal, submission_id: str) -> tuple[Marked, ...]:
    """Say what stands under the package of a dossier filed with the agency.

    Raises:
        SubmissionNotFound: there is none, or it was filed elsewhere.
    """
    with services.database.read() as tx:
        submission = get_for_recipient(tx, principal.agency_code, submission_id)
        return marks_of(tx, submission, vault=services.blobs)


def write_own_package(
    services: Services, principal: Principal, submission_id: str, target: BinaryIO, *, room: Room
) -> None:
    """Write the package of one of the holder's dossiers, sealed by an office, with what else stands under it.

    Raises:
        SubmissionNotFound: there is none, or it is another holder's.
        PackageNotWhole: the consent is over, or a paper is not there any more as it was sent.
    """
    submission, files = _own_files(services, principal, submission_id, room=room)
    _write(services, submission, files, target)


def write_received_package(
    services: Services, principal: Principal, submission_id: str, target: BinaryIO, *, room: Room
) -> None:
    """Write the package of a dossier filed with the agency; each paper is a fetch that the holder sees.

    Raises:
        SubmissionNotFound: there is none, or it was filed elsewhere.
        GrantError: the holder took the consent back, or a paper is no longer good.
        PackageNotWhole: nothing is sent by reference, or a paper has a newer form.
    """
    with services.database.read() as tx:
        submission = get_for_recipient(tx, principal.agency_code, submission_id)
        receipt = _receipt(services, submission)

    def read(item: SubmissionItem) -> Payload:
        fetched = fetch_paper(services, principal, submission_id, requirement_id=item.requirement_id, room=room)
        return fetched.content

    _write(services, submission, package_files(submission, receipt=receipt, read=read), target)


def ask_signature(services: Services, principal: Principal, submission_id: str, own: OwnCertificate) -> Question:
    """Give what the applicant's key has to sign, after all that can be checked without it.

    Raises:
        SubmissionNotFound, PackageNotWhole: as `write_own_package`.
        SignerRefused: the certificate is somebody else's, or its issuer is not known here.
        CertificateError: it may not sign now.
    """
    # Whose dossier it is comes first: about another's nothing is said.
    own_marks(services, principal, submission_id)
    at = services.clock.now().replace(microsecond=0)
    credential = _credential(services, principal, own)
    with services.spool.room() as room:
        _, files = _own_files(services, principal, submission_id, room=room)
        manifest = write_manifest(files, number=PackageMark.CERTIFICATE.number)
    asked = prepare_manifest_signature(manifest, credential=credential, services=services.signing, at=at)
    return Question(asked, at, at + SIGNING_TERM)


def keep_signature(
    services: Services,
    principal: Principal,
    submission_id: str,
    own: OwnCertificate,
    *,
    signature: bytes,
    signing_time: datetime,
) -> tuple[Marked, ...]:
    """Keep the applicant's signature under the package; it is time-stamped where a service is there.

    Raises:
        As `ask_signature`; SignatureMismatch: it is not the key's signature over what was asked.
        RequestInvalid: what was asked is too old.
        PackageSigned: the package bears one already.
    """
    own_marks(services, principal, submission_id)
    at = services.clock.now()
    if not at - SIGNING_TERM <= signing_time <= at:
        raise RequestInvalid("what was to be signed is older than fifteen minutes; ask again", field="signing_time")
    credential = _credential(services, principal, own)
    with services.spool.room() as room:
        submission, files = _own_files(services, principal, submission_id, room=room)
        manifest = write_manifest(files, number=PackageMark.CERTIFICATE.number)
    prepare_manifest_signature(manifest, credential=credential, services=services.signing, at=at)
    contents = complete_manifest_signature(
        manifest, signature=signature, credential=credential, services=services.signing, at=signing_time
    )
    signer = hashlib.sha256(own.certificate_der).hexdigest()
    with services.database.transaction() as tx:
        keep_mark(tx, submission, Marked(PackageMark.CERTIFICATE, contents, signer, at), vault=services.blobs)
        return marks_of(tx, submission, vault=services.blobs)


def ask_approval(services: Services, principal: Principal, submission_id: str) -> tuple[str, datetime]:
    """Give what the browser needs to have one of the own passkeys approve exactly this package."""
    with services.spool.room() as room:
        _, files = _own_files(services, principal, submission_id, room=room)
        challenge = challenge_over(files)
    with services.database.read() as tx:
        known = passkeys_of(tx, principal.subject_id)
    if not known:
        raise RequestInvalid("there is no passkey of yours here; make one on the page Account", field="passkey")
    options = assertion_options(relying_party(services.settings), challenge=challenge, passkeys=known)
    return options, services.clock.now() + SIGNING_TERM


def keep_approval(services: Services, principal: Principal, submission_id: str, answer: str) -> tuple[Marked, ...]:
    """Keep the applicant's approval by passkey beside the package; it is no signature and is not called one.

    Raises:
        SubmissionNotFound, PackageNotWhole: as `write_own_package`.
        PasskeyRefused: another's passkey, or an answer to another question than this package.
        PackageSigned: the package was approved already.
    """
    at = services.clock.now()
    with services.spool.room() as room:
        submission, files = _own_files(services, principal, submission_id, room=room)
        challenge = challenge_over(files)
    with services.database.read() as tx:
        known = get_passkey(tx, credential_id_of(answer))
    if known.user_id != principal.subject_id:
        raise PasskeyRefused("this passkey is somebody else's", reason=PasskeyReason.UNKNOWN_PASSKEY)
    proof = verify_assertion(relying_party(services.settings), answer, challenge=challenge, passkey=known)
    evidence = approval_evidence(answer, public_key=known.public_key, challenge=challenge, at=at)
    with services.database.transaction() as tx:
        note_use(tx, proof.passkey, at=at)
        signer = hashlib.sha256(known.credential_id).hexdigest()
        keep_mark(tx, submission, Marked(PackageMark.PASSKEY, evidence, signer, at), vault=services.blobs)
        return marks_of(tx, submission, vault=services.blobs)


def check_package(services: Services, content: Payload, *, senders: Sequence[bytes] = ()) -> dict[str, Any]:
    """Judge a package that came from anywhere, in a child; it is kept nowhere.

    `senders` are the public keys of other offices' lists; this office's own is always known.
    """
    told = verify_container_in_child(
        content, trust=services.trust.anchors(), at=services.clock.now(), sandbox=services.verify_pool
    )
    keys = (services.manifest_key.public_key_raw, *senders)
    listed = judge_list(told.pop("package_jws", None), files=told["files"], keys=keys)
    return told | {"package": listed.value}


def _own_files(
    services: Services, principal: Principal, submission_id: str, *, room: Room
) -> tuple[Submission, tuple[ContainerFile, ...]]:
    owner, at = HolderOwner(principal.holder_id), services.clock.now()
    with services.database.read() as tx:
        submission = get_for_holder(tx, owner, submission_id)
        receipt = _receipt(services, submission)
        if submission.consent_id is not None and not get_consent(tx, owner, submission.consent_id).is_active(at):
            raise PackageNotWhole(
                "the consent behind this dossier was withdrawn or is over; nothing more is handed out"
            )
        records = {
            one.record_id: get_for_owner(tx, owner, one.record_id)
            for one in submission.items
            if one.record_id is not None
        }

    def read(item: SubmissionItem) -> Payload:
        record = records[item.record_id or ""]
        sent = [
            one
            for one in record.renditions
            if one.kind is RenditionKind.SIGNED_PDF and one.sha256_hex == item.sha256_hex
        ]
        if record.status is not RecordStatus.CURRENT or not sent:
            raise PackageNotWhole(
                f"the paper of requirement {item.requirement_id} is no longer good, or not as it was sent"
            )
        return services.blobs.fetch_recorded(sent[0].blob, room=room)

    return submission, package_files(submission, receipt=receipt, read=read)


def _receipt(services: Services, submission: Submission) -> str | None:
    if submission.consent_id is None:
        return None
    with services.database.read() as tx:
        given = get_consent(tx, HolderOwner(submission.holder_id), submission.consent_id)
    return sign_receipt(given.receipt, key=services.manifest_key)


def _write(services: Services, submission: Submission, files: tuple[ContainerFile, ...], target: BinaryIO) -> None:
    marks = _sealed(services, submission, files)
    write_container(files, signatures_of(files, marks), target, beside=approval_beside(marks))


def _sealed(services: Services, submission: Submission, files: tuple[ContainerFile, ...]) -> tuple[Marked, ...]:
    """The marks with the office's seal among them; the seal is made once, when the package is first handed out."""
    with services.database.read() as tx:
        marks = marks_of(tx, submission, vault=services.blobs)
    if any(one.mark is PackageMark.OFFICE for one in marks):
        return marks
    # The office that certified the first paper, where it still has a seal.
    uri = next((one.uri for one in submission.items if one.uri is not None), "vdm::")
    agency = sealing_agency(services, uri.split(":")[1])
    signer, at = services.desk.unattended_signer(agency.seal_key_id or ""), services.clock.now()
    manifest = write_manifest(files, number=PackageMark.OFFICE.number)
    asked = prepare_manifest_signature(manifest, credential=signer.credential, services=services.signing, at=at)
    contents = complete_manifest_signature(
        manifest, signature=signer.sign(asked), credential=signer.credential, services=services.signing, at=at
    )
    digest = hashlib.sha256(signer.credential.certificate_der).hexdigest()
    with services.database.transaction() as tx:
        present = marks_of(tx, submission, vault=services.blobs)
        if not any(one.mark is PackageMark.OFFICE for one in present):
            keep_mark(tx, submission, Marked(PackageMark.OFFICE, contents, digest, at), vault=services.blobs)
        return marks_of(tx, submission, vault=services.blobs)


def _credential(services: Services, principal: Principal, own: OwnCertificate) -> Credential:
    """Take the applicant's certificate: made out to the applicant, by an issuer the office knows."""
    if len(own.chain_der) > _MOST_CHAIN:
        raise RequestInvalid(f"a chain has at most {_MOST_CHAIN} certificates", field="chain")
    credential = make_credential(
        "applicant", certificate_der=own.certificate_der, chain_der=own.chain_der, unattended=False
    )
    with services.database.read() as tx:
        identity = read_identity(tx, principal.holder_id, vault=services.blobs)
    name = credential.subject_cn.removeprefix(SPECIMEN_MARK).strip()
    is_numbered = bool(identity.number) and identity.number in _numbers(own.certificate_der)
    if not is_numbered and compare_names(name, identity.name) is not NameLikeness.SAME:
        raise SignerRefused("the certificate is made out to somebody else; sign with your own")
    problem = signer_problem(
        own.certificate_der, chain_der=own.chain_der, trust=services.trust.anchors(), at=services.clock.now()
    )
    # Whether it was withdrawn is asked of the service, before the key signs.
    if problem not in {None, "TRY_LATER"}:
        raise SignerRefused(f"the issuer of this certificate is not one that this office knows ({problem})")
    return credential


def _numbers(certificate_der: bytes) -> list[str]:
    subject = x509.load_der_x509_certificate(certificate_der).subject
    found = [*subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER), *subject.get_attributes_for_oid(NameOID.USER_ID)]
    return [digits for one in found for digits in re.findall(r"\d+", str(one.value))]
