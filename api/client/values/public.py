"""What anybody is told: verdicts, codes, shared papers, trust, problems.

Written by `python -m docs.generate` from the description of the API; changes by hand are lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Three questions answered apart."""

    unchanged: OneAnswer
    by_whom: OneAnswer
    in_force: OneAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What a code alone tells; a code nobody knows has the same fields."""

    code: str | None = None
    sentence: Sentence
    status: Status | None = None
    agency: Sentence | None = None
    register_number: str | None = None
    certified_at: str | None = None
    pages: int | None = None
    doc_type: str | None = None
    checked_at: str
    specimen: bool
    proof: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl:
    """A revocation list."""

    sha256: str
    issuer: str
    next_update: datetime | None = None
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A page that looks different after a revision: where (left, bottom, right, top in points), and whether it may."""

    revision: int
    page_number: int
    boxes: tuple[tuple[float, ...], ...]
    outside: tuple[tuple[float, ...], ...]
    covers_ink: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The process answers."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSignIn:
    """What a command line keeps (`secret`), and what it shows to a person (`code`, to be typed at `page`)."""

    secret: str
    code: str
    page: str
    ends_at: datetime
    interval_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAnswer:
    """One of the three answers: YES, PARTLY, NO or UNKNOWN, in words, and why."""

    answer: str
    text: Sentence
    why: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong (RFC 9457); `type` and `code` are stable, `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    reason: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether work may be sent here."""

    ready: bool
    checks: tuple[ReadyCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCheck:
    """One thing the service needs."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A trust root with its fingerprint."""

    sha256: str
    subject: str
    not_after: datetime
    pem: str
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence in three languages."""

    vi: str
    en: str
    fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An open session: its door, who it is, and the secret that changes must carry in `X-CSRF-Token`."""

    door: str
    login: str
    subject_id: str
    agency_code: str | None = None
    roles: tuple[str, ...]
    csrf_token: str
    ends_at: datetime
    method: str
    assurance: str | None = None
    fresh_until: datetime
    reach: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedField:
    """A field that was read on the paper; one that nobody compared with it says so."""

    name: str
    value: str
    confidence: float
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One counted look at a shared paper; page images are loaded with `X-Share-Ticket: <ticket>`."""

    title: Sentence
    purpose: str
    recipient: str
    expires_at: datetime
    views_used: int
    max_views: int
    pages: int
    answer: Verification
    fields: tuple[SharedField, ...]
    may_download: bool
    legal_basis: str
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The judgement on one signature field (ETSI EN 319 102-1)."""

    field: str
    kind: str
    subfilter: str
    indication: str
    sub_indication: str | None = None
    level: str
    cryptographically_valid: bool
    coverage: str
    modified_after: str
    technically_valid: bool
    trusted: bool
    signer: Signer | None = None
    signed_at: datetime | None = None
    time_source: str
    timestamps: tuple[Timestamp, ...]
    signature_policy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed, in the words of the certificate."""

    common_name: str
    organisation: str
    issuer: str
    serial_hex: str
    not_before: datetime | None = None
    not_after: datetime | None = None
    certificate_sha256_hex: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The three answers of the register."""

    register: str
    original: str
    rendition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """One time-stamp that protects a signature."""

    kind: str
    valid: bool
    trusted: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """A national trusted list that anchors were taken from."""

    territory: str
    operator: str
    sequence_number: int
    issued_at: datetime
    next_update: datetime
    services: int
    source: str
    sha256: str
    signer_sha256: str
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What verdicts of this service rest on."""

    roots: tuple[Root, ...]
    crls: tuple[Crl, ...]
    lists: tuple[TrustList, ...]
    missing_purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The verdict on one file; one entry per signature field."""

    file: str
    sha256: str
    verdict: str
    sentence: Sentence
    answers: Answers
    checked_at: str
    warnings: tuple[str, ...]
    reasons: tuple[str, ...]
    status: Status | None = None
    signatures: tuple[Signature, ...]
    differences: tuple[Difference, ...]
    proof: Mapping[str, Any] | None = None
