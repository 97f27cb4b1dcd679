"""The fee of an original: due, paid by a gateway whose word is verified, or at the desk; and paid back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.acts import payments as acts
from api.delivery.webhooks import signature_headers
from api.demo.office import demo_people
from api.errors import BadSetting, CallbackRefused, DoorFailed, NotFound
from api.outside.payment import open_payments, read_secret
from api.services import Services
from certify import PaymentConflict, PaymentUnknown
from certify.outside import PaymentState
from keys import AuthorityAnswer
from tests.loopback import serve_on_loopback
from tests.running import Running
from tests.small_paper import small_scan

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclass
class Gateway:
    """A gateway on loopback."""

    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    url: str = "https://pay.example/p/1"
    reference: str = "GW-1"
    standing: dict[str, Any] = field(default_factory=dict)

    def reply(self, _method: str, path: str, _media_type: str, body: bytes) -> AuthorityAnswer:
        self.asked.append((path, json.loads(body)))
        if path == "/payments/status":
            return AuthorityAnswer(self.status, "application/json", json.dumps(self.standing).encode())
        told = {"receipt_number": "HT-9"} if path == "/refunds" else {"reference": self.reference, "url": self.url}
        return AuthorityAnswer(self.status, "application/json", json.dumps(told).encode())


@pytest.fixture
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


@pytest.fixture
def item_id(running: Running, officer: httpx.Client) -> str:
    return running.read_draft(officer, small_scan(mark="fee"))


@pytest.fixture
def gateway(running: Running, tmp_path: Path) -> Iterator[tuple[Services, Gateway]]:
    """The running office with a real gateway in the place of the sandbox."""
    token, secret, host = tmp_path / "token", tmp_path / "secret", Gateway()
    for path, content in ((token, "t"), (secret, SECRET)):
        path.write_text(content)
        path.chmod(0o600)
    with serve_on_loopback(host.reply) as port:
        door = replace(
            running.services.settings.payment,
            place=f"http://127.0.0.1:{port}",
            token_file=token,
            secret_file=secret,
        )
        settings = replace(running.services.settings, payment=door, services_may_be_private=True)
        doors = replace(running.services.outside, payments=open_payments(settings, is_specimen=False))
        yield replace(running.services, outside=doors, settings=settings), host


def news(services: Services, payment_id: str, **changes: Any) -> tuple[dict[str, str], bytes]:
    told = {"payment_id": payment_id, "reference": "GW-1", "amount": 2000, "state": "PAID", "receipt_number": "BL-7"}
    body = json.dumps(told | changes).encode()
    return signature_headers("evt1", body, secrets=[KEY], at=services.clock.now()), body


def test_a_fee_is_due_then_paid_with_a_receipt_then_paid_back(officer: httpx.Client, item_id: str) -> None:
    address = f"/v1/drafts/{item_id}/payment"
    assert officer.get(address).status_code == 404
    due = officer.post(address)
    assert due.status_code == 201, due.text
    told = due.json()
    assert (told["state"], told["amount_vnd"], told["source"], told["receipt_number"]) == ("DUE", 2000, "sandbox", None)
    assert officer.post(address).json() == told
    assert officer.post(f"{address}/refund", json={}).status_code == 409
    paid = officer.post(f"{address}/sandbox").json()
    assert (paid["state"], paid["method"], paid["receipt_number"][:7]) == ("PAID", "GATEWAY", "SANDBOX")
    assert officer.post(f"{address}/sandbox").json() == paid, "the same news again changes nothing"
    assert officer.post(f"{address}/receipt", json={"receipt_number": "BL-1"}).status_code == 409
    back = officer.post(f"{address}/refund", json={}).json()
    assert (back["state"], back["refund_receipt_number"][:9]) == ("REFUNDED", "SANDBOX-R")
    assert officer.post(f"{address}/refund", json={}).json() == back


def test_a_payer_who_gives_up_leaves_the_fee_due_and_gets_a_new_page(officer: httpx.Client, item_id: str) -> None:
    address = f"/v1/drafts/{item_id}/payment"
    first = officer.post(address).json()
    failed = officer.post(f"{address}/sandbox-failure").json()
    assert (failed["state"], failed["pay_url"], failed["failures"]) == ("DUE", None, 1)
    assert failed["failure_code"] == "SANDBOX_REFUSED"
    again = officer.post(address).json()
    assert (again["payment_id"], again["state"], again["pay_url"]) == (first["payment_id"], "DUE", first["pay_url"])
    assert officer.post(f"{address}/look").json() == again, "a payment that runs changes nothing"
    assert officer.post(f"{address}/sandbox").json()["state"] == "PAID"
    late = officer.post(f"{address}/sandbox-failure").json()
    assert (late["state"], late["failures"]) == ("PAID", 1), "what is paid is not made due by late news"


def test_lost_word_of_a_gateway_is_asked_for_and_a_failed_page_is_not_given_again(
    running: Running, item_id: str, gateway: tuple[Services, Gateway]
) -> None:
    (services, host), officer = gateway, demo_people(running.services).officer
    payment = acts.ask(services, officer, item_id)
    standing = {"payment_id": payment.payment_id, "reference": "GW-1", "amount": 2000}
    host.standing = standing | {"state": "PENDING"}
    assert acts.look_after(services, officer, item_id) == payment
    acts.take_news(services, *news(services, payment.payment_id, state="FAILED", reason="CARD_DECLINED"))
    failed = acts.see(services, officer, item_id)
    assert (failed.state, failed.failure_code, failed.pay_url) == (PaymentState.DUE, "CARD_DECLINED", None)
    host.reference, host.url = "GW-2", "https://pay.example/p/2"
    assert acts.ask(services, officer, item_id).pay_url == "https://pay.example/p/2"
    # News of the page that failed, told again, harms the new one in nothing.
    acts.take_news(services, *news(services, payment.payment_id, state="FAILED", reason="CARD_DECLINED"))
    assert acts.see(services, officer, item_id).reference == "GW-2"
    host.standing = standing | {"reference": "GW-2", "state": "PAID", "receipt_number": "BL-9", "payment_id": "X"}
    with pytest.raises(PaymentConflict):
        acts.look_after(services, officer, item_id)
    host.standing |= {"payment_id": payment.payment_id}
    assert acts.look_after(services, officer, item_id).receipt_number == "BL-9"
    host.standing = {"state": "PAID"}
    assert acts.look_after(services, officer, item_id).state is PaymentState.PAID


def test_a_fee_is_paid_at_the_desk_and_paid_back_with_receipts(officer: httpx.Client, item_id: str) -> None:
    address = f"/v1/drafts/{item_id}/payment"
    assert officer.post(f"{address}/receipt", json={"receipt_number": "BL-1"}).status_code == 404
    officer.post(address)
    paid = officer.post(f"{address}/receipt", json={"receipt_number": "BL-1"}).json()
    assert (paid["state"], paid["method"], paid["receipt_number"]) == ("PAID", "CASH", "BL-1")
    assert officer.post(f"{address}/receipt", json={"receipt_number": "BL-1"}).json() == paid
    assert officer.post(f"{address}/receipt", json={"receipt_number": "BL-2"}).status_code == 409
    assert officer.post(f"{address}/refund", json={}).json()["field"] == "receipt_number"
    assert officer.post(f"{address}/refund", json={"receipt_number": "HT-1"}).json()["state"] == "REFUNDED"


def test_a_gateway_is_asked_under_our_id_and_its_signed_word_counts(
    running: Running, item_id: str, gateway: tuple[Services, Gateway]
) -> None:
    (services, host), officer = gateway, demo_people(running.services).officer
    payment = acts.ask(services, officer, item_id)
    assert (payment.pay_url, payment.reference) == ("https://pay.example/p/1", "GW-1")
    ((path, asked),) = host.asked
    assert (path, asked["payment_id"], asked["amount"], asked["currency"]) == (
        "/payments",
        payment.payment_id,
        2000,
        "VND",
    )
    assert asked["callback_url"].endswith("/v1/payments/callback")
    acts.ask(services, officer, item_id)
    assert len(host.asked) == 1
    acts.take_news(services, *news(services, payment.payment_id))
    acts.take_news(services, *news(services, payment.payment_id))
    paid = acts.see(services, officer, item_id)
    assert (paid.state, paid.receipt_number) == (PaymentState.PAID, "BL-7")
    with pytest.raises(NotFound):
        acts.pay_in_sandbox(services, officer, item_id)
    back = acts.pay_back(services, officer, item_id, receipt_number=None)
    assert (back.state, back.refund_receipt_number, host.asked[-1][0]) == (PaymentState.REFUNDED, "HT-9", "/refunds")
    with pytest.raises(PaymentConflict):
        acts.take_news(services, *news(services, payment.payment_id))


def test_what_the_gateway_did_not_sign_or_does_not_fit_is_refused(
    running: Running, item_id: str, gateway: tuple[Services, Gateway]
) -> None:
    (services, _host), officer = gateway, demo_people(running.services).officer
    payment = acts.ask(services, officer, item_id)
    headers, body = news(services, payment.payment_id)
    old = signature_headers("evt1", body, secrets=[KEY], at=services.clock.now() - timedelta(minutes=6))
    forged = signature_headers("evt1", body, secrets=[bytes(32)], at=services.clock.now())
    for given, sent in (
        (headers, body + b" "),
        (headers | {"webhook-id": "msg_other"}, body),
        (old, body),
        (forged, body),
        ({}, body),
        (headers | {"webhook-timestamp": "1" * 400}, body),
        news(services, payment.payment_id, state="LOST"),
        news(services, payment.payment_id, receipt_number=""),
        news(services, payment.payment_id, amount="2000"),
    ):
        with pytest.raises(CallbackRefused):
            acts.take_news(services, given, sent)
    for changes in ({"amount": 1}, {"reference": "GW-2"}):
        with pytest.raises(PaymentConflict):
            acts.take_news(services, *news(services, payment.payment_id, **changes))
    with pytest.raises(PaymentUnknown):
        acts.take_news(services, *news(services, "01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    assert acts.see(services, officer, item_id).state is PaymentState.DUE


def test_a_gateway_that_is_away_leaves_the_fee_due_for_the_desk(
    running: Running, item_id: str, gateway: tuple[Services, Gateway]
) -> None:
    (services, host), officer = gateway, demo_people(running.services).officer
    host.status = 503
    with pytest.raises(DoorFailed, match="HTTP_503"):
        acts.ask(services, officer, item_id)
    assert acts.see(services, officer, item_id).state is PaymentState.DUE
    host.status, host.url = 200, "javascript:alert(1)"
    with pytest.raises(DoorFailed, match="UNREADABLE"):
        acts.ask(services, officer, item_id)
    assert acts.take_at_desk(services, officer, item_id, receipt_number="BL-3").state is PaymentState.PAID


def test_the_callback_of_a_stranger_is_refused_at_the_door(running: Running) -> None:
    with running.client() as stranger:
        answer = stranger.post("/v1/payments/callback", json={"state": "PAID"})
        assert (answer.status_code, answer.json()["code"]) == (403, "CALLBACK_REFUSED")


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_QUJD", "QUJD" * 10, "whsec_not base64!"])
def test_a_secret_that_is_none_does_not_open_the_door(text: str) -> None:
    with pytest.raises(BadSetting):
        read_secret(text)


def test_a_gateway_without_its_secret_does_not_open(gateway: tuple[Services, Gateway]) -> None:
    services, _ = gateway
    settings = services.settings
    for changes in ({"secret_file": None}, {"token_file": None}, {"place": "sandbox"}):
        with pytest.raises(BadSetting):
            open_payments(replace(settings, payment=replace(settings.payment, **changes)), is_specimen=False)
    assert open_payments(replace(settings, payment=replace(settings.payment, place="")), is_specimen=False) is None
