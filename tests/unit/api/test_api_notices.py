"""The page of notices and the contact at the doors, and the compromise runbook walked to the holder's page and mailbox."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.delivery.opening import PostRoom, open_courier
from api.demo.office import OFFICER_KEY
from certify import RemedyOrder, annul_copy, copies_signed_by, get_entry
from tests.mail_server import MailHost, serve_mail, tls_of
from tests.running import Running
from vault import parse_code

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

EMAIL = "an@thi-du.example"
CONTACT = {"email": EMAIL, "phone": "", "language": "en", "by_email": True, "by_sms": False}


@pytest.fixture(scope="module")
def paper(running: Running) -> dict[str, Any]:
    with running.officer() as officer:
        return running.certify(officer)


@pytest.fixture
def an(running: Running) -> Iterator[httpx.Client]:
    with running.citizen("an") as client:
        yield client


@pytest.fixture
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def spread(running: Running) -> None:
    """The courier's round, now and not in five seconds."""
    running.services.couriers[0].round()


def set_contact(client: httpx.Client, contact: dict[str, Any]) -> httpx.Response:
    version = client.get("/v1/contact").headers["ETag"]
    return client.put("/v1/contact", json=contact, headers={"If-Match": version})


def test_a_deposited_copy_is_told_in_three_languages(running: Running, an: httpx.Client, paper: dict[str, Any]) -> None:
    spread(running)
    told = next(one for one in an.get("/v1/notices").json()["items"] if one["kind"] == "COPY_DEPOSITED")
    assert told["refs"] == {"record": paper["record_id"], "code": paper["code_of_copy"]}
    assert set(told["title"]) == set(told["what"]) == set(told["todo"]) == {"vi", "en", "fr"}
    assert an.get(told["path"]).status_code == 200
    for language, word in (("vi", "Thông báo"), ("en", "Notices"), ("fr", "Avis")):
        page = an.get("/citizen/notices", params={"lang": language}).text
        assert f"<h1>{word}</h1>" in page
        assert told["title"][language] in page.replace("\u00a0", " ")


def test_notices_of_one_are_nobody_elses(running: Running, officer: httpx.Client, paper: dict[str, Any]) -> None:
    spread(running)
    with running.citizen("duc") as neighbour:
        assert neighbour.get("/v1/notices").json()["items"] == []
    assert [one["kind"] for one in officer.get("/v1/notices").json()["items"]] == []
    assert officer.get("/staff/notices").status_code == 200


