"""Approving several copies at once, by PIN, by passkey or for a token in hand, and what a passkey is asked to approve."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from api.access import Principal
from api.acts.own_items import own_item
from api.acts.token_test import own_credential
from api.errors import NotAuthenticated, RequestInvalid
from api.identity import count_attempt, forget_attempts
from api.identity.passkeys import add_passkey, get_passkey, note_use, passkeys_of
from api.identity.sessions import ABSOLUTE_LIMIT
from api.services import Services
from api.settings import Settings
from certify import MAX_BATCH, BatchAnswer, BatchApproval, BatchLine, approve_batch, ask_a_token, get_staff
from keys import (
    ActivationRequest,
    Pin,
    RelyingParty,
    assertion_options,
    check_signing_certificate,
    credential_id_of,
    registration_options,
    verify_assertion,
    verify_registration,
)

# A person who has looked at the last page types a PIN at once; a long batch takes the worker its time to sign.
_APPROVE_WITHIN = timedelta(minutes=5)
_FOR_EACH_COPY = timedelta(seconds=12)
_REGISTER_WITHIN = timedelta(minutes=5)
_FRESH = timedelta(minutes=5)


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


def relying_party(settings: Settings) -> RelyingParty:
    """Say under which host name and origins browsers know this office; an address in numbers cannot have passkeys."""
    hosts = [host for host in settings.allowed_hosts if not _is_number(host)]
    host = hosts[0] if hosts else "localhost"
    origins = [f"https://{host}", f"https://{host}:{settings.port}"]
    if host == "localhost":
        origins.append(f"http://localhost:{settings.port}")
    return RelyingParty(host, "Vidimus", tuple(origins))


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
    tries = f"pin:{principal.staff_id}"
    with services.database.transaction() as tx:
        count_attempt(tx, subject=tries, at=services.clock.now())
    activation_id = services.desk.activate_by_pin(request, pin)
    with services.database.transaction() as tx:
        forget_attempts(tx, subject=tries)
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


def ask_to_register(services: Services, principal: Principal) -> tuple[str, datetime]:
    """Give what a browser needs to make a passkey for the one signed in, and until when."""
    expires_at = services.clock.now() + _REGISTER_WITHIN
    options = registration_options(
        relying_party(services.settings),
        user_id=principal.staff_id,
        user_name=_login(principal),
        challenge=_registration_challenge(principal, expires_at),
    )
    return options, expires_at


def register_passkey(services: Services, principal: Principal, *, passkey: PasskeyAnswer) -> None:
    """Keep a new passkey of one who signed in a moment ago: a passkey opens a signing key.

    Raises:
        NotAuthenticated: the session is older than five minutes; sign in again.
        PasskeyRefused: the answer is not to our question, or its user was not verified.
        RequestInvalid: too late, or known already.
    """
    at = services.clock.now()
    _check_signed_in_just_now(principal, at=at)
    if not at < passkey.expires_at <= at + _REGISTER_WITHIN:
        raise RequestInvalid("the time to register this passkey is over; begin again", field="expires_at")
    made = verify_registration(
        relying_party(services.settings),
        passkey.answer,
        user_id=principal.staff_id,
        challenge=_registration_challenge(principal, passkey.expires_at),
    )
    with services.database.transaction() as tx:
        add_passkey(tx, made, at=at)


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


def _registration_challenge(principal: Principal, expires_at: datetime) -> bytes:
    """Bind the question to this session, person and deadline, so that nothing has to be stored."""
    if principal.session is None:
        raise NotAuthenticated("sign in to register a passkey")
    parts = (
        "vidimus-passkey-1",
        principal.session.csrf_token,
        principal.staff_id,
        expires_at.astimezone(UTC).isoformat(),
    )
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _check_signed_in_just_now(principal: Principal, *, at: datetime) -> None:
    session = principal.session
    if session is None or at - (session.ends_at - ABSOLUTE_LIMIT[session.account.door]) > _FRESH:
        raise NotAuthenticated("sign in again to register a passkey")


def _login(principal: Principal) -> str:
    if principal.session is None:
        raise NotAuthenticated("sign in to register a passkey")
    return principal.session.account.login


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
