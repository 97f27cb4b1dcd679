"""The end of a case at the doors: a mailed link opens with the passcode of the slip only, and who took what is on record."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.acts.handover import mail_target
from api.delivery.opening import PostRoom, open_courier
from certify import get_case
from certify.counter import read_terms
from samples.cast import CAST
from tests.mail_server import MailHost, serve_mail, tls_of
from tests.running import Running, run_home
from tests.small_paper import small_scan
from vault import AccessAction, HolderOwner, history_for_holder
from vault.delivery import Channel, DeliveryState, list_deliveries

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

EMAIL = "canary@thi-du.example"


@dataclass
class Posting:
    """A served office with a mail server beside it."""

    running: Running
    mail: MailHost
    officer: httpx.Client

    def deliver_mail(self) -> None:
        services = self.running.services
        room = PostRoom(
            services.settings, services.database, services.blobs, services.messages, services.clock,
            services.random_bytes, is_specimen=True,
        )  # fmt: skip
        open_courier(room).round()

    def completed(self, mark: str, **more: Any) -> dict[str, Any]:
        """A case whose copy is certified."""
        asked = {
            "presenter": {"number": CAST["an"].id_number, "seen_by": "ID_CARD"},
            "originals": [{"doc_type": "VN.BIRTH_CERT"}],
        } | more
        opened = self.officer.post("/v1/cases", json=asked)
        assert opened.status_code == 201, opened.text
        case: dict[str, Any] = opened.json()
        item_id = case["items"][0]["item_id"]
        sent = self.officer.post(
            f"/v1/drafts/{item_id}/scan", files={"file": ("scan.jpg", small_scan(mark=mark), "image/jpeg")}
        )
        assert sent.status_code == 202, sent.text
        assert self.running.wait(self.officer, sent.json()["operation_id"])["status"] == "DONE"
        accepted = self.running.approve(self.officer, self.running.prepare(self.officer, item_id))
        assert self.running.wait(self.officer, accepted.json()["operation_id"])["status"] == "DONE"
        return case | {"item_id": item_id}

    def pay(self, item_id: str) -> None:
        self.officer.post(f"/v1/drafts/{item_id}/reuse", json={"choice": "CERTIFY", "reason_code": "CITIZEN_WISHES"})
        self.officer.post(f"/v1/drafts/{item_id}/payment", json={}).raise_for_status()
        self.officer.post(
            f"/v1/drafts/{item_id}/payment/receipt", json={"receipt_number": f"BL-{item_id[-6:]}"}
        ).raise_for_status()


@pytest.fixture(scope="module")
def posting(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Posting]:
    folder = tmp_path_factory.mktemp("posting")
    shutil.copytree(founded_home, folder / "home")
    tls: tuple[ssl.SSLContext, Path] = tls_of(folder, name="localhost", at=datetime.now(UTC))
    mail = MailHost(tls=tls[0])
    with serve_mail(mail):
        ways: dict[str, Any] = {
            "smtp_host": "localhost", "smtp_port": mail.port, "smtp_from": "no-reply@thi-du.example",
            "smtp_ca_file": tls[1], "services_may_be_private": True,
        }  # fmt: skip
        with run_home(folder / "home", **ways) as running, running.officer() as officer:
            yield Posting(running, mail, officer)


def test_copy_is_mailed_as_a_link_that_opens_with_the_passcode_of_the_slip_only(posting: Posting) -> None:
    case = posting.completed("mailed", delivery="EMAIL_LINK", terms={"email": EMAIL, "language": "en"})
    place = f"/v1/cases/{case['case_id']}"
    # (1) nothing leaves before the fee is settled
    early = posting.officer.post(f"{place}/handover", json={})
    assert early.status_code == 409, early.text
    posting.pay(case["item_id"])
    # (2) the mail holds the link and never the passcode
    done = posting.officer.post(f"{place}/handover", json={})
    assert done.status_code == 201, done.text
    assert (done.json()["mail_state"], done.json()["handovers"][0]["links"]) == ("PENDING", 1)
    assert EMAIL not in done.text
    posting.deliver_mail()
    letter = posting.mail.received[-1]
    body = letter.get_content()
    services = posting.running.services
    with services.database.read() as tx:
        passcode = read_terms(tx, case["case_id"], blobs=services.blobs).passcode
        sent = list_deliveries(tx, channels=(Channel.EMAIL,), target=mail_target(case["case_id"]))
    assert (letter["To"], [one.state for one in sent]) == (EMAIL, [DeliveryState.DONE])
    assert passcode not in body
    assert CAST["an"].name not in body
    token = body.partition("/s#")[2].split()[0]
    # (3) without the passcode nothing opens, with it the signed file comes, and the holder sees it
    with posting.running.client() as stranger:
        closed = stranger.post("/v1/shares/open", json={"token": token})
        assert closed.json()["code"] == "PASSCODE_WRONG", closed.text
        opened = stranger.post("/v1/shares/open", json={"token": token, "passcode": passcode})
        assert opened.status_code == 200, opened.text
        file = stranger.get("/v1/shares/file", headers={"X-Share-Ticket": opened.json()["ticket"]})
        assert file.content.startswith(b"%PDF-"), file.text
    with services.database.read() as tx:
        holder_id = get_case(tx, case["case_id"]).holder_id
        seen = history_for_holder(tx, HolderOwner(holder_id))
    assert AccessAction.SHARED in {one.event.action for one in seen if one.event.case_id == case["case_id"]}
    # (4) sent again, the earlier link ends
    again = posting.officer.post(f"{place}/handover", json={})
    assert len(again.json()["handovers"]) == 2
    with posting.running.client() as stranger:
        ended = stranger.post("/v1/shares/open", json={"token": token, "passcode": passcode})
        assert ended.json()["code"] == "SHARE_CLOSED", ended.text


def test_slip_and_sheet_are_drawn_and_a_print_is_handed_over_to_somebody(posting: Posting) -> None:
    case = posting.completed("printed", delivery="PRINT")
    place = f"/v1/cases/{case['case_id']}"
    posting.pay(case["item_id"])
    nobody = posting.officer.post(f"{place}/handover", json={})
    assert nobody.status_code == 409
    assert posting.officer.post(f"{place}/acts", json={"act": "DELIVER"}).status_code == 409
    sheet = posting.officer.get(f"{place}/collection-sheet")
    assert sheet.content.startswith(b"%PDF-")
    given = {"received_by": "PRESENTER", "seen_by": "ID_CARD"}
    done = posting.officer.post(f"{place}/handover", json=given)
    assert done.status_code == 201, done.text
    assert done.json()["handovers"][0]["received_by"] == "PRESENTER"
    assert posting.officer.get(f"{place}/whole").json()["state"] == "DELIVERED"
    assert posting.officer.post(f"{place}/handover", json=given).status_code == 409
    page = posting.officer.get(f"/staff/cases/{case['case_id']}")
    assert page.status_code == 200


def test_delivery_is_chosen_anew_until_the_case_has_ended(posting: Posting) -> None:
    case = posting.completed("chosen anew", delivery="PRINT")
    place = f"/v1/cases/{case['case_id']}/delivery"
    assert posting.officer.put(place, json={"way": "EMAIL_LINK"}).status_code == 409
    wrong = posting.officer.put(place, json={"way": "EMAIL_LINK", "terms": {"email": "no address"}})
    assert wrong.status_code == 422, wrong.text
    told = posting.officer.put(place, json={"way": "POST", "terms": {"address": "Số 1\nđường Thí Dụ"}})
    assert told.json() | {"case_id": ""} == {
        "case_id": "", "way": "POST", "has_address": True, "mail_state": None, "mail_code": None, "handovers": [],
    }  # fmt: skip
    posting.pay(case["item_id"])
    handover = f"/v1/cases/{case['case_id']}/handover"
    assert posting.officer.post(handover, json={"carrier": "VNPost"}).status_code == 409
    gone = posting.officer.post(handover, json={"carrier": "VNPost", "tracking_id": "EA1"})
    assert gone.status_code == 201, gone.text
    assert posting.officer.put(place, json={"way": "PRINT"}).status_code == 409


def test_request_from_home_waits_for_the_paper_and_for_the_fee_and_is_nobody_elses(posting: Posting) -> None:
    running, officer = posting.running, posting.officer
    asked = {"agency_code": "THIDU", "originals": [{"doc_type": "VN.BIRTH_CERT"}]}
    with running.citizen("an") as an, running.citizen("chau") as chau:
        made = an.post("/v1/own-cases", json=asked)
        assert made.status_code == 201, made.text
        case_id, item_id = made.json()["case_id"], made.json()["items"][0]["item_id"]
        assert made.json()["state"] == "SUBMITTED"
        assert chau.get(f"/v1/own-cases/{case_id}").status_code == 404
        assert chau.post(f"/v1/own-cases/{case_id}/withdrawal").status_code == 404
        assert [one["case_id"] for one in an.get("/v1/own-cases").json()["items"]][:1] == [case_id]
        assert "/citizen/cases" in an.get("/citizen/cases").text
    scan = {"file": ("scan.jpg", small_scan(mark="from home"), "image/jpeg")}
    early = officer.post(f"/v1/drafts/{item_id}/scan", files=scan)
    assert (early.status_code, early.json()["reason"]) == (409, "CASE_NOT_RECEIVED"), early.text
    acts = f"/v1/cases/{case_id}/acts"
    unseen = officer.post(acts, json={"act": "RECEIVE"})
    assert unseen.json()["reason"] == "PRESENTER_NOT_SEEN", unseen.text
    received = officer.post(acts, json={"act": "RECEIVE", "code": "ID_CARD"})
    assert received.json()["state"] == "RECEIVED", received.text
    sent = officer.post(f"/v1/drafts/{item_id}/scan", files=scan)
    assert running.wait(officer, sent.json()["operation_id"])["status"] == "DONE"
    draft = officer.get(f"/v1/drafts/{item_id}")
    asked_for = {"pages_compared": draft.json()["pages"]}
    unpaid = officer.post(f"/v1/drafts/{item_id}/prepare", json=asked_for, headers={"If-Match": draft.headers["ETag"]})
    assert (unpaid.status_code, unpaid.json()["reason"]) == (409, "UNPAID"), unpaid.text
    posting.pay(item_id)
    assert running.prepare(officer, item_id)["item_id"] == item_id
    online = {"presenter": {"number": CAST["an"].id_number, "seen_by": "ID_CARD"}, "channel": "ONLINE"}
    refused = officer.post("/v1/cases", json=online | {"originals": [{"doc_type": "VN.BIRTH_CERT"}]})
    assert refused.json()["reason"] == "CHANNEL_ONLINE", refused.text
