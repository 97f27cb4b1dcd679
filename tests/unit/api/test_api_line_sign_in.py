"""A command line comes in by a code that its owner approves in a browser, and by nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.acts.leaving import leave_office
from api.demo.office import OFFICER_LOGIN
from api.identity.tables import line_sign_ins, sessions
from certify import Role as StaffRole
from tests.running import Running, later

pytestmark = pytest.mark.slow
ADMIN = "quan-tri-dong-lenh"
MACHINE = "may-quay-3"


@pytest.fixture(scope="module", autouse=True)
def _administrator(running: Running) -> None:
    running.enrol(ADMIN, "THIDU", StaffRole.ADMIN)


@pytest.fixture
def browser(running: Running) -> Iterator[httpx.Client]:
    """The administrator's browser, signed in a moment ago."""
    with running.client(ADMIN) as client:
        yield client


@pytest.fixture
def terminal(running: Running) -> Iterator[httpx.Client]:
    """A terminal that nobody knows yet."""
    with running.client() as client:
        yield client


def begin(terminal: httpx.Client, login: str = ADMIN, **more: str) -> dict[str, Any]:
    begun = terminal.post("/v1/line-sign-ins", json={"login": login, "machine": MACHINE} | more)
    assert begun.status_code == 201, begun.text
    told: dict[str, Any] = begun.json()
    return told


def answer(browser: httpx.Client, code: str, word: str = "approved") -> httpx.Response:
    return browser.post("/v1/line-sign-ins/answer", json={"code": code, "answer": word})


def take(terminal: httpx.Client, secret: str) -> httpx.Response:
    told = terminal.post("/v1/line-sign-ins/session", json={"secret": secret})
    if told.status_code == 201:
        terminal.headers["X-CSRF-Token"] = told.json()["csrf_token"]
    return told


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def come_in(browser: httpx.Client, terminal: httpx.Client, **more: str) -> dict[str, Any]:
    begun = begin(terminal, **more)
    assert answer(browser, begun["code"]).status_code == 204
    took = take(terminal, begun["secret"])
    assert took.status_code == 201, took.text
    told: dict[str, Any] = took.json()
    return told


def test_an_approved_command_line_administers_for_some_minutes(
    running: Running, browser: httpx.Client, terminal: httpx.Client
) -> None:
    told = come_in(browser, terminal)
    assert (told["login"], told["reach"]) == (ADMIN, "act")
    person = {"login": "nguoi-moi-1", "agency_code": "THIDU", "name": "Người Mới", "position": "Chuyên viên"}
    taken_on = terminal.post("/v1/staff", json=person | {"roles": ["counter_clerk"]})
    assert taken_on.status_code == 201, taken_on.text
    # It ends with the freshness of the sign-in that approved it, not after a working day.
    own = browser.get("/v1/sessions/current").json()
    assert told["ends_at"] == told["fresh_until"] == own["fresh_until"]
    with later(running, timedelta(minutes=16)) as office, office.client(cookies=dict(terminal.cookies)) as late:
        assert late.get("/v1/staff").status_code == 401


def test_it_changes_nothing_of_the_account_and_lets_nobody_else_in(
    browser: httpx.Client, terminal: httpx.Client, running: Running
) -> None:
    come_in(browser, terminal)
    token = {"label": "x", "scopes": ["admin"]}
    assert said(terminal.post("/v1/tokens", json=token)) == (403, "BROWSER_REQUIRED")
    assert said(terminal.put("/v1/password", json={"password": "bốn từ không liên quan"})) == (403, "BROWSER_REQUIRED")
    assert said(terminal.delete("/v1/sessions")) == (403, "BROWSER_REQUIRED")
    with running.client() as accomplice:
        begun = begin(accomplice)
        assert said(answer(terminal, begun["code"])) == (403, "BROWSER_REQUIRED")
        assert said(take(accomplice, begun["secret"])) == (409, "SIGN_IN_PENDING")
    assert terminal.delete("/v1/sessions/current").status_code == 204
    assert terminal.get("/v1/staff").status_code == 401


def test_one_that_asked_to_look_only_looks(browser: httpx.Client, terminal: httpx.Client) -> None:
    assert come_in(browser, terminal, reach="look")["reach"] == "look"
    assert terminal.get("/v1/staff").status_code == 200
    person = {"login": "nguoi-moi-2", "agency_code": "THIDU", "name": "Người Mới", "position": "Chuyên viên"}
    refused = terminal.post("/v1/staff", json=person | {"roles": ["counter_clerk"]})
    assert said(refused) == (403, "BROWSER_REQUIRED")


def asked_at(running: Running, moment: datetime | None) -> None:
    """Let every terminal have asked at this moment, however fast this machine is."""
    with running.services.database.transaction() as tx:
        tx.execute(sa.update(line_sign_ins).values(asked_at=moment))


