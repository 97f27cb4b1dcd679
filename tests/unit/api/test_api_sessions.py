"""Signing in: one answer for every wrong pair, a limit on guesses, and sessions that end."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from api.acts.leaving import leave_office
from api.acts.sign_in import Visitor, sign_in
from api.demo.office import OFFICER_LOGIN
from api.errors import LinkUsed, LoginRefused, NotAuthenticated, TooManyRequests
from api.identity import (
    Door,
    Password,
    count_attempt,
    create_account,
    create_login_link,
    end_sessions_of,
    find_account,
    forget_attempts,
    open_session,
    read_session,
    use_login_link,
)
from certify import list_delegations
from tests.running import Running, later

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

WORDS = "đúng ngựa pin ghim 7"


@pytest.fixture(scope="module")
def login(running: Running) -> str:
    """A second account of the officer, with a password."""
    services = running.services
    with services.database.transaction() as tx:
        officer = find_account(tx, OFFICER_LOGIN)
        create_account(
            tx,
            door=Door.STAFF,
            subject_id=officer.subject_id,
            login="phó.chủ.tịch",
            password=Password(WORDS),
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return "phó.chủ.tịch"


def enter(client: httpx.Client, login: str, words: str) -> httpx.Response:
    return client.post("/v1/sessions", json={"login": login, "password": words})


def test_a_name_and_its_password_open_a_session(running: Running, login: str) -> None:
    with running.client() as client:
        entered = enter(client, login, WORDS)
        assert entered.status_code == 201
        told = entered.json()
        assert (told["door"], told["agency_code"]) == ("staff", "THIDU")
        assert set(told["roles"]) == {"counter_clerk", "certifier"}
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        current = client.get(entered.headers["location"])
        assert current.json() == told


def test_leaving_ends_the_session_for_whoever_copied_its_cookie(running: Running, login: str) -> None:
    with running.client() as client:
        secret = enter(client, login, WORDS).json()["csrf_token"]
        copied = dict(client.cookies)
        assert client.delete("/v1/sessions/current").status_code == 403
        assert client.delete("/v1/sessions/current", headers={"X-CSRF-Token": secret}).status_code == 204
    with running.client(cookies=copied) as thief:
        assert thief.get("/v1/sessions/current").status_code == 401


def test_a_wrong_password_and_an_unknown_name_get_one_answer(running: Running, login: str) -> None:
    with running.client() as client:
        wrong, unknown = enter(client, login, "something else 1"), enter(client, "nobody", WORDS)
    assert (wrong.status_code, wrong.json()) == (401, unknown.json())
    assert wrong.json()["code"] == "LOGIN_REFUSED"


def test_an_account_without_a_password_is_not_opened_by_any(running: Running) -> None:
    with running.client() as client:
        assert enter(client, OFFICER_LOGIN, "x").status_code == 401


def test_guessing_ends_after_ten_tries_and_the_right_password_waits_too(running: Running) -> None:
    with running.client() as client:
        answers = [enter(client, "guessed", f"guess {number}") for number in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert answers[-1].headers["retry-after"]


def test_a_right_password_begins_the_count_anew(running: Running, login: str) -> None:
    for _ in range(12):
        sign_in(running.services, login=login, password=Password(WORDS), visitor=Visitor("192.0.2.1"))


def test_one_address_cannot_try_many_names(running: Running) -> None:
    at = running.services.clock.now()
    for _ in range(3):
        with running.services.database.transaction() as tx:
            count_attempt(tx, subject="address:192.0.2.9", at=at, allowed=3)
    with running.services.database.transaction() as tx, pytest.raises(TooManyRequests):
        count_attempt(tx, subject="address:192.0.2.9", at=at, allowed=3)
    with running.services.database.transaction() as tx:
        # A quarter of an hour later the count is over.
        count_attempt(tx, subject="address:192.0.2.9", at=at + timedelta(minutes=15), allowed=3)
        forget_attempts(tx, subject="address:192.0.2.9")


def test_a_session_ends_when_it_is_idle_and_when_the_day_is_over(running: Running, login: str) -> None:
    services, at = running.services, running.services.clock.now()
    with services.database.transaction() as tx:
        token, session = open_session(tx, find_account(tx, login), at=at, random_bytes=services.random_bytes)
    for passed in (timedelta(minutes=31), timedelta(hours=11)):
        with services.database.read() as tx, pytest.raises(NotAuthenticated):
            read_session(tx, token, at=at + passed)
    with services.database.transaction() as tx:
        assert read_session(tx, token, at=at + timedelta(minutes=29)) == session
        assert end_sessions_of(tx, session.account.account_id) >= 1
    with services.database.read() as tx, pytest.raises(NotAuthenticated):
        read_session(tx, token, at=at)


def test_a_citizen_is_told_to_be_one(running: Running) -> None:
    with running.citizen() as citizen:
        told = citizen.get("/v1/sessions/current").json()
    assert (told["door"], told["roles"], told["agency_code"]) == ("citizen", ["citizen"], None)


def test_a_session_that_ended_at_one_door_does_not_close_the_other(running: Running) -> None:
    with running.citizen() as citizen:
        citizen.cookies.set("vidimus_staff", "ended-long-ago")
        assert citizen.get("/v1/sessions/current").status_code == 200


def test_a_single_use_link_signs_in_once_and_not_too_late(running: Running) -> None:
    services, at = running.services, running.services.clock.now()
    with services.database.transaction() as tx:
        account = find_account(tx, "chau")
        first, late = (
            create_login_link(
                tx,
                account_id=account.account_id,
                at=at,
                lifetime=timedelta(hours=1),
                random_bytes=services.random_bytes,
            )
            for _ in range(2)
        )
        assert use_login_link(tx, first, at=at) == account
        with pytest.raises(LinkUsed):
            use_login_link(tx, first, at=at)
        with pytest.raises(LinkUsed):
            use_login_link(tx, late, at=at + timedelta(hours=1))


def test_an_account_nobody_opened_is_refused_in_one_way(running: Running) -> None:
    with running.services.database.read() as tx, pytest.raises(LoginRefused):
        find_account(tx, "nobody-at-all")


def test_who_signs_in_comes_to_the_page_that_was_asked_for(running: Running, login: str) -> None:
    with running.client(headers={"Accept": "text/html"}) as client:
        stopped = client.get("/staff/register")
        assert stopped.status_code == 401
        assert 'href="/sign-in?next=/staff/register"' in stopped.text
        assert 'name="next" value="/staff/register"' in client.get("/sign-in?next=/staff/register").text
        entered = client.post("/sign-in", data={"login": login, "password": WORDS, "next": "/staff/register"})
        assert (entered.status_code, entered.headers["location"]) == (303, "/staff/register")


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example/staff",
        "https://evil.example/staff",
        "/\\evil.example",
        "/staff/../verify?x",
        "/citizen",
        "",
        "/v1",
    ],
)
def test_signing_in_never_leads_out_of_the_door(running: Running, login: str, wanted: str) -> None:
    with running.client() as client:
        entered = client.post("/sign-in", data={"login": login, "password": WORDS, "next": wanted})
        assert (entered.status_code, entered.headers["location"]) == (303, "/staff")
        form = client.get("/sign-in", params={"next": wanted}).text
        assert ('name="next"' in form) == (wanted == "/citizen")


def test_a_new_session_replaces_the_one_the_browser_held(running: Running, login: str) -> None:
    with running.client() as client:
        enter(client, login, WORDS)
        before = dict(client.cookies)
        enter(client, login, WORDS)
        assert dict(client.cookies) != before
    with running.client(cookies=before) as fixed:
        assert fixed.get("/v1/sessions/current").status_code == 401


def test_an_owner_sees_own_sessions_and_ends_them(running: Running, login: str) -> None:
    with running.client(login) as here, running.client(login) as there, running.client(login) as elsewhere:
        listed = here.get("/v1/sessions").json()["items"]
        assert len(listed) >= 3
        assert [one["is_current"] for one in listed].count(True) == 1
        assert "token" not in str(listed)
        other = there.get("/v1/sessions").json()["items"]
        (its_id,) = [one["session_id"] for one in other if one["is_current"]]
        assert here.delete(f"/v1/sessions/{its_id}").status_code == 204
        assert there.get("/v1/sessions/current").status_code == 401
        assert here.delete(f"/v1/sessions/{its_id}").status_code == 404
        assert here.delete("/v1/sessions").status_code == 204
        assert elsewhere.get("/v1/sessions/current").status_code == 401
        assert here.get("/v1/sessions/current").status_code == 200


def test_nobody_ends_the_session_of_another(running: Running, login: str) -> None:
    with running.client(login) as mine, running.recipient() as stranger:
        (its_id,) = [one["session_id"] for one in mine.get("/v1/sessions").json()["items"] if one["is_current"]]
        assert stranger.delete(f"/v1/sessions/{its_id}").status_code == 404
        assert mine.get("/v1/sessions/current").status_code == 200


def test_ending_other_sessions_wants_a_fresh_sign_in_and_leaving_does_not(running: Running, login: str) -> None:
    """Who took over a session of the morning cannot lock its owner out with it (ASVS 7.5.2)."""
    with running.client(login) as there, later(running, timedelta(minutes=20)) as office:
        headers = {"X-CSRF-Token": there.headers["X-CSRF-Token"]}
        with office.client(cookies=dict(there.cookies), headers=headers) as stale:
            assert stale.delete("/v1/sessions").json()["code"] == "STEP_UP_REQUIRED"
            assert stale.delete("/v1/sessions/current").status_code == 204


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Dest": "image"}, {"Sec-Fetch-Mode": "no-cors"}, {"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}],
)
def test_a_link_is_used_up_by_a_page_that_is_opened_and_by_nothing_else(
    running: Running, login: str, headers: dict[str, str]
) -> None:
    services = running.services
    with services.database.transaction() as tx:
        token = create_login_link(
            tx,
            account_id=find_account(tx, login).account_id,
            at=services.clock.now(),
            lifetime=timedelta(hours=1),
            random_bytes=services.random_bytes,
        )
    with running.client() as browser:
        assert browser.get(f"/in/{token}", headers=headers).status_code == 403
        as_a_page = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}
        assert browser.get(f"/in/{token}", headers=as_a_page).status_code == 303


def test_who_came_in_and_how_is_logged_by_ids(running: Running, login: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="api.acts"), running.client() as client:
        enter(client, login, WORDS)
    (told,) = [record for record in caplog.records if record.getMessage() == "a session was opened"]
    assert vars(told)["method"] == "password"
    assert login not in str({name: value for name, value in vars(told).items() if name != "args"})


def test_the_account_page_lists_sessions_and_ends_them(running: Running, login: str) -> None:
    with running.client(login) as here, running.client(login) as there:
        shown = here.get("/staff/account")
        assert shown.status_code == 200
        (its_id,) = [one["session_id"] for one in there.get("/v1/sessions").json()["items"] if one["is_current"]]
        assert its_id in shown.text
        form = {"csrf_token": here.headers["X-CSRF-Token"], "session_id": its_id}
        assert here.post("/staff/account/sessions/end", data=form).headers["location"] == "/staff/account"
        assert there.get("/staff").status_code == 401


def test_signing_out_clears_what_the_browser_kept(running: Running, login: str) -> None:
    with running.client(login) as client:
        left = client.post("/staff/sign-out", data={"csrf_token": client.headers["X-CSRF-Token"]})
        assert left.headers["clear-site-data"] == '"cache"'
        assert client.get("/staff").status_code == 401


def test_a_person_who_left_the_office_has_no_session_any_more(running: Running, login: str) -> None:
    # The last test of this module: nobody comes back from leaving.
    services = running.services
    with running.officer() as officer:
        assert officer.get("/v1/drafts").status_code == 200
        made = officer.post("/v1/tokens", json={"label": "export", "scopes": ["copies:read"]}).json()["token"]
        with services.database.transaction() as tx:
            staff_id = find_account(tx, login).subject_id
            link = create_login_link(
                tx,
                account_id=find_account(tx, login).account_id,
                at=services.clock.now(),
                lifetime=timedelta(hours=1),
                random_bytes=services.random_bytes,
            )
            ended = leave_office(tx, staff_id, at=services.clock.now())
        assert (ended.accounts, ended.tokens) == (2, 1)
        assert ended.sessions >= 1
        assert officer.get("/v1/drafts").status_code == 401
    with running.client(headers={"Authorization": f"Bearer {made}"}) as program:
        assert program.get("/v1/drafts").status_code == 401
    with running.client() as client:
        assert enter(client, login, WORDS).status_code == 401
        assert client.get(f"/in/{link}").status_code == 401
    with services.database.read() as tx:
        assert all(each.ended_at is not None for each in list_delegations(tx, staff_id))
