"""Read PKCS#12 files (RFC 7292), and tell exactly why one cannot become a key of the office."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import pkcs12 as crypto_pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.credentials import MIN_RSA_BITS, find_extension, is_ca, is_self_signed, load_certificate, order_chain
from keys.errors import ImportFault, ImportPasswordWrong, KeyFileUnusable, KeyImportRefused, WrongPin
from keys.pin import Pin
from keys.private import PrivateKey, matches

_MAX_FILE_BYTES: Final = 1_000_000
# RFC 7292, appendix C, and PKCS #5 v1: RC2, RC4 and triple DES.
_LEGACY_PREFIXES: Final = ("1.2.840.113549.1.12.1.", "1.2.840.113549.1.5.")
_PBES2: Final = "1.2.840.113549.1.5.13"
_MODERN_CIPHERS: Final = frozenset({"aes128_cbc", "aes192_cbc", "aes256_cbc"})
# Certificates that are only for these sign no documents.
_OTHER_TRADES: Final = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
    }
)


@dataclass(frozen=True, slots=True)
class OpenedPkcs12:
    """What a PKCS#12 file holds; the chain is in order, as far as the file has it."""

    private_key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain_der: tuple[bytes, ...]

    @property
    def certificate_der(self) -> bytes:
        """The signer's certificate."""
        return self.certificate.public_bytes(Encoding.DER)


