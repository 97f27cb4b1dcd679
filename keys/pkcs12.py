"""Keys in PKCS#12 files (RFC 7292) of one folder: written with AES-256, opened with a PIN, held open by the caller.

Beside each `<key_id>.p12` stands `<key_id>.pem`, the certificate and its chain, so that the public side can be
read without the PIN. An unattended key also has its passphrase in `<key_id>.pass`; a person's key never has. A key that
its owner opens by passkey has its passphrase in `<key_id>.guarded`, and nothing reads that without a verified passkey.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization import pkcs12 as crypto_pkcs12

from keys.credentials import Credential, make_credential
from keys.errors import ActivationRequired, KeyExists, KeyFileUnusable, KeyNotFound, WrongPin
from keys.files import locked_folder, make_private_folder, read_private_file, write_new_file
from keys.keystore import OpenKey, check_key_id
from keys.mode import Mode, check_certificate_mode
from keys.passkeys import VerifiedPasskey
from keys.pin import Pin
from keys.pkcs12_read import open_for_import, open_pkcs12
from keys.private import HeldKey, PrivateKey

# OWASP's figure for PBKDF2-HMAC-SHA256. A PIN is short: the rounds are what a stolen file costs to guess.
PKCS12_ROUNDS = 600_000
_MAC_KEY_ID = 3
_SHA256_BLOCK = 64
_KEY_FILE = re.compile(r"(.+)\.p12")


class Attendance(StrEnum):
    """Who must be present when a key signs."""

    BY_PERSON = "BY_PERSON"
    BY_PASSKEY = "BY_PASSKEY"
    UNATTENDED = "UNATTENDED"


def write_pkcs12(
    private_key: PrivateKey,
    *,
    certificate_der: bytes,
    chain_der: tuple[bytes, ...],
    pin: Pin,
    rounds: int = PKCS12_ROUNDS,
) -> bytes:
    """Pack a key with its certificate and chain: AES-256-CBC, PBKDF2 and MAC with SHA-256."""
    protection = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(rounds)
        .key_cert_algorithm(crypto_pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(pin.reveal())
    )
    content = crypto_pkcs12.serialize_key_and_certificates(
        name=None,
        key=private_key,
        cert=x509.load_der_x509_certificate(certificate_der),
        cas=[x509.load_der_x509_certificate(der) for der in chain_der] or None,
        encryption_algorithm=protection,
    )
    return _strengthen_mac(content, pin=pin, rounds=rounds)


class Pkcs12KeyStore:
    """A folder of PKCS#12 files, closed to other users; see the module for its layout."""

    def __init__(self, folder: Path, *, mode: Mode) -> None:
        """Open the folder, making it when it is missing.

        Raises:
            KeyFileUnusable: other users may enter the folder.
        """
        make_private_folder(folder)
        self._folder = folder
        self._mode = mode
        self._credentials: dict[str, Credential] = {}
        self._lock = threading.Lock()

    def key_ids(self) -> tuple[str, ...]:
        """List the keys of the store in the order of their ids."""
        found = (_KEY_FILE.fullmatch(path.name) for path in self._folder.iterdir() if not path.name.startswith("."))
        return tuple(sorted(match[1] for match in found if match))

    def install(
        self,
        key_id: str,
        *,
        pkcs12: bytes,
        pin: Pin,
        attendance: Attendance,
        at: datetime | None = None,
        issuers_der: Iterable[bytes] = (),
    ) -> Credential:
        """Put a key into the store under a free id, after opening it once.

        With `at`, what people bring is judged: could it sign at that instant, with a whole chain (completed from
        `issuers_der`)?

        Raises:
            KeyExists: the id is taken.
            WrongPin: the PIN does not open the file.
            KeyImportRefused: one of the faults that its `code` tells; only with `at`.
            KeyFileUnusable: the file is damaged, holds no key, or its certificate belongs to another key.
            CertificateUnusable: a key of a kind offices may not use.
            DemoKeyInProduction: a specimen was offered in production.
        """
        check_key_id(key_id)
        if at is None:
            opened = open_pkcs12(pkcs12, key_id=key_id, pin=pin)
        else:
            opened = open_for_import(pkcs12, key_id=key_id, pin=pin, at=at, issuers_der=issuers_der)
        certificate_der, chain_der = opened.certificate_der, opened.chain_der
        credential = make_credential(
            key_id, certificate_der=certificate_der, chain_der=chain_der, unattended=attendance is Attendance.UNATTENDED
        )
        for der in (certificate_der, *chain_der):
            check_certificate_mode(der, self._mode)
        with locked_folder(self._folder):
            if any((self._folder / f"{key_id}.{suffix}").exists() for suffix in ("p12", "link")):
                raise KeyExists(f"key {key_id} exists already; keys are never overwritten, choose another id")
            # Leftovers of an install that was cut short; the .p12 comes last, so they were no key yet.
            for suffix in ("pem", "pass", "guarded"):
                (self._folder / f"{key_id}.{suffix}").unlink(missing_ok=True)
            write_new_file(self._folder / f"{key_id}.pem", _pem(certificate_der, *chain_der))
            if attendance is Attendance.UNATTENDED:
                write_new_file(self._folder / f"{key_id}.pass", pin.reveal())
            if attendance is Attendance.BY_PASSKEY:
                write_new_file(self._folder / f"{key_id}.guarded", pin.reveal())
            write_new_file(self._folder / f"{key_id}.p12", pkcs12)
        return credential

    def credential(self, key_id: str) -> Credential:
        """Look up a key's public side.

        Raises:
            KeyNotFound: no such key.
            KeyFileUnusable: its certificate file is damaged.
            DemoKeyInProduction: a specimen lies in a production store.
        """
        with self._lock:
            if key_id not in self._credentials:
                self._credentials[key_id] = self._read_credential(key_id)
            return self._credentials[key_id]

    def open_key(self, key_id: str, pin: Pin) -> OpenKey:
        """Open a key with its PIN; the caller closes it.

        Raises:
            KeyNotFound: no such key.
            WrongPin: the PIN does not open it.
            KeyFileUnusable: the file is damaged or belongs to another certificate.
        """
        credential = self.credential(key_id)
        content = read_private_file(self._folder / f"{key_id}.p12")
        opened = open_pkcs12(content, key_id=key_id, pin=pin)
        if opened.certificate_der != credential.certificate_der:
            raise KeyFileUnusable(f"key {key_id} and its certificate file disagree; install the key again")
        return HeldKey(opened.private_key, credential=credential)

    def open_unattended(self, key_id: str) -> OpenKey:
        """Open a key that needs no person with its stored passphrase.

        Raises:
            KeyNotFound: no such key.
            ActivationRequired: the key belongs to a person.
            KeyFileUnusable: the file is damaged, or the passphrase does not open it.
        """
        if not self.credential(key_id).unattended:
            raise ActivationRequired(f"key {key_id} belongs to a person; it signs only after an activation")
        return self._open_with_stored(key_id, suffix="pass")

    def open_by_passkey(self, key_id: str, proof: VerifiedPasskey) -> OpenKey:
        """Open a key that is guarded by a passkey, for the proof that its owner approved.

        Raises:
            KeyNotFound: no such key.
            ActivationRequired: no passkey guards the key, or there is no proof.
            KeyFileUnusable: the file is damaged, or the passphrase does not open it.
        """
        self.credential(key_id)
        # The proof is looked at by the desk that made this call; here it only has to exist.
        if not proof.challenge or not (self._folder / f"{key_id}.guarded").exists():
            raise ActivationRequired(f"key {key_id} is not guarded by a passkey; it opens with its PIN")
        return self._open_with_stored(key_id, suffix="guarded")

    def is_guarded(self, key_id: str) -> bool:
        """Say whether a passkey of its owner opens a key.

        Raises:
            KeyNotFound: no key can have this id.
        """
        return (self._folder / f"{check_key_id(key_id)}.guarded").exists()

    def _open_with_stored(self, key_id: str, *, suffix: str) -> OpenKey:
        try:
            passphrase = read_private_file(self._folder / f"{key_id}.{suffix}").decode()
            return self.open_key(key_id, Pin(passphrase))
        except (WrongPin, UnicodeDecodeError) as exc:
            raise KeyFileUnusable(f"the stored passphrase does not open key {key_id}; install the key again") from exc

    def _read_credential(self, key_id: str) -> Credential:
        check_key_id(key_id)
        if not (self._folder / f"{key_id}.p12").is_file():
            raise KeyNotFound(f"the key store holds no key {key_id}; `vidimus key list` shows what it holds")
        try:
            certificates = x509.load_pem_x509_certificates(read_private_file(self._folder / f"{key_id}.pem"))
        except ValueError as exc:
            raise KeyFileUnusable(f"the certificate file of key {key_id} is damaged: {exc}") from exc
        chain_der = tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)
        for der in chain_der:
            check_certificate_mode(der, self._mode)
        unattended = (self._folder / f"{key_id}.pass").exists()
        return make_credential(key_id, certificate_der=chain_der[0], chain_der=chain_der[1:], unattended=unattended)


