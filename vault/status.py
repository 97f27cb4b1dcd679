"""The one source of status: what the register says about a code or about a file's digest, now.

`certify` writes here in the transaction of its register row. A stranger's question is answered without any name, and
an unknown code gets an answer of the same shape after the same look-ups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from vault.errors import NotFound, StatusConflict
from vault.outbox import Message
from vault.outbox import put as put_message
from vault.shapes import OriginalStatus, RecordStatus, RegisterStatus, RenditionAge, Sensitivity
from vault.tables import copy_renditions, copy_statuses, records

TOPIC: Final = "copy.status_changed"
# (1) A void never becomes anything. (2) Nothing becomes FINAL again. (3) An annulment is for ever.
_MOVES: Final[Mapping[RegisterStatus, frozenset[RegisterStatus]]] = MappingProxyType(
    {
        RegisterStatus.FINAL: frozenset({RegisterStatus.SUPERSEDED, RegisterStatus.ANNULLED}),
        RegisterStatus.SUPERSEDED: frozenset({RegisterStatus.ANNULLED}),
        RegisterStatus.VOID: frozenset(),
        RegisterStatus.ANNULLED: frozenset(),
        RegisterStatus.UNKNOWN: frozenset(),
    }
)
_RECORD_STATUS: Final[Mapping[RegisterStatus, RecordStatus]] = MappingProxyType(
    {RegisterStatus.SUPERSEDED: RecordStatus.SUPERSEDED, RegisterStatus.ANNULLED: RecordStatus.ANNULLED}
)


@dataclass(frozen=True, slots=True)
class NewCopyStatus:
    """What `certify` registers for a code: FINAL with the signed file's digest, or VOID without one."""

    code: str
    register: RegisterStatus
    agency_code: str
    register_number: str
    doc_type: str
    sensitivity: Sensitivity
    certified_at: datetime | None
    page_count: int | None
    sha256_hex: str | None
    original: OriginalStatus = OriginalStatus.CURRENT
    original_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CopyStatus:
    """The answer for a stranger: no name, no number of a person, the type only when it is not sensitive."""

    register: RegisterStatus
    original: OriginalStatus
    rendition: RenditionAge
    code: str | None
    agency_code: str | None
    register_number: str | None
    certified_at: datetime | None
    page_count: int | None
    doc_type: str | None
    superseded_by_code: str | None
    decision_number: str | None
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class CodeOwner:
    """In whose history a look-up of a code belongs; ids only, never shown to who asked."""

    holder_id: str
    record_id: str


def register_copy_status(tx: Connection, new: NewCopyStatus, *, at: datetime) -> None:
    """Make a code known, in the caller's transaction; saying the same twice changes nothing.

    Raises:
        StatusConflict: the code or the register number is taken by another copy, or the values contradict each other.
    """
    _check_new(new)
    stored = tx.execute(sa.select(copy_statuses).where(copy_statuses.c.code == new.code)).one_or_none()
    if stored is None:
        try:
            with tx.begin_nested():
                tx.execute(copy_statuses.insert().values(**_values(new), changed_at=at))
        except sa.exc.IntegrityError as error:
            raise StatusConflict(
                f"code {new.code} or number {new.register_number} of {new.agency_code} belongs to another copy"
            ) from error
    elif not _is_same(stored, new):
        raise StatusConflict(f"code {new.code} is already registered for another copy or as {stored.register}")
    if new.sha256_hex is not None:
        add_known_rendition(tx, new.code, sha256_hex=new.sha256_hex)


def set_status(
    tx: Connection,
    code: str,
    *,
    at: datetime,
    register: RegisterStatus | None = None,
    original: OriginalStatus | None = None,
    decision_number: str | None = None,
    superseded_by_code: str | None = None,
    reason: str | None = None,
) -> None:
    """Supersede or annul a copy, or note what became of its original; the record in the vault follows.

    `reason` is a code that goes with the message about it.

    Raises:
        NotFound: no such code.
        StatusConflict: the move is not allowed, an annulment lacks its decision, a supersession its successor.
    """
    stored = tx.execute(sa.select(copy_statuses).where(copy_statuses.c.code == code).with_for_update()).one_or_none()
    if stored is None:
        raise NotFound(f"code {code} is not in the register")
    changes: dict[str, Any] = {"changed_at": at}
    record_changes: dict[str, Any] = {}
    if register is not None:
        _check_move(stored, register, decision_number=decision_number, superseded_by_code=superseded_by_code)
        changes["register"] = register.value
        if decision_number is not None:
            changes["decision_number"] = decision_number
        if superseded_by_code is not None:
            changes["superseded_by_code"] = superseded_by_code
        record_changes["status"] = _RECORD_STATUS[register].value
    if original is not None:
        changes["original"] = record_changes["original"] = original.value
    tx.execute(copy_statuses.update().where(copy_statuses.c.code == code).values(**changes))
    if record_changes:
        tx.execute(records.update().where(records.c.code == code).values(**record_changes))
    told = {"register": register, "original": original, "reason": reason}
    payload = {"code": code} | {name: str(value) for name, value in told.items() if value is not None}
    put_message(tx, Message(TOPIC, f"{code}:{register}:{original}:{at.isoformat()}", payload), at=at)


