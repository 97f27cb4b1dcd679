"""What is noted on a line of the register after it was final: the line is never rewritten, in a closed book least of all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.register_tables import line_notes


class AnnotationKind(StrEnum):
    """What happened to a copy after its line was written (DOMAIN section 2)."""

    SUPERSEDED = "SUPERSEDED"
    SUPERSEDES = "SUPERSEDES"
    ORIGINAL_REPLACED = "ORIGINAL_REPLACED"
    ORIGINAL_REVOKED = "ORIGINAL_REVOKED"
    ANNULLED = "ANNULLED"
    MISDELIVERED = "MISDELIVERED"
    PAPER_COPIES = "PAPER_COPIES"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One note on one line: of what kind, by whom and when, by which decision, with which other copy."""

    book_id: str
    seq_no: int
    kind: AnnotationKind
    noted_by: str
    noted_at: datetime
    reason: str | None = None
    decision_number: str | None = None
    other_code: str | None = None


def annotate(tx: Connection, note: Annotation) -> None:
    """Write a note; it is never changed and never taken away."""
    tx.execute(
        line_notes.insert().values(
            book_id=note.book_id,
            seq_no=note.seq_no,
            kind=note.kind.value,
            noted_by=note.noted_by,
            noted_at=note.noted_at,
            reason=note.reason,
            decision_number=note.decision_number,
            other_code=note.other_code,
        )
    )


def annotations_of(
    tx: Connection, book_id: str, *, lines: Collection[int] | None = None, as_of: datetime | None = None
) -> tuple[Annotation, ...]:
    """Give the notes of a book in their order: of all its lines or of some, up to an instant when one is named."""
    chosen = sa.select(line_notes).where(line_notes.c.book_id == book_id)
    if lines is not None:
        chosen = chosen.where(line_notes.c.seq_no.between(min(lines, default=0), max(lines, default=0)))
    if as_of is not None:
        chosen = chosen.where(line_notes.c.noted_at <= as_of)
    rows = tx.execute(chosen.order_by(line_notes.c.annotation_no))
    found = tuple(_annotation(dict(row._mapping)) for row in rows)
    return found if lines is None else tuple(note for note in found if note.seq_no in lines)


def _annotation(fields: dict[str, Any]) -> Annotation:
    fields.pop("annotation_no")
    return Annotation(kind=AnnotationKind(fields.pop("kind")), **fields)
