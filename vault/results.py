"""What issuing systems give: added once, replaced by a newer paper, annulled by a decision; and how each system fares.

A result is the thing the issuer knows; the record is the paper that stands for it now. Every newer paper is a record of
its own that supersedes the one before, so that who was shown the older one is told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.errors import NotFound, ResultChanged, ResultConflict
from vault.outbox import Message
from vault.outbox import put as put_message
from vault.papers import Record
from vault.result_tables import issued_results, provider_marks
from vault.shapes import RecordStatus
from vault.tables import records

TOPIC: Final = "result.issued"


class ResultWay(StrEnum):
    """Whether the issuer's system brings its results, or is asked for them."""

    PUSH = "PUSH"
    PULL = "PULL"


class ResultState(StrEnum):
    """How a result stands."""

    CURRENT = "CURRENT"
    ANNULLED = "ANNULLED"


class ResultAct(StrEnum):
    """What the issuer did: the A, U and D of a results door."""

    ADDED = "ADDED"
    REPLACED = "REPLACED"
    ANNULLED = "ANNULLED"


@dataclass(frozen=True, slots=True)
class Origin:
    """From whom a result comes and under which id of theirs."""

    way: ResultWay
    source: str
    reference: str


@dataclass(frozen=True, slots=True)
class IssuedResult:
    """A result with the paper that stands for it now; `version` grows with every act and is its ETag."""

    result_id: str
    origin: Origin
    holder_id: str
    doc_type: str
    record_id: str
    sha256_hex: str
    state: ResultState
    version: int
    decision_number: str | None
    added_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderMarks:
    """How often a system gave something or failed, and when last."""

    provider_id: str
    successes: int = 0
    failures: int = 0
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_problem: str | None = None


def find_result(tx: Connection, origin: Origin) -> IssuedResult | None:
    """Give the result that an issuer knows under an id, if it came before."""
    found = _load(tx, _of(origin))
    return found[0] if found else None


def get_result(tx: Connection, result_id: str, *, way: ResultWay, source: str) -> IssuedResult:
    """Give a result of this source.

    Raises:
        NotFound: there is none, or it came from somebody else.
    """
    found = _load(tx, sa.and_(issued_results.c.result_id == result_id, _from(way, source)))
    if not found:
        raise NotFound(f"result {result_id} is not from here")
    return found[0]


def list_results(
    tx: Connection, *, way: ResultWay, source: str, before_id: str | None = None, limit: int | None = None
) -> tuple[IssuedResult, ...]:
    """The results of a source, newest first: all, or so many below the one already seen."""
    condition = _from(way, source)
    if before_id is not None:
        condition = sa.and_(condition, issued_results.c.result_id < before_id)
    return _load(tx, condition, limit=limit)


def add_result(
    tx: Connection, origin: Origin, record: Record, *, sha256_hex: str, at: datetime, random_bytes: RandomBytes
) -> IssuedResult:
    """Note a result that came for the first time, with the record that was deposited for it.

    Raises:
        ResultConflict: another call brought a result under this id meanwhile.
    """
    result_id = new_ulid(at=at, random_bytes=random_bytes)
    try:
        with tx.begin_nested():
            tx.execute(
                issued_results.insert().values(
                    result_id=result_id,
                    way=origin.way.value,
                    source=origin.source,
                    reference=origin.reference,
                    holder_id=record.holder_id,
                    doc_type=record.doc_type,
                    record_id=record.record_id,
                    sha256_hex=sha256_hex,
                    state=ResultState.CURRENT.value,
                    version=1,
                    added_at=at,
                    changed_at=at,
                )
            )
    except sa.exc.IntegrityError as exc:
        raise ResultConflict("a result came under this reference before; replace it instead") from exc
    result = get_result(tx, result_id, way=origin.way, source=origin.source)
    _tell(tx, result, record.agency_code, ResultAct.ADDED, at=at)
    return result


def replace_result(
    tx: Connection, result: IssuedResult, record: Record, *, sha256_hex: str, at: datetime
) -> IssuedResult:
    """Let a newer record stand for a result.

    Raises:
        ResultConflict: it was annulled.
        ResultChanged: somebody changed it since it was read.
    """
    changes = {"record_id": record.record_id, "sha256_hex": sha256_hex}
    moved = _move(tx, result, changes, at=at)
    _tell(tx, moved, record.agency_code, ResultAct.REPLACED, at=at, before=result.record_id)
    return moved