def add_known_rendition(tx: Connection, code: str, *, sha256_hex: str) -> None:
    """Remember a further digest of the copy, newest last; a digest already known keeps its place.

    Raises:
        StatusConflict: the digest belongs to another copy.
        NotFound: no such code.
    """
    known = tx.execute(
        sa.select(copy_renditions.c.code).where(copy_renditions.c.sha256_hex == sha256_hex)
    ).scalar_one_or_none()
    if known == code:
        return
    if known is not None:
        raise StatusConflict(f"the file {sha256_hex} is already registered under another code")
    # Locks the code, so that two renewals cannot take one position.
    locked = tx.execute(
        sa.select(copy_statuses.c.code).where(copy_statuses.c.code == code).with_for_update()
    ).scalar_one_or_none()
    if locked is None:
        raise NotFound(f"code {code} is not in the register; register the copy's status first")
    position = sa.select(sa.func.coalesce(sa.func.max(copy_renditions.c.position) + 1, 0)).where(
        copy_renditions.c.code == code
    )
    tx.execute(
        copy_renditions.insert().values(sha256_hex=sha256_hex, code=code, position=tx.execute(position).scalar_one())
    )


def status(tx: Connection, *, at: datetime, code: str | None = None, sha256_hex: str | None = None) -> CopyStatus:
    """Say how a copy stands at `at`, by its code, by a file's digest, or by both together.

    With both, the code decides which copy is meant and the digest only says whether the file is one of its
    renditions. A code must have passed `codes.parse_code` before.
    """
    found_by_file = tx.execute(
        sa.select(copy_renditions).where(copy_renditions.c.sha256_hex == (sha256_hex or ""))
    ).one_or_none()
    wanted = code if code is not None else (found_by_file.code if found_by_file is not None else "")
    row = tx.execute(sa.select(copy_statuses).where(copy_statuses.c.code == wanted)).one_or_none()
    newest = tx.execute(
        sa.select(sa.func.max(copy_renditions.c.position)).where(copy_renditions.c.code == wanted)
    ).scalar_one()
    if row is None:
        return _unknown(at)
    age = RenditionAge.UNKNOWN
    if found_by_file is not None and found_by_file.code == wanted:
        age = RenditionAge.NEWEST if found_by_file.position == newest else RenditionAge.OLDER
    sensitive = row.sensitivity != Sensitivity.NORMAL.value
    return CopyStatus(
        register=RegisterStatus(row.register),
        original=_original_at(row, at),
        rendition=age,
        code=row.code,
        agency_code=row.agency_code,
        register_number=row.register_number,
        certified_at=row.certified_at,
        page_count=row.page_count,
        doc_type=None if sensitive else row.doc_type,
        superseded_by_code=row.superseded_by_code,
        decision_number=row.decision_number,
        checked_at=at,
    )


def holder_of_code(tx: Connection, code: str) -> CodeOwner | None:
    """Say whose history shall note a look-up; a code without a paper in a vault (a void, for example) has none."""
    row = tx.execute(sa.select(records.c.holder_id, records.c.record_id).where(records.c.code == code)).one_or_none()
    return None if row is None else CodeOwner(row.holder_id, row.record_id)


def _check_new(new: NewCopyStatus) -> None:
    if new.register is RegisterStatus.FINAL:
        if new.sha256_hex is None or new.certified_at is None or new.page_count is None:
            raise StatusConflict(f"code {new.code} cannot be FINAL without the file's digest, time and page count")
    elif new.register is not RegisterStatus.VOID or new.sha256_hex is not None:
        raise StatusConflict(f"code {new.code} can only be registered as FINAL, or as VOID without a file")


def _check_move(
    stored: Row[tuple[object, ...]],
    register: RegisterStatus,
    *,
    decision_number: str | None,
    superseded_by_code: str | None,
) -> None:
    if register not in _MOVES[RegisterStatus(stored.register)]:
        raise StatusConflict(f"code {stored.code} is {stored.register} and cannot become {register.value}")
    if register is RegisterStatus.ANNULLED and not decision_number:
        raise StatusConflict(f"code {stored.code} cannot be annulled without the number of the decision")
    if register is RegisterStatus.SUPERSEDED and not superseded_by_code:
        raise StatusConflict(f"code {stored.code} cannot be superseded without the code of its successor")


def _identity(new: NewCopyStatus) -> dict[str, object]:
    return {
        "agency_code": new.agency_code,
        "register_number": new.register_number,
        "doc_type": new.doc_type,
        "certified_at": new.certified_at,
        "page_count": new.page_count,
    }


def _is_same(stored: Row[tuple[object, ...]], new: NewCopyStatus) -> bool:
    # A step repeated late finds its copy superseded or annulled: it was FINAL once, and stays as it is.
    was_final = stored.register != RegisterStatus.VOID.value
    if was_final is not (new.register is RegisterStatus.FINAL):
        return False
    return all(getattr(stored, name) == value for name, value in _identity(new).items())


def _values(new: NewCopyStatus) -> dict[str, object]:
    return _identity(new) | {
        "code": new.code,
        "register": new.register.value,
        "sensitivity": new.sensitivity.value,
        "original": new.original.value,
        "original_expires_at": new.original_expires_at,
    }


def _original_at(row: Row[tuple[object, ...]], at: datetime) -> OriginalStatus:
    stored = OriginalStatus(row.original)
    if stored is OriginalStatus.CURRENT and row.original_expires_at is not None and row.original_expires_at <= at:
        return OriginalStatus.EXPIRED
    return stored


def _unknown(at: datetime) -> CopyStatus:
    return CopyStatus(
        register=RegisterStatus.UNKNOWN,
        original=OriginalStatus.UNKNOWN,
        rendition=RenditionAge.UNKNOWN,
        code=None,
        agency_code=None,
        register_number=None,
        certified_at=None,
        page_count=None,
        doc_type=None,
        superseded_by_code=None,
        decision_number=None,
        checked_at=at,
    )
