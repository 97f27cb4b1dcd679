"""Trying a key without signing any document: the officer learns today whether it will sign tomorrow.

What is signed is the attributes of a document that does not exist; its digest is made of a fixed prefix, the person and
the deadline, so nothing has to be stored and nobody can use the signature for anything else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from api.access import Principal
from api.errors import RequestInvalid
from api.identity import count_attempt, forget_attempts
from api.services import Services
from certify import CredentialNotYours, get_staff
from keys import ActivationRequest, Credential, Pin, check_signing_certificate
from signing import attributes_over, check_signature_over

_WITHIN: Final = timedelta(minutes=5)
_DOMAIN: Final = "vidimus-token-test-1"


@dataclass(frozen=True, slots=True)
class TokenQuestion:
    """What a token is to sign to prove that it is the officer's and works."""

    certificate_sha256_hex: str
    to_be_signed: bytes
    expires_at: datetime


def ask_token(services: Services, principal: Principal) -> TokenQuestion:
    """Give what the officer's own token signs as a trial.

    Raises:
        CredentialNotYours: the person has no signing key.
        CertificateError: its certificate may not sign now.
    """
    return _question(services, principal, expires_at=services.clock.now() + _WITHIN)


def check_answer(services: Services, principal: Principal, *, signature: bytes, expires_at: datetime) -> None:
    """Judge what the token signed.

    Raises:
        RequestInvalid: too late.
        SignatureMismatch: another key signed, or nothing.
    """
    at = services.clock.now()
    if not at < expires_at <= at + _WITHIN:
        raise RequestInvalid("the time for this trial is over; begin again", field="expires_at")
    question = _question(services, principal, expires_at=expires_at)
    credential = own_credential(services, principal)
    check_signature_over(question.to_be_signed, signature=signature, credential=credential)


def try_with_pin(services: Services, principal: Principal, pin: Pin) -> None:
    """Let the officer's key in the store (file, module, remote service) sign the trial once.

    Raises:
        WrongPin: the PIN does not open it; it was tried once.
        TokenError, RemoteKeyError, ActivationError, SignatureMismatch: what is wrong with the key.
        TooManyRequests: ten wrong PINs within a quarter of an hour.
    """
    at = services.clock.now()
    question = _question(services, principal, expires_at=at + _WITHIN)
    credential = own_credential(services, principal)
    digest = hashlib.sha256(question.to_be_signed).hexdigest()
    tries = f"pin:{principal.staff_id}"
    with services.database.transaction() as tx:
        count_attempt(tx, subject=tries, at=at)
    request = ActivationRequest(credential.key_id, principal.staff_id, question.expires_at, (digest,))
    activation_id = services.desk.activate_by_pin(request, pin)
    with services.database.transaction() as tx:
        forget_attempts(tx, subject=tries)
    signer = services.desk.signer(
        activation_id, key_id=credential.key_id, digest_hex=digest, user_id=principal.staff_id
    )
    signature = signer.sign(question.to_be_signed)
    check_signature_over(question.to_be_signed, signature=signature, credential=credential)


def _question(services: Services, principal: Principal, *, expires_at: datetime) -> TokenQuestion:
    credential = own_credential(services, principal)
    check_signing_certificate(credential.certificate_der, at=services.clock.now())
    deadline = expires_at.astimezone(UTC)
    text = "\0".join((_DOMAIN, principal.staff_id, deadline.isoformat()))
    digest = hashlib.sha256(text.encode()).digest()
    attributes = attributes_over(digest, certificate_der=credential.certificate_der)
    return TokenQuestion(hashlib.sha256(credential.certificate_der).hexdigest(), attributes, deadline)


def own_credential(services: Services, principal: Principal) -> Credential:
    """Give the public side of the key of the one who asks.

    Raises:
        CredentialNotYours: the person has none.
    """
    with services.database.read() as tx:
        key_id = get_staff(tx, principal.staff_id).key_id
    if key_id is None:
        raise CredentialNotYours("this person has no signing key; enrol one with `vidimus key`")
    return services.keystore.credential(key_id)
