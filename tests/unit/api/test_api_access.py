"""Who may use what: every route of the application is walked as nobody, as the wrong one, and as a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from api.access import NOBODY, STAFF_ROLES, OwnerRule, Principal, Requires, Role, declaration_of
from api.errors import Forbidden
from api.routes.openapi import api_routes
from tests.running import Running

# The officer of the demonstration; nobody administers there.
OFFICER_ROLES = {Role.COUNTER_CLERK, Role.CERTIFIER}
STRANGE_ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
FILLED = {
    "number": "1",
    "procedure_id": "SAMPLE-KINDERGARTEN",
    "requirement_id": "birth",
    "code": "K7PM3QWX9DHT5",
    "operation_id": f"read-{STRANGE_ULID}-1",
    "tile": "0/000",
    "name": "root.cer",
    "sha256_hex": "0" * 64,
    "token": "no-such-link",
}


@pytest.fixture(scope="module")
def routes(running: Running) -> list[APIRoute]:
    return api_routes(running.app)


def calls_of(routes: list[APIRoute]) -> Iterator[tuple[str, str, Requires]]:
    for route in routes:
        declared = declaration_of(route)
        assert declared is not None, f"{route.path} does not declare who may call it"
        for method in sorted(route.methods or ()):
            yield method, fill(route.path), declared


def fill(path: str) -> str:
    return re.sub(r"\{(\w+)(:path)?\}", lambda found: FILLED.get(found.group(1), STRANGE_ULID), path)


def call(client: httpx.Client, method: str, path: str) -> httpx.Response:
    body: dict[str, Any] = {"json": {}} if method not in {"GET", "HEAD"} and path.startswith("/v1") else {}
    return client.request(method, path, **body)


def requires_in(dependant: Any) -> list[Requires]:
    found = [dependency.call for dependency in dependant.dependencies if isinstance(dependency.call, Requires)]
    return found + [one for dependency in dependant.dependencies for one in requires_in(dependency)]


def test_every_route_declares_its_caller_exactly_once(routes: list[APIRoute]) -> None:
    assert len(routes) > 80
    assert [route.path for route in routes if len(requires_in(route.dependant)) != 1] == []


def test_what_is_personal_is_open_to_nobody_without_a_session(routes: list[APIRoute]) -> None:
    for _method, path, declared in calls_of(routes):
        if Role.ANYONE in declared.roles:
            assert declared.owner is OwnerRule.NOBODY, path
            assert declared.roles == {Role.ANYONE}, path
        else:
            assert declared.owner is not OwnerRule.NOBODY, path


def test_a_stranger_without_a_session_is_asked_to_sign_in(running: Running, routes: list[APIRoute]) -> None:
    with running.client() as nobody:
        for method, path, declared in calls_of(routes):
            if Role.ANYONE not in declared.roles:
                assert call(nobody, method, path).status_code == 401, f"{method} {path}"


def test_a_citizen_is_no_member_of_staff(running: Running, routes: list[APIRoute]) -> None:
    with running.citizen() as citizen:
        for method, path, declared in calls_of(routes):
            if Role.ANYONE not in declared.roles and Role.CITIZEN not in declared.roles:
                assert call(citizen, method, path).status_code == 401, f"{method} {path}"


def test_a_staff_cookie_in_the_citizens_place_opens_nothing(running: Running, routes: list[APIRoute]) -> None:
    with running.citizen() as citizen:
        token = citizen.cookies["vidimus_citizen"]
    with running.client(cookies={"vidimus_staff": token}) as crossed:
        for method, path, declared in calls_of(routes):
            if Role.ANYONE not in declared.roles and Role.CITIZEN not in declared.roles:
                assert call(crossed, method, path).status_code in {401, 403}, f"{method} {path}"


def test_staff_have_no_vault_of_their_own(running: Running, routes: list[APIRoute]) -> None:
    with running.officer() as officer:
        for method, path, declared in calls_of(routes):
            if declared.roles == {Role.CITIZEN}:
                assert call(officer, method, path).status_code == 401, f"{method} {path}"


def test_a_role_that_is_not_named_is_refused(running: Running, routes: list[APIRoute]) -> None:
    with running.recipient() as clerk:
        certifiers_only = [
            (method, path) for method, path, declared in calls_of(routes) if declared.roles == {Role.CERTIFIER}
        ]
        assert certifiers_only
        for method, path in certifiers_only:
            assert call(clerk, method, path).status_code == 403, f"{method} {path}"


def test_a_change_without_the_secret_of_the_session_is_refused(running: Running, routes: list[APIRoute]) -> None:
    for make, wanted in ((running.officer, STAFF_ROLES), (running.citizen, {Role.CITIZEN})):
        with make() as client:
            del client.headers["X-CSRF-Token"]
            for method, path, declared in calls_of(routes):
                if method in {"GET", "HEAD"} or Role.ANYONE in declared.roles or not declared.roles & wanted:
                    continue
                answer = call(client, method, path)
                assert answer.status_code == 403, f"{method} {path}"
                assert "/v1/" not in path or answer.json()["code"] in {"CSRF_REFUSED", "FORBIDDEN"}


def test_a_thing_that_does_not_exist_is_not_found(running: Running, routes: list[APIRoute]) -> None:
    for make, wanted in ((running.officer, OFFICER_ROLES), (running.citizen, {Role.CITIZEN})):
        with make() as client:
            for method, path, declared in calls_of(routes):
                if method != "GET" or STRANGE_ULID not in path or not declared.roles & wanted:
                    continue
                overseen = declared.roles <= {Role.ADMIN, Role.AUDITOR}
                assert call(client, method, path).status_code == (403 if overseen else 404), f"{method} {path}"


def test_a_declaration_without_a_role_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="names its roles"):
        Requires(owner=OwnerRule.NOBODY)


def test_a_principal_of_one_door_has_no_id_at_the_other() -> None:
    with pytest.raises(Forbidden):
        _ = NOBODY.holder_id
    with pytest.raises(Forbidden):
        _ = NOBODY.staff_id
    citizen = Principal(None, frozenset({Role.CITIZEN}), "H1")
    assert citizen.holder_id == "H1"
    with pytest.raises(Forbidden):
        _ = citizen.staff_id
