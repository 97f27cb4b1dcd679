"""Keys on PKCS#11 tokens and modules: hash here or there, sign there, answer as every key store does."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, Mechanism, ObjectClass
from pkcs11 import exceptions as faults

from keys.credentials import Credential, KeyAlgorithm, find_extension, is_ca, load_certificate
from keys.errors import ActivationMissing, CertificateUnusable, TokenFailed
from keys.pin import Pin
from keys.pkcs11_token import Token, TokenModule, find_object
from keys.pkcs11_uri import Pkcs11Uri

# DigestInfo of SHA-256 without its digest (RFC 8017, 9.2), for modules that sign hashes only.
_SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class Pkcs11Keys:
    """Every key that one module can reach."""

    def __init__(self, module: Path) -> None:
        """Load the module at the first use, so that an office starts without its reader.

        Raises:
            TokenFailed: at the first use, when it cannot be loaded.
        """
        self._path = module
        self._module: TokenModule | None = None
        self._tokens: dict[tuple[str | None, str | None, str | None, str | None], Token] = {}
        self._lock = threading.Lock()

    def open_key(self, uri: Pkcs11Uri, *, credential: Credential, pin: Pin) -> Pkcs11Key:
        """Log in with the PIN and find the key; the caller closes it.

        Raises:
            WrongPin: tried once.
            TokenError: missing, locked, no such key, or a fault.
        """
        token = self._token(uri)
        token.enter(pin, key_id=credential.key_id)
        key = Pkcs11Key(token, uri, credential=credential)
        try:
            key.check()
        except BaseException:
            key.close()
            raise
        return key

    def read_certificates(self, uri: Pkcs11Uri) -> tuple[bytes, ...]:
        """Read the certificate beside a key, and every other certificate of the token, without a PIN.

        Raises:
            TokenKeyMissing: the key has no certificate on the token.
        """
        module = self._load()
        token = module.find(uri)
        try:
            with module.lock:
                session = token.open()
                try:
                    own = bytes(find_object(session, ObjectClass.CERTIFICATE, uri)[Attribute.VALUE])
                    others = [bytes(each[Attribute.VALUE]) for each in _certificates(session)]
                finally:
                    session.close()
        except faults.PKCS11Error as exc:
            raise TokenFailed(f"the token answered {type(exc).__name__} when its certificates were read") from exc
        return (own, *(other for other in others if other != own))

    def find_signing_keys(self) -> tuple[Pkcs11Uri, ...]:
        """Name every key on the plugged-in tokens whose certificate is for signing documents; no PIN is needed.

        Raises:
            TokenFailed: the driver cannot say.
        """
        module = self._load()
        found = []
        for token in module.tokens():
            try:
                with module.lock:
                    session = token.open()
                    try:
                        named = [
                            (bytes(each[Attribute.ID]), bytes(each[Attribute.VALUE])) for each in _certificates(session)
                        ]
                    finally:
                        session.close()
            except faults.PKCS11Error:
                # A token that cannot be read without a PIN, or was pulled out this moment, offers nothing.
                continue
            found += [Pkcs11Uri(token=token.label, object_id=key_id) for key_id, der in named if _signs(der)]
        return tuple(found)

    def _token(self, uri: Pkcs11Uri) -> Token:
        name = (uri.token, uri.serial, uri.manufacturer, uri.model)
        module = self._load()
        with self._lock:
            if name not in self._tokens:
                self._tokens[name] = Token(module, uri)
            return self._tokens[name]

    def _load(self) -> TokenModule:
        with self._lock:
            if self._module is None:
                self._module = TokenModule(self._path)
            return self._module


class Pkcs11Key:
    """A key on a token, open until it is closed; safe for several threads."""

    __slots__ = ("_credential", "_lock", "_token", "_uri")

    def __init__(self, token: Token, uri: Pkcs11Uri, *, credential: Credential) -> None:
        self._token: Token | None = token
        self._uri = uri
        self._credential = credential
        self._lock = threading.Lock()

    @property
    def credential(self) -> Credential:
        """The public side of the key."""
        return self._credential

    def check(self) -> None:
        """Look whether the token holds the key.

        Raises:
            TokenKeyMissing: it does not.
        """
        self._held().use(
            lambda session, _pin: find_object(session, ObjectClass.PRIVATE_KEY, self._uri),
            key_id=self._credential.key_id,
        )

    def sign(self, to_be_signed: bytes) -> bytes:
        """Hash and sign by the credential's algorithm.

        Raises:
            ActivationMissing: the key was closed.
            TokenMissing: the token was pulled out; nothing was signed.
            TokenFailed: any other fault of the token.
        """
        return self._held().use(
            lambda session, pin: self._sign_in(session, pin, to_be_signed), key_id=self._credential.key_id
        )

    def close(self) -> None:
        """Give the login back; a closed key refuses to sign."""
        with self._lock:
            token, self._token = self._token, None
        if token is not None:
            token.leave()

    def __repr__(self) -> str:
        return f"Pkcs11Key({self._credential.key_id})"

    def _held(self) -> Token:
        with self._lock:
            if self._token is None:
                raise ActivationMissing(f"key {self._credential.key_id} was closed; activate it again")
            return self._token

    def _sign_in(self, session: Any, pin: Pin, to_be_signed: bytes) -> bytes:
        key = find_object(session, ObjectClass.PRIVATE_KEY, self._uri)
        # Some cards want the PIN at every signature; the module says so in the key.
        again = pin.reveal().decode() if _always_authenticates(key) else None
        if self._credential.algorithm is KeyAlgorithm.RSA_SHA256:
            return _sign_rsa(key, to_be_signed, pin=again)
        # SoftHSM and many tokens lack CKM_ECDSA_SHA256, none lacks CKM_ECDSA (notes/signing.md, trap 19).
        raw = bytes(key.sign(hashlib.sha256(to_be_signed).digest(), mechanism=Mechanism.ECDSA, pin=again))
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def _certificates(session: Any) -> list[Any]:
    return list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))


def _signs(certificate_der: bytes) -> bool:
    try:
        certificate = load_certificate(certificate_der)
        usage = find_extension(certificate, x509.KeyUsage)
        return (
            usage is not None
            and not is_ca(certificate)
            and (usage.value.digital_signature or usage.value.content_commitment)
        )
    except CertificateUnusable:
        return False


def _sign_rsa(key: Any, to_be_signed: bytes, *, pin: str | None) -> bytes:
    try:
        return bytes(key.sign(to_be_signed, mechanism=Mechanism.SHA256_RSA_PKCS, pin=pin))
    except faults.MechanismInvalid:
        digest_info = _SHA256_DIGEST_INFO + hashlib.sha256(to_be_signed).digest()
        return bytes(key.sign(digest_info, mechanism=Mechanism.RSA_PKCS, pin=pin))


def _always_authenticates(key: Any) -> bool:
    try:
        return bool(key[pkcs11.Attribute.ALWAYS_AUTHENTICATE])
    except faults.PKCS11Error:
        return False
