"""Rows of law that hold from one day to another: which of them hold on a day, and whether a list of them can be meant.

A change on a date is a new row; nothing before that date changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

from certify.errors import LawDataInvalid


class Dated(Protocol):
    """A row that holds from one day to another, the last one counted in."""

    @property
    def valid_from(self) -> date:
        """The first day."""

    @property
    def valid_to(self) -> date | None:
        """The last day, or None while none is known."""


_Row = TypeVar("_Row", bound=Dated)


def holding(rows: Iterable[_Row], *, on: date) -> tuple[_Row, ...]:
    """Give the rows that hold on a day."""
    return tuple(row for row in rows if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to))


def only_one(rows: Iterable[_Row], *, on: date, what: str) -> _Row:
    """Give the one row that holds on a day; `what` names the kind of row in the plural.

    Raises:
        LawDataInvalid: none holds, or more than one.
    """
    found = holding(rows, on=on)
    if len(found) != 1:
        raise LawDataInvalid(f"{len(found)} {what} hold on {on:%Y-%m-%d}; exactly one must")
    return found[0]


def check_periods(what: str, rows: Iterable[Dated], *, without_gap: bool) -> None:
    """Check that two rows for one thing never hold on the same day, and `without_gap` that no day lacks one.

    Raises:
        LawDataInvalid: they do, or one ends before it begins.
    """
    ordered = sorted(rows, key=lambda row: row.valid_from)
    for row in ordered:
        if row.valid_to is not None and row.valid_to < row.valid_from:
            raise LawDataInvalid(f"a {what} ends on {row.valid_to}, before it begins")
    for earlier, later in pairwise(ordered):
        if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
            raise LawDataInvalid(f"two rows of {what} hold on {later.valid_from}; end the earlier one before")
        if without_gap and later.valid_from != earlier.valid_to + timedelta(days=1):
            raise LawDataInvalid(f"no {what} holds on {earlier.valid_to + timedelta(days=1)}")
