"""The key store of an office: files, tokens and remote keys in one folder, behind the one protocol.

A key is either `<key_id>.p12` (keys.pkcs12) or `<key_id>.link`, one line that says where the key is: a `pkcs11:` URI,
`csc:` and the id of a credential at the remote signing service, or `agent:` for a token in its owner's own machine. Beside a link stands `<key_id>.pem` (certificate and
chain) and, when nobody must be present, `<key_id>.pass` with the PIN.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.credentials import Credential, make_credential
from keys.errors import (
    ActivationRequired,
    KeyExists,
    KeyFileUnusable,
    KeyInHand,
    RemoteKeyUnconfigured,
    TokenMissing,
    WrongPin,
)
from keys.files import locked_folder, read_private_file, write_new_file
from keys.keystore import OpenKey, check_key_id
from keys.mode import Mode, check_certificate_mode
from keys.passkeys import VerifiedPasskey
from keys.pem import credential_of_certificates
from keys.pin import Pin
from keys.pkcs11_keys import Pkcs11Keys
from keys.pkcs11_uri import read_pkcs11_uri
from keys.pkcs12 import Attendance, Pkcs12KeyStore

_LINK: Final = re.compile(r"(.+)\.link")
_CSC: Final = "csc:"
IN_HAND: Final = "agent:"
_MAX_LINK_BYTES: Final = 2048


class RemoteKeys(Protocol):
    """A remote signing service, as far as the store needs it."""

    def open_key(self, credential_id: str, *, credential: Credential, pin: Pin) -> OpenKey:
        """Make a credential ready to sign with the PIN its owner typed."""

    def read_certificates(self, credential_id: str) -> tuple[bytes, ...]:
        """Read a credential's certificate and chain."""


