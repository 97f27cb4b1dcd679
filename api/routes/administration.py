"""Cases, agencies, the people of an office and their delegations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Query, Request, Response

from api.acts import administration as acts
from api.routes.cursors import Page
from api.routes.depends import (
    AdminAnew,
    Colleague,
    IdempotencyKeyHeader,
    Office,
    Overseer,
    PlainId,
    Reader,
    Ulid,
    reply,
)
from api.routes.office_told import draft_row
from api.routes.people_told import agency_reply, agency_told, person_reply, person_told
from api.routes.repeats import do_once
from api.schemas.administration import (
    AgencyList,
    AgencyTold,
    CaseList,
    CaseTold,
    ColleagueList,
    ColleagueTold,
    DelegationAsked,
    DelegationList,
    DelegationTold,
)
from api.services import Services
from certify import Case, CaseState, Delegation, Item

router = APIRouter(prefix="/v1")
_CASES: Final[list[str | Enum]] = ["cases"]
_ADMINISTRATION: Final[list[str | Enum]] = ["administration"]
_CODE: Final = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$"

_T = TypeVar("_T")


@router.get("/cases", response_model=CaseList, tags=_CASES)
def list_cases(
    caller: Reader,
    services: Office,
    paging: Page,
    state: Annotated[CaseState | None, Query(description="Only cases that stand here.")] = None,
) -> Response:
    """List the agency's cases, oldest first; those in one state when it is named."""
    shown, more = paging.page(
        "cases",
        caller.agency_code,
        state.value if state else "",
        read=lambda after, limit: acts.cases_of_agency(services, caller, state=state, after_case_id=after, limit=limit),
        id_of=lambda case: case.case_id,
    )
    return reply(CaseList(items=[_case(case) for case in shown], next_cursor=more))


@router.get("/cases/{case_id}", response_model=CaseTold, tags=_CASES)
def get_case(caller: Reader, services: Office, case_id: Ulid) -> Response:
    """Give a case with its originals."""
    case, items = acts.view_case(services, caller, case_id)
    return reply(_case(case, items))


@router.get("/agencies", response_model=AgencyList, tags=_ADMINISTRATION)
def list_agencies(_caller: Colleague, services: Office, paging: Page) -> Response:
    """List the agencies by code."""
    shown, more = paging.page(
        "agencies", read=cut(lambda: acts.agencies(services), by=lambda one: one.code), id_of=lambda one: one.code
    )
    return reply(AgencyList(items=[agency_told(one) for one in shown], next_cursor=more))


@router.get("/agencies/{agency_code}", response_model=AgencyTold, tags=_ADMINISTRATION)
def get_agency(_caller: Colleague, services: Office, agency_code: PlainId) -> Response:
    """Give one agency; its ETag goes with ending it."""
    return agency_reply(acts.agency(services, agency_code))


@router.get("/staff", response_model=ColleagueList, tags=_ADMINISTRATION)
def list_people(
    caller: Overseer,
    services: Office,
    paging: Page,
    agency: Annotated[str | None, Query(pattern=_CODE, description="The caller's own when left out.")] = None,
) -> Response:
    """List the people of the caller's agency, or of one below it."""
    shown, more = paging.page(
        "staff",
        caller.agency_code,
        agency or "",
        read=cut(lambda: acts.people(services, caller, agency_code=agency), by=lambda one: one.staff_id),
        id_of=lambda one: one.staff_id,
    )
    return reply(ColleagueList(items=[person_told(one) for one in shown], next_cursor=more))


@router.get("/staff/{staff_id}", response_model=ColleagueTold, tags=_ADMINISTRATION)
def get_person(caller: Overseer, services: Office, staff_id: Ulid) -> Response:
    """Give one of them; the ETag goes with a change of the entry."""
    return person_reply(acts.person(services, caller, staff_id))


@router.get("/staff/{staff_id}/delegations", response_model=DelegationList, tags=_ADMINISTRATION)
def list_delegations(caller: Overseer, services: Office, staff_id: Ulid) -> Response:
    """List the delegations of a person, newest first, with whether each holds now."""
    found = acts.delegations(services, caller, staff_id)
    return reply(DelegationList(items=[_delegation(services, one) for one in found], next_cursor=None))


@router.post("/delegations", status_code=201, response_model=DelegationTold, tags=_ADMINISTRATION)
def add_delegation(
    request: Request,
    caller: AdminAnew,
    services: Office,
    asked: DelegationAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Enter a delegation by its decision; it is never changed afterwards, only ended."""

    def act() -> Response:
        made = acts.delegate(services, caller, acts.DelegationForm(**asked.model_dump()))
        headers = {"Location": f"/v1/staff/{made.staff_id}/delegations"}
        return reply(_delegation(services, made), status=201, headers=headers)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.delete("/delegations/{delegation_id}", response_model=DelegationTold, tags=_ADMINISTRATION)
def end_delegation(caller: AdminAnew, services: Office, delegation_id: Ulid) -> Response:
    """End a delegation now; a signature a moment later is refused."""
    return reply(_delegation(services, acts.end_of_delegation(services, caller, delegation_id)))


def cut(read: Callable[[], Sequence[_T]], *, by: Callable[[_T], str]) -> Callable[[str | None, int], Sequence[_T]]:
    """Read a short list whole, in the order of its ids, and cut a page out of it: an office has few of these."""

    def page(after: str | None, limit: int) -> Sequence[_T]:
        return [one for one in read() if after is None or by(one) > after][:limit]

    return page


def _case(case: Case, items: Sequence[Item] | None = None) -> CaseTold:
    return CaseTold(
        case_id=case.case_id,
        channel=case.channel.value,
        state=case.state.value,
        opened_at=case.opened_at,
        opened_by=case.opened_by,
        due_at=case.due_at,
        items=None if items is None else [draft_row(item) for item in items],
    )


def _delegation(services: Services, one: Delegation) -> DelegationTold:
    return DelegationTold(
        delegation_id=one.delegation_id,
        staff_id=one.staff_id,
        capacity=one.capacity.value,
        on_behalf_of=one.on_behalf_of,
        scope=one.scope,
        decision_number=one.decision_number,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        ended_at=one.ended_at,
        holds_now=one.covers(scope=one.scope, at=services.clock.now()),
    )
