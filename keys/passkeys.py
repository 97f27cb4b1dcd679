"""Passkeys (WebAuthn): register one, and verify that its owner approved exactly one activation request.

User verification is always required: a passkey that was only touched proves possession and not the person. The
challenge of an approval is the challenge of its `ActivationRequest`, so an assertion over other documents, another
key, another person or another deadline does not verify.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import InvalidCBORData, WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from keys.errors import PasskeyReason, PasskeyRefused

_MAX_ANSWER_CHARACTERS: Final = 20_000
# What the library lets escape on answers no browser sends.
_MALFORMED: Final = (
    WebAuthnException,
    InvalidCBORData,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This office as passkeys know it: the host name of its pages, and the origins they are served from."""

    rp_id: str
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passkey:
    """The public side of a passkey and whose it is."""

    credential_id: bytes
    public_key: bytes
    user_id: str
    sign_count: int


@dataclass(frozen=True, slots=True)
class VerifiedPasskey:
    """Proof that a passkey's owner, verified by it, approved one challenge; made by `verify_assertion` alone."""

    challenge: bytes
    passkey: Passkey


def registration_options(
    party: RelyingParty, *, user_id: str, user_name: str, challenge: bytes, known: tuple[Passkey, ...] = ()
) -> str:
    """Give what a browser needs to make a passkey that says by itself whose it is, as JSON; not twice on one device."""
    return options_to_json(
        generate_registration_options(
            rp_id=party.rp_id,
            rp_name=party.name,
            user_id=user_id.encode(),
            user_name=user_name,
            challenge=challenge,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
    )


def verify_registration(party: RelyingParty, answer: str, *, user_id: str, challenge: bytes) -> Passkey:
    """Take a new passkey in.

    Raises:
        PasskeyRefused: another challenge, another site, or its user was not verified.
    """
    try:
        made = verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except _MALFORMED as exc:
        raise _refusal(exc) from None
    return Passkey(made.credential_id, made.credential_public_key, user_id, made.sign_count)


def assertion_options(party: RelyingParty, *, challenge: bytes, passkeys: tuple[Passkey, ...]) -> str:
    """Give what a browser needs to have a challenge approved by one of these passkeys, or by any when none is named."""
    return options_to_json(
        generate_authentication_options(
            rp_id=party.rp_id,
            challenge=challenge,
            allow_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in passkeys],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def credential_id_of(answer: str) -> bytes:
    """Say which passkey an answer claims to come from.

    Raises:
        PasskeyRefused: it cannot be read.
    """
    try:
        return base64url_to_bytes(str(_read(answer)["rawId"]))
    except _MALFORMED as exc:
        raise _refusal(exc) from None


def challenge_of(answer: str) -> bytes:
    """Say which challenge an answer claims to be for; `verify_assertion` checks that it is.

    Raises:
        PasskeyRefused: it cannot be read.
    """
    try:
        client_data = json.loads(base64url_to_bytes(str(_read(answer)["response"]["clientDataJSON"])))
        return base64url_to_bytes(str(client_data["challenge"]))
    except _MALFORMED as exc:
        raise _refusal(exc) from None


def verify_assertion(party: RelyingParty, answer: str, *, challenge: bytes, passkey: Passkey) -> VerifiedPasskey:
    """Verify that this passkey's owner approved this challenge.

    Raises:
        PasskeyRefused: another challenge, another passkey, no user verification, or a counter that went back.
    """
    if credential_id_of(answer) != passkey.credential_id:
        raise PasskeyRefused("the answer comes from another passkey", reason=PasskeyReason.UNKNOWN_PASSKEY)
    try:
        verified = verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _MALFORMED as exc:
        raise _refusal(exc) from None
    _check_user_handle(answer, passkey)
    # Many passkeys do not count; one that does and goes back was copied.
    if verified.new_sign_count <= passkey.sign_count and (verified.new_sign_count or passkey.sign_count):
        raise PasskeyRefused("the counter of the passkey went back; it may be a copy", reason=PasskeyReason.CLONED)
    used = Passkey(passkey.credential_id, passkey.public_key, passkey.user_id, verified.new_sign_count)
    return VerifiedPasskey(challenge, used)


def _check_user_handle(answer: str, passkey: Passkey) -> None:
    # WebAuthn level 2, section 7.2, step 6: what the passkey says about its owner must be what we know of it.
    handle = _read(answer)["response"].get("userHandle")
    if handle and base64url_to_bytes(str(handle)) != passkey.user_id.encode():
        raise PasskeyRefused("the passkey names another owner", reason=PasskeyReason.UNKNOWN_PASSKEY)


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > _MAX_ANSWER_CHARACTERS:
        raise ValueError("longer than any answer")
    fields = json.loads(answer)
    if not isinstance(fields, dict):
        raise TypeError("no object")
    return fields


def _refusal(error: Exception) -> PasskeyRefused:
    # The library tells faults apart by its sentences only; none of them repeats what it was given.
    words = str(error).lower()
    if "challenge" in words:
        reason = PasskeyReason.CHALLENGE
    elif "user verification" in words or "user was not verified" in words:
        reason = PasskeyReason.NOT_VERIFIED
    else:
        reason = PasskeyReason.MALFORMED
    return PasskeyRefused(f"the passkey's answer was refused ({reason.value}); approve again", reason=reason)