def test_notices_are_read_page_by_page(running: Running, an: httpx.Client, paper: dict[str, Any]) -> None:
    spread(running)
    set_contact(an, CONTACT)
    set_contact(an, CONTACT | {"language": "fr"})
    whole = [one["notice_id"] for one in an.get("/v1/notices").json()["items"]]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = an.get("/v1/notices", params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["notice_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len(whole) >= 3


def test_a_contact_is_changed_from_the_version_that_was_read(an: httpx.Client) -> None:
    first = an.get("/v1/contact").headers["ETag"]
    assert an.put("/v1/contact", json=CONTACT).status_code == 428
    assert an.put("/v1/contact", json=CONTACT, headers={"If-Match": '"99"'}).status_code == 412
    told = an.put("/v1/contact", json=CONTACT, headers={"If-Match": first})
    assert (told.status_code, told.json()["email"], told.json()["entered_by_office"]) == (200, EMAIL, False)
    assert an.put("/v1/contact", json=CONTACT, headers={"If-Match": first}).status_code == 412


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "an@thi-du.example\r\nBcc: x@evil.example"}, "email"),
        ({"email": ""}, "email"),
        ({"phone": "call me"}, "phone"),
        ({"by_sms": True}, "phone"),
        ({"language": "de"}, "language"),
    ],
)
def test_what_is_no_address_is_refused_by_its_field(an: httpx.Client, changes: dict[str, Any], field: str) -> None:
    answer = set_contact(an, CONTACT | changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert "evil" not in answer.text


def test_a_citizen_sets_the_contact_on_the_page(an: httpx.Client) -> None:
    version = an.get("/v1/contact").headers["ETag"].strip('"')
    form = {"version": version, "email": "moi@thi-du.example", "language": "fr", "by": "email"}
    csrf = {"csrf_token": an.headers["X-CSRF-Token"]}
    kept = an.post("/citizen/contact", data=form | csrf)
    assert (kept.status_code, kept.headers["location"]) == (303, "/citizen/notices")
    assert an.get("/v1/contact").json()["email"] == "moi@thi-du.example"
    again = an.post("/citizen/contact", data=form | csrf)
    assert again.status_code == 412, "two tabs: the second is told"
    assert 'role="alert"' in again.text
    assert an.post("/citizen/contact", data=form | csrf | {"version": "x"}).status_code == 422


def test_the_counter_enters_an_address_and_never_replaces_the_holders_own(
    running: Running, officer: httpx.Client
) -> None:
    item_id = running.read_draft(officer, holder="duc")
    given = officer.put(f"/v1/drafts/{item_id}/contact", json=CONTACT)
    assert given.status_code == 204, given.text
    with running.citizen("duc") as duc:
        told = duc.get("/v1/contact").json()
        assert (told["email"], told["entered_by_office"]) == (EMAIL, True)
        assert [one["kind"] for one in duc.get("/v1/notices").json()["items"]] == ["CONTACT_CHANGED"]
        set_contact(duc, CONTACT | {"email": "duc@thi-du.example"})
        assert officer.put(f"/v1/drafts/{item_id}/contact", json=CONTACT).status_code == 403
        assert duc.get("/v1/contact").json()["email"] == "duc@thi-du.example"
    with running.recipient() as stranger:
        assert stranger.put(f"/v1/drafts/{item_id}/contact", json=CONTACT).status_code == 404


@pytest.fixture(scope="module")
def mail_tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    return tls_of(tmp_path_factory.mktemp("tls"), name="localhost", at=datetime.now(UTC))


def test_every_holder_of_a_copy_under_a_compromised_key_is_told_on_the_page_and_by_mail(
    running: Running, an: httpx.Client, paper: dict[str, Any], mail_tls: tuple[ssl.SSLContext, Path]
) -> None:
    services = running.services
    set_contact(an, CONTACT)
    order = RemedyOrder(OFFICER_KEY, "15/QĐ-UBND", "command-line")
    with services.database.read() as tx:
        found = copies_signed_by(tx, get_entry(tx, OFFICER_KEY))
    assert parse_code(paper["code_of_copy"]) in {copy.code for copy in found}
    for copy in found:
        with services.database.transaction() as tx:
            annul_copy(tx, copy, order=order, at=services.clock.now(), random_bytes=services.random_bytes)
    with serve_mail(MailHost(tls=mail_tls[0])) as mail:
        settings = replace(
            services.settings,
            smtp_host="localhost",
            smtp_port=mail.port,
            smtp_from="no-reply@thi-du.example",
            smtp_ca_file=mail_tls[1],
            services_may_be_private=True,
        )
        room = PostRoom(
            settings, services.database, services.blobs, services.messages, services.clock, services.random_bytes, True
        )
        open_courier(room).round()
    subjects = [message["Subject"] for message in mail.received]
    assert "[MẪU – SPECIMEN] A copy of yours was annulled" in subjects
    body = next(one for one in mail.received if "annulled" in one["Subject"]).get_content()
    assert "may have been in other hands" in body
    (told,) = [one for one in an.get("/v1/notices").json()["items"] if one["kind"] == "COPY_ANNULLED_KEY"]
    assert told["refs"]["code"] == paper["code_of_copy"]
    assert "Bring the original" in an.get("/citizen/notices", params={"lang": "en"}).text
    # The general message about an annulled copy does not tell the same holder a second time.
    assert "COPY_ANNULLED" not in {one["kind"] for one in an.get("/v1/notices").json()["items"]}