class OfficeKeyStore(Pkcs12KeyStore):
    """Every key of the office by its id; whoever signs does not know where a key lies."""

    def __init__(
        self, folder: Path, *, mode: Mode, pkcs11: Pkcs11Keys | None = None, remote: RemoteKeys | None = None
    ) -> None:
        """Open the folder; `pkcs11` and `remote` are what the settings name.

        Raises:
            KeyFileUnusable: other users may enter the folder.
        """
        super().__init__(folder, mode=mode)
        self._pkcs11 = pkcs11
        self._remote = remote
        self._refused: dict[str, bytes] = {}
        self._refusals = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where files and links lie."""
        return self._folder

    def key_ids(self) -> tuple[str, ...]:
        """List the keys of the store in the order of their ids."""
        links = (_LINK.fullmatch(path.name) for path in self._folder.iterdir() if not path.name.startswith("."))
        return tuple(sorted({*super().key_ids(), *(match[1] for match in links if match)}))

    def link(
        self,
        key_id: str,
        *,
        location: str,
        attendance: Attendance,
        pin: Pin | None = None,
        certificates_der: Iterable[bytes] = (),
        issuers_der: Iterable[bytes] = (),
    ) -> Credential:
        """Make a key on a token or at a remote service known under a free id; its certificate is read there.

        Of a token that is not plugged in here (`agent:`), and of one that hides its certificates, they are given.

        Raises:
            KeyInHand: a key in its owner's machine without its certificate, or one that is to sign unattended.
            KeyExists: the id is taken.
            TokenError, RemoteKeyError: the key or its certificate is not there.
            CertificateUnusable: a key of a kind offices may not use.
            DemoKeyInProduction: a specimen was offered in production.
        """
        check_key_id(key_id)
        unattended = attendance is Attendance.UNATTENDED
        if unattended and pin is None:
            raise ActivationRequired(f"key {key_id} can only be unattended when its PIN is given")
        if unattended and location == IN_HAND:
            raise KeyInHand(f"key {key_id} is in its owner's machine; only its owner can let it sign")
        credential = credential_of_certificates(
            key_id,
            tuple(certificates_der) or self._certificates_at(location),
            issuers_der=issuers_der,
            unattended=unattended,
        )
        chain = (credential.certificate_der, *credential.chain_der)
        for der in chain:
            check_certificate_mode(der, self._mode)
        with locked_folder(self._folder):
            if key_id in self.key_ids():
                raise KeyExists(f"key {key_id} exists already; keys are never overwritten, choose another id")
            for suffix in ("pem", "pass"):
                (self._folder / f"{key_id}.{suffix}").unlink(missing_ok=True)
            pem = b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in chain)
            write_new_file(self._folder / f"{key_id}.pem", pem)
            if unattended and pin is not None:
                write_new_file(self._folder / f"{key_id}.pass", pin.reveal())
            write_new_file(self._folder / f"{key_id}.link", location.encode())
        return credential

    def is_linked(self, key_id: str, *, location: str) -> bool:
        """Say whether a key is linked to this place."""
        return self._location(key_id) == location

    def is_in_hand(self, key_id: str) -> bool:
        """Say whether a key is on a token in its owner's own machine, where only its owner lets it sign."""
        return self.is_linked(key_id, location=IN_HAND)

    def is_guarded(self, key_id: str) -> bool:
        """Say whether a passkey of its owner opens a key; none opens one that lies elsewhere."""
        return self._location(key_id) is None and super().is_guarded(key_id)

    def credential(self, key_id: str) -> Credential:
        """Look up a key's public side, as `KeyStore` promises."""
        if self._location(key_id) is None:
            return super().credential(key_id)
        certificates = x509.load_pem_x509_certificates(read_private_file(self._folder / f"{key_id}.pem"))
        first, *chain = (certificate.public_bytes(Encoding.DER) for certificate in certificates)
        for der in (first, *chain):
            check_certificate_mode(der, self._mode)
        unattended = (self._folder / f"{key_id}.pass").exists()
        return make_credential(key_id, certificate_der=first, chain_der=tuple(chain), unattended=unattended)

    def open_key(self, key_id: str, pin: Pin) -> OpenKey:
        """Open a key with its PIN, as `KeyStore` promises.

        Raises:
            TokenError, RemoteKeyError: it lies elsewhere and cannot be reached.
            KeyInHand: it is in its owner's own machine.
        """
        location = self._location(key_id)
        if location is None:
            return super().open_key(key_id, pin)
        if location == IN_HAND:
            raise KeyInHand(f"key {key_id} is in its owner's machine; approve there with `vidimus token-agent`")
        credential = self.credential(key_id)
        if location.startswith(_CSC):
            return self._csc(key_id).open_key(location.removeprefix(_CSC), credential=credential, pin=pin)
        return self._tokens(key_id).open_key(read_pkcs11_uri(location), credential=credential, pin=pin)

    def open_unattended(self, key_id: str) -> OpenKey:
        """Open a key that needs no person, as `KeyStore` promises.

        A stored PIN that a token refused once is never offered again: a loop would lock the token.
        """
        if self._location(key_id) is None:
            return super().open_unattended(key_id)
        if not self.credential(key_id).unattended:
            raise ActivationRequired(f"key {key_id} belongs to a person; it signs only after an activation")
        stored = read_private_file(self._folder / f"{key_id}.pass")
        digest = hashlib.sha256(stored).digest()
        with self._refusals:
            if self._refused.get(key_id) == digest:
                raise KeyFileUnusable(
                    f"the stored PIN of key {key_id} was refused before; correct it before it is tried"
                )
        try:
            return self.open_key(key_id, Pin(stored.decode()))
        except (WrongPin, UnicodeDecodeError) as exc:
            with self._refusals:
                self._refused[key_id] = digest
            raise KeyFileUnusable(f"the stored PIN does not open key {key_id}; correct it before it is tried") from exc

    def open_by_passkey(self, key_id: str, proof: VerifiedPasskey) -> OpenKey:
        """Open a key whose owner approved by passkey, as `KeyStore` promises."""
        if self._location(key_id) is not None:
            raise ActivationRequired(f"key {key_id} lies on a token or at a service and opens by its PIN only")
        return super().open_by_passkey(key_id, proof)

    def _location(self, key_id: str) -> str | None:
        check_key_id(key_id)
        path = self._folder / f"{key_id}.link"
        if not path.exists():
            return None
        text = read_private_file(path)[:_MAX_LINK_BYTES].decode("utf-8", "replace").strip()
        if not text.startswith((_CSC, "pkcs11:")) and text != IN_HAND:
            raise KeyFileUnusable(f"the link of key {key_id} names neither a token nor a remote key; link it again")
        return text

    def _certificates_at(self, location: str) -> tuple[bytes, ...]:
        if location == IN_HAND:
            raise KeyInHand("a token in its owner's machine cannot be asked; give its certificate")
        if location.startswith(_CSC):
            return self._csc("").read_certificates(location.removeprefix(_CSC))
        return self._tokens("").read_certificates(read_pkcs11_uri(location))

    def _tokens(self, key_id: str) -> Pkcs11Keys:
        if self._pkcs11 is None:
            raise TokenMissing(f"key {key_id} lies on a token; set VIDIMUS_PKCS11_MODULE to its driver")
        return self._pkcs11

    def _csc(self, key_id: str) -> RemoteKeys:
        if self._remote is None:
            raise RemoteKeyUnconfigured(f"key {key_id} lies at a remote service; set VIDIMUS_CSC_URL")
        return self._remote
