"""File a dossier without handing a paper in again: consent, grant, signed package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from dossiers.errors import ChoiceRefused, RequirementUnanswered, SubmissionNotFound
from dossiers.manifest import sign_manifest
from dossiers.matching import Candidate, Outcome, OutcomeKind
from dossiers.procedures import Procedure
from dossiers.tables import submission_items, submissions
from dossiers.tracking import Step, note_step
from guard import RandomBytes, new_ulid
from keys import Ed25519Key
from vault import (
    Assistance,
    Consent,
    HolderOwner,
    NewConsent,
    ReuseGrant,
    give_consent,
    grant_reuse,
)
from vault.outbox import Message
from vault.outbox import put as put_message

FILED = "submission.filed"
_OFFERED = frozenset({OutcomeKind.SATISFIED, OutcomeKind.SATISFIED_BY_DATA, OutcomeKind.CHOICE})


class ItemMode(StrEnum):
    """How a requirement is met: by reference to the vault, by the paper at the counter, or by what a linked dossier will give."""

    REFERENCE = "REFERENCE"
    PAPER = "PAPER"
    LINKED = "LINKED"


class Answer(StrEnum):
    """What the recipient says of one item."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Filing:
    """What the holder decided: a record per requirement, and what is brought in person instead."""

    procedure: Procedure
    outcomes: tuple[Outcome, ...]
    chosen: Mapping[str, str]
    brought_in_person: frozenset[str] = frozenset()
    assistance: Assistance | None = None
    # By requirement the dossier whose result will meet it, for those filed together.
    awaited: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubmissionItem:
    """One requirement of a filed dossier and its answer so far."""

    requirement_id: str
    mode: ItemMode
    record_id: str | None
    uri: str | None
    sha256_hex: str | None
    answer: Answer | None
    reason: str | None
    answered_at: datetime | None
    from_submission_id: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A filed dossier; `version` grows with every change and is its ETag."""

    submission_id: str
    holder_id: str
    procedure_id: str
    procedure_version: int
    recipient_agency: str
    consent_id: str | None
    grant_id: str | None
    manifest: str
    step: Step
    version: int
    created_at: datetime
    items: tuple[SubmissionItem, ...]

    def item(self, requirement_id: str) -> SubmissionItem:
        """Give one item.

        Raises:
            SubmissionNotFound: the dossier has no such item.
        """
        for item in self.items:
            if item.requirement_id == requirement_id:
                return item
        raise SubmissionNotFound(f"submission {self.submission_id} has no item {requirement_id}")


def submit(
    tx: Connection, owner: HolderOwner, filing: Filing, *, key: Ed25519Key, at: datetime, random_bytes: RandomBytes
) -> Submission:
    """File a dossier: one consent for this purpose, agency and term, a grant, and the signed package.

    Raises:
        RequirementUnanswered: a mandatory requirement has neither a record nor a promise to bring the paper.
        ChoiceRefused: a record was chosen that the matching did not offer.
        ConsentInvalid: a record is no longer current.
    """
    picked = _picked(filing)
    submission_id = new_ulid(at=at, random_bytes=random_bytes)
    consent, grant = None, None
    if picked:
        consent, grant = _consent_and_grant(tx, owner, filing, picked, submission_id, at=at, random_bytes=random_bytes)
    items = [_item(requirement.requirement_id, picked, filing.awaited) for requirement in filing.procedure.requirements]
    kept = [
        item for item in items if item.mode is not ItemMode.PAPER or item.requirement_id in filing.brought_in_person
    ]
    manifest = sign_manifest(manifest_of(filing.procedure, submission_id, kept, consent, grant, at), key=key)
    tx.execute(
        submissions.insert().values(
            submission_id=submission_id,
            holder_id=owner.holder_id,
            procedure_id=filing.procedure.procedure_id,
            procedure_version=filing.procedure.version,
            recipient_agency=filing.procedure.recipient_agency,
            consent_id=consent.consent_id if consent else None,
            grant_id=grant.grant_id if grant else None,
            manifest=manifest,
            step=Step.GUIDE.value,
            version=1,
            created_at=at,
        )
    )
    tx.execute(
        submission_items.insert(), [_item_values(submission_id, position, item) for position, item in enumerate(kept)]
    )
    note_step(tx, submission_id, Step.GUIDE, at=at, actor_id=owner.holder_id)
    told = {"submission": submission_id, "holder": owner.holder_id, "recipient": filing.procedure.recipient_agency}
    put_message(tx, Message(FILED, submission_id, told), at=at)
    return get_for_holder(tx, owner, submission_id)


def get_for_holder(tx: Connection, owner: HolderOwner, submission_id: str) -> Submission:
    """Read one of the holder's dossiers.

    Raises:
        SubmissionNotFound: there is none, or it is another holder's.
    """
    return _one(tx, submission_id, submissions.c.holder_id == owner.holder_id)


def list_for_holder(
    tx: Connection, owner: HolderOwner, *, before_id: str | None = None, limit: int | None = None
) -> tuple[Submission, ...]:
    """The holder's dossiers, newest first: all of them, or so many below the one already seen."""
    return _load(tx, submissions.c.holder_id == owner.holder_id, before_id=before_id, limit=limit)


def get_for_recipient(tx: Connection, recipient_agency: str, submission_id: str) -> Submission:
    """Read a dossier that was filed with this agency.

    Raises:
        SubmissionNotFound: there is none, or it was filed elsewhere.
    """
    return _one(tx, submission_id, submissions.c.recipient_agency == recipient_agency)


def list_for_recipient(
    tx: Connection, recipient_agency: str, *, before_id: str | None = None, limit: int | None = None
) -> tuple[Submission, ...]:
    """The dossiers filed with this agency, newest first: all of them, or so many below the one already seen."""
    return _load(tx, submissions.c.recipient_agency == recipient_agency, before_id=before_id, limit=limit)


