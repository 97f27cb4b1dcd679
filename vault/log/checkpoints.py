"""Signed checkpoints of a tree as C2SP signed notes: origin, size and root, with an Ed25519 signature.

Formats: c2sp.org/signed-note and c2sp.org/tlog-checkpoint. A verifier needs the log's name and public key only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vault.errors import CheckpointInvalid
from vault.log.merkle import HASH_BYTES

_ED25519_NOTE_TYPE: Final = b"\x01"
_KEY_HASH_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
_SIGNATURE_PREFIX: Final = "\u2014 "
_MIN_BODY_LINES: Final = 3


class NoteSigner(Protocol):
    """The log's own key: a name (its origin), the raw Ed25519 public key, and a signature over the note's text."""

    @property
    def name(self) -> str:
        """The origin of the log, without blanks or plus signs."""
        ...

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign with Ed25519."""
        ...


@dataclass(frozen=True, slots=True)
class LogKey:
    """What a verifier knows of a log: its name and public key."""

    name: str
    public_key: bytes

    @property
    def key_hash(self) -> bytes:
        """The first four bytes of SHA-256(name || LF || 0x01 || key), which stand before each signature."""
        named = self.name.encode() + b"\n" + _ED25519_NOTE_TYPE + self.public_key
        return hashlib.sha256(named).digest()[:_KEY_HASH_BYTES]

    @property
    def verifier_key(self) -> str:
        """The key as one line, as other C2SP tools read it: name+hash+base64."""
        encoded = base64.b64encode(_ED25519_NOTE_TYPE + self.public_key).decode()
        return f"{self.name}+{self.key_hash.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree's size and root that the log has signed; `note` is the signed text."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...]
    note: str


def checkpoint_body(origin: str, *, size: int, root: bytes, extensions: tuple[str, ...] = ()) -> str:
    """Write the text that is signed."""
    return "".join(f"{line}\n" for line in (origin, str(size), base64.b64encode(root).decode(), *extensions))


def sign_note(body: str, *, signer: NoteSigner) -> str:
    """Sign the text of a checkpoint; Ed25519 is deterministic, so the same text gives the same note."""
    key = LogKey(signer.name, signer.public_key)
    signature = base64.b64encode(key.key_hash + signer.sign(body.encode())).decode()
    return f"{body}\n{_SIGNATURE_PREFIX}{signer.name} {signature}\n"


def verify_checkpoint(note: str, *, key: LogKey) -> Checkpoint:
    """Judge a signed checkpoint; signatures by other names (witnesses) are left aside.

    Raises:
        CheckpointInvalid: the text does not parse, is from another log, or no signature by `key` verifies.
    """
    body, separator, signatures = note.partition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise CheckpointInvalid("the text is no signed note; fetch the checkpoint again")
    body += "\n"
    if not any(_signature_verifies(line, body, key=key) for line in signatures.splitlines()):
        raise CheckpointInvalid(f"no signature by {key.name} verifies on this checkpoint; do not trust the log")
    checkpoint = _parse_body(body, note)
    if checkpoint.origin != key.name:
        raise CheckpointInvalid(f"the checkpoint is of {checkpoint.origin!r}, not of {key.name}")
    return checkpoint


def _parse_body(body: str, note: str) -> Checkpoint:
    lines = body.split("\n")[:-1]
    if len(lines) < _MIN_BODY_LINES or not all(lines):
        raise CheckpointInvalid("the checkpoint lacks its origin, size or root")
    origin, size, root_text = lines[:_MIN_BODY_LINES]
    if not (size.isascii() and size.isdigit()) or str(int(size)) != size:
        raise CheckpointInvalid("the size in the checkpoint is no plain decimal number")
    try:
        root = base64.b64decode(root_text, validate=True)
    except binascii.Error as error:
        raise CheckpointInvalid("the root in the checkpoint is no base64") from error
    if len(root) != HASH_BYTES:
        raise CheckpointInvalid("the root in the checkpoint is no SHA-256 hash")
    return Checkpoint(origin, int(size), root, tuple(lines[_MIN_BODY_LINES:]), note)


def _signature_verifies(line: str, body: str, *, key: LogKey) -> bool:
    prefix = f"{_SIGNATURE_PREFIX}{key.name} "
    if not line.startswith(prefix):
        return False
    try:
        signed = base64.b64decode(line.removeprefix(prefix), validate=True)
    except binascii.Error:
        return False
    if len(signed) != _KEY_HASH_BYTES + _SIGNATURE_BYTES or not signed.startswith(key.key_hash):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signed[_KEY_HASH_BYTES:], body.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
