"""Cases, people, delegations, agencies and keys, as they are sent and told."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from api.schemas.office import DraftRow
from api.schemas.wire import Asked, Line, Moment, Sentence, Told, UlidText
from certify import CERTIFY_COPIES, Capacity
from certify import Role as StaffRole
from keys import RevocationReason


class CaseTold(Told):
    """A request of one person, without who that is."""

    case_id: UlidText
    channel: str = Field(examples=["COUNTER"])
    state: str = Field(examples=["RECEIVED"])
    opened_at: Moment
    opened_by: str
    due_at: Moment
    items: list[DraftRow] | None = Field(default=None, description="Its originals; in a list they are left out.")


class CaseList(Told):
    """Cases of the agency, oldest first."""

    items: list[CaseTold]
    next_cursor: str | None


class AgencyTold(Told):
    """An office, as it is named on copies."""

    code: str = Field(examples=["THIDU"])
    name: Sentence
    level: str = Field(examples=["COMMUNE"])
    parent_code: str | None
    seal_key_id: str | None
    valid_from: Moment
    valid_to: Moment | None


class AgencyList(Told):
    """Agencies by code."""

    items: list[AgencyTold]
    next_cursor: str | None


class ColleagueTold(Told):
    """A member of staff."""

    staff_id: UlidText
    agency_code: str
    name: str = Field(repr=False)
    position: str
    roles: list[str]
    key_id: str | None
    left_at: Moment | None


class ColleagueList(Told):
    """The people of an agency."""

    items: list[ColleagueTold]
    next_cursor: str | None


class SentenceAsked(Asked):
    """A name in three languages."""

    vi: Line
    en: Line
    fr: Line


AgencyCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$", examples=["THIDU"])]
Roles = Annotated[list[StaffRole], Field(min_length=1, max_length=len(StaffRole))]


class AgencyAsked(Asked):
    """An agency to enter below one's own; it acts from `valid_from` on, from now when that is left out."""

    code: AgencyCode
    name: SentenceAsked
    name_local: Line | None = Field(
        default=None, description="In the language of papers where that is none of the three."
    )
    level: Annotated[str, Field(pattern=r"^[A-Z][A-Z_]{2,31}$")] = "COMMUNE"
    parent_code: AgencyCode | None = Field(default=None, description="The caller's own when left out.")
    book_suffix: Annotated[str, Field(min_length=1, max_length=32)] = "SCTĐT/BS"
    valid_from: AwareDatetime | None = None


class AbolitionAsked(Asked):
    """The decision that ends an agency; the first successor takes its open cases."""

    successors: Annotated[list[AgencyCode], Field(min_length=1, max_length=50)]
    decision_number: Line
    since: AwareDatetime | None = Field(default=None, description="From now on when left out; never a day to come.")


class AbolitionTold(Told):
    """An agency that has ended, and how many open cases went on."""

    agency: AgencyTold
    moved_cases: int


class SealPolicyAsked(Asked):
    """The decision that lets an agency seal by itself within a window."""

    decision_number: Line
    valid_from: AwareDatetime
    valid_until: AwareDatetime


class SealPolicyTold(Told):
    """Such a decision, entered."""

    policy_id: UlidText
    agency_code: str
    decision_number: str
    valid_from: Moment
    valid_until: Moment


class ColleagueAsked(Asked):
    """Somebody who comes to the office; `name` and `position` as they stand under a signature."""

    login: Annotated[str, Field(pattern=r"^[0-9a-z][0-9a-z._-]{2,63}$", examples=["can-bo-2"])]
    agency_code: AgencyCode
    name: Line
    position: Line
    roles: Roles


class ColleagueChange(Asked):
    """What becomes of an entry; what is left out stays."""

    name: Line | None = None
    position: Line | None = None
    roles: Roles | None = None


class InvitationTold(Told):
    """A link that signs somebody in for the first time; it is told this once."""

    staff_id: UlidText
    link: str = Field(repr=False)


class DelegationAsked(Asked):
    """What a decision says."""

    staff_id: UlidText
    capacity: Capacity
    on_behalf_of: Line
    scope: Annotated[str, Field(pattern=r"^[A-Z][A-Z_]{2,63}$")] = CERTIFY_COPIES
    decision_number: Line
    valid_from: AwareDatetime
    valid_until: AwareDatetime


class DelegationTold(Told):
    """A delegation; it is never changed, only ended."""

    delegation_id: UlidText
    staff_id: UlidText
    capacity: str
    on_behalf_of: str
    scope: str
    decision_number: str
    valid_from: Moment
    valid_until: Moment
    ended_at: Moment | None
    holds_now: bool


class DelegationList(Told):
    """The delegations of a person, newest first."""

    items: list[DelegationTold]
    next_cursor: str | None


class KeyTold(Told):
    """A key as the office knows it: nothing that opens it."""

    key_id: str
    kind: str = Field(examples=["PERSONAL"])
    owner_id: str
    status: str = Field(examples=["ACTIVE"])
    place: str = Field(examples=["PKCS12"])
    attestation: str = Field(examples=["SOFTWARE"])
    algorithm: str | None
    serial: str | None
    certificate_sha256: str | None
    not_before: Moment | None
    not_after: Moment | None
    replaces_key_id: str | None
    unattended: bool | None = Field(description="Whether it signs without a person; null when it lies in other hands.")
    tell_authority: bool | None = Field(default=None, description="Another authority must be told of the revocation.")


class KeyList(Told):
    """Keys by id."""

    items: list[KeyTold]
    next_cursor: str | None


class EndingKeyTold(Told):
    """A key that ends soon; `band_days` 0 means that it has ended."""

    key_id: str
    kind: str
    owner_id: str
    not_after: Moment
    days_left: int
    band_days: int


class EndingKeyList(Told):
    """Keys that end within ninety days, soonest first."""

    items: list[EndingKeyTold]
    next_cursor: str | None


class KeyChangeAsked(Asked):
    """Why, as a code."""

    reason: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,63}$")]


class RevocationAsked(Asked):
    """Why (RFC 5280)."""

    reason: RevocationReason = RevocationReason.UNSPECIFIED


class PathStepTold(Told):
    """One step of one signing path; `code` is OK, or the name of what went wrong."""

    path: str
    step: str
    code: str


class DryRunTold(Told):
    """How far each signing path came without a person and a document."""

    well: bool
    steps: list[PathStepTold]


class RenewalLine(Told):
    """A copy that needs a fresh archive time-stamp: until when, and because of what."""

    record_id: str
    deadline: Moment
    cause: str = Field(examples=["CERTIFICATE"], description="CERTIFICATE, or the word of the algorithm that ends.")
    algorithms: list[str]
    attempts: int
    problem: str | None


class RenewalPlanTold(Told):
    """How many copies are due, protected or a problem, and the most urgent ones."""

    due: int
    protected: int
    problems: int
    records: list[RenewalLine]
