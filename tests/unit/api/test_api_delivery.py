"""The courier: what happened reaches the page, the mailbox and the telephone, at least once and under one id."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import dossiers.tables  # noqa: F401 - a notice may be about any of these
from api.delivery.courier import Carrier
from api.errors import BadSetting
from api.messages import LANGUAGES
from api.settings import read_settings
from certify import Agency, Role, StaffMember, add_agency, add_staff
from keys import KeyFileUnusable
from tests.databases import database  # noqa: F401 - a fixture
from tests.mail_server import tls_of
from tests.post_town import EMAIL, MESSAGES, NAME, PHONE, Post, holder_of, opened_post
from tests.vault_town import AGENCY
from vault import (
    AccessAction,
    AccessEvent,
    AccessOutcome,
    ActorKind,
    RegisterStatus,
    record_access,
    set_status,
)
from vault.database import Database
from vault.delivery import (
    BACK_OFF,
    MOST_ATTEMPTS,
    Audience,
    Delivery,
    DeliveryState,
    Party,
    PartyKind,
    replay,
)
from vault.delivery.deliveries import CLAIM_TERM
from vault.outbox import Message, put

# Each has a database and a mail server of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mail_tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    return tls_of(tmp_path_factory.mktemp("tls"), name="localhost", at=datetime.now(UTC))


@pytest.fixture
def post(tmp_path: Path, database: Database, mail_tls: tuple[ssl.SSLContext, Path]) -> Iterator[Post]:  # noqa: F811 - a fixture by its name
    with opened_post(tmp_path, database, mail_tls) as post:
        yield post


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_deposited_copy_is_told_on_the_page_and_by_mail_in_the_holders_language(post: Post, language: str) -> None:
    holder = holder_of(post, language=language)
    record = post.certified(holder)
    assert post.courier().round() == 1
    (notice,) = post.notices(Audience.HOLDER, holder.holder_id)
    assert (notice.kind, notice.refs["record"]) == ("COPY_DEPOSITED", record.record_id)
    (mail,) = post.mail.received
    assert mail["Subject"] == "[MẪU – SPECIMEN] " + MESSAGES.text("notice.COPY_DEPOSITED.title", language)
    assert (mail["To"], mail["Content-Language"], mail["Auto-Submitted"]) == (EMAIL, language, "auto-generated")
    body = mail.get_content()
    assert f"https://giay-to.thi-du.example/citizen/records/{record.record_id}" in body
    assert record.code is not None
    assert f"{record.code[:4]}-{record.code[4:8]}-{record.code[8:12]}-{record.code[12]}" in body
    # Whoever reads the mail on its way learns no name, no title and no number.
    assert NAME not in body
    assert record.titles.vi not in body
    assert post.courier().round() == 0


def test_a_holder_without_a_contact_has_the_notice_on_the_page(post: Post) -> None:
    holder = post.town.enrol()
    post.certified(holder)
    assert post.courier().round() == 0
    assert [one.kind for one in post.notices(Audience.HOLDER, holder.holder_id)] == ["COPY_DEPOSITED"]
    assert (post.mail.received, post.sendings()) == ([], ())


def test_a_short_message_goes_to_the_gateway_with_the_id_it_is_known_by(post: Post) -> None:
    holder = holder_of(post, by_email=False, by_sms=True, phone="+84 901-234-567", language="en")
    record = post.certified(holder)
    post.courier().round()
    ((told,), (sending,)) = post.sms, post.sendings()
    assert (told["to"], told["id"]) == (PHONE, sending.delivery_id)
    assert told["text"].splitlines() == [
        "[MẪU – SPECIMEN] A new copy is in your vault",
        f"https://giay-to.thi-du.example/citizen/records/{record.record_id}",
    ]


@pytest.mark.parametrize(
    ("specimen", "training", "mark"),
    [(True, True, "[HUẤN LUYỆN – TRAINING · MẪU – SPECIMEN] "), (True, False, "[MẪU – SPECIMEN] "), (False, False, "")],
)
def test_mail_of_a_training_says_so_and_one_of_production_says_nothing(
    post: Post, *, specimen: bool, training: bool, mark: str
) -> None:
    post.certified(holder_of(post, language="en"))
    post.room = replace(post.room, is_specimen=specimen, is_training=training)
    post.courier().round()
    (mail,) = post.mail.received
    assert mail["Subject"] == mark + "A new copy is in your vault"


class Killed(BaseException):
    """The process dies here."""


@dataclass
class DyingCarrier:
    """Carries really, and dies before anybody hears of it."""

    carrier: Carrier

    def carry(self, delivery: Delivery) -> None:
        self.carrier.carry(delivery)
        raise Killed


def test_a_courier_killed_before_it_acknowledges_sends_again_under_the_same_id(post: Post) -> None:
    post.certified(holder_of(post))
    first = post.courier("w1")
    # The one place where a test looks into the courier: nothing outside can die between these two lines.
    first._carriers = {way: DyingCarrier(carrier) for way, carrier in first._carriers.items()}
    with pytest.raises(Killed):
        first.round()
    assert post.courier("w2").round() == 0, "what is claimed is left to its sender"
    post.town.clock.advance(CLAIM_TERM)
    assert post.courier("w2").round() == 1
    ids = [mail["Message-ID"] for mail in post.mail.received]
    (sending,) = post.sendings(DeliveryState.DONE)
    assert ids == [f"<{sending.delivery_id}@thi-du.example>"] * 2
    assert len(post.sendings()) == 1


def test_a_mail_is_tried_later_and_later_and_then_parked_until_a_person_sends_it_again(post: Post) -> None:
    post.certified(holder_of(post))
    post.mail.text_code = 451
    courier, waits = post.courier(), []
    assert courier.round() == 1
    for _ in range(MOST_ATTEMPTS - 1):
        (sending,) = post.sendings(DeliveryState.PENDING)
        waits.append(sending.due_at - post.town.at)
        assert courier.round() == 0, "not before it is due"
        post.town.clock.advance(waits[-1])
        assert courier.round() == 1
    assert all(10 * abs(wait - wanted) <= wanted for wait, wanted in zip(waits, BACK_OFF, strict=True))
    (parked,) = post.sendings(DeliveryState.DEAD)
    assert (parked.last_code, parked.attempts) == ("EGRESS_FAILED", MOST_ATTEMPTS)
    post.town.clock.advance(timedelta(days=9))
    assert courier.round() == 0
    post.mail.text_code = 250
    with post.town.database.transaction() as tx:
        assert replay(tx, [parked.delivery_id], at=post.town.at) == 1
        assert replay(tx, [parked.delivery_id], at=post.town.at) == 0
    assert courier.round() == 1
    assert [one.state for one in post.sendings()] == [DeliveryState.DONE]
    assert len({mail["Message-ID"] for mail in post.mail.received}) == 1


def test_a_recipient_that_does_not_exist_is_parked_at_once(post: Post) -> None:
    post.certified(holder_of(post))
    post.mail.recipient_code = 550
    post.courier().round()
    (parked,) = post.sendings()
    assert (parked.state, parked.last_code, parked.attempts) == (DeliveryState.DEAD, "RECIPIENT_REFUSED", 1)


@pytest.mark.parametrize(("status", "state"), [(503, "PENDING"), (429, "PENDING"), (400, "DEAD")])
def test_a_gateway_that_is_busy_is_asked_again_and_one_that_refuses_is_not(post: Post, status: int, state: str) -> None:
    post.certified(holder_of(post, by_email=False, by_sms=True))
    post.sms_status = status
    post.courier().round()
    (sending,) = post.sendings()
    assert (sending.state.value, sending.last_code) == (state, f"HTTP_{status}")


def test_one_that_cannot_be_reached_does_not_keep_the_others_waiting(post: Post) -> None:
    first, second = holder_of(post), holder_of(post)
    post.certified(first)
    post.mail.recipient_code = 450
    courier = post.courier()
    courier.round()
    post.mail.recipient_code = 250
    post.certified(second)
    assert courier.round() == 1
    assert {one.state for one in post.sendings()} == {DeliveryState.PENDING, DeliveryState.DONE}


def test_without_a_server_mails_wait_and_leave_when_there_is_one(post: Post) -> None:
    post.certified(holder_of(post))
    assert post.courier(smtp_host="").round() == 0
    assert [one.state for one in post.sendings()] == [DeliveryState.PENDING]
    assert post.courier().round() == 1


def test_a_mail_that_is_no_longer_wanted_is_not_sent(post: Post) -> None:
    holder = holder_of(post)
    post.certified(holder)
    post.courier(smtp_host="").round()
    post.wants(Party(PartyKind.HOLDER, holder.holder_id), by_email=False)
    post.courier().round()
    assert [(one.state, one.last_code) for one in post.sendings()] == [(DeliveryState.DEAD, "NOT_WANTED")]
    assert post.mail.received == []


def test_an_erased_holder_is_written_to_no_more(post: Post) -> None:
    holder = holder_of(post)
    post.certified(holder)
    post.courier(smtp_host="").round()
    post.town.vault.shred(holder.holder_id)
    post.courier().round()
    assert [(one.state, one.last_code) for one in post.sendings()] == [(DeliveryState.DEAD, "RECEIVER_GONE")]


def test_a_message_about_what_is_gone_keeps_nothing_else_back(post: Post) -> None:
    with post.town.database.transaction() as tx:
        put(tx, Message("copy.certified", "gone", {"record": post.town.new_id()}), at=post.town.at)
    holder = holder_of(post)
    post.certified(holder)
    assert post.courier().round() == 1
    assert len(post.notices(Audience.HOLDER, holder.holder_id)) == 1


def test_an_annulled_copy_is_told_to_its_holder_and_to_the_agency_that_fetched_it(post: Post) -> None:
    town, holder = post.town, holder_of(post, language="en")
    record = town.deposit_copy(holder)
    fetched = AccessEvent(
        holder_id=holder.holder_id,
        action=AccessAction.FETCHED,
        actor_kind=ActorKind.AGENCY,
        actor_id="clerk-9",
        at=town.at,
        reason="Xét tuyển",
        record_id=record.record_id,
        agency_code="THIDU-EDU",
    )
    refused = replace(fetched, agency_code="THIDU-LABOUR", outcome=AccessOutcome.EXPIRED)
    with town.database.transaction() as tx:
        for event in (fetched, refused):
            record_access(tx, event, random_bytes=town.random_bytes)
        set_status(tx, record.code or "", at=town.at, register=RegisterStatus.ANNULLED, decision_number="7/QĐ")
    post.courier().round()
    (notice,) = post.notices(Audience.HOLDER, holder.holder_id)
    assert (notice.kind, notice.refs["code"]) == ("COPY_ANNULLED", record.code)
    assert post.mail.received[0]["Subject"].endswith("A copy of yours was annulled")
    assert [one.kind for one in post.notices(Audience.OFFICE, "THIDU-EDU")] == ["FETCHED_COPY_ANNULLED"]
    assert post.notices(Audience.OFFICE, "THIDU-LABOUR") == ()


def test_a_key_that_ends_soon_is_told_to_the_administrators_who_want_mail(post: Post) -> None:
    town = post.town
    with town.database.transaction() as tx:
        add_agency(tx, Agency(AGENCY, "UBND", "PC", "CP", "COMMUNE", None, None, "SCTĐT/BS", town.at, None))
        for staff_id, roles, left_at in (
            ("admin-1", {Role.ADMIN}, None),
            ("admin-2", {Role.ADMIN}, town.at),
            ("clerk-1", {Role.COUNTER_CLERK}, None),
        ):
            add_staff(tx, StaffMember(staff_id, AGENCY, "Mẫu", "Chuyên viên", frozenset(roles), None, None, left_at))
        put(tx, Message("office.dry_run_failed", "run-1", {"run": "run-1", "failed": "2"}), at=town.at)
    for staff_id in ("admin-1", "admin-2", "clerk-1"):
        post.wants(Party(PartyKind.STAFF, staff_id), email=f"{staff_id}@thi-du.example", language="fr")
    assert post.courier().round() == 1
    assert [mail["To"] for mail in post.mail.received] == ["admin-1@thi-du.example"]
    assert "/staff/notices" in post.mail.received[0].get_content()
    assert [one.kind for one in post.notices(Audience.ADMINS, AGENCY)] == ["DRY_RUN_FAILED"]


def test_no_address_stands_in_a_row_or_in_a_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    holder = holder_of(post, by_sms=True)
    post.certified(holder)
    post.mail.recipient_code = 550
    post.courier().round()
    with post.town.database.read() as tx:
        rows = [
            str(row)
            for table in ("vault_contacts", "vault_notices", "vault_deliveries", "vault_outbox")
            for row in tx.exec_driver_sql(f"SELECT * FROM {table}").all()
        ]
    told = "\n".join([*rows, *(str(record.__dict__) for record in caplog.records), repr(post.room.settings)])
    assert rows
    for canary in (EMAIL, PHONE, NAME, "hoai-an.canary", "s3cret"):
        assert canary not in told


def test_a_way_out_without_its_secret_or_sender_does_not_open(post: Post, tmp_path: Path) -> None:
    for changes in ({"smtp_from": ""}, {"smtp_password_file": None}, {"sms_token_file": None}):
        with pytest.raises(BadSetting):
            post.courier(**changes)
    open_to_all = tmp_path / "open"
    open_to_all.write_text("s3cret")
    open_to_all.chmod(0o644)
    with pytest.raises(KeyFileUnusable):
        post.courier(smtp_password_file=open_to_all)
    with pytest.raises(BadSetting, match="https"):
        post.courier(services_may_be_private=False, smtp_host="")


@pytest.mark.parametrize(
    "wrong",
    [
        {"VIDIMUS_SMTP_SECURITY": "sometimes"},
        {"VIDIMUS_SMTP_FROM": "Office <no-reply@thi-du.example>"},
        {"VIDIMUS_SMTP_PORT": "many"},
    ],
)
def test_a_setting_of_the_mail_that_cannot_be_meant_stops_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=next(iter(wrong))):
        read_settings(wrong)
