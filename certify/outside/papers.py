"""Databases that hold papers: before an original is charged, those that could have it are asked, by law and on record.

What is written is the fact: which database, by which law, how it ended. The number that was asked for is written nowhere,
and no content comes back: only whether a paper of this type is in force there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class PaperOutcome(StrEnum):
    """What a database said of a paper of a type for a person."""

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    NOT_CURRENT = "NOT_CURRENT"
    """It has one that does not hold any more; nobody is sent away for that."""
    UNAVAILABLE = "UNAVAILABLE"
    """It gave no usable answer; the counter goes on."""
    NOT_ASKED = "NOT_ASKED"
    """Whoever serves at the counter asked more often than any counter does."""


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """Which type of paper, for whom, by which law. Its `repr` shows no number."""

    look_up_id: str
    doc_type: str
    basis_id: str
    number: str = field(repr=False)


class PaperDatabase(Protocol):
    """A database that holds papers of some types, or a sandbox in its place."""

    @property
    def source(self) -> str:
        """What is asked, as it stands on record; a sandbox says that it is one."""
        ...

    @property
    def title(self) -> Mapping[str, str]:
        """Its name in three languages."""
        ...

    @property
    def basis_id(self) -> str:
        """The text of law by which the office asks it."""
        ...

    @property
    def doc_types(self) -> frozenset[str]:
        """The types of paper it has."""
        ...

    def look_for(self, question: PaperQuestion) -> PaperOutcome:
        """Say whether a paper of this type is in force for a person.

        Raises:
            An error of the one who implements it, when there was no answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class DatabaseAnswer:
    """How one database answered for one type of paper; `look_up_id` names its row, and is empty when it was not asked."""

    source: str
    basis_id: str
    outcome: PaperOutcome
    look_up_id: str | None
