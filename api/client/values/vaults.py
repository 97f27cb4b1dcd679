"""What holders and recipients are told: papers, history, shares, consents, dossiers.

Written by `python -m docs.generate` from the description of the API; changes by hand are lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.client.values.public import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A paper taken in by hand, why, and what the vault says of it: PENDING, SAME or DIFFERENT."""

    requirement_id: str
    why: str
    could_reuse: bool
    sha256: str
    at: datetime
    reconciled: str
    reconciled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The answer on which a requirement hangs."""

    question_id: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentList:
    """The holder's consents."""

    items: tuple[Consent, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the holder agreed to."""

    consent_id: str
    purpose: str
    recipient_agency: str
    record_ids: tuple[str, ...]
    given_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None = None
    receipt_sha256: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierStatus:
    """A code that somebody brought, with the reason that the other side reads."""

    status: int
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased."""

    record_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What an erasure would take, and what must be kept."""

    erasable: tuple[Record, ...]
    kept: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One kind of paper that meets a requirement."""

    doc_type: str
    min_assurance: int
    max_age_days: int | None = None
    must_be_valid: bool
    issuers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The machine-readable twin of a paper, with what identifies its original."""

    doc_type: str | None = None
    fields: tuple[TwinField, ...]
    original_number: str | None = None
    original_serial: str | None = None
    external_codes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryList:
    """A page of the history."""

    items: tuple[History, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Who did what in the vault, when, why and with what outcome."""

    event_id: str
    at: datetime
    action: str
    actor_kind: str
    actor: str
    agency_code: str | None = None
    reason: str
    record_id: str | None = None
    case_id: str | None = None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A procedure matched with the vault."""

    procedure: Procedure
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShare:
    """A link that was just made; the secret after `#` is told here and never again."""

    share_id: str
    record_id: str
    purpose: str
    recipient: str
    has_passcode: bool
    max_views: int
    views_used: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    download: bool
    recipient_agency: str | None = None
    answer: ShareAnswer | None = None
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the vault has for one requirement, with reasons."""

    requirement_id: str
    kind: str
    candidates: tuple[str, ...]
    rejected: tuple[Reason, ...]
    doubts: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureList:
    """The procedures in force today."""

    items: tuple[Procedure, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureQuestion:
    """What a procedure asks before it is known which papers it needs."""

    question_id: str
    title: Sentence
    answers: Mapping[str, Sentence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A procedure in force."""

    procedure_id: str
    version: int
    domain: str
    title: Sentence
    purpose: Sentence
    recipient_agency: str
    term_days: int
    requirements: tuple[Requirement, ...]
    questions: tuple[ProcedureQuestion, ...]
    results: tuple[str, ...]
    linked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a paper does not serve, or why a person must look at it."""

    record_id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordList:
    """A page of the vault."""

    items: tuple[Record, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A paper in the vault."""

    record_id: str
    uri: str
    doc_type: str
    title: Sentence
    shelf: str
    elaboration: str
    assurance_level: int
    issuer: str
    issued_on: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    status: str
    original: str
    sensitivity: str
    retention: str
    provenance: str
    supersedes: str | None = None
    code: str | None = None
    register_number: str | None = None
    certified_at: datetime | None = None
    deposited_at: datetime
    renditions: tuple[Rendition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One form of a paper."""

    kind: str
    media_type: str
    sha256: str
    bytes: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing a procedure asks for."""

    requirement_id: str
    title: Sentence
    mandatory: bool
    how_to_get: Sentence
    subject: str
    when: Condition | None = None
    any_of: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareAnswer:
    """What the reader of a link said of the paper."""

    answer: str
    reason: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareList:
    """The holder's links."""

    items: tuple[Share, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A link as its holder sees it; never its secret."""

    share_id: str
    record_id: str
    purpose: str
    recipient: str
    has_passcode: bool
    max_views: int
    views_used: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    download: bool
    recipient_agency: str | None = None
    answer: ShareAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that a dossier reached."""

    step: str
    reached_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionItem:
    """One item of a dossier and its answer so far."""

    requirement_id: str
    mode: str
    uri: str | None = None
    sha256: str | None = None
    answer: str | None = None
    reason: str | None = None
    answered_at: datetime | None = None
    from_submission_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionList:
    """A page of dossiers."""

    items: tuple[Submission, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A dossier; `manifest` is the signed package (JWS), papers are named in it by reference and digest."""

    submission_id: str
    procedure_id: str
    procedure_version: int
    recipient_agency: str
    step: str
    version: int
    created_at: datetime
    items: tuple[SubmissionItem, ...]
    manifest: str | None = None
    consent_id: str | None = None
    steps: tuple[Step, ...]
    status: int | None = None
    statuses: tuple[DossierStatus, ...]
    by_hand: tuple[ByHand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinField:
    """A field of the machine-readable twin; what nobody confirmed says so."""

    name: str
    value: str
    state: str
    confidence: float | None = None
    checks: tuple[str, ...]
    verified_by: str | None = None
    verified_at: datetime | None = None
