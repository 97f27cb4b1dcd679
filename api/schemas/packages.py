"""The package of a dossier by copy: what stands under it, and what an applicant sends to sign or approve it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from api.schemas.wire import Asked, Moment, Sha256Hex, Told

_Certificate = Annotated[str, Field(max_length=16_384, description="DER, base64.")]


class PackageMarkTold(Told):
    """One mark: the office's SEAL, the applicant's own CERTIFICATE (a signature), or a PASSKEY (an approval, no signature)."""

    mark: str = Field(examples=["CERTIFICATE"])
    is_signature: bool
    signer_sha256: Sha256Hex = Field(description="Digest of the certificate, or of the passkey's id.")
    marked_at: Moment


class PackageMarkList(Told):
    """What stands under a package."""

    items: list[PackageMarkTold]


class PackageCertificate(Asked):
    """The applicant's own certificate; the private key stays where it is."""

    certificate: _Certificate
    chain: list[_Certificate] = Field(default_factory=list, max_length=5)


class PackageQuestionTold(Told):
    """What the applicant's key has to sign (RSA PKCS #1 v1.5 or ECDSA over SHA-256 of it)."""

    to_be_signed: str = Field(description="Base64.")
    signing_time: Moment
    expires_at: Moment


class PackageSignature(PackageCertificate):
    """The key's answer, with the moment that was told with the question."""

    signature: str = Field(max_length=4096, description="Base64.")
    signing_time: AwareDatetime