def open_pkcs12(content: bytes, *, key_id: str, pin: Pin) -> OpenedPkcs12:
    """Open a file of the store with its PIN.

    Raises:
        WrongPin: the PIN does not open it; an altered file answers alike.
        KeyFileUnusable: damaged, no RSA or EC key, or the certificate of another key.
    """
    check_pfx_shape(content, key_id=key_id)
    try:
        bag = crypto_pkcs12.load_pkcs12(content, pin.reveal())
    except (ValueError, UnsupportedAlgorithm) as exc:
        # OpenSSL answers a wrong PIN and an altered file alike, and so do we.
        raise WrongPin(key_id) from exc
    if not isinstance(bag.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or bag.cert is None:
        raise KeyFileUnusable(f"the file of key {key_id} holds no RSA or EC key with a certificate; export it again")
    certificate = bag.cert.certificate
    if not matches(bag.key, certificate):
        raise KeyFileUnusable(f"the certificate in the file of key {key_id} belongs to another key; export it again")
    chain_der = order_chain(certificate, [other.certificate for other in bag.additional_certs])
    return OpenedPkcs12(bag.key, certificate, chain_der)


def open_for_import(
    content: bytes, *, key_id: str, pin: Pin, at: datetime, issuers_der: Iterable[bytes] = ()
) -> OpenedPkcs12:
    """Open a file somebody brings, and refuse one that could not sign today; `issuers_der` complete its chain.

    Raises:
        KeyImportRefused: its `code` tells which of the faults VID-KEY-002 to VID-KEY-008.
        ImportPasswordWrong: VID-KEY-001.
        KeyFileUnusable: damaged, or the certificate of another key.
    """
    check_pfx_shape(content, key_id=key_id)
    # (1) ciphers that were broken long ago are not opened, let alone kept
    if not all(_is_modern(algorithm) for algorithm in _ciphers(content, key_id=key_id)):
        raise KeyImportRefused(ImportFault.LEGACY_CIPHER, key_id)
    # (2) the password
    try:
        bag = crypto_pkcs12.load_pkcs12(content, pin.reveal())
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ImportPasswordWrong(key_id) from exc
    # (3) a private key
    if bag.key is None:
        raise KeyImportRefused(ImportFault.NO_PRIVATE_KEY, key_id)
    # (4) long enough
    if isinstance(bag.key, rsa.RSAPrivateKey) and bag.key.key_size < MIN_RSA_BITS:
        raise KeyImportRefused(ImportFault.KEY_TOO_SHORT, key_id)
    if isinstance(bag.key, ec.EllipticCurvePrivateKey) and bag.key.curve.key_size < ec.SECP256R1.key_size:
        raise KeyImportRefused(ImportFault.KEY_TOO_SHORT, key_id)
    opened = open_pkcs12(content, key_id=key_id, pin=pin)
    _check_certificate(opened.certificate, key_id=key_id, at=at)
    return _with_whole_chain(opened, key_id=key_id, issuers_der=issuers_der)


def check_pfx_shape(content: bytes, *, key_id: str) -> None:
    """Tell a damaged file from a wrong PIN, as far as its outer shape tells.

    Raises:
        KeyFileUnusable: no PKCS#12 of one key.
    """
    if len(content) > _MAX_FILE_BYTES:
        raise KeyFileUnusable(f"the file of key {key_id} is larger than any PKCS#12 of one key")
    try:
        version = asn1_pkcs12.Pfx.load(content, strict=True)["version"].native
    except (ValueError, TypeError) as exc:
        raise KeyFileUnusable(f"the file of key {key_id} is no PKCS#12; export it again") from exc
    if version != "v3":
        raise KeyFileUnusable(f"the file of key {key_id} is no PKCS#12 of version 3; export it again")


def _check_certificate(certificate: x509.Certificate, *, key_id: str, at: datetime) -> None:
    # (5) usage
    usage = find_extension(certificate, x509.KeyUsage)
    trades = find_extension(certificate, x509.ExtendedKeyUsage)
    signs = usage is not None and (usage.value.digital_signature or usage.value.content_commitment)
    only_other_trades = trades is not None and set(trades.value) <= _OTHER_TRADES
    if not signs or only_other_trades or is_ca(certificate):
        raise KeyImportRefused(ImportFault.WRONG_USAGE, key_id)
    # (6) the window
    if at > certificate.not_valid_after_utc:
        raise KeyImportRefused(ImportFault.EXPIRED, key_id)
    if at < certificate.not_valid_before_utc:
        raise KeyImportRefused(ImportFault.NOT_YET_VALID, key_id)


def _with_whole_chain(opened: OpenedPkcs12, *, key_id: str, issuers_der: Iterable[bytes]) -> OpenedPkcs12:
    """Complete the chain from what the office knows; a signature without its chain cannot be judged elsewhere."""
    candidates = [load_certificate(der) for der in (*opened.chain_der, *issuers_der)]
    chain_der = order_chain(opened.certificate, candidates)
    top = load_certificate(chain_der[-1]) if chain_der else opened.certificate
    if not is_self_signed(top):
        raise KeyImportRefused(ImportFault.CHAIN_MISSING, key_id)
    return OpenedPkcs12(opened.private_key, opened.certificate, chain_der)


def _is_modern(algorithm: Any) -> bool:
    oid = algorithm["algorithm"].dotted
    if oid != _PBES2:
        return not oid.startswith(_LEGACY_PREFIXES)
    return algorithm["parameters"]["encryption_scheme"]["algorithm"].native in _MODERN_CIPHERS


def _ciphers(content: bytes, *, key_id: str) -> Iterator[Any]:
    """Give the algorithms that protect certificates and keys, which stand outside of what they protect."""
    try:
        for info in asn1_pkcs12.Pfx.load(content, strict=True).authenticated_safe:
            kind = info["content_type"].native
            if kind == "encrypted_data":
                yield info["content"]["encrypted_content_info"]["content_encryption_algorithm"]
            elif kind == "data":
                for bag in asn1_pkcs12.SafeContents.load(info["content"].native):
                    if bag["bag_id"].native == "pkcs8_shrouded_key_bag":
                        yield bag["bag_value"]["encryption_algorithm"]
    except (ValueError, TypeError, KeyError) as exc:
        raise KeyFileUnusable(f"the file of key {key_id} is damaged; export it again") from exc