def _picked(filing: Filing) -> dict[str, Candidate]:
    picked: dict[str, Candidate] = {}
    for outcome in filing.outcomes:
        wanted = filing.chosen.get(outcome.requirement_id)
        requirement = filing.procedure.requirement(outcome.requirement_id)
        if wanted is None:
            is_met = outcome.requirement_id in filing.brought_in_person or outcome.requirement_id in filing.awaited
            if requirement.is_mandatory and not is_met:
                raise RequirementUnanswered(
                    f"requirement {outcome.requirement_id} has no record; choose one or bring the paper"
                )
            continue
        offered = {candidate.record_id: candidate for candidate in outcome.candidates}
        if outcome.kind not in _OFFERED or wanted not in offered:
            raise ChoiceRefused(
                f"record {wanted} was not offered for requirement {outcome.requirement_id}; choose again"
            )
        picked[outcome.requirement_id] = offered[wanted]
    return picked


def _consent_and_grant(
    tx: Connection,
    owner: HolderOwner,
    filing: Filing,
    picked: Mapping[str, Candidate],
    submission_id: str,
    *,
    at: datetime,
    random_bytes: RandomBytes,
) -> tuple[Consent, ReuseGrant]:
    asked = NewConsent(
        purposes=(filing.procedure.purpose["vi"],),
        recipient_agency=filing.procedure.recipient_agency,
        record_ids=tuple(candidate.record_id for candidate in picked.values()),
        expires_at=at + timedelta(days=filing.procedure.term_days),
        case_id=submission_id,
        assistance=filing.assistance,
    )
    consent = give_consent(tx, owner, asked, at=at, random_bytes=random_bytes)
    return consent, grant_reuse(tx, owner, consent.consent_id, at=at, random_bytes=random_bytes)


def _item(requirement_id: str, picked: Mapping[str, Candidate], awaited: Mapping[str, str]) -> SubmissionItem:
    found, linked = picked.get(requirement_id), awaited.get(requirement_id)
    if found is not None:
        return SubmissionItem(
            requirement_id, ItemMode.REFERENCE, found.record_id, found.uri, found.sha256_hex, None, None, None
        )
    mode = ItemMode.PAPER if linked is None else ItemMode.LINKED
    return SubmissionItem(requirement_id, mode, None, None, None, None, None, None, linked)


def _item_values(submission_id: str, position: int, item: SubmissionItem) -> dict[str, object]:
    return {
        "submission_id": submission_id,
        "requirement_id": item.requirement_id,
        "position": position,
        "mode": item.mode.value,
        "record_id": item.record_id,
        "uri": item.uri,
        "sha256_hex": item.sha256_hex,
        "from_submission_id": item.from_submission_id,
    }


def manifest_of(
    procedure: Procedure,
    submission_id: str,
    items: Sequence[SubmissionItem],
    consent: Consent | None,
    grant: ReuseGrant | None,
    at: datetime,
) -> dict[str, Any]:
    """What the signed package of a dossier says."""
    return {
        "v": 1,
        "submission_id": submission_id,
        "procedure": {"id": procedure.procedure_id, "version": procedure.version},
        "recipient": procedure.recipient_agency,
        "purpose": dict(procedure.purpose),
        "created_at": at.isoformat(),
        "consent": {"id": consent.consent_id, "receipt_sha256": consent.receipt_sha256_hex} if consent else None,
        "grant": {"id": grant.grant_id, "until": grant.expires_at.isoformat()} if grant else None,
        "items": [
            {"requirement": item.requirement_id, "mode": item.mode.value, "uri": item.uri, "sha256": item.sha256_hex}
            | ({"from": item.from_submission_id} if item.from_submission_id else {})
            for item in items
        ],
    }


def _one(tx: Connection, submission_id: str, owned: sa.ColumnElement[bool]) -> Submission:
    found = _load(tx, sa.and_(submissions.c.submission_id == submission_id, owned))
    if not found:
        raise SubmissionNotFound(f"submission {submission_id} does not exist, or is not yours")
    return found[0]


def _load(
    tx: Connection, condition: sa.ColumnElement[bool], *, before_id: str | None = None, limit: int | None = None
) -> tuple[Submission, ...]:
    if before_id is not None:
        condition = sa.and_(condition, submissions.c.submission_id < before_id)
    newest_first = submissions.select().where(condition).order_by(submissions.c.submission_id.desc())
    rows = tx.execute(newest_first.limit(limit)).all()
    return tuple(_submission(row, _load_items(tx, row.submission_id)) for row in rows)


def _load_items(tx: Connection, submission_id: str) -> tuple[SubmissionItem, ...]:
    rows = tx.execute(
        submission_items.select()
        .where(submission_items.c.submission_id == submission_id)
        .order_by(submission_items.c.position)
    )
    return tuple(
        SubmissionItem(
            row.requirement_id,
            ItemMode(row.mode),
            row.record_id,
            row.uri,
            row.sha256_hex,
            Answer(row.answer) if row.answer else None,
            row.reason,
            row.answered_at,
            row.from_submission_id,
        )
        for row in rows
    )


def _submission(row: Row[tuple[object, ...]], items: tuple[SubmissionItem, ...]) -> Submission:
    return Submission(
        submission_id=row.submission_id,
        holder_id=row.holder_id,
        procedure_id=row.procedure_id,
        procedure_version=row.procedure_version,
        recipient_agency=row.recipient_agency,
        consent_id=row.consent_id,
        grant_id=row.grant_id,
        manifest=row.manifest,
        step=Step(row.step),
        version=row.version,
        created_at=row.created_at,
        items=items,
    )