def test_nothing_opens_before_it_is_approved_and_nothing_after_it_was_declined(
    running: Running, browser: httpx.Client, terminal: httpx.Client
) -> None:
    begun = begin(terminal)
    assert said(take(terminal, begun["secret"])) == (409, "SIGN_IN_PENDING")
    # A terminal that does not wait is told to.
    asked_at(running, running.services.clock.now() + timedelta(minutes=1))
    assert said(take(terminal, begun["secret"])) == (429, "TOO_MANY_REQUESTS")
    asked_at(running, None)
    assert answer(browser, begun["code"], "declined").status_code == 204
    assert said(answer(browser, begun["code"])) == (404, "NOT_FOUND")
    assert said(take(terminal, begun["secret"])) == (401, "SIGN_IN_DECLINED")


def test_an_approval_is_used_once(browser: httpx.Client, terminal: httpx.Client, running: Running) -> None:
    begun = begin(terminal)
    assert answer(browser, begun["code"]).status_code == 204
    assert take(terminal, begun["secret"]).status_code == 201
    with running.client() as thief:
        assert said(take(thief, begun["secret"])) == (401, "SIGN_IN_EXPIRED")
        assert said(take(thief, "x" * 43)) == (401, "SIGN_IN_EXPIRED")
    assert said(answer(browser, begun["code"])) == (404, "NOT_FOUND")


def test_an_old_code_is_approved_by_nobody_and_opens_nothing(running: Running, terminal: httpx.Client) -> None:
    begun = begin(terminal)
    with later(running, timedelta(minutes=11)) as office, office.client(ADMIN) as browser:
        assert said(answer(browser, begun["code"])) == (404, "NOT_FOUND")
        with office.client() as late:
            assert said(take(late, begun["secret"])) == (401, "SIGN_IN_EXPIRED")


def test_another_account_neither_sees_nor_approves_it(
    running: Running, browser: httpx.Client, terminal: httpx.Client
) -> None:
    begun = begin(terminal)
    with running.client(OFFICER_LOGIN) as other, running.citizen("an") as citizen:
        for client in (other, citizen):
            seen = client.post("/v1/line-sign-ins/question", json={"code": begun["code"]})
            assert said(seen) == (404, "NOT_FOUND")
            assert said(answer(client, begun["code"])) == (404, "NOT_FOUND")
    assert said(take(terminal, begun["secret"])) == (409, "SIGN_IN_PENDING")
    # The other way round: whoever sends a code around cannot make a victim's terminal act for the sender.
    theirs = begin(terminal, OFFICER_LOGIN)
    assert said(answer(browser, theirs["code"])) == (404, "NOT_FOUND")


def test_a_name_nobody_has_is_answered_like_any_other(terminal: httpx.Client) -> None:
    known, unknown = begin(terminal), begin(terminal, "khong-co-ai")
    assert set(known) == set(unknown)
    assert said(take(terminal, unknown["secret"])) == (409, "SIGN_IN_PENDING")


def test_guessing_codes_ends_and_so_does_beginning(running: Running) -> None:
    running.enrol("doan-ma", "THIDU", StaffRole.ADMIN)
    with running.client("doan-ma") as guesser:
        for _ in range(10):
            assert answer(guesser, "BCDF-GHJK").status_code == 404
        assert said(answer(guesser, "BCDF-GHJK")) == (429, "TOO_MANY_REQUESTS")
    with running.client() as flood:
        statuses = [
            flood.post("/v1/line-sign-ins", json={"login": "an", "machine": "x"}).status_code for _ in range(31)
        ]
    assert statuses[-1] == 429
    with running.services.database.transaction() as tx:
        # The others of this module come from the same address.
        tx.execute(sa.text("DELETE FROM identity_attempts"))


def test_an_approval_wants_a_fresh_sign_in(running: Running, browser: httpx.Client, terminal: httpx.Client) -> None:
    begun = begin(terminal)
    with running.services.database.transaction() as tx:
        own = browser.get("/v1/sessions").json()["items"]
        current = next(one["session_id"] for one in own if one["is_current"])
        stale = running.services.clock.now() - timedelta(hours=1)
        tx.execute(sa.update(sessions).where(sessions.c.session_id == current).values(authenticated_at=stale))
    assert said(answer(browser, begun["code"])) == (401, "STEP_UP_REQUIRED")
    sent = browser.post(
        "/staff/account/line",
        data={"csrf_token": browser.headers["X-CSRF-Token"], "code": begun["code"]},
        headers={"Accept": "text/html", "Referer": f"{running.base_url}/staff/account/line"},
    )
    assert (sent.status_code, "/staff/confirm" in sent.headers["location"]) == (303, True)


