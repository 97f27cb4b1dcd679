"""Enrol a software key: make it, ask for its certificate (PKCS #10), and join both when the certificate comes.

Until then the private key stands in `<key_id>.pending`, a PKCS#12 under the owner's PIN whose certificate only repeats
the request; the key store does not see it. Keys made in a device bring their certificate by other ways.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import pkcs12 as crypto_pkcs12

from keys.authority_names import Subject, make_name
from keys.credentials import KeyAlgorithm, load_certificate, order_chain
from keys.errors import CertificateUnusable, KeyExists, KeyFileUnusable, KeyNotFound, WrongPin
from keys.files import locked_folder, make_private_folder, read_private_file, write_new_file
from keys.keystore import check_key_id
from keys.mode import Mode
from keys.pin import Pin
from keys.pkcs12 import PKCS12_ROUNDS, write_pkcs12
from keys.private import PrivateKey, make_private_key, matches

# The certificate inside a pending file is a wrapper and nobody trusts it, so its window says nothing.
_PLACEHOLDER_DAYS = timedelta(days=1)


class EnrolmentDesk:
    """Requests in the key store's folder that still wait for their certificate."""

    def __init__(self, folder: Path, *, mode: Mode, rounds: int = PKCS12_ROUNDS) -> None:
        """Open the folder, making it when it is missing.

        Raises:
            KeyFileUnusable: other users may enter the folder.
        """
        make_private_folder(folder)
        self._folder = folder
        self._mode = mode
        self._rounds = rounds

    def pending(self) -> tuple[str, ...]:
        """List the keys that wait for a certificate."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.pending")))

    def request(self, key_id: str, *, subject: Subject, algorithm: KeyAlgorithm, pin: Pin, at: datetime) -> bytes:
        """Make a key under the PIN and give its certificate request as PEM.

        Raises:
            KeyExists: the id is taken, by a key or by another request.
            AuthorityRefused: the subject cannot be written.
        """
        check_key_id(key_id)
        name = make_name(subject, mode=self._mode)
        private_key = make_private_key(algorithm)
        placeholder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private_key.public_key())
            .serial_number(1)
            .not_valid_before(at)
            .not_valid_after(at + _PLACEHOLDER_DAYS)
            .sign(private_key, hashes.SHA256())
        )
        content = write_pkcs12(
            private_key,
            certificate_der=placeholder.public_bytes(Encoding.DER),
            chain_der=(),
            pin=pin,
            rounds=self._rounds,
        )
        with locked_folder(self._folder):
            if (self._folder / f"{key_id}.p12").exists():
                raise KeyExists(f"key {key_id} exists already; keys are never overwritten, choose another id")
            write_new_file(self._place(key_id), content)
        return _request_pem(private_key, name=name)

    def complete(
        self, key_id: str, *, certificates_der: Iterable[bytes], pin: Pin, issuers_der: Iterable[bytes] = ()
    ) -> bytes:
        """Join a pending key with its certificate and give both as PKCS#12, ready for the key store.

        `certificates_der` may come in any order; `issuers_der` are further certificates the chain may need.

        Raises:
            KeyNotFound: nothing was requested under this id.
            WrongPin: the PIN does not open the pending key.
            CertificateUnusable: none of the certificates certifies this key.
        """
        private_key = self._open(key_id, pin)
        certificates = [load_certificate(der) for der in certificates_der]
        leaf = next((certificate for certificate in certificates if matches(private_key, certificate)), None)
        if leaf is None:
            raise CertificateUnusable(
                f"no certificate in the file certifies the key requested as {key_id}; ask for the one of this request"
            )
        others = [*certificates, *(load_certificate(der) for der in issuers_der)]
        return write_pkcs12(
            private_key,
            certificate_der=leaf.public_bytes(Encoding.DER),
            chain_der=order_chain(leaf, others),
            pin=pin,
            rounds=self._rounds,
        )

    def forget(self, key_id: str) -> None:
        """Remove a request whose key stands in the key store, or will never be certified."""
        self._place(key_id).unlink(missing_ok=True)

    def _open(self, key_id: str, pin: Pin) -> PrivateKey:
        place = self._place(key_id)
        if not place.exists():
            raise KeyNotFound(f"no certificate was requested for a key {key_id}; begin with `vidimus key csr`")
        try:
            private_key = crypto_pkcs12.load_pkcs12(read_private_file(place), pin.reveal()).key
        except ValueError as exc:
            raise WrongPin(key_id) from exc
        if not isinstance(private_key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise KeyFileUnusable(f"the request of key {key_id} holds no usable key; request a certificate anew")
        return private_key

    def _place(self, key_id: str) -> Path:
        return self._folder / f"{check_key_id(key_id)}.pending"


def _request_pem(private_key: PrivateKey, *, name: x509.Name) -> bytes:
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    request = x509.CertificateSigningRequestBuilder().subject_name(name).add_extension(usage, critical=True)
    return request.sign(private_key, hashes.SHA256()).public_bytes(Encoding.PEM)
