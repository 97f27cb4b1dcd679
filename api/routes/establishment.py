"""Agencies and people entered, changed and ended by an administrator."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from api.acts import establishment as acts
from api.routes.depends import AdminAnew, IdempotencyKeyHeader, IfMatch, Office, PlainId, Ulid, check_if_match, reply
from api.routes.people_told import agency_reply, agency_told, person_reply
from api.routes.repeats import do_once
from api.schemas.administration import (
    AbolitionAsked,
    AbolitionTold,
    AgencyAsked,
    AgencyTold,
    ColleagueAsked,
    ColleagueChange,
    ColleagueTold,
    InvitationTold,
    SealPolicyAsked,
    SealPolicyTold,
)
from certify import Agency

router = APIRouter(prefix="/v1", tags=["administration"])


@router.post("/agencies", status_code=201, response_model=AgencyTold)
def found_agency(
    request: Request, caller: AdminAnew, services: Office, asked: AgencyAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Enter an agency below one's own; its seal key comes from its machine."""

    def act() -> Response:
        entered = Agency(
            asked.code,
            asked.name.vi,
            asked.name.en,
            asked.name.fr,
            asked.level,
            asked.parent_code or caller.agency_code,
            None,
            asked.book_suffix,
            asked.valid_from or services.clock.now(),
            None,
            asked.name_local,
        )
        made = acts.found_agency(services, caller, entered)
        return agency_reply(made, status=201, headers={"Location": f"/v1/agencies/{made.code}"})

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/agencies/{agency_code}/abolition", response_model=AbolitionTold)
def abolish_agency(
    caller: AdminAnew, services: Office, agency_code: PlainId, asked: AbolitionAsked, if_match: IfMatch = None
) -> Response:
    """End an agency below one's own and name its successors: they see what it left, and its open cases go on."""
    decision = acts.Abolition(asked.successors, asked.decision_number, asked.since)
    ended, moved = acts.abolish_agency(
        services, caller, agency_code, decision, check_version=partial(check_if_match, if_match)
    )
    return reply(AbolitionTold(agency=agency_told(ended), moved_cases=moved))


@router.post("/agencies/{agency_code}/seal-policies", status_code=201, response_model=SealPolicyTold)
def allow_sealing(
    request: Request,
    caller: AdminAnew,
    services: Office,
    agency_code: PlainId,
    asked: SealPolicyAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Let an agency seal by itself within a window, by a numbered decision."""

    def act() -> Response:
        policy_id = acts.allow_sealing(services, caller, agency_code, acts.SealPolicy(**asked.model_dump()))
        told = SealPolicyTold(policy_id=policy_id, agency_code=agency_code, **asked.model_dump())
        return reply(told, status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/staff", status_code=201, response_model=ColleagueTold)
def take_on(
    request: Request, caller: AdminAnew, services: Office, asked: ColleagueAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Enter a person with an account that nothing opens yet; an invitation gives the first way in."""

    def act() -> Response:
        form = acts.PersonForm(asked.login, asked.agency_code, asked.name, asked.position, frozenset(asked.roles))
        made = acts.take_on(services, caller, form)
        return person_reply(made, status=201, headers={"Location": f"/v1/staff/{made.staff_id}"})

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.patch("/staff/{staff_id}", response_model=ColleagueTold)
def change_person(
    caller: AdminAnew, services: Office, staff_id: Ulid, asked: ColleagueChange, if_match: IfMatch = None
) -> Response:
    """Change name, position or roles of a person; their next call is judged by the new ones, also in an open session."""
    roles = None if asked.roles is None else frozenset(asked.roles)
    change = acts.PersonChange(asked.name, asked.position, roles)
    check = partial(check_if_match, if_match)
    return person_reply(acts.change_person(services, caller, staff_id, change, check_version=check))


@router.post("/staff/{staff_id}/invitation", response_model=InvitationTold)
def invite(caller: AdminAnew, services: Office, staff_id: Ulid) -> Response:
    """Give a link that signs a person in for the first time, within an hour; who came in before is recovered instead."""
    token = acts.invite(services, caller, staff_id)
    return reply(InvitationTold(staff_id=staff_id, link=f"{services.settings.door_url}/in/{token}"))
