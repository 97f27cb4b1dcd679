"""Agencies: who certifies, under which names, from when until when, and with which seal key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from certify.errors import AgencyNotFound, StaffConflict
from certify.tables import agencies


@dataclass(frozen=True, slots=True)
class Agency:
    """An office; `book_suffix` ends the name of its register books, for example "SCTĐT/BS".

    `name_local` is its name in the language of papers where that is none of the three.
    """

    code: str
    name_vi: str
    name_en: str
    name_fr: str
    level: str
    parent_code: str | None
    seal_key_id: str | None
    book_suffix: str
    valid_from: datetime
    valid_to: datetime | None
    name_local: str | None = None

    @property
    def name_on_papers(self) -> str:
        """The name as it stands on papers and in certificates."""
        return self.name_local or self.name_vi


def add_agency(tx: Connection, agency: Agency) -> Agency:
    """Write an agency into the inventory.

    Raises:
        StaffConflict: an agency of this code stands there already with other facts.
    """
    existing = tx.execute(sa.select(agencies).where(agencies.c.agency_code == agency.code)).one_or_none()
    if existing is not None:
        if _agency(existing) != agency:
            raise StaffConflict(f"agency {agency.code} already exists with other facts; use another code")
        return agency
    tx.execute(
        agencies.insert().values(
            agency_code=agency.code,
            name_vi=agency.name_vi,
            name_en=agency.name_en,
            name_fr=agency.name_fr,
            level=agency.level,
            parent_code=agency.parent_code,
            seal_key_id=agency.seal_key_id,
            book_suffix=agency.book_suffix,
            valid_from=agency.valid_from,
            valid_to=agency.valid_to,
            name_local=agency.name_local,
        )
    )
    return agency


def get_agency(tx: Connection, code: str) -> Agency:
    """Give an agency of any time; old copies still need abolished ones.

    Raises:
        AgencyNotFound: no agency has this code.
    """
    row = tx.execute(sa.select(agencies).where(agencies.c.agency_code == code)).one_or_none()
    if row is None:
        raise AgencyNotFound(f"agency {code} does not exist; add it with `vidimus agency add`")
    return _agency(row)


def acts_at(agency: Agency, *, at: datetime) -> bool:
    """Whether the agency exists at this instant: from its beginning on, and no longer from its abolition on."""
    return agency.valid_from <= at and (agency.valid_to is None or at < agency.valid_to)


def is_within(tx: Connection, code: str, *, ancestor_code: str) -> bool:
    """Whether an agency is another one, or stands below it in the tree of agencies.

    Raises:
        AgencyNotFound: one of the codes on the way up is unknown.
    """
    seen: set[str] = set()
    current: str | None = code
    while current is not None and current not in seen:
        if current == ancestor_code:
            return True
        seen.add(current)
        current = get_agency(tx, current).parent_code
    return False


def check_agency_at(tx: Connection, code: str, *, at: datetime) -> Agency:
    """Give an agency that may act at this instant.

    Raises:
        AgencyNotFound: it does not exist, not yet or no longer.
    """
    agency = get_agency(tx, code)
    if not acts_at(agency, at=at):
        raise AgencyNotFound(f"agency {code} does not act on {at:%Y-%m-%d}; its successor takes the case")
    return agency


def list_agencies(tx: Connection) -> tuple[Agency, ...]:
    """Give every agency, by code."""
    return tuple(_agency(row) for row in tx.execute(sa.select(agencies).order_by(agencies.c.agency_code)))


def _agency(row: Row[tuple[object, ...]]) -> Agency:
    fields = dict(row._mapping)
    return Agency(code=fields.pop("agency_code"), **fields)
