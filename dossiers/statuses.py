"""The ten one-stop codes as states of a dossier beside its five steps: who may bring which, and why (DOMAIN section 1).

The steps say where a dossier is in the house, the codes what it waits for. A step brings the code that goes with it; what
stands beside the way (a supplement, a payment, a withdrawal) is brought by an act of its own, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dossiers.errors import StatusRefused, SubmissionChanged
from dossiers.tables import submission_statuses, submissions
from vault.outbox import Message
from vault.outbox import put as put_message

CHANGED: Final = "submission.status"
LOOPING: Final = "submission.looping"
# The third time that the same dossier is sent back for more is for a superior to look at.
LOOP_AFTER: Final = 3


class Status(IntEnum):
    """The codes; their words stand in the form of the portal."""

    NEWLY_FILED = 1
    RECEIVED = 2
    REFUSED = 3
    IN_PROCESS = 4
    SUPPLEMENT_ASKED = 5
    PAYMENT_ASKED = 6
    WITHDRAWAL_ASKED = 7
    STOPPED = 8
    DONE = 9
    RETURNED = 10


class By(StrEnum):
    """Whose act brought a code."""

    HOLDER = "HOLDER"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class ReachedStatus:
    """A code with who brought it, when and why."""

    status: Status
    by: By
    actor_id: str
    reason: str = field(repr=False)
    at: datetime


_S = Status
_BY_STAFF: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        _S.NEWLY_FILED: frozenset({_S.REFUSED}),
        _S.RECEIVED: frozenset({_S.IN_PROCESS, _S.SUPPLEMENT_ASKED, _S.PAYMENT_ASKED, _S.STOPPED}),
        _S.IN_PROCESS: frozenset({_S.SUPPLEMENT_ASKED, _S.PAYMENT_ASKED, _S.STOPPED, _S.DONE}),
        _S.SUPPLEMENT_ASKED: frozenset({_S.IN_PROCESS, _S.STOPPED}),
        _S.PAYMENT_ASKED: frozenset({_S.IN_PROCESS, _S.STOPPED}),
        _S.WITHDRAWAL_ASKED: frozenset({_S.IN_PROCESS, _S.STOPPED}),
    }
)
MAY_WITHDRAW: Final = frozenset({_S.NEWLY_FILED, _S.RECEIVED, _S.IN_PROCESS, _S.SUPPLEMENT_ASKED, _S.PAYMENT_ASKED})
_WITH_REASON: Final = frozenset({_S.REFUSED, _S.SUPPLEMENT_ASKED, _S.PAYMENT_ASKED, _S.STOPPED})
ENDED: Final = frozenset({_S.REFUSED, _S.STOPPED, _S.DONE, _S.RETURNED})
# The reason of a dossier that stopped because the one before it ended; pages say it in words.
LINKED_ENDED: Final = "LINKED_ENDED"
# From here no step is made before the office has said how it goes on.
HALTED: Final = frozenset({_S.REFUSED, _S.SUPPLEMENT_ASKED, _S.PAYMENT_ASKED, _S.WITHDRAWAL_ASKED, _S.STOPPED})
_OF_STEP: Final[Mapping[str, Status]] = MappingProxyType(
    {
        "GUIDE": _S.NEWLY_FILED,
        "RECEIVE": _S.RECEIVED,
        "TRANSFER": _S.IN_PROCESS,
        "RESOLVE": _S.IN_PROCESS,
        "RETURN": _S.RETURNED,
    }
)


@dataclass(frozen=True, slots=True)
class StatusMove:
    """What somebody wants a dossier's code to be."""

    to: Status
    by: By
    actor_id: str
    reason: str = field(default="", repr=False)


def history_of_status(tx: Connection, submission_id: str) -> tuple[ReachedStatus, ...]:
    """Every code a dossier had besides those of its steps, oldest first; the caller may read the dossier."""
    chosen = submission_statuses.select().where(submission_statuses.c.submission_id == submission_id)
    rows = tx.execute(chosen.order_by(submission_statuses.c.position)).all()
    return tuple(ReachedStatus(Status(row.status), By(row.by), row.actor_id, row.reason, row.at) for row in rows)


def status_of(tx: Connection, submission_id: str, *, step: str) -> Status:
    """The code a dossier has now: the newest that was noted, else that of its step."""
    reached = history_of_status(tx, submission_id)
    return reached[-1].status if reached else _OF_STEP[step]


