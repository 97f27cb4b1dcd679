"""Webhooks over HTTP and on the command line: by administrators, of their own agency, with a secret told once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.delivery.events import EVENT_TYPES, SUBSCRIBABLE
from certify import Role
from tests.command_line import CommandLine
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

ASKED = {"url": "https://systems.thi-du.example/vidimus", "events": ["copy.certified"]}


def new_admin(running: Running, agency: str) -> str:
    """The login of a new administrator of an agency."""
    login = f"admin-{secrets.token_hex(4)}"
    running.enrol(login, agency, Role.ADMIN)
    return login


@pytest.fixture
def admin(running: Running) -> Iterator[httpx.Client]:
    with running.client(new_admin(running, "THIDU")) as client:
        yield client


@pytest.fixture
def webhook(admin: httpx.Client) -> Iterator[dict[str, Any]]:
    made = admin.post("/v1/webhooks", json=ASKED)
    assert made.status_code == 201, made.text
    told = made.json()
    yield told
    admin.delete(f"/v1/webhooks/{told['webhook_id']}")


def test_a_secret_is_told_when_a_webhook_is_made_and_never_again(admin: httpx.Client, webhook: dict[str, Any]) -> None:
    assert webhook["secret"].startswith("whsec_")
    one = admin.get(f"/v1/webhooks/{webhook['webhook_id']}")
    (listed,) = admin.get("/v1/webhooks").json()["items"]
    assert listed == one.json() == {name: value for name, value in webhook.items() if name != "secret"}
    renewed = admin.post(f"/v1/webhooks/{webhook['webhook_id']}/secret")
    assert renewed.status_code == 200
    assert renewed.json()["secret"] != webhook["secret"]


def test_a_webhook_is_changed_from_the_version_that_was_read(admin: httpx.Client, webhook: dict[str, Any]) -> None:
    address = f"/v1/webhooks/{webhook['webhook_id']}"
    version = {"If-Match": admin.get(address).headers["ETag"]}
    assert admin.patch(address, json={"state": "DISABLED"}).status_code == 428
    told = admin.patch(address, json={"state": "DISABLED", "events": ["submission.filed"]}, headers=version)
    assert (told.json()["state"], told.json()["state_code"]) == ("DISABLED", "BY_ADMIN")
    assert told.json()["events"] == ["submission.filed"]
    assert admin.patch(address, json={"state": "ACTIVE"}, headers=version).status_code == 412
    assert admin.post(f"{address}/test").status_code == 422
    again = admin.patch(address, json={"state": "ACTIVE"}, headers={"If-Match": told.headers["ETag"]})
    assert (again.json()["state"], again.json()["state_code"]) == ("ACTIVE", None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://systems.thi-du.example/"}, "url"),
        ({"url": "https://127.0.0.1/"}, None),
        ({"events": ["copy.eaten"]}, "events"),
        ({"events": ["webhook.test"]}, "events"),
        ({"events": []}, "events"),
        ({"more": "x"}, "more"),
    ],
)
def test_what_is_no_webhook_is_refused_by_its_field(
    admin: httpx.Client, changes: dict[str, Any], field: str | None
) -> None:
    answer = admin.post("/v1/webhooks", json=ASKED | changes)
    if field is None:
        # An address by number is judged at each send, like every other.
        assert answer.status_code == 201
        admin.delete(f"/v1/webhooks/{answer.json()['webhook_id']}")
        return
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_test_event_is_left_and_its_sending_is_seen(admin: httpx.Client, webhook: dict[str, Any]) -> None:
    address = f"/v1/webhooks/{webhook['webhook_id']}"
    key = {"Idempotency-Key": "press-once-1"}
    first = admin.post(f"{address}/test", headers=key)
    assert first.status_code == 202
    assert admin.post(f"{address}/test", headers=key).json() == first.json()
    admin.post(f"{address}/test")
    listed = admin.get(f"{address}/deliveries", params={"limit": 1}).json()
    older = admin.get(f"{address}/deliveries", params={"limit": 1, "cursor": listed["next_cursor"]}).json()
    assert older["items"][0]["delivery_id"] == first.json()["delivery_id"]
    assert older["items"][0]["webhook_message_id"].startswith("msg_")
    assert admin.post(f"{address}/replay", json={"delivery_ids": [first.json()["delivery_id"]]}).status_code == 202
    assert admin.post(f"{address}/replay", json={}).status_code == 422


def test_webhooks_of_another_agency_do_not_exist(running: Running, webhook: dict[str, Any]) -> None:
    address = f"/v1/webhooks/{webhook['webhook_id']}"
    with running.client(new_admin(running, "THIDU-EDU")) as stranger:
        assert stranger.get("/v1/webhooks").json()["items"] == []
        calls = [
            ("GET", "", {}),
            ("PATCH", "", {"json": {"state": "DISABLED"}, "headers": {"If-Match": '"1"'}}),
            ("DELETE", "", {}),
            ("POST", "/secret", {}),
            ("POST", "/test", {}),
            ("GET", "/deliveries", {}),
            ("POST", "/replay", {"json": {"since": "2026-01-01T00:00:00Z"}}),
        ]
        for method, more, sent in calls:
            assert stranger.request(method, address + more, **sent).status_code == 404, f"{method} {more}"
    with running.officer() as officer:
        assert officer.get("/v1/webhooks").status_code == 403


def test_an_agency_has_no_more_than_twenty(admin: httpx.Client) -> None:
    made = [admin.post("/v1/webhooks", json=ASKED) for _ in range(21)]
    assert [answer.status_code for answer in made] == [201] * 20 + [422]
    for answer in made[:20]:
        assert admin.delete(f"/v1/webhooks/{answer.json()['webhook_id']}").status_code == 204
    assert admin.get("/v1/webhooks").json()["items"] == []


def test_every_type_of_event_has_a_schema_that_a_stranger_can_read(running: Running) -> None:
    with running.client() as stranger:
        told = stranger.get("/v1/webhook-event-types").json()["items"]
    assert [one["type"] for one in told] == [one.type for one in EVENT_TYPES]
    for one in told:
        assert one["json_schema"]["properties"]["type"] == {"const": one["type"]}
        # Ids and codes only: nobody's holder is told to a system.
        assert "holder" not in one["json_schema"]["properties"]["data"]["properties"]
    assert set(SUBSCRIBABLE) == {one.type for one in EVENT_TYPES} - {"webhook.test"}


def test_webhooks_are_kept_on_the_command_line(office_line: CommandLine) -> None:
    def rows(*arguments: str) -> Any:
        return office_line.run("webhook", *arguments, "--format", "json").json

    made = office_line.run("webhook", "add", ASKED["url"], "--agency", "THIDU", "--event", "copy.certified")
    webhook_id, secret = made.out.split()
    assert (made.exit_code, secret[:6]) == (0, "whsec_")
    assert office_line.run("webhook", "add", "http://x.example", "--agency", "THIDU").exit_code == 2
    (row,) = rows("list")
    assert (row["webhook_id"], row["events"], row["state"]) == (webhook_id, "copy.certified", "ACTIVE")
    assert secret not in str(row)
    delivery_id = office_line.run("webhook", "test", webhook_id).out.strip()
    assert [one["delivery_id"] for one in rows("deliveries", webhook_id)] == [delivery_id]
    assert office_line.run("webhook", "replay", webhook_id, "--since", "2026-01-01").exit_code == 0
    assert office_line.run("webhook", "rotate", webhook_id).out.strip() != secret
    assert office_line.run("webhook", "disable", webhook_id).exit_code == 0
    assert rows("list")[0]["state"] == "DISABLED"
    assert office_line.run("webhook", "enable", webhook_id).exit_code == 0
    assert office_line.run("webhook", "remove", webhook_id).exit_code == 0
    assert rows("list") == []
    assert office_line.run("webhook", "test", webhook_id).exit_code != 0
