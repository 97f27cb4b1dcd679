"""Step-up: what shares, administers or changes an account wants a fresh sign-in, and looking never does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from api.access import OwnerRule, Requires, Role, declaration_of
from api.demo.office import OFFICER_LOGIN
from api.errors import NotAuthenticated
from api.identity import (
    Authentication,
    Door,
    Method,
    Password,
    Scope,
    confirm_session,
    create_account,
    find_account,
    open_session,
    read_session,
)
from api.identity.tables import sessions
from api.routes.openapi import api_routes
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

WORDS = "đúng ngựa pin ghim 8"
LOGIN = "an-co-mat-khau"


@pytest.fixture(scope="module")
def login(running: Running) -> str:
    """A second account of An, with a password."""
    services = running.services
    with services.database.transaction() as tx:
        create_account(
            tx,
            door=Door.CITIZEN,
            subject_id=find_account(tx, "an").subject_id,
            login=LOGIN,
            password=Password(WORDS),
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return LOGIN


@pytest.fixture
def stale(running: Running, login: str) -> Iterator[httpx.Client]:
    """An, who signed in an hour ago and was active since."""
    with running.client(login) as client:
        age(running, client)
        yield client


def age(running: Running, client: httpx.Client) -> None:
    (token,) = client.cookies.values()
    services = running.services
    with services.database.transaction() as tx:
        session = read_session(tx, token, at=services.clock.now())
        tx.execute(
            sa.update(sessions)
            .where(sessions.c.token_sha256_hex == session.token_sha256_hex)
            .values(authenticated_at=services.clock.now() - timedelta(hours=1))
        )


def test_sharing_wants_a_fresh_sign_in_and_reading_does_not(stale: httpx.Client) -> None:
    assert stale.get("/v1/records").status_code == 200
    refused = stale.post("/v1/shares", json={})
    assert (refused.status_code, refused.json()["code"]) == (401, "STEP_UP_REQUIRED")
    asked = refused.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication"' in asked
    assert 'max_age="900"' in asked


def test_what_declares_a_step_up_asks_for_it_on_every_route(running: Running, stale: httpx.Client) -> None:
    walked = 0
    for route in api_routes(running.app):
        declared = declaration_of(route)
        assert declared is not None
        if declared.step_up and Role.CITIZEN in declared.roles and "/staff/" not in route.path:
            path = route.path.replace("{record_id}", "x").replace("{procedure_id}", "x")
            for method in route.methods or ():
                body = (
                    {"json": {}} if path.startswith("/v1") else {"data": {"csrf_token": stale.headers["X-CSRF-Token"]}}
                )
                answer = stale.request(method, path, **body)
                assert (answer.status_code, answer.json()["code"]) == (401, "STEP_UP_REQUIRED"), path
                walked += 1
    assert walked >= 5


def test_taking_back_waits_for_nothing(stale: httpx.Client) -> None:
    assert stale.delete("/v1/shares/01ARZ3NDEKTSV4RRFFQ69G5FAV").status_code == 404
    assert stale.delete("/v1/consents/01ARZ3NDEKTSV4RRFFQ69G5FAV").status_code == 404


def test_a_password_confirms_and_everything_is_new_afterwards(stale: httpx.Client, running: Running) -> None:
    before = dict(stale.cookies)
    wrong = stale.post("/v1/sessions/current/confirmation", json={"password": "something else"})
    assert wrong.json()["code"] == "LOGIN_REFUSED"
    right = stale.post("/v1/sessions/current/confirmation", json={"password": WORDS})
    assert right.status_code == 200, right.text
    assert dict(stale.cookies) != before
    assert stale.post("/v1/tokens", json={"label": "x", "scopes": ["vault:read"]}).json()["code"] == "CSRF_REFUSED"
    stale.headers["X-CSRF-Token"] = right.json()["csrf_token"]
    assert stale.post("/v1/shares", json={}).status_code == 422
    with running.client(cookies=before) as thief:
        assert thief.get("/v1/records").status_code == 401


def test_the_password_of_another_does_not_confirm(running: Running, login: str) -> None:
    with running.officer() as officer:
        assert officer.post("/v1/sessions/current/confirmation", json={"password": WORDS}).status_code == 401


def test_a_page_leads_to_the_question_and_back(running: Running, login: str, stale: httpx.Client) -> None:
    stale.headers["Accept"] = "text/html"
    form = {"csrf_token": stale.headers["X-CSRF-Token"], "purpose": "Xin học", "recipient": "Trường"}
    page = "/citizen/records/01ARZ3NDEKTSV4RRFFQ69G5FAV"
    sent = stale.post(f"{page}/share", data=form, headers={"Referer": f"{running.base_url}{page}"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/citizen/confirm?next={page.replace('/', '%2F')}")
    asked = stale.get(sent.headers["location"])
    assert f'name="next" value="{page}"' in asked.text
    wrong = stale.post("/citizen/confirm", data=form | {"password": "x", "next": page})
    assert wrong.status_code == 401
    right = stale.post("/citizen/confirm", data=form | {"password": WORDS, "next": page})
    assert (right.status_code, right.headers["location"]) == (303, page)
    assert "citizen/confirm" not in stale.get("/citizen/account").text


@pytest.mark.parametrize("wanted", ["https://evil.example/citizen", "//evil.example", "/staff", "/verify", ""])
def test_confirming_never_leads_out_of_the_door(stale: httpx.Client, wanted: str) -> None:
    form = {"csrf_token": stale.headers["X-CSRF-Token"], "password": WORDS, "next": wanted}
    assert stale.post("/citizen/confirm", data=form).headers["location"] == "/citizen"


def test_one_without_a_password_is_told_how_to_come_in_anew(running: Running) -> None:
    with running.citizen("binh") as citizen:
        age(running, citizen)
        assert 'type="password"' not in citizen.get("/citizen/confirm").text
        assert "/citizen/confirm" in citizen.get("/citizen/account").text


def test_a_fresh_single_use_link_counts_as_a_sign_in(running: Running) -> None:
    with running.citizen("an") as citizen:
        assert citizen.post("/v1/shares", json={}).status_code == 422


def test_confirming_a_session_that_ended_is_refused(running: Running) -> None:
    services = running.services
    with services.database.transaction() as tx:
        at = services.clock.now()
        _token, session = open_session(tx, find_account(tx, OFFICER_LOGIN), at=at, random_bytes=services.random_bytes)
        with pytest.raises(NotAuthenticated):
            confirm_session(
                tx,
                session,
                at=session.ends_at,
                by=Authentication(Method.PASSWORD),
                random_bytes=services.random_bytes,
            )


def test_a_route_cannot_declare_a_step_up_and_a_scope() -> None:
    with pytest.raises(ValueError, match="not done with a token"):
        Requires(Role.CITIZEN, owner=OwnerRule.SELF, scope=Scope.VAULT_SHARE, step_up=True)