def _strengthen_mac(content: bytes, *, pin: Pin, rounds: int) -> bytes:
    """Write the MAC anew with as many rounds as the encryption has.

    cryptography leaves it at 2048: whoever steals the file would guess the PIN against the MAC, three hundred times
    faster than against the key.
    """
    pfx = asn1_pkcs12.Pfx.load(content, strict=True)
    authenticated, salt = pfx["auth_safe"]["content"].native, pfx["mac_data"]["mac_salt"].native
    mac = hmac.digest(_mac_key(pin, salt=salt, rounds=rounds), authenticated, "sha256")
    pfx["mac_data"] = {
        "mac": {"digest_algorithm": {"algorithm": "sha256"}, "digest": mac},
        "mac_salt": salt,
        "iterations": rounds,
    }
    return bytes(pfx.dump())


def _mac_key(pin: Pin, *, salt: bytes, rounds: int) -> bytes:
    """Derive the MAC key (RFC 7292, B.2 with ID 3), which for SHA-256 is one block."""
    secret = pin.reveal().decode().encode("utf-16-be") + b"\x00\x00"
    block = bytes([_MAC_KEY_ID]) * _SHA256_BLOCK + _fill(salt) + _fill(secret)
    for _ in range(rounds):
        block = hashlib.sha256(block).digest()
    return block


def _fill(text: bytes) -> bytes:
    """Repeat a text until it fills whole blocks of the hash."""
    length = -(-len(text) // _SHA256_BLOCK) * _SHA256_BLOCK
    return (text * (length // len(text) + 1))[:length]


def _pem(*certificates_der: bytes) -> bytes:
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in certificates_der)
