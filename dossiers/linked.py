"""Dossiers that one act files together, each with its own steps and package: a later one may wait for what an earlier gives.

Birth, then the child's residence, then its health card: the applicant files once and agrees once for each purpose. A
later dossier is received at once and goes on when the result of the earlier lies in the vault; if the earlier ends
without a result, those that wait for it stop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dossiers.errors import LinkRefused, SubmissionNotFound
from dossiers.manifest import sign_manifest
from dossiers.procedures import Procedure
from dossiers.statuses import Status, status_of, stop_as_linked
from dossiers.submission import Filing, ItemMode, Submission, get_for_holder, manifest_of, submit
from dossiers.tables import linked_filings, submission_items, submissions
from dossiers.tracking import waits_for
from guard import RandomBytes, new_ulid
from keys import Ed25519Key
from vault import (
    ConsentBasis,
    HolderOwner,
    NewConsent,
    Record,
    RecordStatus,
    RenditionKind,
    give_consent,
    grant_reuse,
    list_for_holder,
    withdraw_consent,
)

_GAVE = frozenset({Status.DONE, Status.RETURNED})


@dataclass(frozen=True, slots=True)
class LinkedFiling:
    """What one act filed, in its order."""

    filing_id: str
    filed_at: datetime
    submissions: tuple[Submission, ...]


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """An item that a dossier with a result would meet."""

    submission_id: str
    requirement_id: str
    holder_id: str
    procedure_id: str
    procedure_version: int
    from_submission_id: str
    from_procedure_id: str
    from_procedure_version: int
    from_agency: str
    from_filed_at: datetime


def awaited_by(procedure: Procedure, earlier: Sequence[Procedure]) -> Mapping[str, int]:
    """Which requirements of a procedure an earlier one meets by its result: by requirement, the place of the latest such."""
    found: dict[str, int] = {}
    for requirement in procedure.requirements:
        types = {option.doc_type for option in requirement.options}
        places = [place for place, one in enumerate(earlier) if types & set(one.results)]
        if places:
            found[requirement.requirement_id] = places[-1]
    return found


def check_together(procedures: Sequence[Procedure]) -> None:
    """Refuse what does not belong together: the first names the others as linked, and in this order.

    Raises:
        LinkRefused: there are not two at least, one is not linked, comes twice, or comes too early.
    """
    if len(procedures) < 2:
        raise LinkRefused("a linked filing has two procedures at least; file one alone as any other")
    first, ids = procedures[0], [one.procedure_id for one in procedures[1:]]
    if [one for one in first.linked if one in ids] != ids:
        raise LinkRefused(
            f"{first.procedure_id} is filed together with {', '.join(first.linked) or 'nothing'}, in this order"
        )


def file_together(
    tx: Connection,
    owner: HolderOwner,
    filings: Sequence[Filing],
    *,
    key: Ed25519Key,
    at: datetime,
    random_bytes: RandomBytes,
) -> LinkedFiling:
    """File dossiers in their order, all or none. What an earlier one will give is not asked of the applicant.

    Raises:
        LinkRefused: as `check_together`.
        RequirementUnanswered, ChoiceRefused, ConsentInvalid: as `submit`, for the first of them that fails.
    """
    check_together([one.procedure for one in filings])
    filing_id = new_ulid(at=at, random_bytes=random_bytes)
    filed: list[Submission] = []
    for position, filing in enumerate(filings):
        places = awaited_by(filing.procedure, [one.procedure for one in filings[:position]])
        awaited = {
            requirement_id: filed[place].submission_id
            for requirement_id, place in places.items()
            if requirement_id not in filing.chosen and requirement_id not in filing.brought_in_person
        }
        whole = replace(filing, awaited=awaited)
        submission = submit(tx, owner, whole, key=key, at=at, random_bytes=random_bytes)
        tx.execute(
            linked_filings.insert().values(
                filing_id=filing_id,
                position=position,
                submission_id=submission.submission_id,
                holder_id=owner.holder_id,
                filed_at=at,
            )
        )
        filed.append(submission)
    return LinkedFiling(filing_id, at, tuple(filed))


def get_linked_filing(tx: Connection, owner: HolderOwner, filing_id: str) -> LinkedFiling:
    """Give what one act of the holder filed.

    Raises:
        SubmissionNotFound: there is no such filing, or it is another holder's.
    """
    rows = tx.execute(
        linked_filings.select()
        .where(linked_filings.c.filing_id == filing_id, linked_filings.c.holder_id == owner.holder_id)
        .order_by(linked_filings.c.position)
    ).all()
    if not rows:
        raise SubmissionNotFound(f"linked filing {filing_id} does not exist, or is not yours")
    filed = tuple(get_for_holder(tx, owner, row.submission_id) for row in rows)
    return LinkedFiling(filing_id, rows[0].filed_at, filed)


def list_linked_filings(
    tx: Connection, owner: HolderOwner, *, before_id: str | None = None, limit: int | None = None
) -> tuple[LinkedFiling, ...]:
    """The holder's linked filings, newest first: all, or so many below the one already seen."""
    condition = linked_filings.c.holder_id == owner.holder_id
    if before_id is not None:
        condition = sa.and_(condition, linked_filings.c.filing_id < before_id)
    newest_first = sa.select(linked_filings.c.filing_id).where(condition).distinct()
    ids = tx.execute(newest_first.order_by(linked_filings.c.filing_id.desc()).limit(limit)).scalars().all()
    return tuple(get_linked_filing(tx, owner, one) for one in ids)


