"""Recovery by two administrators, and passwords that are not guessed first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.demo.office import OFFICER_LOGIN
from api.errors import PasswordUnfit
from api.identity import Password, find_account, passwords
from api.identity.passwords import check_fit
from api.identity.tables import recoveries
from certify import Agency, add_agency
from certify import Role as StaffRole
from tests.running import Running

slow = pytest.mark.slow
WORDS = "bốn từ không liên quan"


@pytest.fixture(scope="module")
def admin(running: Running) -> Callable[[str], httpx.Client]:
    """Administrators: two of the ward, one of a neighbour."""
    for login, agency in (("quan-tri-1", "THIDU"), ("quan-tri-2", "THIDU"), ("quan-tri-khac", "THIDU-EDU")):
        running.enrol(login, agency, StaffRole.ADMIN)
    return running.client


def asked(client: httpx.Client, login: str) -> dict[str, Any]:
    answer = client.post("/v1/recoveries", json={"login": login})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


@slow
@pytest.mark.parametrize("login", [OFFICER_LOGIN, "an"])
def test_two_administrators_give_an_account_back_and_everything_old_ends(
    running: Running, admin: Callable[[str], httpx.Client], login: str
) -> None:
    with admin("quan-tri-1") as first, admin("quan-tri-2") as second, running.client(login) as old:
        made = old.post("/v1/tokens", json={"label": "x", "scopes": ["vault:read" if login == "an" else "copies:read"]})
        recovery = asked(first, login)
        assert old.get("/v1/sessions/current").status_code == 200
        confirmed = second.post(f"/v1/recoveries/{recovery['recovery_id']}/confirmation")
        assert confirmed.status_code == 200, confirmed.text
        assert old.get("/v1/sessions/current").status_code == 401
        again = second.post(f"/v1/recoveries/{recovery['recovery_id']}/confirmation")
        assert again.status_code == 404
        listed = first.get("/v1/recoveries").json()["items"]
    assert confirmed.json()["link"] not in str(listed)
    assert listed[0]["confirmed_at"]
    path = confirmed.json()["link"].removeprefix(running.services.settings.base_url)
    with running.client() as anew:
        assert anew.get(path).status_code == 303
        told = anew.get("/v1/sessions/current").json()
        assert told["method"] == "link"
        anew.headers["X-CSRF-Token"] = told["csrf_token"]
        assert anew.put("/v1/password", json={"password": WORDS}).status_code == 204
    with running.client() as later:
        assert later.get(path).status_code == 401
        assert later.post("/v1/sessions", json={"login": login, "password": WORDS}).status_code == 201
        sent = {"Authorization": f"Bearer {made.json()['token']}"}
        later.cookies.clear()
        assert later.get("/v1/records", headers=sent).status_code == 401


@slow
def test_the_one_who_asked_does_not_confirm(admin: Callable[[str], httpx.Client]) -> None:
    with admin("quan-tri-1") as first:
        recovery = asked(first, OFFICER_LOGIN)
        assert first.post(f"/v1/recoveries/{recovery['recovery_id']}/confirmation").status_code == 404


@slow
def test_nobody_recovers_the_own_account_or_that_of_another_agency(
    running: Running, admin: Callable[[str], httpx.Client]
) -> None:
    with admin("quan-tri-1") as first, admin("quan-tri-khac") as stranger, admin("quan-tri-2") as second:
        for client, login in ((first, "quan-tri-1"), (stranger, OFFICER_LOGIN), (stranger, "an"), (first, "nobody")):
            assert client.post("/v1/recoveries", json={"login": login}).status_code == 404, login
        recovery = asked(first, "quan-tri-2")
        assert second.post(f"/v1/recoveries/{recovery['recovery_id']}/confirmation").status_code == 404
        assert stranger.post(f"/v1/recoveries/{recovery['recovery_id']}/confirmation").status_code == 404
        assert stranger.get("/v1/recoveries").json()["items"] == []
    with running.officer() as officer:
        assert officer.post("/v1/recoveries", json={"login": "an"}).status_code == 403


@slow
def test_a_recovery_waits_for_an_hour(running: Running, admin: Callable[[str], httpx.Client]) -> None:
    with admin("quan-tri-1") as first, admin("quan-tri-2") as second:
        recovery = asked(first, "chau")
        with running.services.database.transaction() as tx:
            tx.execute(
                sa.update(recoveries)
                .where(recoveries.c.recovery_id == recovery["recovery_id"])
                .values(ends_at=running.services.clock.now() - timedelta(seconds=1))
            )
        assert second.post(f"/v1/recoveries/{recovery['recovery_id']}/confirmation").status_code == 404


@slow
def test_an_administrator_asks_for_few_recoveries(admin: Callable[[str], httpx.Client]) -> None:
    with admin("quan-tri-khac") as client:
        answers = [client.post("/v1/recoveries", json={"login": "nobody"}).status_code for _ in range(11)]
    assert answers[-1] == 429


@slow
def test_a_new_password_ends_every_other_session(running: Running) -> None:
    with running.citizen("chau") as here, running.citizen("chau") as there:
        weak = here.put("/v1/password", json={"password": "chau chau chau"})
        assert (weak.status_code, weak.json()["reason"]) == (422, "PASSWORD_COMMON")
        assert there.get("/v1/sessions/current").status_code == 200
        assert here.put("/v1/password", json={"password": WORDS}).status_code == 204
        assert there.get("/v1/sessions/current").status_code == 401
        assert here.get("/v1/sessions/current").status_code == 200
        # Now there is a present one, and a screen left open does not change it.
        for current in ({}, {"current": "something else"}):
            refused = here.put("/v1/password", json={"password": WORDS + "?"} | current)
            assert (refused.status_code, refused.json()["code"]) == (401, "LOGIN_REFUSED")
        form = {"csrf_token": here.headers["X-CSRF-Token"], "password": "short", "current": WORDS}
        assert here.post("/citizen/account/password", data=form).status_code == 422
        assert here.post("/citizen/account/password", data=form | {"password": WORDS + "!"}).status_code == 303
    with running.services.database.read() as tx:
        assert find_account(tx, "chau")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("mười", "PASSWORD_SHORT"),
        ("aaaaaaaaaaaaaaaa", "PASSWORD_COMMON"),
        ("password1234", "PASSWORD_COMMON"),
        ("can-bo-can-bo1", "PASSWORD_COMMON"),
        ("Vidimus-2026", "PASSWORD_COMMON"),
        ("qwerty123456789", "PASSWORD_COMMON"),
        ("P@ssw0rd1234!", "PASSWORD_COMMON"),
        ("Mật khẩu 123456", "PASSWORD_COMMON"),
        ("Chứng thực 2026!", "PASSWORD_COMMON"),
        ("1q2w3e4r5t6y", "PASSWORD_COMMON"),
        ("dragondragondragon", "PASSWORD_COMMON"),
        ("needforspeed99", "PASSWORD_COMMON"),
        ("bốn từ không liên quan " * 12, "PASSWORD_LONG"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(words: str, code: str) -> None:
    with pytest.raises(PasswordUnfit) as refused:
        check_fit(Password(words), login="can-bo")
    assert refused.value.code == code


@pytest.mark.parametrize("words", [WORDS, "correct horse battery staple", "bờ ao sen nở trắng", "x9$kQ2!mZ7pL"])
def test_a_password_may_be_made_of_anything_else(words: str) -> None:
    check_fit(Password(words), login="can-bo")


def test_the_list_holds_at_least_the_three_thousand_most_common_ones() -> None:
    found = Path(passwords.__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split()
    assert len(found) == len(set(found)) >= 3000
    assert found == sorted(found)


def _clerk_of(running: Running, code: str, *, ends_at: datetime | None, roles: frozenset[StaffRole]) -> str:
    """Somebody of an agency below the ward; gives the login."""
    services = running.services
    at = services.clock.now()
    with services.database.transaction() as tx:
        add_agency(
            tx, Agency(code, code, code, code, "COMMUNE", "THIDU", None, "X/BS", at - timedelta(days=9), ends_at)
        )
    running.enrol(f"nguoi-{code.lower()}", code, *roles)
    return f"nguoi-{code.lower()}"


@slow
def test_an_administrator_acts_for_the_agencies_below_and_not_for_those_above(
    running: Running, admin: Callable[[str], httpx.Client]
) -> None:
    login = _clerk_of(running, "THIDU-HAMLET", ends_at=None, roles=frozenset({StaffRole.ADMIN}))
    with admin("quan-tri-1") as above, admin(login) as below:
        assert above.post("/v1/recoveries", json={"login": login}).status_code == 201
        assert below.post("/v1/recoveries", json={"login": OFFICER_LOGIN}).status_code == 404
        form = {"login": "he-thong", "label": "x", "roles": ["auditor"], "scopes": ["copies:read"]}
        assert above.post("/v1/clients", json=form | {"agency_code": "THIDU-HAMLET"}).status_code == 201
        assert below.post("/v1/clients", json=form | {"agency_code": "THIDU"}).status_code == 404


@slow
def test_staff_of_an_abolished_agency_audit_and_do_nothing_else(
    running: Running, admin: Callable[[str], httpx.Client]
) -> None:
    ended = running.services.clock.now() - timedelta(days=1)
    both = frozenset({StaffRole.COUNTER_CLERK, StaffRole.AUDITOR})
    with running.client(_clerk_of(running, "THIDU-OLD", ends_at=ended, roles=both)) as client:
        assert client.get("/v1/sessions/current").json()["roles"] == ["auditor"]
        assert client.get("/v1/drafts").status_code == 200
        assert client.post("/v1/drafts", json={}).status_code == 403


@slow
def test_an_administrator_ends_the_sessions_of_a_person_and_lets_one_leave(
    running: Running, admin: Callable[[str], httpx.Client]
) -> None:
    login = _clerk_of(running, "THIDU-EAST", ends_at=None, roles=frozenset({StaffRole.COUNTER_CLERK}))
    with admin("quan-tri-1") as above, admin("quan-tri-khac") as stranger, running.client(login) as person:
        staff_id = person.get("/v1/sessions/current").json()["subject_id"]
        assert stranger.delete(f"/v1/staff/{staff_id}/sessions").status_code == 404
        assert stranger.post(f"/v1/staff/{staff_id}/leaving").status_code == 404
        assert person.get("/v1/drafts").status_code == 200
        assert above.delete(f"/v1/staff/{staff_id}/sessions").status_code == 204
        assert person.get("/v1/drafts").status_code == 401
    with admin("quan-tri-1") as above, running.client(login) as person:
        ended = above.post(f"/v1/staff/{staff_id}/leaving")
        assert (ended.status_code, ended.json()["accounts"]) == (200, 1)
        assert person.get("/v1/drafts").status_code == 401
