"""Sole control: a key signs only what its owner approved, once, before a deadline.

The challenge of a request is SHA-256 over these fields, each as four bytes of big-endian length and then the bytes:
`vidimus-act-1`, the key id (UTF-8), the user id (UTF-8), the deadline (`2026-11-22T10:00:00.000000Z`), the number
of digests (decimal), then every digest in its order (32 bytes each). No two different requests encode alike.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from guard.clock import Clock, RandomBytes
from keys.credentials import Credential, check_signing_certificate
from keys.errors import (
    ActivationError,
    ActivationExpired,
    ActivationMissing,
    ActivationNotYours,
    ActivationRefused,
    ActivationRequired,
    ActivationUsed,
    DigestNotActivated,
    WrongPin,
)
from keys.keystore import KeyStore, OpenKey
from keys.passkeys import VerifiedPasskey
from keys.pin import Pin

_LOG = logging.getLogger(__name__)
_DOMAIN = b"vidimus-act-1"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_DIGESTS = 1000
_ID_BYTES = 16
# Under this digest the use of a passkey's answer itself is recorded.
_ASSERTION = hashlib.sha256(b"vidimus-assertion-1").hexdigest()
MAX_ACTIVATION = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ActivationRequest:
    """What a person is asked to approve: these digests, in this order, with this key, until then."""

    key_id: str
    user_id: str
    expires_at: datetime
    digests: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a request that could be read in two ways.

        Raises:
            ActivationRefused: no digest, too many, one twice, one malformed, no user, or a naive deadline.
        """
        if not self.key_id or not self.user_id:
            raise ActivationRefused("an activation names a key and a user; pass both ids")
        if self.expires_at.tzinfo is None:
            raise ActivationRefused("the deadline of an activation has no time zone; pass an aware datetime")
        if not 1 <= len(self.digests) <= _MAX_DIGESTS:
            raise ActivationRefused(f"an activation covers 1 to {_MAX_DIGESTS} digests, not {len(self.digests)}")
        if not all(_DIGEST.fullmatch(digest) for digest in self.digests):
            raise ActivationRefused("an activation covers SHA-256 digests as 64 lower-case hex digits")
        if len(set(self.digests)) != len(self.digests):
            raise ActivationRefused("a digest stands twice in one activation; each is signed once, so list it once")

    @property
    def challenge(self) -> bytes:
        """The 32 bytes that a passkey signs over; the module says how they are made."""
        deadline = self.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        fields = [_DOMAIN, self.key_id.encode(), self.user_id.encode(), deadline.encode()]
        fields.append(str(len(self.digests)).encode())
        fields.extend(bytes.fromhex(digest) for digest in self.digests)
        return hashlib.sha256(b"".join(len(item).to_bytes(4, "big") + item for item in fields)).digest()


class RawSigner(Protocol):
    """Signs once, with a key its owner activated for that."""

    @property
    def credential(self) -> Credential:
        """The public side of the key."""

    def sign(self, to_be_signed: bytes) -> bytes:
        """Hash with SHA-256 and sign by `credential.algorithm`.

        Raises:
            ActivationError: the activation no longer covers this signature.
        """


class ActivationUses(Protocol):
    """Remembers, across processes, which digests were signed under which activation."""

    def use_once(self, activation_id: str, digest_hex: str, *, at: datetime) -> None:
        """Record the use, atomically, before the signature is made.

        Raises:
            ActivationUsed: it was recorded before.
        """


@dataclass(slots=True)
class _Activation:
    request: ActivationRequest
    key: OpenKey
    used: set[str] = field(default_factory=set)
    signed_count: int = 0


