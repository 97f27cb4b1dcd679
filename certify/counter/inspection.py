"""What an officer looked at and answered before a copy is made: pages, issuer, suggestions, lines.

Nothing is ticked in advance and nothing is decided by the recogniser: it suggests, and a person answers each suggestion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.counter.data import Choice, DeskRules
from certify.desk_tables import inspections
from certify.errors import ChecklistIncomplete, GuardRefused
from certify.items import Item, lock_item
from guard.clock import RandomBytes
from guard.identifiers import new_ulid


class Issuer(StrEnum):
    """Whose paper it is; one in two languages of a Vietnamese issuer is not foreign."""

    HOME = "HOME"
    HOME_BILINGUAL = "HOME_BILINGUAL"
    FOREIGN = "FOREIGN"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an officer stated at the paper: how many pages were compared, whose it is, and each line by hand."""

    pages_compared: int
    issuer: Issuer
    checklist: tuple[str, ...]
    evidence: str | None = None
    """What shows that a foreign paper is legalised or exempt."""
    dismissed: tuple[str, ...] = ()
    """Suggestions of the recogniser that the officer looked at and found to be nothing."""


def inspection_lines(rules: DeskRules, doc_type: str) -> tuple[Choice, ...]:
    """The lines for a type of paper, at most five."""
    return rules.lines.get(doc_type) or rules.lines[""]


def suggestions_of(lines: Iterable[str], *, rules: DeskRules) -> tuple[str, ...]:
    """Name what printed lines give reason to look at; a person decides what it is."""
    read = [" ".join(line.upper().split()) for line in lines]
    return tuple(
        rule.code for rule in rules.suggestions if any(one.search(line) for one in rule.patterns for line in read)
    )


def suggested_issuer(lines: Iterable[str], *, rules: DeskRules) -> Issuer | None:
    """Whose paper it seems to be: the home heading makes it a home paper in any number of languages; else nobody knows."""
    read = [" ".join(line.upper().split()) for line in lines]
    headings = sum(any(one.search(line) for line in read) for one in rules.home_issuer)
    if not headings:
        return None
    return Issuer.HOME_BILINGUAL if headings > 1 else Issuer.HOME


def inspect(
    tx: Connection,
    item: Item,
    given: Inspection,
    *,
    suggested: Sequence[str],
    rules: DeskRules,
    staff_id: str,
    at: datetime,
    random_bytes: RandomBytes,
) -> None:
    """Write what an officer stated.

    Raises:
        ChecklistIncomplete: a line was not confirmed.
        GuardRefused: pages are missing, a suggestion was not answered, or a foreign paper has no evidence.
    """
    lock_item(tx, item.item_id)
    if given.pages_compared != item.page_count:
        raise GuardRefused(
            "PAGES_NOT_COMPARED",
            f"{given.pages_compared} of {item.page_count} pages were compared with the paper; compare every page",
        )
    missing = {line.code for line in inspection_lines(rules, item.doc_type)} - set(given.checklist)
    if missing:
        raise ChecklistIncomplete(f"these lines were not confirmed: {', '.join(sorted(missing))}")
    if set(suggested) - set(given.dismissed):
        raise GuardRefused("SUGGESTION_OPEN", "look at what the recogniser points at: dismiss it, or refuse the item")
    if given.issuer is Issuer.FOREIGN:
        if not given.evidence:
            raise GuardRefused(
                "FOREIGN_NOT_LEGALISED",
                "a foreign paper needs its legalisation, or what exempts it; ask for it, or refuse",
            )
        rules.choice("evidence", given.evidence)
    tx.execute(
        inspections.insert().values(
            inspection_id=new_ulid(at=at, random_bytes=random_bytes),
            item_id=item.item_id,
            staff_id=staff_id,
            pages_compared=given.pages_compared,
            issuer=given.issuer.value,
            evidence=given.evidence,
            suggestions=sorted(suggested),
            checklist=sorted(given.checklist),
            inspected_at=at,
        )
    )


def latest_inspection(tx: Connection, item_id: str) -> Mapping[str, object] | None:
    """Give what was stated last about an item, as its row has it; None when nobody did."""
    row = tx.execute(
        sa.select(inspections)
        .where(inspections.c.item_id == item_id)
        .order_by(inspections.c.inspection_id.desc())
        .limit(1)
    ).one_or_none()
    return dict(row._mapping) if row is not None else None
