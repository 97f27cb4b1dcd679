"""Approving several copies at once, by PIN, by passkey or for a token in hand, and what a passkey is asked to approve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from api.access import Principal
from api.acts.own_items import own_item
from api.acts.passkeys import relying_party
from api.acts.pin_tries import open_by_pin
from api.acts.token_test import own_credential
from api.errors import RequestInvalid
from api.identity.passkeys import get_passkey, note_use, passkeys_of
from api.services import Services
from certify import MAX_BATCH, BatchAnswer, BatchApproval, BatchLine, approve_batch, ask_a_token, get_staff
from keys import (
    ActivationRequest,
    KeysError,
    Pin,
    assertion_options,
    check_signing_certificate,
    credential_id_of,
    verify_assertion,
)

# A person who has looked at the last page types a PIN at once; a long batch takes the worker its time to sign.
_APPROVE_WITHIN = timedelta(minutes=5)
_FOR_EACH_COPY = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Line:
    """One copy the officer approves: which, and the digest of what was shown."""

    item_id: str
    sha256_hex: str


@dataclass(frozen=True, slots=True)
class PasskeyAnswer:
    """What a passkey answered to `ask_a_passkey`, and the deadline it was asked with."""

    answer: str = field(repr=False)
    expires_at: datetime


class KeyWay(StrEnum):
    """By what an officer approves, which the place of the key decides."""

    PIN = "PIN"
    PASSKEY = "PASSKEY"
    IN_HAND = "IN_HAND"


def way_of_key(services: Services, principal: Principal) -> KeyWay:
    """Say by what the one who asks approves; one without a usable key by a PIN, and is told then what is wrong with it."""
    with services.database.read() as tx:
        key_id = get_staff(tx, principal.staff_id).key_id
    if key_id is None:
        return KeyWay.PIN
    try:
        if services.keystore.is_in_hand(key_id):
            return KeyWay.IN_HAND
        return KeyWay.PASSKEY if services.keystore.is_guarded(key_id) else KeyWay.PIN
    except KeysError:
        # A link that cannot be read keeps nobody from looking at the copy.
        return KeyWay.PIN


def ask_a_passkey(services: Services, principal: Principal, lines: Sequence[Line]) -> tuple[str, datetime]:
    """Give what the officer's browser needs to approve exactly these copies in this order, and until when.

    Raises:
        RequestInvalid: no copy, too many, or no passkey.
    """
    request = _request(services, principal, lines, expires_at=services.clock.now() + _time_for(lines))
    with services.database.read() as tx:
        known = passkeys_of(tx, principal.staff_id)
    if not known:
        raise RequestInvalid("no passkey is registered for this person; register one, or use the PIN", field="passkey")
    return assertion_options(
        relying_party(services.settings), challenge=request.challenge, passkeys=known
    ), request.expires_at


def approve_by_pin(
    services: Services, principal: Principal, lines: Sequence[Line], *, checklist: Sequence[str], pin: Pin
) -> tuple[BatchAnswer, ...]:
    """Open the officer's key once for the ordered list, and approve each copy.

    Raises:
        WrongPin: nothing was approved.
        TooManyRequests: ten wrong PINs within a quarter of an hour.
        ActivationError, TokenError, RemoteKeyError: the key cannot be opened for this.
    """
    request = _request(services, principal, lines, expires_at=services.clock.now() + _time_for(lines))
    activation_id = open_by_pin(services, request, pin)
    return _approve(services, principal, lines, checklist=checklist, activation_id=activation_id)


def approve_by_passkey(
    services: Services, principal: Principal, lines: Sequence[Line], *, checklist: Sequence[str], passkey: PasskeyAnswer
) -> tuple[BatchAnswer, ...]:
    """Open the officer's key for the ordered list that their passkey approved, and approve each copy.

    Raises:
        PasskeyRefused: the answer is not over this list, key, person and deadline, or its user was not verified.
        ActivationError: used before, expired, or another person's passkey.
    """
    request = _request(services, principal, lines, expires_at=passkey.expires_at)
    with services.database.read() as tx:
        known = get_passkey(tx, credential_id_of(passkey.answer))
    proof = verify_assertion(
        relying_party(services.settings), passkey.answer, challenge=request.challenge, passkey=known
    )
    activation_id = services.desk.activate_by_passkey(request, proof)
    with services.database.transaction() as tx:
        note_use(tx, proof.passkey, at=services.clock.now())
    return _approve(services, principal, lines, checklist=checklist, activation_id=activation_id)


def approve_by_token(
    services: Services, principal: Principal, lines: Sequence[Line], *, checklist: Sequence[str]
) -> tuple[BatchAnswer, ...]:
    """Approve each copy for the token in the officer's own machine: each then waits for that token's signature.

    Raises:
        CredentialNotYours: the person has no signing key.
        CertificateError: its certificate may not sign now; nothing was approved.
        RequestInvalid: no copy, or too many.
    """
    _check_own(services, principal, lines)
    at = services.clock.now()
    check_signing_certificate(own_credential(services, principal).certificate_der, at=at)
    asked = ask_a_token(at=at, random_bytes=services.random_bytes)
    return _approve(services, principal, lines, checklist=checklist, activation_id=asked)


def _approve(
    services: Services, principal: Principal, lines: Sequence[Line], *, checklist: Sequence[str], activation_id: str
) -> tuple[BatchAnswer, ...]:
    batch = [BatchLine(own_item(services, principal, line.item_id)[0], line.sha256_hex) for line in lines]
    approval = BatchApproval(principal.staff_id, activation_id, tuple(checklist))
    return approve_batch(services.pipeline, batch, approval=approval)


def _request(
    services: Services, principal: Principal, lines: Sequence[Line], *, expires_at: datetime
) -> ActivationRequest:
    _check_own(services, principal, lines)
    with services.database.read() as tx:
        key_id = get_staff(tx, principal.staff_id).key_id or ""
    digests = tuple(line.sha256_hex for line in lines)
    return ActivationRequest(key_id, principal.staff_id, expires_at.astimezone(UTC), digests)


def _check_own(services: Services, principal: Principal, lines: Sequence[Line]) -> None:
    if not 1 <= len(lines) <= MAX_BATCH:
        raise RequestInvalid(f"from 1 to {MAX_BATCH} copies are approved at once", field="items")
    for line in lines:
        own_item(services, principal, line.item_id)


def _time_for(lines: Sequence[Line]) -> timedelta:
    return _APPROVE_WITHIN + _FOR_EACH_COPY * len(lines)
