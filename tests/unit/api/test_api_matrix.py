"""The matrix: every route of the application as every role, as another agency and citizen, and by tokens of each scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from api.access import STAFF_ROLES, Requires, Role, declaration_of
from api.identity import Door, Scope
from api.routes.openapi import api_routes
from certify import Role as StaffRole
from tests.running import Running
from tests.unit.api.test_api_access import fill

# A whole office is asked some thousand times.
pytestmark = pytest.mark.slow

# What access itself answers; a refusal by an act has a code of its own.
REFUSED_BY_ACCESS = {
    "NOT_AUTHENTICATED",
    "FORBIDDEN",
    "CSRF_REFUSED",
    "STEP_UP_REQUIRED",
    "SCOPE_MISSING",
    "SESSION_REQUIRED",
    "CREDENTIALS_MIXED",
    "TOKEN_REFUSED",
}
# These end the session with which the walk goes on; tests of sessions call them.
ENDS_THE_WALK = {
    ("DELETE", "/v1/sessions"),
    ("DELETE", "/v1/sessions/current"),
    ("POST", "/staff/sign-out"),
    ("POST", "/citizen/sign-out"),
    ("POST", "/staff/account/sessions/end"),
    ("POST", "/citizen/account/sessions/end"),
}
STAFF_SCOPES = frozenset(Scope) - {Scope.VAULT_READ, Scope.VAULT_SHARE}
CITIZEN_SCOPES = frozenset({Scope.VAULT_READ, Scope.VAULT_SHARE})
QUICK = {"certifier", "admin", "neighbour"}


@pytest.fixture(scope="module")
def calls(running: Running) -> list[tuple[str, str, Requires]]:
    """Every method of every route, with its declaration."""
    found = []
    for route in api_routes(running.app):
        declared = declaration_of(route)
        assert declared is not None, route.path
        found += [(method, route.path, declared) for method in sorted(route.methods or ())]
    assert len(found) > 150
    return found


@pytest.fixture(scope="module")
def people(running: Running) -> dict[str, str]:
    """One member of staff for each role, one with all of them, and one with all of them in another agency; by login."""
    wanted = {role.value: ("THIDU", (role,)) for role in StaffRole}
    wanted |= {"everything": ("THIDU", tuple(StaffRole)), "neighbour": ("THIDU-EDU", tuple(StaffRole))}
    for name, (agency, roles) in wanted.items():
        running.enrol(f"ma-tran-{name}", agency, *roles)
    return {name: f"ma-tran-{name}" for name in wanted}


def ask(client: httpx.Client, method: str, path: str) -> tuple[int, str]:
    body: dict[str, Any] = {"json": {}} if method not in {"GET", "HEAD"} and path.startswith("/v1") else {}
    answer = client.request(method, fill(path), **body)
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.status_code, answer.json()["code"] if is_problem and method != "HEAD" else ""


def walk(client: httpx.Client, calls: list[tuple[str, str, Requires]], *, door: Door, roles: frozenset[Role]) -> None:
    """Ask every route with a session, and hold its answer against its declaration."""
    of_this_door = STAFF_ROLES if door is Door.STAFF else frozenset({Role.CITIZEN})
    for method, path, declared in calls:
        if Role.ANYONE in declared.roles:
            continue
        may = bool(declared.roles & roles)
        if may and (method, path) in ENDS_THE_WALK:
            continue
        status, code = ask(client, method, path)
        place = f"{method} {path}: {status} {code}"
        if not declared.roles & of_this_door:
            assert status == 401, place
        elif not may:
            assert status == 403, place
            assert code in {"FORBIDDEN", ""}, place
        else:
            assert code not in REFUSED_BY_ACCESS, place
            assert status != 500, place


def roles_to_walk() -> Iterator[Any]:
    for name in (*(role.value for role in StaffRole), "everything", "neighbour"):
        yield pytest.param(name, marks=() if name in QUICK else pytest.mark.matrix)


@pytest.mark.parametrize("name", list(roles_to_walk()))
def test_staff_may_do_what_their_roles_are_declared_for_and_nothing_else(
    running: Running, people: dict[str, str], calls: list[tuple[str, str, Requires]], name: str
) -> None:
    roles = STAFF_ROLES if name in {"everything", "neighbour"} else frozenset({Role(name)})
    with running.client(people[name]) as client:
        walk(client, calls, door=Door.STAFF, roles=roles)


@pytest.mark.parametrize("name", ["an", pytest.param("chau", marks=pytest.mark.matrix)])
def test_a_citizen_may_do_what_is_declared_for_citizens(
    running: Running, calls: list[tuple[str, str, Requires]], name: str
) -> None:
    with running.citizen(name) as client:
        walk(client, calls, door=Door.CITIZEN, roles=frozenset({Role.CITIZEN}))


def test_nobody_does_what_is_declared_for_anybody_in_particular(
    running: Running, calls: list[tuple[str, str, Requires]]
) -> None:
    with running.client() as client:
        for method, path, declared in calls:
            if Role.ANYONE not in declared.roles:
                assert ask(client, method, path)[0] == 401, f"{method} {path}"


def scopes_to_walk() -> Iterator[Any]:
    for scope in Scope:
        quick = scope in {Scope.COPIES_READ, Scope.VAULT_READ}
        yield pytest.param(scope, marks=() if quick else pytest.mark.matrix)


@pytest.mark.parametrize("scope", list(scopes_to_walk()))
def test_a_token_may_do_what_its_scope_is_declared_for_and_nothing_else(
    running: Running, people: dict[str, str], calls: list[tuple[str, str, Requires]], scope: Scope
) -> None:
    is_citizen = scope in CITIZEN_SCOPES
    with running.client("an" if is_citizen else people["everything"]) as owner:
        made = owner.post("/v1/tokens", json={"label": "x", "scopes": [scope.value]})
        assert made.status_code == 201, made.text
    roles = frozenset({Role.CITIZEN}) if is_citizen else STAFF_ROLES
    with running.client(headers={"Authorization": f"Bearer {made.json()['token']}"}) as program:
        for method, path, declared in calls:
            if Role.ANYONE in declared.roles:
                continue
            status, code = ask(program, method, path)
            place = f"{method} {path}: {status} {code}"
            if method == "HEAD":
                assert (status == 403) is (not declared.roles & roles or declared.scope is not scope), place
            elif not declared.roles & roles:
                assert (status, code) == (403, "FORBIDDEN"), place
            elif declared.scope is None:
                assert (status, code) == (403, "SESSION_REQUIRED"), place
            elif declared.scope is not scope:
                assert (status, code) == (403, "SCOPE_MISSING"), place
            else:
                assert code not in REFUSED_BY_ACCESS, place


def test_every_scope_is_declared_by_a_route_and_offered_at_one_door(calls: list[tuple[str, str, Requires]]) -> None:
    assert {declared.scope for _method, _path, declared in calls} - {None} == set(Scope)
    for _method, path, declared in calls:
        if declared.scope in CITIZEN_SCOPES:
            assert Role.CITIZEN in declared.roles, path
        elif declared.scope is not None:
            assert declared.roles & STAFF_ROLES, path


def test_what_changes_a_page_or_gives_a_secret_is_never_done_by_a_token(running: Running) -> None:
    pages = [route for route in api_routes(running.app) if not _is_programmatic(route)]
    assert pages
    for route in pages:
        declared = declaration_of(route)
        assert declared is not None
        assert declared.scope is None, route.path


def _is_programmatic(route: APIRoute) -> bool:
    return route.path.startswith("/v1/")
