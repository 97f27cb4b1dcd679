"""Read until when a signed file protects itself: by the certificate and the algorithms of its newest time-stamp."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from guard.wire import Payload
from signing.errors import NoSignatureToExtend, NotAPdf
from signing.fields import filled_fields
from signing.reading import open_revision
from signing.signers import read_signer
from signing.source import opened_store


@dataclass(frozen=True, slots=True)
class Protection:
    """What the newest time-stamp (or, without one, the newest signature) rests on.

    `algorithms` are words such as `SHA256`, `EC_256`, `RSA_2048`, sorted; each of them must hold.
    """

    ends_at: datetime
    algorithms: tuple[str, ...]
    stamped_at: datetime | None


def read_protection(pdf: Payload) -> Protection:
    """Read the protection of a file of our own.

    Raises:
        NoSignatureToExtend: the file is not signed.
        PdfUnusable: it cannot be read.
    """
    with opened_store(pdf) as store:
        filled = filled_fields(open_revision(store))
    if not filled:
        raise NoSignatureToExtend("the file holds no signature; nothing protects it")
    contents = filled[-1].contents
    signer = read_signer(contents)
    if signer.timestamp_tokens:
        contents = signer.timestamp_tokens[-1]
        signer = read_signer(contents)
    certificate = x509.load_der_x509_certificate(signer.certificate_der)
    words = {_key_word(certificate), *_digest_words(contents)}
    return Protection(certificate.not_valid_after_utc, tuple(sorted(words)), signer.gen_time)


def _key_word(certificate: x509.Certificate) -> str:
    public_key = certificate.public_key()
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"RSA_{public_key.key_size}"
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return f"EC_{public_key.key_size}"
    return type(public_key).__name__.removesuffix("PublicKey").upper().lstrip("_")


def _digest_words(contents: bytes) -> tuple[str, ...]:
    """The digest of the signature, and of the imprint when it is a time-stamp: either may grow weak."""
    try:
        signed_data = cms.ContentInfo.load(contents)["content"]
        (signer_info,) = signed_data["signer_infos"]
        found = [signer_info["digest_algorithm"]["algorithm"].native]
        if signed_data["encap_content_info"]["content_type"].native == "tst_info":
            tst_info = signed_data["encap_content_info"]["content"].parsed
            found.append(tst_info["message_imprint"]["hash_algorithm"]["algorithm"].native)
    except (ValueError, TypeError, KeyError) as exc:
        raise NotAPdf("the newest signature of the file cannot be read") from exc
    return tuple(str(word).upper().replace("-", "_") for word in found)
