"""Events on their way to systems: signed, retried, parked, replayed, and never where no webhook may go."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import dossiers.tables  # noqa: F401 - an event may be about any of these
from api.acts import webhooks as acts
from api.delivery.courier import Courier
from api.delivery.opening import PostRoom, open_courier, open_webhooks
from api.delivery.webhooks import signature_headers
from api.errors import RequestInvalid
from api.messages import load_messages
from api.settings import read_settings
from tests.databases import database  # noqa: F401 - a fixture
from tests.mail_server import tls_of
from tests.vault_town import AGENCY, Town, build_town
from tests.webhook_receiver import NotOurs, WebhookHost, serve_receiver, verify
from vault import RegisterStatus, set_status
from vault.database import Database
from vault.delivery import (
    Audience,
    Delivery,
    DeliveryState,
    Receiver,
    Webhook,
    WebhookState,
    list_notices,
)
from vault.outbox import Message, put

# Each has a database and a receiver of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))


@dataclass
class Wired:
    """A town with a receiver and one webhook to it."""

    town: Town
    host: WebhookHost
    room: PostRoom
    webhook: Webhook
    secret: str

    def spread(self) -> None:
        open_courier(self.room).round()

    def courier(self, **more: Any) -> Courier:
        return open_webhooks(self.room, **more)

    def round(self) -> int:
        self.spread()
        return self.courier().round()

    def certify(self) -> str:
        record = self.town.deposit_copy(self.town.enrol())
        payload = {"record": record.record_id, "item": "item-1"}
        with self.town.database.transaction() as tx:
            put(tx, Message("copy.certified", record.record_id, payload), at=self.town.at)
        return record.record_id

    def now(self) -> Webhook:
        return acts.webhook_of(self.room, AGENCY, self.webhook.webhook_id)

    def sendings(self) -> tuple[Delivery, ...]:
        return acts.sendings(self.room, self.webhook)

    def told(self) -> list[Any]:
        return self.host.messages(self.secret, self.town.at.timestamp())


@pytest.fixture
def wired(tmp_path: Path, database: Database) -> Iterator[Wired]:  # noqa: F811 - a fixture by its name
    town = build_town(tmp_path, database)
    room = PostRoom(
        read_settings({"VIDIMUS_PRIVATE_WEBHOOKS": "1"}),
        database, town.vault, MESSAGES, town.clock, town.random_bytes, is_specimen=True,
    )  # fmt: skip
    with serve_receiver(WebhookHost()) as host:
        made = acts.subscribe(
            room,
            AGENCY,
            url=f"http://127.0.0.1:{host.port}/vidimus?from=vault",
            events=["copy.certified", "copy.status_changed"],
            created_by="admin-1",
        )
        yield Wired(town, host, room, made.webhook, made.secret)


def test_the_signature_is_that_of_the_published_example() -> None:
    """The example of the reference libraries of Standard Webhooks."""
    body = b'{"test": 2432232314}'
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature_headers(
        "p5jXN8AQM9LWM0D4loKWxJek", body, secrets=[key], at=datetime.fromtimestamp(1614265330, UTC)
    )
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_an_event_arrives_signed_with_ids_and_nothing_else(wired: Wired) -> None:
    record_id = wired.certify()
    assert wired.round() == 1
    (event,) = wired.told()
    assert event["type"] == "copy.certified"
    assert set(event["data"]) == {"record", "item", "code"}
    assert event["data"]["record"] == record_id
    assert "Nguyễn" not in wired.host.got[0][1].decode()
    assert wired.sendings()[0].state is DeliveryState.DONE
    assert wired.round() == 0


def test_an_altered_event_and_one_under_another_secret_are_refused_by_the_receiver(wired: Wired) -> None:
    wired.certify()
    wired.round()
    ((headers, body),) = wired.host.got
    now = wired.town.at.timestamp()
    for changed in (body.replace(b"copy", b"c0py"), body + b" "):
        with pytest.raises(NotOurs):
            verify(headers, changed, secret=wired.secret, now_seconds=now)
    with pytest.raises(NotOurs):
        verify(headers, body, secret="whsec_" + "QUJD" * 11, now_seconds=now)
    with pytest.raises(NotOurs, match="old"):
        verify(headers, body, secret=wired.secret, now_seconds=now + 301)


def test_only_wanted_events_of_the_own_agency_arrive(wired: Wired) -> None:
    town = wired.town
    other = acts.subscribe(
        wired.room, "khac", url=f"http://127.0.0.1:{wired.host.port}/x", events=["copy.certified"], created_by="x"
    )
    record = town.deposit_copy(town.enrol())
    with town.database.transaction() as tx:
        put(tx, Message("submission.filed", "s1", {"submission": "s1", "holder": "h", "recipient": AGENCY}), at=town.at)
        set_status(tx, record.code or "", at=town.at, register=RegisterStatus.ANNULLED, decision_number="1/QĐ")
    assert wired.round() == 1
    assert [event["type"] for event in wired.told()] == ["copy.status_changed"]
    assert acts.sendings(wired.room, other.webhook) == ()


def test_one_message_goes_to_every_subscription_that_wants_it(wired: Wired) -> None:
    second = acts.subscribe(
        wired.room, AGENCY, url=f"http://127.0.0.1:{wired.host.port}/2", events=["copy.certified"], created_by="x"
    )
    wired.certify()
    assert wired.round() == 2
    assert len(set(wired.host.ids)) == 1, "the same event under the same id"
    by_path = [headers for headers, _ in wired.host.got]
    assert len(by_path) == 2
    assert [one.state for one in acts.sendings(wired.room, second.webhook)] == [DeliveryState.DONE]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 500}, "HTTP_500"),
        ({"status": 404}, "HTTP_404"),
        ({"status": 302, "location": "http://169.254.169.254/"}, "EGRESS_REFUSED"),
        ({"status": 200, "answer": bytes(100_000)}, "EGRESS_REFUSED"),
    ],
)
def test_an_attempt_that_fails_is_made_again_under_the_same_id(wired: Wired, fault: dict[str, Any], code: str) -> None:
    for name, value in fault.items():
        setattr(wired.host, name, value)
    wired.certify()
    assert wired.round() == 1
    (sending,) = wired.sendings()
    assert (sending.state, sending.last_code) == (DeliveryState.PENDING, code)
    wired.host.status, wired.host.answer, wired.host.location = 204, b"", ""
    assert wired.round() == 0, "not before it is due"
    wired.town.clock.advance(timedelta(minutes=2))
    assert wired.round() == 1
    assert wired.sendings()[0].state is DeliveryState.DONE
    assert len(wired.host.ids) == 2
    assert len(set(wired.host.ids)) == 1
    # Signed anew: the receiver's five minutes hold for a late attempt too.
    assert verify(*wired.host.got[1], secret=wired.secret, now_seconds=wired.town.at.timestamp())
    assert wired.now().failing_since is None


def test_a_slow_receiver_is_given_up_after_its_time(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.delivery.webhooks._TIMEOUT_SECONDS", 0.3)
    wired.host.delay_seconds = 20
    wired.certify()
    assert wired.round() == 1
    assert wired.sendings()[0].last_code == "EGRESS_FAILED"


def test_what_waits_for_a_receiver_that_does_not_answer_is_not_tried_one_by_one(wired: Wired) -> None:
    wired.host.status = 503
    for _ in range(5):
        wired.certify()
    assert wired.round() == 1
    assert sorted(one.attempts for one in wired.sendings()) == [0, 0, 0, 0, 1]
    wired.host.status = 204
    wired.town.clock.advance(timedelta(minutes=2))
    assert wired.round() == 5


def test_a_receiver_that_is_gone_disables_the_webhook_and_the_administrators_are_told(wired: Wired) -> None:
    wired.host.status = 410
    wired.certify()
    wired.round()
    webhook = wired.now()
    assert (webhook.state, webhook.state_code) == (WebhookState.DISABLED, "GONE")
    assert wired.sendings()[0].state is DeliveryState.DEAD
    with wired.town.database.read() as tx:
        (notice,) = list_notices(tx, [Receiver(Audience.ADMINS, AGENCY)])
    assert (notice.kind, notice.refs) == ("WEBHOOK_GONE", {"webhook": webhook.webhook_id})
    wired.certify()
    assert wired.round() == 0, "nothing is left for a disabled webhook"


def test_days_of_failures_disable_a_webhook_and_what_was_parked_is_replayed_when_it_is_mended(wired: Wired) -> None:
    wired.host.status = 500
    wired.certify()
    wired.round()
    begun = wired.now().failing_since
    assert begun == wired.town.at
    for _ in range(20):
        if wired.now().state is WebhookState.DISABLED:
            break
        wired.town.clock.advance(timedelta(hours=12))
        wired.round()
    webhook = wired.now()
    assert (webhook.state, webhook.state_code) == (WebhookState.DISABLED, "FAILING")
    assert wired.town.at - begun >= timedelta(days=3)
    wired.town.clock.advance(timedelta(days=2))
    wired.round()
    (parked,) = wired.sendings()
    assert parked.state is DeliveryState.DEAD
    wired.host.status = 204
    acts.change(wired.room, webhook, state=WebhookState.ACTIVE)
    wired.host.got.clear()
    assert acts.send_again(wired.room, webhook, acts.Range((parked.delivery_id,))) == 1
    assert wired.round() == 1
    assert [event["type"] for event in wired.told()] == ["copy.certified"]


def test_a_span_of_time_is_replayed_and_somebody_elses_sending_is_not(wired: Wired) -> None:
    for _ in range(3):
        wired.certify()
        wired.round()
        wired.town.clock.advance(timedelta(hours=1))
    other = acts.subscribe(
        wired.room, "khac", url=f"http://127.0.0.1:{wired.host.port}/x", events=["copy.certified"], created_by="x"
    )
    first_two = acts.Range(since=wired.town.at - timedelta(hours=4), until=wired.town.at - timedelta(minutes=90))
    assert acts.send_again(wired.room, wired.webhook, first_two) == 2
    assert wired.round() == 2
    assert wired.host.ids[3:] == wired.host.ids[:2]
    mine = tuple(one.delivery_id for one in wired.sendings())
    assert acts.send_again(wired.room, other.webhook, acts.Range(mine)) == 0
    for nothing in (acts.Range(), acts.Range(mine, since=wired.town.at)):
        with pytest.raises(RequestInvalid):
            acts.send_again(wired.room, wired.webhook, nothing)


def test_after_a_rotation_both_secrets_sign_for_a_day(wired: Wired) -> None:
    new = acts.renew_secret(wired.room, wired.webhook).secret
    assert new != wired.secret
    acts.try_out(wired.room, wired.now())
    wired.round()
    now = wired.town.at.timestamp()
    for secret in (new, wired.secret):
        assert wired.host.messages(secret, now)[0]["type"] == "webhook.test"
    wired.town.clock.advance(timedelta(hours=24))
    wired.host.got.clear()
    acts.try_out(wired.room, wired.now())
    wired.round()
    ((headers, body),) = wired.host.got
    assert verify(headers, body, secret=new, now_seconds=wired.town.at.timestamp())
    with pytest.raises(NotOurs):
        verify(headers, body, secret=wired.secret, now_seconds=wired.town.at.timestamp())


def test_the_secret_stands_in_no_row(wired: Wired) -> None:
    with wired.town.database.read() as tx:
        rows = str(tx.exec_driver_sql("SELECT * FROM vault_webhooks").all())
    assert wired.secret.removeprefix("whsec_") not in rows
    assert wired.secret not in repr(wired.webhook)


def test_an_ended_webhook_gets_nothing_and_its_secret_is_gone(wired: Wired) -> None:
    wired.certify()
    wired.spread()
    acts.unsubscribe(wired.room, wired.webhook)
    assert wired.courier().round() == 0
    assert wired.town.vault.is_shredded(wired.webhook.webhook_id)
    assert wired.host.got == []


PRIVATE = ["10.0.0.8", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_our_own_network_is_refused_at_each_send(
    wired: Wired,
    address: str,
    database: Database,  # noqa: F811 - a fixture by its name
) -> None:
    public = replace(wired.room, settings=replace(wired.room.settings, webhooks_may_be_private=False))
    made = acts.subscribe(
        public, AGENCY, url="https://systems.thi-du.example/x", events=["copy.certified"], created_by="x"
    )
    acts.unsubscribe(wired.room, wired.webhook)
    acts.try_out(public, made.webhook)
    asked: list[str] = []

    def rebound(host: str, _port: int) -> list[str]:
        asked.append(host)
        # One public address beside it does not help.
        return ["203.0.113.7" if address == PRIVATE[1] else "93.184.216.34", address]

    assert open_webhooks(public, resolve=rebound).round() == 1
    (sending,) = acts.sendings(public, made.webhook)
    assert (sending.last_code, asked) == ("EGRESS_REFUSED", ["systems.thi-du.example"])


@pytest.mark.parametrize(
    "url",
    [
        "http://systems.thi-du.example/",
        "https://localhost/",
        "https://user:pw@systems.thi-du.example/",
        "ftp://systems.thi-du.example/",
        "https://systems.thi-du.example/ x",
        "https://" + "a" * 2000 + ".example/",
        "systems",
    ],
)
def test_an_address_that_no_webhook_may_have_is_refused_when_it_is_given(wired: Wired, url: str) -> None:
    public = replace(wired.room, settings=replace(wired.room.settings, webhooks_may_be_private=False))
    with pytest.raises(RequestInvalid) as refused:
        acts.subscribe(public, AGENCY, url=url, events=["copy.certified"], created_by="x")
    assert refused.value.field == "url"
    with pytest.raises(RequestInvalid):
        acts.change(public, wired.webhook, url=url)


def test_events_travel_under_tls_with_the_name_checked(
    wired: Wired, tmp_path: Path, serve_tls: Callable[[str], tuple[ssl.SSLContext, Path]]
) -> None:
    for name, code in (("localhost", None), ("elsewhere.example", "EGRESS_FAILED")):
        server_tls, trusted = serve_tls(name)
        with serve_receiver(WebhookHost(), tls=server_tls) as host:
            made = acts.subscribe(
                wired.room, AGENCY, url=f"https://localhost:{host.port}/", events=["copy.certified"], created_by="x"
            )
            acts.try_out(wired.room, made.webhook)
            courier = wired.courier(
                resolve=lambda _host, _port: ["127.0.0.1"], tls=ssl.create_default_context(cafile=str(trusted))
            )
            assert courier.round() == 1
        assert acts.sendings(wired.room, made.webhook)[0].last_code == code
        assert len(host.got) == (0 if code else 1)


@pytest.fixture
def serve_tls(tmp_path: Path) -> Callable[[str], tuple[ssl.SSLContext, Path]]:
    return lambda name: tls_of(tmp_path / "tls", name=name, at=datetime.now(UTC))