def filing_of(tx: Connection, submission_id: str) -> str | None:
    """The linked filing that a dossier belongs to, if it does; the caller may read the dossier."""
    found = tx.execute(
        sa.select(linked_filings.c.filing_id).where(linked_filings.c.submission_id == submission_id)
    ).one_or_none()
    return None if found is None else str(found.filing_id)


def stop_those_waiting(tx: Connection, submission_id: str, *, at: datetime) -> tuple[str, ...]:
    """A dossier ended without a result: those that wait for it stop, and those that wait for them; gives their ids."""
    later = sa.select(submission_items.c.submission_id).where(submission_items.c.from_submission_id == submission_id)
    stopped: list[str] = []
    for one in sorted(set(tx.execute(later).scalars().all())):
        if submission_id in waits_for(tx, one) and stop_as_linked(tx, one, because_of=submission_id, at=at):
            stopped += [one, *stop_those_waiting(tx, one, at=at)]
    return tuple(stopped)


def items_to_carry(tx: Connection) -> tuple[WaitingItem, ...]:
    """Every item that waits for a dossier which has given its result meanwhile."""
    earlier = submissions.alias()
    rows = tx.execute(
        sa.select(
            submission_items.c.submission_id,
            submission_items.c.requirement_id,
            submissions.c.holder_id,
            submissions.c.procedure_id,
            submissions.c.procedure_version,
            submissions.c.step,
            earlier.c.submission_id.label("from_submission_id"),
            earlier.c.procedure_id.label("from_procedure_id"),
            earlier.c.procedure_version.label("from_procedure_version"),
            earlier.c.recipient_agency.label("from_agency"),
            earlier.c.created_at.label("from_filed_at"),
            earlier.c.step.label("from_step"),
        )
        .join(submissions, submissions.c.submission_id == submission_items.c.submission_id)
        .join(earlier, earlier.c.submission_id == submission_items.c.from_submission_id)
        .where(submission_items.c.record_id.is_(None), submission_items.c.answer.is_(None))
    ).all()
    return tuple(
        WaitingItem(**{name: getattr(row, name) for name in WaitingItem.__slots__})
        for row in rows
        if status_of(tx, row.from_submission_id, step=row.from_step) in _GAVE
        and status_of(tx, row.submission_id, step=row.step) not in {Status.REFUSED, Status.STOPPED}
    )


def result_for(
    tx: Connection,
    item: WaitingItem,
    *,
    procedure: Procedure,
    earlier: Procedure,
    stands_in: Callable[[str, str], bool],
) -> Record | None:
    """The paper that the earlier dossier gave: of its agency, of a type it gives and this one takes, newer than its filing."""
    options = procedure.requirement(item.requirement_id).options
    least = {option.doc_type: option.min_assurance for option in options if option.doc_type in earlier.results}
    for record in list_for_holder(tx, HolderOwner(item.holder_id), limit=500):
        is_file = any(one.kind is RenditionKind.SIGNED_PDF for one in record.renditions)
        fits = is_file and record.doc_type in least and record.assurance_level >= least[record.doc_type]
        is_newer = record.deposited_at > item.from_filed_at and record.status is RecordStatus.CURRENT
        if fits and is_newer and stands_in(record.agency_code, item.from_agency):
            return record
    return None


def carry(
    tx: Connection,
    item: WaitingItem,
    record: Record,
    *,
    procedure: Procedure,
    key: Ed25519Key,
    at: datetime,
    random_bytes: RandomBytes,
) -> Submission:
    """Put the result of the earlier dossier into the later one, under the consent that its applicant gave with the filing.

    The dossier has one consent and one grant over all of its papers: the one before ends, and its signed package is
    written anew and names the one it continues.

    Raises:
        ConsentInvalid: the paper may not be given, for example because another holder has to agree.
    """
    owner = HolderOwner(item.holder_id)
    before = get_for_holder(tx, owner, item.submission_id)
    sent = [one.record_id for one in before.items if one.record_id is not None]
    asked = NewConsent(
        purposes=(procedure.purpose["vi"],),
        recipient_agency=before.recipient_agency,
        record_ids=(*sent, record.record_id),
        expires_at=at + timedelta(days=procedure.term_days),
        case_id=before.submission_id,
        basis=ConsentBasis.AGREED_AHEAD,
    )
    consent = give_consent(tx, owner, asked, at=at, random_bytes=random_bytes)
    grant = grant_reuse(tx, owner, consent.consent_id, at=at, random_bytes=random_bytes)
    if before.consent_id is not None:
        withdraw_consent(tx, owner, before.consent_id, at=at, random_bytes=random_bytes)
    digest = record.newest(RenditionKind.SIGNED_PDF).sha256_hex
    tx.execute(
        submission_items.update()
        .where(
            submission_items.c.submission_id == item.submission_id,
            submission_items.c.requirement_id == item.requirement_id,
        )
        .values(mode=ItemMode.REFERENCE.value, record_id=record.record_id, uri=record.uri, sha256_hex=digest)
    )
    carried = get_for_holder(tx, owner, item.submission_id)
    content = manifest_of(procedure, item.submission_id, carried.items, consent, grant, at)
    content["continues"] = before.manifest.rpartition(".")[2]
    tx.execute(
        submissions.update()
        .where(submissions.c.submission_id == item.submission_id)
        .values(
            manifest=sign_manifest(content, key=key),
            consent_id=consent.consent_id,
            grant_id=grant.grant_id,
            version=submissions.c.version + 1,
        )
    )
    return get_for_holder(tx, owner, item.submission_id)
