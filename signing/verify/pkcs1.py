"""Judge `adbe.x509.rsa_sha1`: a bare PKCS#1 signature in `/Contents` beside the certificates in `/Cert` (ISO 32000-1, 12.8.3.2).

ISO 32000-2 withdrew it. It is verified so that an old file gets an honest answer, and judged as what it is: SHA-1,
without signed attributes, so it never names its own certificate and never passes without a proof of its age.
"""

from __future__ import annotations

from asn1crypto import core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from signing.verify.algorithms import SignatureAlgorithm, SignedContent
from signing.verify.certificates import CERTIFICATE_ERRORS
from signing.verify.cms import ASN1_ERRORS, SignerVerdict
from signing.verify.errors import CmsUnreadable
from signing.verify.syntax import PdfObject

SUBFILTER = "adbe.x509.rsa_sha1"


def certificates_of(entry: PdfObject) -> tuple[bytes, ...]:
    """Give the certificates of a signature dictionary's `/Cert`: one string, or an array whose first one signed."""
    members = entry if isinstance(entry, list) else [entry]
    return tuple(bytes(member) for member in members if isinstance(member, bytes))


def verify_bare_signature(
    contents: bytes, *, content: SignedContent, certificates_der: tuple[bytes, ...]
) -> SignerVerdict:
    """Judge the mathematics of the signature with the first certificate.

    Raises:
        CmsUnreadable: `/Contents` holds no octet string, or the first certificate cannot be read.
    """
    try:
        signature = core.OctetString.load(contents).native
    except ASN1_ERRORS as exc:
        raise CmsUnreadable("CMS_UNREADABLE", "the bare signature is no octet string") from exc
    certificate_der = certificates_der[0] if certificates_der else None
    reasons = () if certificate_der else ("NO_SIGNING_CERTIFICATE_FOUND",)
    return SignerVerdict(
        # There is no digest to compare: the signature is over the document itself.
        digest_matches=True,
        signature_matches=certificate_der is not None and _verifies(signature, content, certificate_der),
        certificate_der=certificate_der,
        certificate_is_referenced=False,
        algorithm=SignatureAlgorithm("rsa", "sha1"),
        signing_time=None,
        signature_value=signature,
        timestamp_tokens=(),
        signature_policy_oid=None,
        reasons=reasons,
    )


def _verifies(signature: bytes, content: SignedContent, certificate_der: bytes) -> bool:
    try:
        key = x509.load_der_x509_certificate(certificate_der).public_key()
    except CERTIFICATE_ERRORS as exc:
        raise CmsUnreadable("CMS_UNREADABLE", "the certificate of the bare signature cannot be read") from exc
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    # Never to make anything: SHA-1 is what these files were signed with.
    algorithm = Prehashed(hashes.SHA1())  # noqa: S303
    try:
        key.verify(signature, content.digest("sha1"), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):
        return False
    return True
