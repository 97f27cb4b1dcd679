"""Witnesses: others who sign that this log only grew (c2sp.org/tlog-witness, c2sp.org/tlog-cosignature).

A witness remembers the last checkpoint it saw and signs a newer one only with a proof that it begins with that one. So a
log that shows two people two histories needs the help of every witness.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vault.errors import CheckpointInvalid

_COSIGNATURE_TYPE: Final = b"\x04"
_KEY_HASH_BYTES: Final = 4
_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64
_PREFIX: Final = "\u2014 "


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's name and public key for cosignatures of the first version."""

    name: str
    public_key: bytes

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the line `name+hash+base64` that the witness publishes.

        Raises:
            CheckpointInvalid: it is none, or its hash does not fit.
        """
        name, _, rest = text.strip().partition("+")
        hash_hex, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise CheckpointInvalid(f"the key of witness {name!r} is no base64") from error
        key = cls(name, raw[1:])
        if not name or raw[:1] != _COSIGNATURE_TYPE or len(key.public_key) != 32 or key.key_hash.hex() != hash_hex:
            raise CheckpointInvalid(f"the key of witness {name!r} is no key for cosignatures (type 0x04), or is cut")
        return key

    @property
    def key_hash(self) -> bytes:
        """The first four bytes of SHA-256(name || LF || 0x04 || key)."""
        named = self.name.encode() + b"\n" + _COSIGNATURE_TYPE + self.public_key
        return hashlib.sha256(named).digest()[:_KEY_HASH_BYTES]

    @property
    def verifier_key(self) -> str:
        """The key as one line."""
        encoded = base64.b64encode(_COSIGNATURE_TYPE + self.public_key).decode()
        return f"{self.name}+{self.key_hash.hex()}+{encoded}"


def cosigned_message(body: str, *, at_unix: int) -> bytes:
    """Spell what a witness signs: the text of the checkpoint and when it was seen."""
    return f"cosignature/v1\ntime {at_unix}\n{body}".encode()


def verify_cosignature(note: str, *, key: WitnessKey) -> datetime:
    """Judge the cosignature of a witness on a checkpoint and give the time at which it was seen.

    Raises:
        CheckpointInvalid: there is none by this witness, or it does not verify.
    """
    body, separator, signatures = note.partition("\n\n")
    for line in signatures.splitlines() if separator else ():
        seen = _seen_at(line, body + "\n", key=key)
        if seen is not None:
            return seen
    raise CheckpointInvalid(f"no cosignature by the witness {key.name} verifies on this checkpoint")


def witness_request(note: str, *, old_size: int, path: tuple[bytes, ...]) -> bytes:
    """Write the body of `add-checkpoint`: the size the witness saw last, the proof from there, the checkpoint."""
    proof = "".join(f"{base64.b64encode(one).decode()}\n" for one in path)
    return f"old {old_size}\n{proof}\n{note}".encode()


def with_cosignature(note: str, answer: bytes, *, key: WitnessKey) -> str:
    """Add the line a witness answered to a checkpoint; the newest one of a witness replaces the one before.

    Raises:
        CheckpointInvalid: the answer is no cosignature of this checkpoint by this witness.
    """
    body, _, signatures = note.partition("\n\n")
    try:
        lines = [line for line in answer.decode().splitlines() if line.startswith(f"{_PREFIX}{key.name} ")]
    except UnicodeDecodeError as error:
        raise CheckpointInvalid(f"the witness {key.name} answered no text") from error
    kept = [line for line in signatures.splitlines() if not line.startswith(f"{_PREFIX}{key.name} ")]
    whole = body + "\n\n" + "".join(f"{line}\n" for line in (*kept, *lines[:1]))
    verify_cosignature(whole, key=key)
    return whole


def _seen_at(line: str, body: str, *, key: WitnessKey) -> datetime | None:
    prefix = f"{_PREFIX}{key.name} "
    if not line.startswith(prefix):
        return None
    try:
        signed = base64.b64decode(line.removeprefix(prefix), validate=True)
    except binascii.Error:
        return None
    if len(signed) != _KEY_HASH_BYTES + _TIME_BYTES + _SIGNATURE_BYTES or not signed.startswith(key.key_hash):
        return None
    at_unix = int.from_bytes(signed[_KEY_HASH_BYTES : _KEY_HASH_BYTES + _TIME_BYTES], "big")
    try:
        message = cosigned_message(body, at_unix=at_unix)
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signed[_KEY_HASH_BYTES + _TIME_BYTES :], message)
        return datetime.fromtimestamp(at_unix, UTC)
    except (InvalidSignature, ValueError, OverflowError, OSError):
        return None
