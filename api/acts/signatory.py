"""Sign, seal and extend files outside the main job: the same permission, activation and log as for a certified copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from api.services import Services
from certify import Authority, SealAuthority, SealNotAllowed, check_may_certify, check_may_seal
from certify.looks import CERTIFICATION, DIGITISATION, TRUE_COPY
from guard import SandboxPool
from keys import ActivationRequest, Pin, RawSigner
from signing import (
    Look,
    Mark,
    MarkWords,
    NewField,
    PadesLevel,
    PrivateCopy,
    SealImage,
    SignedFile,
    SignRequest,
    WhenFull,
    compose_mark,
    extend_file,
    place_mark,
    private_copy,
)
from signing.verify import Indication, SignatureKind, Verdict, verify_in_child
from vault.log import Leaf, Tree, append

SIGN_LOOKS: Final = (DIGITISATION, CERTIFICATION)
SEAL_LOOKS: Final = (TRUE_COPY,)
_ACTIVATION: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignOrder:
    """How files are to be signed; without a `field` each gets a new one, without a look it is invisible."""

    level: PadesLevel
    look: str | None = None
    field: str | None = None
    reason: str | None = None
    image: SealImage | None = None
    qr_text: str | None = None
    when_full: WhenFull = WhenFull.REFUSE
    certify: bool = False


@dataclass(frozen=True, slots=True)
class OpenedSigning:
    """An officer who may sign now and has approved these files, in this order, by one PIN."""

    authority: Authority
    activation_id: str


def approve_files(services: Services, staff_id: str, *, digests: tuple[str, ...], pin: Pin) -> OpenedSigning:
    """Ask whether the officer may sign at this instant, and bind the PIN to exactly these digests.

    Raises:
        StaffError: no certifier, no key, or no delegation that covers the instant.
        KeysError: the PIN does not open the key.
    """
    at = services.clock.now()
    with services.database.read() as tx:
        authority = check_may_certify(tx, staff_id, at=at)
    request = ActivationRequest(key_id=authority.key_id, user_id=staff_id, expires_at=at + _ACTIVATION, digests=digests)
    return OpenedSigning(authority, services.desk.activate_by_pin(request, pin))


def sign_document(
    services: Services, source: Path, target: Path, *, opened: OpenedSigning, order: SignOrder, places: SandboxPool
) -> SignedFile:
    """Sign one of the approved files into another one; the file is never held in memory.

    Raises:
        OSError: a file cannot be read or written.
        StaffError: the delegation ended in between, or the office withdrew the key.
        SigningError, KeysError: as `signing.sign_file`; nothing is half-signed.
    """
    with private_copy(source, target) as copy:
        at = services.clock.now()
        with services.database.read() as tx:
            authority = check_may_certify(tx, opened.authority.member.staff_id, at=at)
        words = MarkWords(
            name=authority.member.display_name,
            position=authority.member.position,
            agency=authority.agency.name_on_papers,
            at=services.law.local_time(at),
        )
        signer = services.desk.signer(
            opened.activation_id,
            key_id=authority.key_id,
            digest_hex=copy.sha256_hex,
            user_id=authority.member.staff_id,
        )
        return _sign(services, copy, words=words, order=order, signer=signer, places=places)


def seal_document(
    services: Services, source: Path, target: Path, *, agency_code: str, order: SignOrder, places: SandboxPool
) -> SignedFile:
    """Seal a file that a person of the agency has signed, and no other (Decree 30/2020, art. 32).

    Raises:
        OSError: a file cannot be read or written.
        SealNotAllowed: the agency may not seal now, or no valid signature of its own people is in the file.
        SigningError, KeysError: as `signing.sign_file`.
    """
    with private_copy(source, target) as copy:
        at = services.clock.now()
        with services.database.read() as tx:
            seal = check_may_seal(tx, agency_code, at=at)
        _check_signed_by_own_people(services, copy, seal=seal)
        words = MarkWords(agency=seal.agency.name_on_papers, at=services.law.local_time(at))
        signer = services.desk.unattended_signer(seal.key_id)
        return _sign(services, copy, words=words, order=order, signer=signer, places=places)


def extend_document(services: Services, source: Path, target: Path, *, level: PadesLevel) -> SignedFile:
    """Bring the signatures of a file to a long-term level, whoever made them.

    Raises:
        OSError: a file cannot be read or written.
        SigningError, KeysError: as `signing.extend_file`.
    """
    return extend_file(source, target, level=level, services=services.signing, at=services.clock.now())


def _check_signed_by_own_people(services: Services, copy: PrivateCopy, *, seal: SealAuthority) -> None:
    report = verify_in_child(
        copy.payload, trust=services.trust.anchors(), at=seal.checked_at, sandbox=services.verify_pool
    )
    people = [
        one
        for one in report.signatures
        if one.kind is SignatureKind.SIGNATURE
        and one.indication is Indication.TOTAL_PASSED
        and one.technically_valid
        and one.trusted
        and one.signer is not None
        and _same_office(one.signer.organisation, seal.agency.name_on_papers)
    ]
    if report.verdict not in (Verdict.VALID, Verdict.VALID_WITH_WARNING) or not people:
        raise SealNotAllowed(
            f"the file carries no valid signature of a person of agency {seal.agency.code}; "
            "let the competent officer sign it first"
        )


def _sign(
    services: Services,
    copy: PrivateCopy,
    *,
    words: MarkWords,
    order: SignOrder,
    signer: RawSigner,
    places: SandboxPool,
) -> SignedFile:
    today = services.law.local_date(services.clock.now())
    look = services.looks.look(order.look, on=today) if order.look else None
    mark = compose_mark(look, words, image=order.image, qr_text=order.qr_text) if look else None
    new_field: NewField | None = None
    if order.field is None:
        new_field, mark = _place(services, copy, mark=mark, look=look, order=order, places=places)
    request = SignRequest(
        field=order.field or f"Signature-{copy.sha256_hex[:8]}",
        level=order.level,
        signed_at=services.clock.now(),
        mark=mark,
        reason=order.reason,
        location=words.agency,
        certify=order.certify,
    )
    _log(services, "FILE_SIGN_INTENT", copy.sha256_hex, key_id=signer.credential.key_id, level=order.level)
    signed = copy.sign(request=request, signer=signer, services=services.signing, new_field=new_field)
    _log(services, "FILE_SIGNED", signed.sha256_hex, key_id=signer.credential.key_id, level=order.level)
    return signed


def _place(
    services: Services,
    copy: PrivateCopy,
    *,
    mark: Mark | None,
    look: Look | None,
    order: SignOrder,
    places: SandboxPool,
) -> tuple[NewField, Mark | None]:
    if mark is None or look is None:
        return NewField(), None
    faces = services.signing.faces
    return place_mark(copy.payload, mark, look=look, faces=faces, sandbox=places, when_full=order.when_full)


def _log(services: Services, kind: str, sha256_hex: str, *, key_id: str, level: PadesLevel) -> None:
    payload = {"sha256": sha256_hex, "key": key_id, "level": level.value}
    with services.database.transaction() as tx:
        append(tx, Leaf(kind=kind, payload=payload), tree=Tree.CERTIFICATIONS, random_bytes=services.random_bytes)


def _same_office(organisation: str | None, agency_name: str) -> bool:
    # A specimen's organisation begins with its mark.
    return organisation is not None and organisation.endswith(agency_name)
