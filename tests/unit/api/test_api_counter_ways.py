"""Ways to the counter: compared without a number, from home for a child, by post, and a fee that the gateway is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from certify import Role as StaffRole
from certify import add_agency, get_agency
from samples.cast import CAST
from tests.running import Running
from tests.small_paper import small_scan
from vault import HolderOwner, history_for_holder

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

POST_CLERK = "buu-chinh"


@pytest.fixture
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


@pytest.fixture(scope="module")
def post_clerk(running: Running) -> Iterator[httpx.Client]:
    running.enrol(POST_CLERK, "THIDU", StaffRole.POSTAL_INTAKE)
    with running.client(POST_CLERK) as client:
        yield client


def letter(**more: Any) -> dict[str, Any]:
    return {
        "presenter": {"number": CAST["an"].id_number, "seen_by": "BY_POST"},
        "originals": [{"doc_type": "VN.STUDENT_STATUS"}],
        "channel": "POSTAL",
        "delivery": "POST",
        "terms": {"address": "số 1 đường Thí Dụ"},
        "arrival": {"carrier": "VNPost", "tracking_id": "EA1", "arrived_on": "2026-11-20"},
    } | more


def test_original_is_compared_and_waits_without_a_number(running: Running, officer: httpx.Client) -> None:
    item_id = running.read_draft(officer, small_scan(mark="compared-only"))
    place = f"/v1/drafts/{item_id}/comparison"
    draft = officer.get(f"/v1/drafts/{item_id}")
    etag = {"If-Match": draft.headers["ETag"]}
    too_few = officer.post(place, json={"pages_compared": draft.json()["pages"] + 1}, headers=etag)
    assert too_few.status_code == 409, too_few.text
    assert officer.post(place, json={"pages_compared": 1}, headers={"If-Match": '"999"'}).status_code == 412
    compared = officer.post(place, json={"pages_compared": draft.json()["pages"]}, headers=etag)
    assert compared.json()["state"] == "READY_TO_SIGN", compared.text
    assert officer.get(f"/v1/drafts/{item_id}/ready").status_code != 200
    batch = officer.post("/v1/batches", json={"items": [item_id]})
    assert batch.status_code == 201, batch.text
    with running.recipient() as stranger:
        assert stranger.post(place, json={"pages_compared": 1}).status_code == 403


def test_who_takes_in_the_post_opens_cases_by_post_and_no_others(
    post_clerk: httpx.Client, officer: httpx.Client
) -> None:
    opened = post_clerk.post("/v1/cases", json=letter())
    assert opened.status_code == 201, opened.text
    case = opened.json()
    assert (case["channel"], case["items"][0]["state"]) == ("POSTAL", "DECLARED")
    assert post_clerk.get(f"/v1/cases/{case['case_id']}/slip").content.startswith(b"%PDF")
    at_counter = letter(channel="COUNTER", delivery="VAULT", arrival=None)
    at_counter["presenter"] = {"number": CAST["an"].id_number, "seen_by": "ID_CARD"}
    refused = post_clerk.post("/v1/cases", json=at_counter)
    assert (refused.status_code, refused.json()["reason"]) == (409, "POST_ONLY")
    # Scanning, moving and handing over stay with clerks.
    act = {"act": "CLAIM"}
    assert post_clerk.post(f"/v1/cases/{case['case_id']}/acts", json=act).status_code == 403
    scan = {"file": ("scan.jpg", small_scan(mark="by-post"), "image/jpeg")}
    assert post_clerk.post(f"/v1/drafts/{case['items'][0]['item_id']}/scan", files=scan).status_code == 403
    assert officer.post(f"/v1/cases/{case['case_id']}/acts", json=act).json()["claimed_by"]


def test_page_of_the_post_offers_letters_and_no_form_that_would_be_refused(post_clerk: httpx.Client) -> None:
    form = post_clerk.get("/staff/cases/new").text
    assert 'value="POSTAL"' in form
    assert 'value="COUNTER"' not in form
    sent = {
        "number": CAST["an"].id_number, "name": CAST["an"].name, "seen_by": "BY_POST", "doc_type": "VN.STUDENT_STATUS",
        "channel": "POSTAL", "delivery": "POST", "address": "số 1", "carrier": "VNPost", "tracking_id": "EA2",
        "arrived_on": "2026-11-20",
    }  # fmt: skip
    shown = post_clerk.post("/staff/cases/new", data=sent, follow_redirects=True)
    assert shown.status_code == 200, shown.text
    assert "/slip.pdf" in shown.text
    assert '/acts"' not in shown.text
    assert "/staff/items/" not in shown.text


def test_parent_asks_from_home_for_a_child_and_a_stranger_does_not(running: Running, officer: httpx.Client) -> None:
    child, parent = {"number": "000220054321", "name": "Nguyễn Bé Xin", "birth_date": "2020-03-02"}, CAST["an"]
    mandate = {
        "holder": child,
        "person": {"number": parent.id_number},
        "kind": "PARENT",
        "document_number": "KS 7/2020",
    }
    given = officer.post("/v1/mandates", json=mandate | {"covered_types": ["VN.BIRTH_CERT"]})
    assert given.status_code == 201, given.text
    holder_id = given.json()["holder_id"]
    asked = {"agency_code": "THIDU", "originals": [{"doc_type": "VN.BIRTH_CERT"}], "holder_id": holder_id}
    with running.citizen("an") as an, running.citizen("chau") as chau:
        made = an.post("/v1/own-cases", json=asked)
        assert made.status_code == 201, made.text
        assert made.json()["holder_id"] == holder_id
        beyond = an.post("/v1/own-cases", json=asked | {"originals": [{"doc_type": "VN.LAND_CERT"}]})
        assert (beyond.status_code, beyond.json()["code"]) == (422, "MANDATE_REFUSED"), beyond.text
        assert chau.post("/v1/own-cases", json=asked).status_code == 404
        assert [one["case_id"] for one in an.get("/v1/own-cases").json()["items"]][:1] == [made.json()["case_id"]]
    with running.services.database.read() as tx:
        seen = history_for_holder(tx, HolderOwner(holder_id))
    assert ("READ", "ONLINE_REQUEST") in {(one.event.action.value, one.event.reason) for one in seen}
    people = officer.get(f"/v1/cases/{made.json()['case_id']}/whole").json()["people"]
    by_role = {one["role"]: one for one in people}
    assert by_role["PRESENTER"]["power"] == "PARENT"
    assert by_role["PRESENTER"]["number_last4"] == parent.id_number[-4:]
    assert by_role["HOLDER"]["number_last4"] == child["number"][-4:]
    officer.post(f"/v1/mandates/{given.json()['mandate_id']}/end", json={"document_number": "QĐ 1"}).raise_for_status()
    with running.citizen("an") as an:
        assert an.post("/v1/own-cases", json=asked).status_code == 404


def test_clerk_follows_a_fee_on_its_page_and_asks_the_gateway(running: Running, officer: httpx.Client) -> None:
    item_id = running.read_draft(officer, small_scan(mark="fee-page"))
    place = f"/staff/items/{item_id}/payment"
    assert place in officer.get(f"/staff/items/{item_id}").text
    officer.post(f"/v1/drafts/{item_id}/reuse", json={"choice": "CERTIFY", "reason_code": "CITIZEN_WISHES"})

    def do(what: str, **more: str) -> httpx.Response:
        return officer.post(place, data={"what": what, **more}, params={"lang": "en"}, follow_redirects=True)

    assert "was not asked yet" in officer.get(place, params={"lang": "en"}).text
    assert "Due" in do("ask").text
    assert "Failed tries" in do("sandbox-failed").text
    assert do("look").status_code == 200
    assert do("take", method="CASH").status_code == 422
    assert do("nothing").status_code == 422
    do("ask")
    paid = do("sandbox-paid")
    assert "Paid" in paid.text
    assert 'value="refund"' in paid.text
    assert 'value="take"' not in paid.text
    assert "Paid back" in do("refund").text
    with running.recipient() as stranger:
        assert stranger.get(place).status_code in {403, 404}


def test_register_is_read_in_pages_with_the_sums_of_the_whole_book(running: Running, officer: httpx.Client) -> None:
    running.prepare(officer, running.read_draft(officer, small_scan(mark="register-page")))
    first = officer.get("/staff/register", params={"lang": "en"}).text
    book = officer.get("/v1/register/books").json()["items"][0]
    assert f"{book['last_number']} numbers in all" in first
    assert "Further numbers" not in first
    beyond = officer.get("/staff/register", params={"lang": "en", "book": book["book_id"], "after": 1_000_000}).text
    assert "Back to the first number" in beyond
    assert officer.get("/staff/register", params={"after": "-1"}).status_code == 422


def test_retention_stands_in_the_menu_of_those_only_whose_page_opens(running: Running) -> None:
    with running.services.database.transaction() as tx:
        add_agency(tx, replace(get_agency(tx, "THIDU"), code="BELOW-THIDU", parent_code="THIDU", seal_key_id=None))
    for login, agency, is_shown in (("over", "THIDU", True), ("under", "BELOW-THIDU", False)):
        running.enrol(f"menu-{login}", agency, StaffRole.AUDITOR)
        with running.client(f"menu-{login}") as auditor:
            menu = auditor.get("/staff/account").text
            assert ('href="/staff/retention"' in menu) is is_shown
            assert (auditor.get("/staff/retention").status_code == 200) is is_shown
