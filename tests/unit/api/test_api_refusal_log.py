"""Every refusal leaves a line: which route, whom, with which code; never what was sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api.identity import find_account
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

CANARY = "canary-0001950123"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[Any]]:
    caplog.set_level(logging.INFO, logger="vidimus.refusals")
    return lambda: [record for record in caplog.records if record.name == "vidimus.refusals"]


def told(record: Any) -> tuple[str, str, int]:
    return record.code, record.route, record.status


def refuse(client: httpx.Client, method: str, path: str, **options: Any) -> int:
    return client.request(method, path, **options).status_code


def test_a_refusal_says_route_code_and_whom_and_nothing_that_was_sent(
    running: Running, lines: Callable[[], list[Any]]
) -> None:
    with running.client() as nobody, running.recipient() as clerk, running.citizen("an") as citizen:
        assert refuse(nobody, "GET", f"/v1/records/{CANARY}") in {401, 404}
        assert refuse(nobody, "POST", "/v1/sessions", json={"login": CANARY, "password": CANARY}) == 401
        assert refuse(nobody, "GET", f"/in/{CANARY}") == 401
        assert refuse(nobody, "GET", "/v1/drafts", headers={"Authorization": f"Bearer {CANARY}"}) == 401
        assert (
            refuse(nobody, "POST", "/v1/oauth/token", data={"grant_type": "client_credentials", "client_id": CANARY})
            == 401
        )
        assert refuse(clerk, "POST", "/v1/approvals", json={"pin": CANARY}) == 403
        assert refuse(citizen, "GET", "/v1/records/01ARZ3NDEKTSV4RRFFQ69G5FAV", params={"x": CANARY}) == 404
        assert refuse(citizen, "POST", "/v1/shares", headers={"X-CSRF-Token": CANARY}, json={"purpose": CANARY}) == 403
        assert refuse(citizen, "GET", "/", headers={"Host": f"{CANARY}.example"}) == 421
    found = lines()
    assert {told(record) for record in found} >= {
        ("LOGIN_REFUSED", "/v1/sessions", 401),
        ("LINK_USED", "/in/{token}", 401),
        ("TOKEN_REFUSED", "/v1/drafts", 401),
        ("CLIENT_REFUSED", "/v1/oauth/token", 401),
        ("FORBIDDEN", "/v1/approvals", 403),
        ("NOT_FOUND", "/v1/records/{record_id}", 404),
        ("CSRF_REFUSED", "/v1/shares", 403),
        ("HOST_UNKNOWN", "-", 421),
    }
    with running.services.database.read() as tx:
        an = find_account(tx, "an").subject_id
    assert an in {record.principal_id for record in found}
    for record in found:
        assert CANARY not in record.getMessage() + str(record.__dict__)


def test_a_form_that_is_refused_on_its_page_leaves_a_line_too(running: Running, lines: Callable[[], list[Any]]) -> None:
    with running.client() as nobody:
        assert refuse(nobody, "POST", "/sign-in", data={"login": CANARY, "password": CANARY}) == 401
    (record,) = [record for record in lines() if record.route == "/sign-in"]
    assert record.code == "LOGIN_REFUSED"
    assert CANARY not in record.getMessage() + str(record.__dict__)


def test_what_strangers_ask_for_in_vain_fills_no_log(running: Running, lines: Callable[[], list[Any]]) -> None:
    with running.client() as nobody:
        assert refuse(nobody, "GET", "/nowhere") == 404
        assert refuse(nobody, "GET", "/v1/copies/K7PM3QWX9DHT5") == 200
    assert lines() == []
