"""The administrator's pages of people: who is there with which roles, many at once from a table, and each one's delegations."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from api.access import OwnerRule, Principal, Requires, Role, check_fresh
from api.acts import administration as acts
from api.acts import establishment, people_import
from api.acts.administration import DelegationForm
from api.acts.establishment import PersonChange, PersonForm
from api.acts.leaving import let_leave
from api.acts.people_import import PersonLine
from api.errors import ApiError, PreconditionFailed, RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Option, Say
from api.problems import Problem
from api.services import Services
from certify import CERTIFY_COPIES, Agency, Capacity, CertifyError, Delegation, StaffMember, StaffNotFound, is_within
from certify import Role as StaffRole

router = APIRouter(include_in_schema=False)
_HERE: Final = "/staff/people"
_REFUSED: Final = (ApiError, CertifyError)

Admin = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY))]
AdminAnew = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY, step_up=True))]
Text = Annotated[str, Form(max_length=200)]
Roles = Annotated[list[str] | None, Form()]


@router.get(_HERE)
def people(request: Request, principal: Admin, agency: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Show the people of the own agency, or of one below it."""
    return _people(request, principal, agency=agency)


@router.post(_HERE)
def take_on(
    request: Request,
    principal: AdminAnew,
    login: Text = "",
    agency: Text = "",
    name: Text = "",
    position: Text = "",
    role: Roles = None,
) -> Response:
    """Enter a person; an invitation gives the first way in."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    try:
        if not login.strip() or not name.strip() or not role:
            raise RequestInvalid("give a sign-in name, a name and a role", field="login")
        form = PersonForm(
            login.strip(),
            agency or principal.agency_code,
            " ".join(name.split()),
            " ".join(position.split()),
            _roles(role),
        )
        member = establishment.take_on(services, principal, form)
    except _REFUSED as exc:
        return _people(request, principal, agency=agency, problem=problem_of(request, exc))
    return see_other(f"{_HERE}/{member.staff_id}")


@router.post(f"{_HERE}/table")
def table(
    request: Request,
    principal: AdminAnew,
    table: Annotated[str, Form(max_length=200_000)] = "",
    act: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Look at a table of people ahead, or enter all of them."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    try:
        enter = people_import.take_on_all if act == "enter" else people_import.look_at_people
        lines = enter(services, principal, table)
    except _REFUSED as exc:
        return _people(request, principal, problem=problem_of(request, exc), table=table)
    return _people(request, principal, table="" if act == "enter" else table, lines=lines, entered=act == "enter")


@router.get(f"{_HERE}/{{staff_id}}")
def person(request: Request, principal: Admin, staff_id: str) -> Response:
    """Show one person with roles and delegations."""
    return _person(request, principal, staff_id)


@router.post(f"{_HERE}/{{staff_id}}")
def change(
    request: Request,
    principal: AdminAnew,
    staff_id: str,
    name: Text = "",
    position: Text = "",
    role: Roles = None,
    version: Text = "",
) -> Response:
    """Change name, position or roles; the next call of the person is judged by the new ones."""
    services: Services = request.app.state.services
    check_fresh(principal, services)

    def check(now: str) -> None:
        if now != version:
            raise PreconditionFailed("the entry changed meanwhile; look at it again")

    try:
        acts.person(services, principal, staff_id)
        asked = PersonChange(" ".join(name.split()) or None, " ".join(position.split()) or None, _roles(role))
        establishment.change_person(services, principal, staff_id, asked, check_version=check)
    except StaffNotFound:
        raise
    except _REFUSED as exc:
        return _person(request, principal, staff_id, problem=problem_of(request, exc))
    return see_other(f"{_HERE}/{staff_id}")


@router.post(f"{_HERE}/{{staff_id}}/invitation")
def invite(request: Request, principal: AdminAnew, staff_id: str) -> Response:
    """Make the link with which a person comes in for the first time; it is shown this once."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    try:
        token = establishment.invite(services, principal, staff_id)
    except StaffNotFound:
        raise
    except _REFUSED as exc:
        return _person(request, principal, staff_id, problem=problem_of(request, exc))
    return _person(request, principal, staff_id, link=f"{services.settings.door_url}/in/{token}")


@router.post(f"{_HERE}/{{staff_id}}/leaving")
def leave(request: Request, principal: AdminAnew, staff_id: str) -> Response:
    """Let a person leave: accounts, sessions, tokens, passkeys and delegations end at once."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    try:
        acts.person(services, principal, staff_id)
        if staff_id == principal.staff_id:
            raise RequestInvalid("nobody lets oneself leave; another administrator does", field="staff_id")
        let_leave(services, principal, staff_id)
    except StaffNotFound:
        raise
    except _REFUSED as exc:
        return _person(request, principal, staff_id, problem=problem_of(request, exc))
    return see_other(f"{_HERE}/{staff_id}")


@router.post(f"{_HERE}/{{staff_id}}/delegations")
def delegate(
    request: Request,
    principal: AdminAnew,
    staff_id: str,
    capacity: Text = "",
    on_behalf_of: Text = "",
    decision: Text = "",
    since: Text = "",
    until: Text = "",
) -> Response:
    """Enter a delegation by its decision."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    try:
        acts.person(services, principal, staff_id)
        if capacity not in Capacity.__members__ or not decision.strip():
            raise RequestInvalid("give the capacity and the number of the decision", field="decision")
        form = DelegationForm(
            staff_id,
            Capacity(capacity),
            " ".join(on_behalf_of.split()),
            CERTIFY_COPIES,
            decision.strip(),
            _day(services, since, "since"),
            _day(services, until, "until", at=time.max),
        )
        acts.delegate(services, principal, form)
    except StaffNotFound:
        raise
    except _REFUSED as exc:
        return _person(request, principal, staff_id, problem=problem_of(request, exc))
    return see_other(f"{_HERE}/{staff_id}")


