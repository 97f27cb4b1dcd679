"""Copies on paper, asked for with the electronic one: one scan, one comparison, sheets that are signed and sealed by hand.

Whether they share the electronic copy's number is a rule of the day, as data. Where they do, they are counted in its line;
where they do not, they take a number of their own when their sheets are printed.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import Any, Final

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Connection
from yaml import CSafeLoader

from certify.dated import only_one
from certify.errors import LawDataInvalid, NumberConflict
from certify.register_tables import paper_copies
from certify.rules import LawPack

MOST_COPIES: Final = 100


@dataclass(frozen=True, slots=True)
class SharingRule:
    """Whether copies on paper share the electronic copy's number, between two days."""

    basis_id: str
    valid_from: date
    valid_to: date | None
    shares_number: bool


@dataclass(frozen=True, slots=True)
class PaperCopies:
    """Copies on paper of one original, and the number of their own where they have one."""

    item_id: str
    copies: int
    asked_by: str
    asked_at: datetime
    book_id: str | None
    seq_no: int | None
    printed_by: str | None
    printed_at: datetime | None


@functools.cache
def load_sharing(country: str) -> tuple[SharingRule, ...]:
    """Load the rules of a country.

    Raises:
        LawDataInvalid: the file says something else than rules with days.
    """
    file = resources.files("certify").joinpath("law", country.lower(), "paper_copies.yaml")
    rows: list[dict[str, Any]] = yaml.load(file.read_text(encoding="utf-8"), Loader=CSafeLoader)
    try:
        return tuple(SharingRule(**row) for row in rows)
    except TypeError as exc:
        raise LawDataInvalid(f"paper_copies.yaml of the {country} pack holds an unknown or missing key: {exc}") from exc


def shares_number(law: LawPack, *, at: datetime) -> bool:
    """Whether copies on paper share the number at this instant.

    Raises:
        LawDataInvalid: not exactly one rule holds on that day.
    """
    rules = load_sharing(law.country)
    return only_one(rules, on=law.local_date(at), what="rules about copies on paper").shares_number


def ask_for_paper(tx: Connection, item_id: str, *, copies: int, asked_by: str, at: datetime) -> PaperCopies:
    """Note how many copies on paper are wanted, before a number is taken; asked again, the number changes.

    Raises:
        NumberConflict: the count cannot be meant, or the sheets are printed.
    """
    if not 1 <= copies <= MOST_COPIES:
        raise NumberConflict(f"from 1 to {MOST_COPIES} copies on paper can be made at once, not {copies}")
    present = find_paper(tx, item_id)
    if present is not None and present.printed_at is not None:
        raise NumberConflict(f"the sheets of item {item_id} are printed already")
    values = {"copies": copies, "asked_by": asked_by, "asked_at": at}
    of_this = paper_copies.c.item_id == item_id
    if not tx.execute(paper_copies.update().where(of_this).values(**values)).rowcount:
        tx.execute(paper_copies.insert().values(item_id=item_id, **values))
    found = find_paper(tx, item_id)
    if found is None:
        raise NumberConflict(f"the copies on paper of item {item_id} were taken back a moment ago")
    return found


def find_paper(tx: Connection, item_id: str) -> PaperCopies | None:
    """Give the copies on paper of an original, or None when none are wanted."""
    row = tx.execute(sa.select(paper_copies).where(paper_copies.c.item_id == item_id)).one_or_none()
    return None if row is None else PaperCopies(**row._mapping)


def note_printed(
    tx: Connection, item_id: str, *, book_id: str, seq_no: int, printed_by: str, at: datetime
) -> PaperCopies | None:
    """Note that the sheets were printed, under which number; the first time counts."""
    tx.execute(
        paper_copies.update()
        .where(paper_copies.c.item_id == item_id, paper_copies.c.printed_at.is_(None))
        .values(book_id=book_id, seq_no=seq_no, printed_by=printed_by, printed_at=at)
    )
    return find_paper(tx, item_id)
