"""A credential from certificates alone, for a key that never enters this house."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.credentials import Credential, is_ca, load_certificate, make_credential, order_chain
from keys.errors import CertificateUnusable


def read_certificates(content: bytes) -> tuple[bytes, ...]:
    """Read PEM certificates, or one DER certificate, as DER.

    Raises:
        CertificateUnusable: neither.
    """
    if b"-----BEGIN CERTIFICATE-----" not in content:
        load_certificate(content)
        return (content,)
    try:
        return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(content))
    except ValueError as exc:
        raise CertificateUnusable(f"the certificate file cannot be read: {exc}") from exc


def credential_of_certificates(
    key_id: str, certificates_der: Iterable[bytes], *, issuers_der: Iterable[bytes] = (), unattended: bool = False
) -> Credential:
    """Describe a key by certificates in any order; `issuers_der` are asked for what is missing above it.

    Raises:
        CertificateUnusable: no signer's certificate among them, more than one, or a key offices may not use.
    """
    given = [load_certificate(der) for der in certificates_der]
    leaves = [certificate for certificate in given if not is_ca(certificate)]
    if len(leaves) != 1:
        raise CertificateUnusable(f"{len(leaves)} signers' certificates were given; give exactly one, with its chain")
    (leaf,) = leaves
    others = [certificate for certificate in given if certificate is not leaf]
    chain_der = order_chain(leaf, [*others, *(load_certificate(der) for der in issuers_der)])
    return make_credential(
        key_id, certificate_der=leaf.public_bytes(Encoding.DER), chain_der=chain_der, unattended=unattended
    )
