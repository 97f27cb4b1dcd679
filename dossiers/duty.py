"""Access by a duty of law in place of consent: a dated article, a case, and a notice to the holder; never more than it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from sqlalchemy.engine import Connection
from yaml import CSafeLoader

from dossiers.errors import DutyRefused
from guard import RandomBytes
from vault import (
    ConsentBasis,
    HolderOwner,
    NewConsent,
    Record,
    RecordStatus,
    ReuseGrant,
    give_consent,
    grant_reuse,
    list_for_holder,
)
from vault.outbox import Message
from vault.outbox import put as put_message

TOPIC: Final = "papers.by_duty"
TERM: Final = timedelta(days=3)
_FILE: Final = Path(__file__).parent / "duties.yaml"


@dataclass(frozen=True, slots=True)
class Duty:
    """An article that lets an agency fetch papers of some types without consent."""

    duty_id: str
    article: str
    valid_from: date
    valid_to: date | None
    doc_types: frozenset[str]

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class DutyAsked:
    """Who fetches what by which article, for which case."""

    agency_code: str
    duty_id: str
    doc_type: str
    case_number: str


@cache
def load_duties() -> tuple[Duty, ...]:
    """Read the articles that ship with the software."""
    rows = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=CSafeLoader)["duties"]
    return tuple(
        Duty(row["id"], row["article"], row["valid_from"], row["valid_to"], frozenset(row["doc_types"])) for row in rows
    )


def access_by_duty(
    tx: Connection, owner: HolderOwner, asked: DutyAsked, *, on: date, at: datetime, random_bytes: RandomBytes
) -> tuple[Duty, ReuseGrant]:
    """Let an agency fetch the current papers of one type for three days; the holder is told, with the article.

    Raises:
        DutyRefused: no such article in force, it does not name this type, no case was named, or there is no such paper.
    """
    duty = next((one for one in load_duties() if one.duty_id == asked.duty_id and one.holds_on(on)), None)
    if duty is None:
        raise DutyRefused(f"duty {asked.duty_id} is not in force on {on.isoformat()}; name one that is")
    if asked.doc_type not in duty.doc_types:
        raise DutyRefused(f"duty {asked.duty_id} does not reach papers of the type {asked.doc_type}; ask the holder")
    if not asked.case_number.strip():
        raise DutyRefused("an access by duty names the case it is for; give its number")
    papers = [one for one in _of_type(tx, owner, asked.doc_type) if one.status is RecordStatus.CURRENT]
    if not papers:
        raise DutyRefused(f"there is no current paper of the type {asked.doc_type} in this vault")
    new = NewConsent(
        purposes=(asked.case_number.strip(),),
        recipient_agency=asked.agency_code,
        record_ids=tuple(one.record_id for one in papers),
        expires_at=at + TERM,
        case_id=asked.case_number.strip()[:64],
        basis=ConsentBasis.LEGAL_DUTY,
        article=duty.article,
    )
    consent = give_consent(tx, owner, new, at=at, random_bytes=random_bytes)
    grant = grant_reuse(tx, owner, consent.consent_id, at=at, random_bytes=random_bytes)
    told = {"holder": owner.holder_id, "agency": asked.agency_code, "article": duty.article}
    put_message(tx, Message(TOPIC, grant.grant_id, told), at=at)
    return duty, grant


def _of_type(tx: Connection, owner: HolderOwner, doc_type: str) -> tuple[Record, ...]:
    return list_for_holder(tx, owner, doc_type=doc_type, limit=500)