def annul_result(
    tx: Connection, result: IssuedResult, *, agency_code: str, decision_number: str, at: datetime
) -> IssuedResult:
    """Annul a result by a decision: its paper says so for ever, and whoever fetched it is told.

    Raises:
        ResultConflict: no decision is named, or it was annulled before by another one.
        ResultChanged: somebody changed it since it was read.
    """
    number = decision_number.strip()
    if not number:
        raise ResultConflict("a result is annulled by a decision; name its number")
    changes = {"state": ResultState.ANNULLED.value, "decision_number": number}
    moved = _move(tx, result, changes, at=at)
    # One that its holder took out of use stays so: it is in nobody's hand any more.
    tx.execute(
        records.update()
        .where(records.c.record_id == result.record_id, records.c.status == RecordStatus.CURRENT.value)
        .values(status=RecordStatus.ANNULLED.value)
    )
    _tell(tx, moved, agency_code, ResultAct.ANNULLED, at=at)
    return moved


def note_provider(tx: Connection, provider_id: str, *, problem: str | None, at: datetime) -> None:
    """Note that a system gave something, or with which code it failed."""
    known = tx.execute(
        sa.select(provider_marks.c.provider_id).where(provider_marks.c.provider_id == provider_id)
    ).one_or_none()
    if known is None:
        tx.execute(provider_marks.insert().values(provider_id=provider_id, successes=0, failures=0))
    changes: dict[str, object] = {"failures": provider_marks.c.failures + 1, "last_failure_at": at}
    changes |= {"last_problem": problem}
    if problem is None:
        changes = {"successes": provider_marks.c.successes + 1, "last_success_at": at}
    tx.execute(provider_marks.update().where(provider_marks.c.provider_id == provider_id).values(**changes))


def provider_marks_of(tx: Connection, provider_id: str) -> ProviderMarks:
    """How a system fared; of one that nobody heard of yet nothing is known."""
    row = tx.execute(provider_marks.select().where(provider_marks.c.provider_id == provider_id)).one_or_none()
    return ProviderMarks(**row._mapping) if row is not None else ProviderMarks(provider_id)


def _move(tx: Connection, result: IssuedResult, changes: Mapping[str, object], *, at: datetime) -> IssuedResult:
    if result.state is ResultState.ANNULLED:
        raise ResultConflict(f"result {result.result_id} was annulled by {result.decision_number} and stays so")
    moved = tx.execute(
        issued_results.update()
        .where(issued_results.c.result_id == result.result_id, issued_results.c.version == result.version)
        .values(**changes, version=result.version + 1, changed_at=at)
    ).rowcount
    if not moved:
        raise ResultChanged(f"result {result.result_id} was changed meanwhile; read it again")
    return get_result(tx, result.result_id, way=result.origin.way, source=result.origin.source)


def _tell(
    tx: Connection, result: IssuedResult, agency_code: str, act: ResultAct, *, at: datetime, before: str | None = None
) -> None:
    told = {"result": result.result_id, "record": result.record_id, "holder": result.holder_id}
    told |= {"agency": agency_code, "act": act.value} | ({"before": before} if before else {})
    put_message(tx, Message(TOPIC, f"{result.result_id}:{result.version}", told), at=at)


def _from(way: ResultWay, source: str) -> sa.ColumnElement[bool]:
    return sa.and_(issued_results.c.way == way.value, issued_results.c.source == source)


def _of(origin: Origin) -> sa.ColumnElement[bool]:
    return sa.and_(_from(origin.way, origin.source), issued_results.c.reference == origin.reference)


def _load(tx: Connection, condition: sa.ColumnElement[bool], *, limit: int | None = None) -> tuple[IssuedResult, ...]:
    newest_first = issued_results.select().where(condition).order_by(issued_results.c.result_id.desc())
    return tuple(_result(row) for row in tx.execute(newest_first.limit(limit)).all())


def _result(row: Row[tuple[object, ...]]) -> IssuedResult:
    return IssuedResult(
        result_id=row.result_id,
        origin=Origin(ResultWay(row.way), row.source, row.reference),
        holder_id=row.holder_id,
        doc_type=row.doc_type,
        record_id=row.record_id,
        sha256_hex=row.sha256_hex,
        state=ResultState(row.state),
        version=row.version,
        decision_number=row.decision_number,
        added_at=row.added_at,
        changed_at=row.changed_at,
    )
