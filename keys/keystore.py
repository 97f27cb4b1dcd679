"""The protocol every key store keeps: look at a credential freely, open a key only with its PIN."""

from __future__ import annotations

import re
from typing import Protocol

from keys.credentials import Credential
from keys.errors import KeyNotFound
from keys.passkeys import VerifiedPasskey
from keys.pin import Pin

_KEY_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class OpenKey(Protocol):
    """A private key that was opened and can sign until it is closed."""

    @property
    def credential(self) -> Credential:
        """The public side of the key."""

    def sign(self, to_be_signed: bytes) -> bytes:
        """Hash with SHA-256 and sign, by `credential.algorithm`.

        ECDSA signatures are the DER sequence of r and s; RSA is PKCS #1 v1.5.
        """

    def close(self) -> None:
        """Forget the private key; a closed key refuses to sign. Closing twice is harmless."""


class KeyStore(Protocol):
    """Where keys live: files, a token, a remote service."""

    def credential(self, key_id: str) -> Credential:
        """Look up a key's public side.

        Raises:
            KeyNotFound: no such key.
        """

    def open_key(self, key_id: str, pin: Pin) -> OpenKey:
        """Open a key for one activation.

        Raises:
            KeyNotFound: no such key.
            WrongPin: the PIN does not open it.
        """

    def open_by_passkey(self, key_id: str, proof: VerifiedPasskey) -> OpenKey:
        """Open a key whose owner approved by passkey, for one activation.

        Raises:
            KeyNotFound: no such key.
            ActivationRequired: the key is not guarded by a passkey; it opens with its PIN.
        """

    def open_unattended(self, key_id: str) -> OpenKey:
        """Open a key that needs no person.

        Raises:
            KeyNotFound: no such key.
            ActivationRequired: the key belongs to a person.
        """


def check_key_id(key_id: str) -> str:
    """Refuse a key id that could name anything but a key of the store (a path, an option, a hidden file).

    Raises:
        KeyNotFound: no key can have this id.
    """
    if not _KEY_ID.fullmatch(key_id) or ".." in key_id:
        raise KeyNotFound("no key can have this id; ids are a-z, 0-9, '.', '_' and '-', at most 64")
    return key_id
