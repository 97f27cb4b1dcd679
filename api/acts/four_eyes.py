"""Four eyes switched on and off by an administrator: for an agency of the own tree, for all papers or one type, dated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from api.access import Principal
from api.errors import RequestInvalid
from api.services import Services
from certify import AgencyNotFound, LawPack, get_agency, is_within
from certify.counter import FourEyes, add_four_eyes, end_four_eyes, get_four_eyes, list_four_eyes


@dataclass(frozen=True, slots=True)
class FourEyesForm:
    """The decision: its number, from when (now when left out), until when, and for which type of paper."""

    decision_number: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    doc_type: str | None = None


def ask_for(services: Services, principal: Principal, agency_code: str, form: FourEyesForm) -> FourEyes:
    """Ask for two people at an agency of the own tree.

    Raises:
        AgencyNotFound: it is not in one's own tree.
        GuardRefused: no number, or the window ends before it begins.
        RequestInvalid: there is no such type of paper.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        _check_own(tx, principal, agency_code)
        return add_four_eyes(
            tx,
            agency_code=agency_code,
            decision_number=form.decision_number,
            valid_from=form.valid_from or at,
            valid_until=form.valid_until,
            doc_type=known_type(services.law, form.doc_type),
            entered_by=principal.staff_id,
            random_bytes=services.random_bytes,
        )


def end(services: Services, principal: Principal, policy_id: str) -> FourEyes:
    """End such a decision now; what was certified before stays as it was.

    Raises:
        GuardRefused: there is none of this id in the own tree.
        AgencyNotFound: it is another tree's; nobody can tell the two apart by more than the words.
    """
    with services.database.transaction() as tx:
        _check_own(tx, principal, get_four_eyes(tx, policy_id).agency_code)
        at = services.clock.now()
        return end_four_eyes(tx, policy_id, ended_by=principal.staff_id, at=at, random_bytes=services.random_bytes)


def decisions(services: Services, principal: Principal, agency_code: str) -> tuple[FourEyes, ...]:
    """Give the decisions of an agency of the own tree, newest first.

    Raises:
        AgencyNotFound: it is not in one's own tree.
    """
    with services.database.read() as tx:
        _check_own(tx, principal, agency_code)
        return list_four_eyes(tx, agency_code)


def known_type(law: LawPack, code: str | None) -> str | None:
    """Give a type of paper that the country's data has; None stays None.

    Raises:
        RequestInvalid: there is no such type.
    """
    if code is not None and law.doc_type(code).code != code:
        # The data takes an unknown paper for one of "other" types; a decision about those would say more than was meant.
        raise RequestInvalid(f"there is no type of paper {code}; choose one of the list", field="doc_type")
    return code


def _check_own(tx: Connection, principal: Principal, code: str) -> None:
    get_agency(tx, code)
    if not is_within(tx, code, ancestor_code=principal.agency_code):
        raise AgencyNotFound(f"agency {code} does not exist")
