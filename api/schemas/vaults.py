"""What the citizen's door sends and is told: papers, history, shares, consents, procedures, dossiers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from api.schemas.dossier_states import ByHandTold, DossierStatusTold
from api.schemas.procedures import ApplicantSaid
from api.schemas.wire import Asked, Line, Moment, Sentence, Sha256Hex, Told, UlidText


class RenditionTold(Told):
    """One form of a paper."""

    kind: str = Field(examples=["SIGNED_PDF"])
    media_type: str
    sha256: Sha256Hex
    bytes: int
    added_at: Moment


class RecordTold(Told):
    """A paper in the vault."""

    record_id: UlidText
    uri: str
    doc_type: str
    title: Sentence
    shelf: str
    elaboration: str
    assurance_level: int
    issuer: str
    issued_on: str | None
    valid_from: str | None
    valid_until: str | None
    status: str
    original: str
    sensitivity: str = Field(examples=["NORMAL"])
    retention: str = Field(description="HOLDER, CASE or LEGAL: who decides how long it is kept.", examples=["HOLDER"])
    provenance: str
    supersedes: str | None = Field(description="The record whose newer version this is.")
    code: str | None
    register_number: str | None
    certified_at: Moment | None
    deposited_at: Moment
    renditions: list[RenditionTold]


class RecordList(Told):
    """A page of the vault."""

    items: list[RecordTold]
    next_cursor: str | None


class TwinFieldTold(Told):
    """A field of the machine-readable twin; what nobody confirmed says so."""

    name: str
    value: str = Field(repr=False)
    state: str = Field(
        description="UNVERIFIED: read by machine only. CHECKED: and its check digits or date agree. CONFIRMED: by a person.",
        examples=["UNVERIFIED"],
    )
    confidence: float | None
    checks: list[str]
    verified_by: str | None = Field(description="The member of staff who confirmed it; null when nobody did.")
    verified_at: Moment | None = None


class FieldsTold(Told):
    """The machine-readable twin of a paper, with what identifies its original."""

    doc_type: str | None
    fields: list[TwinFieldTold]
    original_number: str | None = Field(repr=False)
    original_serial: str | None = Field(repr=False)
    external_codes: dict[str, str] = Field(repr=False)


class HistoryTold(Told):
    """Who did what in the vault, when, why and with what outcome."""

    event_id: str
    at: Moment
    action: str
    actor_kind: str
    actor: str
    agency_code: str | None
    reason: str
    record_id: str | None
    case_id: str | None
    outcome: str


class HistoryList(Told):
    """A page of the history."""

    items: list[HistoryTold]
    next_cursor: str | None


class ShareAsked(Asked):
    """A link to one paper, for a purpose and a recipient."""

    record_id: UlidText
    purpose: Line = Field(repr=False, examples=["Apply for a place in kindergarten"])
    recipient: Line = Field(repr=False, examples=["Hoa Phượng kindergarten"])
    days: int = Field(default=7, ge=1, le=7)
    max_views: int = Field(default=10, ge=1, le=100)
    passcode: SecretStr | None = Field(default=None, max_length=64)
    download: bool = Field(default=False, description="Whether the reader may take the signed file, too.")
    recipient_agency: str | None = Field(
        default=None,
        max_length=64,
        description="Code of the agency it is for, when it is one; its answer counts for it.",
    )


class ShareAnswerTold(Told):
    """What the reader of a link said of the paper."""

    answer: str = Field(examples=["ACCEPTED"])
    reason: str = Field(repr=False)
    answered_at: Moment


class ShareTold(Told):
    """A link as its holder sees it; never its secret."""

    share_id: UlidText
    record_id: UlidText
    purpose: str = Field(repr=False)
    recipient: str = Field(repr=False)
    has_passcode: bool
    max_views: int
    views_used: int
    created_at: Moment
    expires_at: Moment
    revoked_at: Moment | None
    download: bool = False
    recipient_agency: str | None = None
    answer: ShareAnswerTold | None = None


class NewShareTold(ShareTold):
    """A link that was just made; the secret after `#` is told here and never again."""

    link: str = Field(repr=False, examples=["https://tra-cuu.example/s#Q2hvIG3hu5l0IGzhuqduIHh1aSBy4bqlIGNob25n"])


class ShareList(Told):
    """The holder's links."""

    items: list[ShareTold]
    next_cursor: str | None


class ConsentTold(Told):
    """What the holder agreed to."""

    consent_id: UlidText
    purpose: str = Field(repr=False)
    recipient_agency: str
    record_ids: list[str]
    given_at: Moment
    expires_at: Moment
    withdrawn_at: Moment | None
    receipt_sha256: Sha256Hex
    basis: str = Field(default="CONSENT", examples=["CONSENT"])


class ConsentList(Told):
    """The holder's consents."""

    items: list[ConsentTold]
    next_cursor: str | None


ShortId = Annotated[str, Field(min_length=1, max_length=128)]


class FilingAsked(Asked):
    """What is sent for which requirement; `consent` is given on a card of its own and never assumed."""

    chosen: dict[ShortId, UlidText] = Field(max_length=100)
    brought_in_person: list[ShortId] = Field(default_factory=list, max_length=100)
    consent: bool
    said: ApplicantSaid = Field(default_factory=ApplicantSaid, repr=False)


class SubmissionAsked(FilingAsked):
    """What is sent for which requirement of which procedure."""

    procedure_id: ShortId = Field(examples=["SAMPLE-CIVIL-STATUS-EXTRACT"])


class SubmissionItemTold(Told):
    """One item of a dossier and its answer so far."""

    requirement_id: str
    mode: str
    uri: str | None
    sha256: str | None
    answer: str | None
    reason: str | None = Field(repr=False)
    answered_at: Moment | None
    from_submission_id: UlidText | None = Field(
        default=None, description="The linked dossier whose result meets it, before and after that came."
    )


class StepTold(Told):
    """A step that a dossier reached."""

    step: str
    reached_at: Moment


class SubmissionTold(Told):
    """A dossier; `manifest` is the signed package (JWS), papers are named in it by reference and digest."""

    submission_id: UlidText
    procedure_id: str
    procedure_version: int
    recipient_agency: str
    step: str
    version: int
    created_at: Moment
    items: list[SubmissionItemTold]
    manifest: str | None = None
    consent_id: str | None = None
    steps: list[StepTold] = Field(default_factory=list)
    status: int | None = Field(default=None, description="The one-stop code, 1 to 10; not in lists.", examples=[2])
    statuses: list[DossierStatusTold] = Field(default_factory=list)
    by_hand: list[ByHandTold] = Field(default_factory=list)


class SubmissionList(Told):
    """A page of dossiers."""

    items: list[SubmissionTold]
    next_cursor: str | None


class AnswerAsked(Asked):
    """The recipient's word on one item; a rejection says why."""

    answer: str = Field(pattern="^(ACCEPTED|REJECTED)$", examples=["ACCEPTED"])
    reason: str = Field(default="", max_length=1000, repr=False)


class StepAsked(Asked):
    """The step a dossier moves on to."""

    step: str = Field(max_length=32, examples=["RECEIVE"])