def test_what_was_approved_ends_with_the_session_that_approved_it(
    running: Running, browser: httpx.Client, terminal: httpx.Client
) -> None:
    begun = begin(terminal)
    assert answer(browser, begun["code"]).status_code == 204
    browser.delete("/v1/sessions/current")
    assert said(take(terminal, begun["secret"])) == (401, "SIGN_IN_EXPIRED")


def test_leaving_the_office_ends_what_was_approved_and_what_came_in(running: Running, terminal: httpx.Client) -> None:
    staff_id = running.enrol("sap-nghi", "THIDU", StaffRole.ADMIN)
    with running.client("sap-nghi") as leaver, running.client() as second:
        come_in_as = begin(terminal, "sap-nghi")
        assert answer(leaver, come_in_as["code"]).status_code == 204
        assert take(terminal, come_in_as["secret"]).status_code == 201
        waiting = begin(second, "sap-nghi")
        assert answer(leaver, waiting["code"]).status_code == 204
        with running.services.database.transaction() as tx:
            leave_office(tx, staff_id, at=running.services.clock.now())
        assert terminal.get("/v1/staff").status_code == 401
        assert said(take(second, waiting["secret"])) == (401, "SIGN_IN_EXPIRED")


def test_a_session_of_one_factor_lets_a_command_line_in_with_one_factor(running: Running) -> None:
    """The command line is what its owner was when it was approved: a password approves no second factor."""
    with running.client(ADMIN) as browser, running.client() as terminal:
        assert browser.get("/v1/sessions/current").json()["method"] == "password"
        assert come_in(browser, terminal)["method"] == "password"


def test_the_page_says_what_asks_from_where_and_warns(
    running: Running, browser: httpx.Client, terminal: httpx.Client
) -> None:
    begun = begin(terminal)
    with running.services.database.transaction() as tx:
        tx.execute(sa.update(line_sign_ins).values(address="203.0.113.7"))
    form = {"csrf_token": browser.headers["X-CSRF-Token"], "code": begun["code"].lower().replace("-", " ")}
    browser.headers["Accept-Language"] = "en"
    shown = browser.post("/staff/account/line", data=form)
    assert shown.status_code == 200
    for words in (MACHINE, "203.0.113.7", "anybody can say any name", "another address than this browser", "decline"):
        assert words in shown.text
    # The code is never in an address, and no address fills it in.
    assert begun["code"] not in browser.get(f"/staff/account/line?code={begun['code']}").text
    done = browser.post("/staff/account/line/answer", data=form | {"answer": "approved"})
    assert "It is let in" in done.text
    assert take(terminal, begun["secret"]).status_code == 201
    account = browser.get("/staff/account").text
    assert f"Command line on {MACHINE}" in account
    # It is revoked there like every other session.
    newest = max(lines_of(browser))
    ended = browser.post("/staff/account/sessions/end", data=form | {"session_id": newest})
    assert ended.status_code == 303
    assert terminal.get("/v1/staff").status_code == 401


def lines_of(browser: httpx.Client) -> list[str]:
    """The sessions of command lines that are open."""
    return [str(one["session_id"]) for one in browser.get("/v1/sessions").json()["items"] if one["reach"] != "whole"]


def test_a_word_that_is_no_yes_is_a_no(running: Running, browser: httpx.Client, terminal: httpx.Client) -> None:
    begun = begin(terminal)
    form = {"csrf_token": browser.headers["X-CSRF-Token"], "code": begun["code"], "answer": "perhaps"}
    assert browser.post("/staff/account/line/answer", data=form).status_code == 200
    assert said(take(terminal, begun["secret"])) == (401, "SIGN_IN_DECLINED")


def test_the_short_address_leads_to_the_own_door(running: Running, browser: httpx.Client) -> None:
    assert browser.get("/line").headers["location"] == "/staff/account/line"
    with running.citizen("an") as citizen, running.client() as nobody:
        assert citizen.get("/line").headers["location"] == "/citizen/account/line"
        assert nobody.get("/line").headers["location"] == "/sign-in"


def test_the_owner_is_told_and_the_log_names_ids_only(
    running: Running, browser: httpx.Client, terminal: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="api.acts"):
        come_in(browser, terminal)
    told = {record.getMessage() for record in caplog.records if record.name == "api.acts.line_sign_in"}
    assert told == {"a command line was answered", "a command line was let in"}
    assert not [record for record in caplog.records if MACHINE in str(vars(record))]
    running.services.couriers[0].round()
    kinds = [one["kind"] for one in browser.get("/v1/notices").json()["items"]]
    assert "ACCOUNT_LINE_LET_IN" in kinds
