"""A key in the officer's own hands: what waits for its signature, what came back, and when neither counts any more.

The prepared file and the signature are create-only blobs under the id of the request that stands in the approval's
place of an activation, so a step that runs twice asks for the same signature, and a second answer changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy.engine import Connection

from certify.approve import Approval, find_approval, give_signature, was_used
from certify.errors import CertifyError, CredentialNotYours, SignatureNotAwaited
from certify.items import Item, get_item
from certify.pipeline.names import asked_name, given_name
from certify.pipeline.services import PipelineServices
from certify.prepare import ReadyCopy, check_not_expired
from certify.staff import check_may_certify
from certify.transitions import ItemState
from guard.spool import Room
from guard.wire import Payload, open_payload, write_payload
from keys.credentials import Credential
from keys.errors import KeysError
from signing import DeferredSignature, DeferredState, HashedPdf, bytes_to_sign, check_signature_over, copy_hashed
from signing.errors import DeferredExpired, SigningError

_LOG = logging.getLogger(__name__)
_END_OF_STATE: Final = b"\n"


@dataclass(frozen=True, slots=True)
class TokenQuestion:
    """What a token has to sign for one copy: by which certificate (SHA-256), and until when."""

    item_id: str
    title: str
    certificate_sha256_hex: str
    to_be_signed: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AskedFile:
    """The prepared file with the state that belongs to it, as one blob: they are written together or not at all."""

    state: DeferredState
    prepared_pdf: bytes | HashedPdf

    @staticmethod
    def pack(deferred: DeferredSignature, *, room: Room) -> Payload:
        """Write both for the blob vault."""

        def write(file: BinaryIO) -> None:
            file.write(deferred.state.to_json() + _END_OF_STATE)
            write_payload(deferred.content, file)

        return room.take(write)

    @staticmethod
    def unpack(stored: Payload, *, room: Room) -> AskedFile:
        """Read both from the blob vault; a file grows in the room."""
        if isinstance(stored, bytes):
            state, _, pdf = stored.partition(_END_OF_STATE)
            return AskedFile(DeferredState.from_json(state), pdf)
        with open_payload(stored) as file:
            line = file.readline()
            prepared = copy_hashed(file, room.file(), start=len(line))
        return AskedFile(DeferredState.from_json(line.removesuffix(_END_OF_STATE)), prepared)


class TokenSigning:
    """Hands out what officers' own tokens have to sign, and takes their signatures in."""

    def __init__(self, services: PipelineServices, *, submit: Callable[[Approval], None]) -> None:
        self._services = services
        self._submit = submit

    def question(self, item_id: str, *, officer_id: str) -> TokenQuestion:
        """Give what the officer's token has to sign for an approved copy.

        Raises:
            SignatureNotAwaited: the copy is not prepared for it yet, or its signature is here already.
            CredentialNotYours: another officer approved it.
            ReadyCopyExpired, DeferredExpired: too late.
            StaffError: the officer may not certify any more.
            DeferredMismatch: the officer's key became another meanwhile.
        """
        services = self._services
        with self._refusals_logged(item_id), services.database.read() as tx, services.spool.room() as room:
            return self._question(tx, get_item(tx, item_id), officer_id=officer_id, room=room)[0]

    def give(self, item_id: str, *, officer_id: str, signature: bytes) -> Approval:
        """Take the token's signature in and let the copy be completed, sealed and deposited.

        Raises:
            SignatureMismatch: it is not this officer's signature over this copy; the copy still waits.
            ActivationUsed: a signature came before.
            CertifyError, SigningError: as `question`.
        """
        services = self._services
        with self._refusals_logged(item_id):
            with services.database.read() as tx, services.spool.room() as room:
                item = get_item(tx, item_id)
                question, credential, approval, ready = self._question(tx, item, officer_id=officer_id, room=room)
            check_signature_over(question.to_be_signed, signature=signature, credential=credential)
            with services.database.transaction() as tx:
                given = give_signature(tx, approval, at=services.clock.now())
                # Before the commit: a run that finds the use recorded finds the signature too.
                services.blobs.put_first(item.document_id, given_name(ready, approval.activation_id), signature)
        self._submit(given)
        return given

    def _question(
        self, tx: Connection, item: Item, *, officer_id: str, room: Room
    ) -> tuple[TokenQuestion, Credential, Approval, ReadyCopy]:
        services = self._services
        at = services.clock.now()
        # (1) an item that waits for a token, by an approval of this officer
        if item.state is not ItemState.AWAITING_SIGNATURE:
            raise SignatureNotAwaited(f"item {item.item_id} is {item.state.value} and waits for no token")
        approval, ready = find_approval(tx, item_id=item.item_id, attempt=item.attempt)
        if approval.officer_id != officer_id:
            raise CredentialNotYours(f"item {item.item_id} was approved by another officer; that officer's token signs")
        # (2) in time, by one who may certify now
        check_not_expired(ready, law=services.law, at=at)
        key_id = check_may_certify(tx, officer_id, at=at).key_id
        # (3) prepared, and not signed yet
        name = asked_name(ready, approval.activation_id)
        answered = was_used(tx, approval.activation_id, approval.sha256_hex)
        if not approval.by_token or answered or not services.blobs.exists(item.document_id, name):
            raise SignatureNotAwaited(f"item {item.item_id} waits for no signature now; look at its operation")
        asked = AskedFile.unpack(services.blobs.fetch(item.document_id, name, room=room), room=room)
        if at >= asked.state.expires_at:
            raise DeferredExpired(f"the time to sign item {item.item_id} is over; approve it again")
        # (4) for the certificate this officer has now
        credential = services.credential(key_id)
        to_be_signed = bytes_to_sign(asked.prepared_pdf, state=asked.state, credential=credential)
        question = TokenQuestion(
            item_id=item.item_id,
            title=item.title,
            certificate_sha256_hex=asked.state.certificate_sha256_hex,
            to_be_signed=to_be_signed,
            expires_at=asked.state.expires_at,
        )
        return question, credential, approval, ready

    @contextmanager
    def _refusals_logged(self, item_id: str) -> Iterator[None]:
        """Write every refusal into the log, by ids alone."""
        try:
            yield
        except (CertifyError, SigningError, KeysError) as exc:
            _LOG.warning("token signature refused", extra={"refusal": type(exc).__name__, "item_id": item_id})
            raise
