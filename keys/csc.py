"""Remote signing by the API of the Cloud Signature Consortium, versions 1.0.4 and 2.0: the key is at the service.

The service gives its client a bearer token (OAuth 2.0, client credentials), and for each signature the owner's PIN buys
signature activation data (SAD) that is bound to the very hash: `credentials/authorize` names it, `signatures/signHash`
repeats it. The PIN is sent nowhere else, and never twice after it was refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
from collections.abc import Sequence
from typing import Any

from keys.credentials import Credential, KeyAlgorithm
from keys.csc_wire import CscWire, text_of, texts_of
from keys.errors import ActivationMissing, RemoteKeyRefused, WrongPin
from keys.pin import Pin
from keys.private import signature_der

_SHA256_OID = "2.16.840.1.101.3.4.2.1"
_SIGNATURE_OIDS = {
    KeyAlgorithm.RSA_SHA256: "1.2.840.113549.1.1.11",
    KeyAlgorithm.ECDSA_P256_SHA256: "1.2.840.10045.4.3.2",
}
# What services answer to a wrong PIN: 1.0.4 section 11.6 and 2.0 section 11.6 name `invalid_pin`; others in use besides.
_PIN_ERRORS = frozenset({"invalid_pin", "invalid_otp", "invalid_credential_authorization"})
_MAX_HASHES = 100


class CscKeys:
    """Every credential that one service holds for this office."""

    def __init__(self, wire: CscWire) -> None:
        self._wire = wire

    def open_key(self, credential_id: str, *, credential: Credential, pin: Pin) -> CscKey:
        """Keep the PIN for one activation; the service judges it when the first hash is to be signed."""
        return CscKey(self._wire, credential_id, credential=credential, pin=pin)

    def read_certificates(self, credential_id: str) -> tuple[bytes, ...]:
        """Read a credential's certificate and chain.

        Raises:
            RemoteKeyUnavailable: no answer.
            RemoteKeyRefused: no such credential, or it is disabled.
        """
        asked = {"credentialID": credential_id, "certificates": "chain", "certInfo": False, "authInfo": False}
        told = self._wire.call("credentials/info", asked)
        key, certificate = told.get("key"), told.get("cert")
        if not isinstance(key, dict) or key.get("status") != "enabled" or not isinstance(certificate, dict):
            raise RemoteKeyRefused("the remote credential is disabled or unknown; ask the signing service")
        try:
            chain = [base64.b64decode(text, validate=True) for text in texts_of(certificate, "certificates")]
        except binascii.Error as exc:
            raise RemoteKeyRefused("the signing service sent certificates that cannot be read") from exc
        if not chain:
            raise RemoteKeyRefused("the signing service sent no certificate of the remote credential")
        return tuple(chain)


class CscKey:
    """A remote key, open until it is closed."""

    __slots__ = ("_credential", "_credential_id", "_lock", "_pin", "_refused", "_wire")

    def __init__(self, wire: CscWire, credential_id: str, *, credential: Credential, pin: Pin) -> None:
        self._wire = wire
        self._credential_id = credential_id
        self._credential = credential
        self._pin: Pin | None = pin
        self._refused = False
        self._lock = threading.Lock()

    @property
    def credential(self) -> Credential:
        """The public side of the key."""
        return self._credential

    def sign(self, to_be_signed: bytes) -> bytes:
        """Have one hash signed, with activation data for it alone.

        Raises:
            ActivationMissing: the key was closed.
            WrongPin: the service refused the PIN, now or before; it is not sent again.
            RemoteKeyUnavailable, RemoteKeyRefused: nothing was signed.
        """
        (signature,) = self.sign_all([to_be_signed])
        return signature

    def sign_all(self, to_be_signed: Sequence[bytes]) -> tuple[bytes, ...]:
        """Have several hashes signed with one authorisation that is bound to all of them in their order.

        Raises:
            As `sign`.
        """
        if not 1 <= len(to_be_signed) <= _MAX_HASHES:
            raise RemoteKeyRefused(f"from 1 to {_MAX_HASHES} hashes are signed at once")
        hashes = [base64.b64encode(hashlib.sha256(item).digest()).decode() for item in to_be_signed]
        with self._lock:
            sad = self._authorize(hashes)
        return self._sign_hashes(hashes, sad=sad)

    def close(self) -> None:
        """Forget the PIN; a closed key refuses to sign."""
        with self._lock:
            self._pin = None

    def __repr__(self) -> str:
        return f"CscKey({self._credential.key_id})"

    def _authorize(self, hashes: list[str]) -> str:
        if self._refused:
            raise WrongPin(self._credential.key_id)
        if self._pin is None:
            raise ActivationMissing(f"key {self._credential.key_id} was closed; activate it again")
        asked: dict[str, Any] = {"credentialID": self._credential_id, "numSignatures": len(hashes)}
        secret = self._pin.reveal().decode()
        if self._wire.version == 1:
            asked |= {"hash": hashes, "PIN": secret}
        else:
            asked |= {"hashes": hashes, "hashAlgorithmOID": _SHA256_OID, "authData": [{"id": "PIN", "value": secret}]}
        try:
            return text_of(self._wire.call("credentials/authorize", asked), "SAD")
        except RemoteKeyRefused as exc:
            if exc.error not in _PIN_ERRORS:
                raise
            self._refused = True
        # Outside of the handler: the frames of the refusal hold the request.
        raise WrongPin(self._credential.key_id)

    def _sign_hashes(self, hashes: list[str], *, sad: str) -> tuple[bytes, ...]:
        algorithm = self._credential.algorithm
        asked: dict[str, Any] = {
            "credentialID": self._credential_id,
            "SAD": sad,
            "signAlgo": _SIGNATURE_OIDS[algorithm],
        }
        if self._wire.version == 1:
            asked |= {"hash": hashes, "hashAlgo": _SHA256_OID}
        else:
            asked |= {"hashes": hashes, "hashAlgorithmOID": _SHA256_OID, "operationMode": "S"}
        told = self._wire.call("signatures/signHash", asked)
        try:
            signatures = [base64.b64decode(text, validate=True) for text in texts_of(told, "signatures")]
        except binascii.Error as exc:
            raise RemoteKeyRefused("the signing service sent signatures that cannot be read") from exc
        if len(signatures) != len(hashes):
            raise RemoteKeyRefused("the signing service sent another number of signatures than was asked")
        return tuple(signature_der(signature, algorithm=algorithm) for signature in signatures)