@router.post("/staff/delegations/{delegation_id}/end")
def end_delegation(request: Request, principal: AdminAnew, delegation_id: str) -> Response:
    """End a delegation now."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    ended = acts.end_of_delegation(services, principal, delegation_id)
    return see_other(f"{_HERE}/{ended.staff_id}")


def role_options(say: Say) -> tuple[Option, ...]:
    """The roles to choose from."""
    return tuple(Option(role.value, say(f"page.staff_role.{role.value}")) for role in sorted(StaffRole))


def person_row(member: StaffMember, say: Say) -> dict[str, Any]:
    """A person in the list."""
    return {
        "href": f"{_HERE}/{member.staff_id}",
        "staff_id": member.staff_id,
        "name": member.display_name,
        "position": member.position,
        "agency": member.agency_code,
        "roles": [say(f"page.staff_role.{role.value}") for role in sorted(member.roles)],
        "role_values": [role.value for role in member.roles],
        "key": member.key_id or "–",
        "left": say.short(member.left_at) if member.left_at else "",
        "version": establishment.version_of(member),
    }


def line_row(line: PersonLine, say: Say) -> dict[str, Any]:
    """A line of a table that is looked at."""
    return {
        "number": line.number,
        "login": line.form.login,
        "name": line.form.display_name,
        "agency": line.form.agency_code,
        "roles": [say(f"page.staff_role.{role.value}") for role in sorted(line.form.roles)],
        "faults": [say(f"page.people_office.fault.{code}") for code in line.faults],
    }


def delegation_row(one: Delegation, say: Say, *, at: datetime) -> dict[str, Any]:
    """A delegation of a person."""
    ends = one.ended_at or one.valid_until
    return {
        "id": one.delegation_id,
        "capacity": one.capacity.value,
        "behalf": one.on_behalf_of,
        "decision": one.decision_number,
        "window": f"{say.short(one.valid_from)} – {say.short(ends)}",
        "holds": one.valid_from <= at < ends,
        "may_end": ends > at,
    }


def _people(
    request: Request,
    principal: Principal,
    *,
    agency: str = "",
    problem: Problem | None = None,
    table: str = "",
    lines: tuple[PersonLine, ...] = (),
    entered: bool = False,
) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    own = _own_agencies(services, principal)
    chosen = agency if agency in {one.code for one in own} else principal.agency_code
    return page(
        request,
        "staff_people.html",
        principal=principal,
        current=_HERE,
        address=_HERE,
        status=problem.status if problem else 200,
        problem=problem,
        agencies=tuple(Option(one.code, say.pick(_names(one))) for one in own),
        chosen=chosen,
        rows=[person_row(one, say) for one in acts.people(services, principal, agency_code=chosen)],
        roles=role_options(say),
        columns=", ".join(people_import.COLUMNS),
        table=table,
        lines=[line_row(line, say) for line in lines],
        may_enter=bool(lines) and not entered and not any(line.faults for line in lines),
        entered=len(lines) if entered else 0,
    )


def _person(
    request: Request, principal: Principal, staff_id: str, *, problem: Problem | None = None, link: str = ""
) -> Response:
    services: Services = request.app.state.services
    say, at = say_of(request), services.clock.now()
    member = acts.person(services, principal, staff_id)
    return page(
        request,
        "staff_person.html",
        principal=principal,
        current=_HERE,
        address=f"{_HERE}/{staff_id}",
        status=problem.status if problem else 200,
        problem=problem,
        person=person_row(member, say),
        roles=role_options(say),
        capacities=tuple(Option(one.value, say(f"page.capacity.{one.value}")) for one in Capacity),
        delegations=[delegation_row(one, say, at=at) for one in acts.delegations(services, principal, staff_id)],
        link=link,
    )


def _own_agencies(services: Services, principal: Principal) -> list[Agency]:
    everything = acts.agencies(services)
    with services.database.read() as tx:
        return [one for one in everything if is_within(tx, one.code, ancestor_code=principal.agency_code)]


def _names(agency: Agency) -> dict[str, str]:
    return {"vi": agency.name_vi, "en": agency.name_en, "fr": agency.name_fr}


def _roles(sent: list[str] | None) -> frozenset[StaffRole]:
    known = {role.value for role in StaffRole}
    if not sent or not set(sent) <= known:
        raise RequestInvalid("choose one of the roles at least", field="role")
    return frozenset(StaffRole(word) for word in sent)


def _day(services: Services, text: str, field: str, *, at: time = time.min) -> datetime:
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError as exc:
        raise RequestInvalid("this is no day", field=field) from exc
    return datetime.combine(day, at, services.law.timezone)