class ActivationDesk:
    """Opens keys for their owners and hands out signers, one signature each; safe for several threads.

    Open keys live in memory only: after a restart every activation is missing and the owner is asked again.
    """

    def __init__(self, keystore: KeyStore, *, uses: ActivationUses, clock: Clock, random_bytes: RandomBytes) -> None:
        self._keystore = keystore
        self._uses = uses
        self._clock = clock
        self._random_bytes = random_bytes
        self._activations: dict[str, _Activation] = {}
        self._unattended: dict[str, OpenKey] = {}
        self._lock = threading.RLock()

    def activate_by_pin(self, request: ActivationRequest, pin: Pin) -> str:
        """Open the key for exactly this request and give the activation's id.

        Raises:
            ActivationExpired: the deadline has passed already.
            ActivationRefused: the deadline is further away than any activation may last, or the key needs no person.
            WrongPin: the PIN does not open the key.
            CertificateExpired: the certificate is outside its window now.
        """
        with self._refusals_logged(key_id=request.key_id):
            self._check_may_begin(request)
            key = self._keystore.open_key(request.key_id, pin)
        return self._begin(self._random_bytes(_ID_BYTES).hex(), request=request, key=key)

    def activate_by_passkey(self, request: ActivationRequest, proof: VerifiedPasskey) -> str:
        """Open the key for exactly this request, which its owner approved by passkey, and give the activation's id.

        An answer of a passkey counts once, also after a restart: its use is recorded before the key is opened.

        Raises:
            ActivationNotYours: the passkey is another user's, or its owner approved another request.
            ActivationUsed: this answer was used before.
            ActivationError, CertificateError: as `activate_by_pin`.
        """
        activation_id = request.challenge.hex()
        with self._refusals_logged(key_id=request.key_id, activation_id=activation_id):
            self._check_may_begin(request)
            if proof.challenge != request.challenge or proof.passkey.user_id != request.user_id:
                raise ActivationNotYours("the passkey approved another request, or is another user's; approve again")
            self._uses.use_once(activation_id, _ASSERTION, at=self._clock.now())
            key = self._keystore.open_by_passkey(request.key_id, proof)
        return self._begin(activation_id, request=request, key=key)

    def signer(self, activation_id: str, *, key_id: str, digest_hex: str, user_id: str | None = None) -> RawSigner:
        """Give the signer for one approved digest; the use is recorded when it signs.

        `user_id` is compared when it is given: pass it wherever the acting user is known.

        Raises:
            ActivationMissing: unknown here, for example after a restart.
            ActivationExpired: its deadline has passed.
            ActivationNotYours: it is for another key or another user.
            DigestNotActivated: the owner did not approve this digest.
            ActivationUsed: the digest was signed already.
        """
        with self._refusals_logged(key_id=key_id, activation_id=activation_id), self._lock:
            activation = self._live(activation_id)
            request = activation.request
            # (1) this key and this user
            if request.key_id != key_id or user_id not in (None, request.user_id):
                raise ActivationNotYours(f"activation {activation_id} is for another key or user; approve again")
            # (2) this digest
            if digest_hex not in request.digests:
                raise DigestNotActivated(
                    f"activation {activation_id} does not cover digest {digest_hex}; "
                    "the file changed after approval, so show it again and approve it"
                )
            # (3) not yet used
            if digest_hex in activation.used:
                raise ActivationUsed(f"digest {digest_hex} was signed under activation {activation_id}; approve again")
            sign_once = functools.partial(self._sign_once, activation_id, digest_hex)
            return _ActivatedSigner(activation.key.credential, sign_once=sign_once)

    def unattended_signer(self, key_id: str) -> RawSigner:
        """Give a signer for a key that needs no person; the key is opened once and held.

        Raises:
            ActivationRequired: the key belongs to a person.
            CertificateExpired: the certificate is outside its window now.
        """
        with self._lock:
            key = self._unattended.get(key_id)
            if key is None:
                if not self._keystore.credential(key_id).unattended:
                    raise ActivationRequired(f"key {key_id} belongs to a person; it signs only after an activation")
                key = self._unattended[key_id] = self._keystore.open_unattended(key_id)
        check_signing_certificate(key.credential.certificate_der, at=self._clock.now())
        return key

    def deactivate(self, activation_id: str) -> None:
        """Withdraw an activation and close its key; harmless when it is gone."""
        with self._lock:
            activation = self._activations.pop(activation_id, None)
            if activation is not None:
                activation.key.close()

    def close_expired(self) -> None:
        """Close the keys of activations whose deadline has passed; call it every minute or so."""
        now = self._clock.now()
        with self._lock:
            ended = [key for key, value in self._activations.items() if value.request.expires_at <= now]
            for activation_id in ended:
                activation = self._activations[activation_id]
                activation.key.close()
                # It is remembered a while, so that a late caller hears "expired" and not "unknown".
                if activation.request.expires_at <= now - MAX_ACTIVATION:
                    del self._activations[activation_id]

    def close(self) -> None:
        """Close every key; the desk gives no signer for them afterwards."""
        with self._lock:
            for activation_id in tuple(self._activations):
                self.deactivate(activation_id)
            for key in self._unattended.values():
                key.close()
            self._unattended.clear()

    def _check_may_begin(self, request: ActivationRequest) -> None:
        now = self._clock.now()
        self.close_expired()
        if request.expires_at <= now:
            raise ActivationExpired("the deadline of this activation has passed; prepare it again")
        if request.expires_at > now + MAX_ACTIVATION:
            raise ActivationRefused(f"an activation lasts at most {MAX_ACTIVATION}; choose a nearer deadline")
        credential = self._keystore.credential(request.key_id)
        if credential.unattended:
            raise ActivationRefused(f"key {request.key_id} is unattended; no person activates it")
        check_signing_certificate(credential.certificate_der, at=now)

    def _begin(self, activation_id: str, *, request: ActivationRequest, key: OpenKey) -> str:
        with self._lock:
            self._activations[activation_id] = _Activation(request, key)
        return activation_id

    @contextmanager
    def _refusals_logged(self, *, key_id: str, activation_id: str = "") -> Iterator[None]:
        """Write every refusal into the log, by ids alone."""
        try:
            yield
        except (ActivationError, WrongPin) as exc:
            told = {"refusal": type(exc).__name__, "key_id": key_id, "activation_id": activation_id}
            _LOG.warning("activation refused", extra=told)
            raise

    def _live(self, activation_id: str) -> _Activation:
        activation = self._activations.get(activation_id)
        if activation is None:
            raise ActivationMissing(
                f"activation {activation_id} is unknown here (withdrawn, or this process restarted); approve again"
            )
        if activation.request.expires_at <= self._clock.now():
            self.close_expired()
            raise ActivationExpired(f"activation {activation_id} has expired; approve again")
        return activation

    def _sign_once(self, activation_id: str, digest_hex: str, to_be_signed: bytes) -> bytes:
        with self._refusals_logged(key_id="", activation_id=activation_id), self._lock:
            activation = self._live(activation_id)
            if digest_hex in activation.used:
                raise ActivationUsed(f"digest {digest_hex} was signed under activation {activation_id}; approve again")
            # The use is recorded first: a crash between the two lines costs an approval, never a second signature.
            activation.used.add(digest_hex)
            self._uses.use_once(activation_id, digest_hex, at=self._clock.now())
            key = activation.key
        signature = key.sign(to_be_signed)
        with self._lock:
            activation.signed_count += 1
            if activation.signed_count == len(activation.request.digests):
                activation.key.close()
        return signature


class _ActivatedSigner:
    """The right to one signature."""

    __slots__ = ("_credential", "_sign_once")

    def __init__(self, credential: Credential, *, sign_once: Callable[[bytes], bytes]) -> None:
        self._credential = credential
        self._sign_once = sign_once

    @property
    def credential(self) -> Credential:
        return self._credential

    def sign(self, to_be_signed: bytes) -> bytes:
        return self._sign_once(to_be_signed)
