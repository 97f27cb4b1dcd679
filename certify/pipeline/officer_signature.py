"""The officer's signature on an approved copy: by a key of the office that was activated, or by a token in the officer's hands.

Everything that can be refused is refused before either is asked; what must not be signed any more is voided.
"""

from __future__ import annotations

from dataclasses import dataclass

from certify.errors import GuardRefused, StaffError
from certify.four_eyes import check_four_eyes
from certify.pipeline.copy_work import CopyBooks, CopyWork
from certify.pipeline.names import asked_name, given_name, ready_name
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import Outcome, OutcomeKind
from certify.pipeline.token_signing import AskedFile
from certify.pipeline.voiding import void_outcome
from certify.prepare import ReadyCopy, VoidReason, expiry_reason
from certify.staff import Authority, check_may_certify
from certify.transitions import ItemEvent
from guard.spool import Room
from guard.wire import Payload, sha256_hex_of
from keys.errors import (
    ActivationError,
    CertificateError,
    KeyStoreError,
    RemoteKeyError,
    TokenError,
    TrustServiceError,
    WrongPin,
)
from signing import Mark, SignedPdf
from signing.errors import DeferredExpired, SigningError


@dataclass(frozen=True, slots=True)
class _Approved:
    """What the officer's key is to sign, after every check that comes before it."""

    pdf: Payload
    authority: Authority
    mark: Mark
    reason: str