def next_by_staff(status: Status) -> tuple[Status, ...]:
    """The codes that the recipient may bring from here."""
    return tuple(sorted(_BY_STAFF.get(status, frozenset())))


def note_status_of_step(tx: Connection, submission_id: str, *, step: str, actor_id: str, at: datetime) -> None:
    """Note the code that a step brings; the caller has made the step."""
    _note(tx, submission_id, StatusMove(_OF_STEP[step], By.STAFF, actor_id), at=at)


def move_status(
    tx: Connection,
    submission_id: str,
    move: StatusMove,
    *,
    owned: sa.ColumnElement[bool],
    expected_version: int,
    at: datetime,
) -> Status:
    """Bring a code; `owned` says whose dossier it must be.

    Raises:
        StatusRefused: this code does not follow from the present one, is not this side's to bring, or wants a reason.
        SubmissionChanged: somebody changed the dossier since it was read, or it is not theirs.
    """
    row = tx.execute(
        sa.select(submissions.c.step, submissions.c.holder_id, submissions.c.recipient_agency).where(
            submissions.c.submission_id == submission_id, owned
        )
    ).one_or_none()
    moved = tx.execute(
        sa.update(submissions)
        .where(submissions.c.submission_id == submission_id, submissions.c.version == expected_version, owned)
        .values(version=expected_version + 1)
    ).rowcount
    if row is None or not moved:
        raise SubmissionChanged(f"submission {submission_id} was changed meanwhile; reload it")
    present = status_of(tx, submission_id, step=row.step)
    may = move.to in _BY_STAFF.get(present, frozenset())
    if move.by is By.HOLDER:
        may = move.to is Status.WITHDRAWAL_ASKED and present in MAY_WITHDRAW
    if not may:
        raise StatusRefused(f"a dossier with the code {present.value} does not get the code {move.to.value} this way")
    if (move.to in _WITH_REASON or present is Status.WITHDRAWAL_ASKED) and not move.reason.strip():
        raise StatusRefused(f"the code {move.to.value} wants a reason that the other side can read; give one")
    _note(tx, submission_id, move, at=at)
    told = {"submission": submission_id, "holder": row.holder_id, "recipient": row.recipient_agency}
    key = f"{submission_id}:{expected_version + 1}"
    put_message(tx, Message(CHANGED, key, told | {"status": str(move.to.value)}), at=at)
    asked = sum(one.status is Status.SUPPLEMENT_ASKED for one in history_of_status(tx, submission_id))
    if move.to is Status.SUPPLEMENT_ASKED and asked >= LOOP_AFTER:
        put_message(tx, Message(LOOPING, key, told | {"count": str(asked)}), at=at)
    return move.to


def stop_as_linked(tx: Connection, submission_id: str, *, because_of: str, at: datetime) -> bool:
    """Stop a dossier that waits for one that ended without a result; False where it had ended itself."""
    row = tx.execute(submissions.select().where(submissions.c.submission_id == submission_id)).one()
    if status_of(tx, submission_id, step=row.step) in ENDED:
        return False
    tx.execute(
        sa.update(submissions)
        .where(submissions.c.submission_id == submission_id)
        .values(version=submissions.c.version + 1)
    )
    _note(tx, submission_id, StatusMove(Status.STOPPED, By.SYSTEM, "linked", f"{LINKED_ENDED}:{because_of}"), at=at)
    told = {"submission": submission_id, "holder": row.holder_id, "recipient": row.recipient_agency}
    key = f"{submission_id}:{row.version + 1}"
    put_message(tx, Message(CHANGED, key, told | {"status": str(Status.STOPPED.value)}), at=at)
    return True


def _note(tx: Connection, submission_id: str, move: StatusMove, *, at: datetime) -> None:
    last = tx.execute(
        sa.select(sa.func.max(submission_statuses.c.position)).where(
            submission_statuses.c.submission_id == submission_id
        )
    ).scalar()
    tx.execute(
        submission_statuses.insert().values(
            submission_id=submission_id,
            position=(last or 0) + 1,
            status=move.to.value,
            by=move.by.value,
            actor_id=move.actor_id,
            reason=move.reason.strip(),
            at=at,
        )
    )
