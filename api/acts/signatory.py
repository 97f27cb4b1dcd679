"""Sign, seal and extend files outside the main job: the same permission, activation and log as for a certified copy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.services import Services
from certify import Authority, SealNotAllowed, check_may_certify, check_may_seal
from certify.looks import CERTIFICATION, DIGITISATION, TRUE_COPY
from guard import SandboxPool
from keys import ActivationRequest, Pin, RawSigner
from signing import (
    Look,
    Mark,
    MarkWords,
    NewField,
    PadesLevel,
    SealImage,
    SignedPdf,
    SignRequest,
    WhenFull,
    compose_mark,
    extend,
    place_mark,
    sign_field,
    sign_new_field,
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
    services: Services, pdf: bytes, *, opened: OpenedSigning, order: SignOrder, places: SandboxPool
) -> SignedPdf:
    """Sign one of the approved files.

    Raises:
        StaffError: the delegation ended in between.
        SigningError, KeysError: as `signing.sign_field`; nothing is half-signed.
    """
    digest = hashlib.sha256(pdf).hexdigest()
    at = services.clock.now()
    with services.database.read() as tx:
        authority = check_may_certify(tx, opened.authority.member.staff_id, at=at)
    words = MarkWords(
        name=authority.member.display_name,
        position=authority.member.position,
        agency=authority.agency.name_vi,
        at=services.law.local_time(at),
    )
    signer = services.desk.signer(
        opened.activation_id, key_id=authority.key_id, digest_hex=digest, user_id=authority.member.staff_id
    )
    return _sign(
        services, pdf, words=words, order=order, signer=signer, places=places, location=authority.agency.name_vi
    )


def seal_document(
    services: Services, pdf: bytes, *, agency_code: str, order: SignOrder, places: SandboxPool
) -> SignedPdf:
    """Seal a file that a person of the agency has signed, and no other (Decree 30/2020, art. 32).

    Raises:
        SealNotAllowed: the agency may not seal now, or no valid signature of its own people is in the file.
        SigningError, KeysError: as `signing.sign_field`.
    """
    at = services.clock.now()
    with services.database.read() as tx:
        seal = check_may_seal(tx, agency_code, at=at)
    report = verify_in_child(pdf, trust=services.trust.anchors(), at=at, sandbox=services.verify_pool)
    people = [
        one
        for one in report.signatures
        if one.kind is SignatureKind.SIGNATURE
        and one.indication is Indication.TOTAL_PASSED
        and one.technically_valid
        and one.trusted
        and one.signer is not None
        and _same_office(one.signer.organisation, seal.agency.name_vi)
    ]
    if report.verdict not in (Verdict.VALID, Verdict.VALID_WITH_WARNING) or not people:
        raise SealNotAllowed(
            f"the file carries no valid signature of a person of agency {agency_code}; "
            "let the competent officer sign it first"
        )
    words = MarkWords(agency=seal.agency.name_vi, at=services.law.local_time(at))
    signer = services.desk.unattended_signer(seal.key_id)
    return _sign(services, pdf, words=words, order=order, signer=signer, places=places, location=seal.agency.name_vi)


def extend_document(services: Services, pdf: bytes, *, level: PadesLevel) -> SignedPdf:
    """Bring the signatures of a file to a long-term level, whoever made them.

    Raises:
        SigningError, KeysError: as `signing.extend`.
    """
    return extend(pdf, level=level, services=services.signing, at=services.clock.now())


def _sign(
    services: Services,
    pdf: bytes,
    *,
    words: MarkWords,
    order: SignOrder,
    signer: RawSigner,
    places: SandboxPool,
    location: str,
) -> SignedPdf:
    look = services.looks[order.look] if order.look else None
    mark = compose_mark(look, words, image=order.image, qr_text=order.qr_text) if look else None
    new_field: NewField | None = None
    if order.field is None:
        new_field, mark = _place(services, pdf, mark=mark, look=look, order=order, places=places)
    request = SignRequest(
        field=order.field or f"Signature-{hashlib.sha256(pdf).hexdigest()[:8]}",
        level=order.level,
        signed_at=services.clock.now(),
        mark=mark,
        reason=order.reason,
        location=location,
        certify=order.certify,
    )
    _log(services, "FILE_SIGN_INTENT", pdf, key_id=signer.credential.key_id, level=order.level)
    if new_field is None:
        signed = sign_field(pdf, request=request, signer=signer, services=services.signing)
    else:
        signed = sign_new_field(pdf, request=request, signer=signer, services=services.signing, new_field=new_field)
    _log(services, "FILE_SIGNED", signed.pdf, key_id=signer.credential.key_id, level=order.level)
    return signed


def _place(
    services: Services, pdf: bytes, *, mark: Mark | None, look: Look | None, order: SignOrder, places: SandboxPool
) -> tuple[NewField, Mark | None]:
    if mark is None or look is None:
        return NewField(), None
    return place_mark(pdf, mark, look=look, faces=services.signing.faces, sandbox=places, when_full=order.when_full)


def _log(services: Services, kind: str, pdf: bytes, *, key_id: str, level: PadesLevel) -> None:
    payload = {"sha256": hashlib.sha256(pdf).hexdigest(), "key": key_id, "level": level.value}
    with services.database.transaction() as tx:
        append(tx, Leaf(kind=kind, payload=payload), tree=Tree.CERTIFICATIONS, random_bytes=services.random_bytes)


def _same_office(organisation: str | None, agency_name: str) -> bool:
    # A specimen's organisation begins with its mark.
    return organisation is not None and organisation.endswith(agency_name)