class OfficerSignature:
    """Makes officers' signatures with the services of the office."""

    def __init__(self, services: PipelineServices, books: CopyBooks) -> None:
        self._services = services
        self._books = books

    def make(self, work: CopyWork, *, name: str) -> Outcome | None:
        """Store the signed file under this name; gives the outcome instead when the copy waits or is void."""
        with self._services.spool.room() as room:
            return self._make(work, name=name, room=room)

    def _make(self, work: CopyWork, *, name: str, room: Room) -> Outcome | None:
        services = self._services
        approved = self._check_approved(work, room=room)
        if isinstance(approved, Outcome):
            return approved
        # (4) the key is activated for these bytes, or lies in the officer's hands
        try:
            sign = self._sign_in_hand if work.approval.by_token else self._sign_here
            signed = sign(work, approved, room=room)
        except DeferredExpired as exc:
            return self._books.await_officer(work, event=ItemEvent.AWAIT_SIGNATURE, code=type(exc).__name__)
        except (ActivationError, TrustServiceError) as exc:
            # A service that is away: an activation is spent, the number is not, and a token's signature is kept.
            return self._not_signed(work, code=type(exc).__name__)
        except (TokenError, RemoteKeyError, WrongPin) as exc:
            # The key lies elsewhere and did not sign: pulled out, away, or its PIN refused there. The number is kept.
            return self._books.await_officer(work, event=ItemEvent.AWAIT_ACTIVATION, code=type(exc).__name__)
        except (CertificateError, KeyStoreError, SigningError):
            return void_outcome(services, work.ready, VoidReason.SIGNING_REFUSED)
        if signed is None:
            return self._books.await_officer(work, event=ItemEvent.AWAIT_SIGNATURE, code="SIGNATURE_AWAITED")
        # (6) statement date and time-stamp are the same day of the office
        stamped_at = signed.timestamp_at or services.clock.now()
        if services.law.local_date(stamped_at) != services.law.local_date(work.ready.reserved_at):
            return void_outcome(services, work.ready, VoidReason.DATE_CHANGED)
        services.blobs.keep(work.item.document_id, name, signed.content)
        return None

    def _check_approved(self, work: CopyWork, *, room: Room) -> _Approved | Outcome:
        services = self._services
        at = services.clock.now()
        # (1) the ready copy has not ended
        reason = expiry_reason(work.ready, law=services.law, at=at)
        if reason is not None:
            return void_outcome(services, work.ready, reason)
        # (2) the officer may certify at this instant, in the capacity printed on the page
        with services.database.read() as tx:
            try:
                authority = check_may_certify(tx, work.approval.officer_id, at=at)
                check_four_eyes(tx, work.item, signer_id=work.approval.officer_id, at=at)
            except (StaffError, GuardRefused):
                authority = None
        if authority is None or authority.delegation.delegation_id != work.ready.delegation_id:
            return void_outcome(services, work.ready, VoidReason.NOT_ALLOWED)
        # (3) the bytes are those that were approved
        pdf = services.blobs.fetch(work.item.document_id, ready_name(work.ready), room=room)
        if sha256_hex_of(pdf) != work.approval.sha256_hex:
            return void_outcome(services, work.ready, VoidReason.SIGNING_REFUSED)
        mark = services.marks.of_officer(authority.member, agency=authority.agency, at=services.law.local_time(at))
        return _Approved(pdf, authority, mark, reason=signing_reason(work.ready))

    def _sign_here(self, work: CopyWork, approved: _Approved, *, room: Room) -> SignedPdf | None:
        services = self._services
        key_id = approved.authority.key_id
        signer = services.activations.signer(
            work.approval.activation_id,
            key_id=key_id,
            digest_hex=work.approval.sha256_hex,
            user_id=work.approval.officer_id,
        )
        # (5) the intent is in the log, then the key signs
        self._books.log_intent(work, kind="OFFICER_SIGN_INTENT", key_id=key_id)
        return services.crafts.sign_as_officer(
            approved.pdf,
            mark=approved.mark,
            reason=approved.reason,
            location=approved.authority.agency.name_on_papers,
            signer=signer,
            signed_at=services.clock.now(),
            room=room,
        )

    def _sign_in_hand(self, work: CopyWork, approved: _Approved, *, room: Room) -> SignedPdf | None:
        """Complete the copy with the signature that the officer's token gave, or prepare it and give None."""
        services, document_id = self._services, work.item.document_id
        credential = services.credential(approved.authority.key_id)
        asked = asked_name(work.ready, work.approval.activation_id)
        if self._token_has_signed(work):
            file = AskedFile.unpack(services.blobs.fetch(document_id, asked, room=room), room=room)
            return services.crafts.complete_for_officer(
                file.prepared_pdf,
                state=file.state,
                signature=services.blobs.get(document_id, given_name(work.ready, work.approval.activation_id)),
                credential=credential,
                at=services.clock.now(),
            )
        if not services.blobs.exists(document_id, asked):
            # (5) the intent is in the log, then the hash may leave the house
            self._books.log_intent(work, kind="OFFICER_SIGN_INTENT", key_id=approved.authority.key_id)
            deferred = services.crafts.prepare_for_officer(
                approved.pdf,
                mark=approved.mark,
                reason=approved.reason,
                location=approved.authority.agency.name_on_papers,
                credential=credential,
                signed_at=services.clock.now(),
                until=work.ready.expires_at,
                room=room,
            )
            services.blobs.keep(document_id, asked, AskedFile.pack(deferred, room=room))
        return None

    def _token_has_signed(self, work: CopyWork) -> bool:
        name = given_name(work.ready, work.approval.activation_id)
        return work.approval.by_token and self._services.blobs.exists(work.item.document_id, name)

    def _not_signed(self, work: CopyWork, *, code: str) -> Outcome:
        if not work.approval.by_token:
            return self._books.await_officer(work, event=ItemEvent.AWAIT_ACTIVATION, code=code)
        if self._token_has_signed(work):
            return self._books.stop(work, kind=OutcomeKind.SERVICE_UNAVAILABLE, code=code)
        return self._books.await_officer(work, event=ItemEvent.AWAIT_SIGNATURE, code=code)


def signing_reason(ready: ReadyCopy) -> str:
    """Say why a copy is signed and sealed: its number and book."""
    return f"Số chứng thực {ready.number.display_no}, quyển {ready.number.book_display}"
