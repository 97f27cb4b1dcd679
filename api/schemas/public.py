"""What anybody is told without an account: verdicts, code look-ups, shared papers, trust, readiness."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr

from api.schemas.verdicts import DifferenceTold, SignatureTold
from api.schemas.wire import Asked, Moment, Sentence, Sha256Hex, Told


class StatusTold(Told):
    """The three answers of the register."""

    # A model has a method `register` already.
    in_register: str = Field(alias="register", examples=["FINAL"])
    original: str = Field(examples=["CURRENT"])
    rendition: str = Field(examples=["NEWEST"])


class OneAnswerTold(Told):
    """One of the three answers: YES, PARTLY, NO or UNKNOWN, in words, and why."""

    answer: str = Field(examples=["YES"])
    text: Sentence
    why: Sentence


class AnswersTold(Told):
    """Three questions answered apart."""

    unchanged: OneAnswerTold
    by_whom: OneAnswerTold
    in_force: OneAnswerTold


class VerificationTold(Told):
    """The verdict on one file; one entry per signature field."""

    file: str
    sha256: Sha256Hex
    verdict: str = Field(examples=["VALID_WITH_WARNING"])
    sentence: Sentence
    answers: AnswersTold
    checked_at: str
    warnings: list[str] = Field(examples=[["SPECIMEN"]])
    reasons: list[str]
    status: StatusTold | None
    signatures: list[SignatureTold]
    differences: list[DifferenceTold]
    proof: dict[str, Any] | None = Field(
        default=None,
        description="Shows offline that the log holds the copy this file claims to be; see `GET /v1/copies/{code}`.",
    )


class CopyTold(Told):
    """What a code alone tells; a code nobody knows has the same fields."""

    code: str | None
    sentence: Sentence
    status: StatusTold | None
    agency: Sentence | None
    register_number: str | None
    certified_at: str | None
    pages: int | None
    doc_type: str | None
    checked_at: str
    specimen: bool
    proof: dict[str, Any] | None = Field(
        description="Shows offline that the log holds this code and its file: a `.proof`, as `vidimus audit verify` reads it."
    )


class ShareOpenAsked(Asked):
    """The secret of a link (what stands after `#`) and its passcode, in the body so that no log sees them."""

    token: SecretStr = Field(min_length=1, max_length=128, examples=["Q2hvIG3hu5l0IGzhuqduIHh1aSBy4bqlIGNob25n"])
    passcode: SecretStr | None = Field(default=None, max_length=64)


class SharedFieldTold(Told):
    """A field that was read on the paper; one that nobody compared with it says so."""

    name: str = Field(examples=["holder_name"])
    value: str = Field(repr=False)
    confidence: float
    verified: bool


class SharedTold(Told):
    """One counted look at a shared paper; page images are loaded with `X-Share-Ticket: <ticket>`."""

    title: Sentence
    purpose: str = Field(repr=False)
    recipient: str = Field(repr=False)
    expires_at: Moment
    views_used: int
    max_views: int
    pages: int
    answer: VerificationTold
    fields: list[SharedFieldTold] = Field(repr=False)
    may_download: bool = Field(description="Whether `GET /v1/shares/file` gives the signed file.")
    legal_basis: str = Field(description="The text by which a certified copy serves in place of its original.")
    ticket: str = Field(repr=False)


class ShareAnswerAsked(Asked):
    """What the reader of a link says of the paper; a refusal says why."""

    answer: str = Field(pattern="^(ACCEPTED|REFUSED)$", examples=["ACCEPTED"])
    reason: str = Field(default="", max_length=1000, repr=False)


class RootTold(Told):
    """A trust root with its fingerprint."""

    sha256: Sha256Hex
    subject: str
    not_after: Moment
    pem: str
    purposes: list[str] = Field(default_factory=list, description="What it vouches for.")


class CrlTold(Told):
    """A revocation list."""

    sha256: Sha256Hex
    issuer: str
    next_update: Moment | None
    href: str


class TrustListTold(Told):
    """A national trusted list that anchors were taken from."""

    territory: str
    operator: str
    sequence_number: int
    issued_at: Moment
    next_update: Moment
    services: int
    source: str
    sha256: str
    signer_sha256: str
    stale: bool = Field(description="Whether a newer one is due.")


class TrustTold(Told):
    """What verdicts of this service rest on."""

    roots: list[RootTold]
    crls: list[CrlTold]
    lists: list[TrustListTold]
    missing_purposes: list[str] = Field(description="What nobody vouches for: such signatures are never confirmed.")


class HealthTold(Told):
    """The process answers."""

    status: str = Field(examples=["ok"])


class ReadyCheck(Told):
    """One thing the service needs."""

    name: str = Field(examples=["trust"])
    ok: bool
    detail: str = Field(examples=["fresh"])


class ReadinessTold(Told):
    """Whether work may be sent here."""

    ready: bool
    checks: list[ReadyCheck]
