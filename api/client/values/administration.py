"""What administrators are told: agencies and their reforms, people, delegations, keys.

Written by `python -m docs.generate` from the description of the API; changes by hand are lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.client.values.public import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Abolition:
    """An agency that has ended, and how many open cases went on."""

    agency: Agency
    moved_cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyEnd:
    """What the end of one agency meant."""

    agency_code: str
    open_cases: int
    voided_numbers: int
    delegations: int
    seal_policies: int
    seal_keys: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyList:
    """Agencies by code."""

    items: tuple[Agency, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An office, as it is named on copies."""

    code: str
    name: Sentence
    level: str
    parent_code: str | None = None
    seal_key_id: str | None = None
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedBook:
    """A book that closed, with its totals."""

    book_id: str
    book: str
    agency_code: str
    numbers: int
    void: int
    copies: int
    fee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueList:
    """The people of an agency."""

    items: tuple[Colleague, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A member of staff."""

    staff_id: str
    agency_code: str
    name: str
    position: str
    roles: tuple[str, ...]
    key_id: str | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationList:
    """The delegations of a person, newest first."""

    items: tuple[Delegation, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A delegation; it is never changed, only ended."""

    delegation_id: str
    staff_id: str
    capacity: str
    on_behalf_of: str
    scope: str
    decision_number: str
    valid_from: datetime
    valid_until: datetime
    ended_at: datetime | None = None
    holds_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """How far each signing path came without a person and a document."""

    well: bool
    steps: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingKeyList:
    """Keys that end within ninety days, soonest first."""

    items: tuple[EndingKey, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingKey:
    """A key that ends soon; `band_days` 0 means that it has ended."""

    key_id: str
    kind: str
    owner_id: str
    not_after: datetime
    days_left: int
    band_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link that signs somebody in for the first time; it is told this once."""

    staff_id: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    """Keys by id."""

    items: tuple[Key, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as the office knows it: nothing that opens it."""

    key_id: str
    kind: str
    owner_id: str
    status: str
    place: str
    attestation: str
    algorithm: str | None = None
    serial: str | None = None
    certificate_sha256: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    replaces_key_id: str | None = None
    unattended: bool | None = None
    tell_authority: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """How much ended with a person's leaving."""

    accounts: int
    sessions: int
    tokens: int
    passkeys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step of one signing path; `code` is OK, or the name of what went wrong."""

    path: str
    step: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reform:
    """What a reform did, or would do."""

    kind: str
    decision: str
    since: datetime
    following: tuple[str, ...]
    dry_run: bool
    ending: tuple[AgencyEnd, ...]
    books: tuple[ClosedBook, ...]
    dossiers: int
    grants: int
    webhooks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPolicy:
    """Such a decision, entered."""

    policy_id: str
    agency_code: str
    decision_number: str
    valid_from: datetime
    valid_until: datetime
