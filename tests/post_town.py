"""A town with a mail server and a gateway for short messages beside it, and couriers that carry between them."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from api.delivery.courier import Courier
from api.delivery.opening import PostRoom, open_courier
from api.messages import load_messages
from api.settings import read_settings
from keys import AuthorityAnswer
from tests.loopback import serve_on_loopback
from tests.mail_server import MailHost, serve_mail
from tests.vault_town import Town, build_town
from vault import Holder, Record
from vault.database import Database
from vault.delivery import (
    Audience,
    Channel,
    Contact,
    Delivery,
    DeliveryState,
    Notice,
    Party,
    PartyKind,
    Receiver,
    list_deliveries,
    list_notices,
    set_contact,
)
from vault.outbox import Message, put

EMAIL, PHONE, NAME = "hoai-an.canary@thi-du.example", "+84901234567", "Canary Thị Hoài An"
MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))


@dataclass
class Post:
    """A town with a mail server and a gateway for short messages, and the courier between them."""

    town: Town
    mail: MailHost
    room: PostRoom
    sms: list[dict[str, Any]] = field(default_factory=list)
    sms_status: int = 200

    def courier(self, name: str = "w1", **ways: Any) -> Courier:
        settings = replace(self.room.settings, worker_name=name, **ways)
        return open_courier(replace(self.room, settings=settings))

    def wants(self, party: Party, **wanted: Any) -> None:
        contact = Contact(**{"email": EMAIL, "phone": PHONE, "language": "vi", "by_email": True, **wanted})
        town = self.town
        with town.database.transaction() as tx:
            set_contact(
                tx, party, contact, vault=town.vault, set_by="HOLDER", at=town.at, random_bytes=town.random_bytes
            )

    def certified(self, holder: Holder) -> Record:
        record = self.town.deposit_copy(holder)
        with self.town.database.transaction() as tx:
            put(tx, Message("copy.certified", record.record_id, {"record": record.record_id}), at=self.town.at)
        return record

    def notices(self, audience: Audience, receiver_id: str) -> tuple[Notice, ...]:
        with self.town.database.read() as tx:
            return list_notices(tx, [Receiver(audience, receiver_id)])

    def sendings(self, state: DeliveryState | None = None) -> tuple[Delivery, ...]:
        with self.town.database.read() as tx:
            return list_deliveries(tx, channels=list(Channel), state=state)


@contextmanager
def opened_post(folder: Path, database: Database, mail_tls: tuple[ssl.SSLContext, Path]) -> Iterator[Post]:
    town, told = build_town(folder, database), folder / "secret"
    told.write_text("s3cret\n")
    told.chmod(0o600)
    mail = MailHost(tls=mail_tls[0], user="vidimus", password="s3cret")
    answers: list[Post] = []

    def gateway(_method: str, _path: str, _media_type: str, body: bytes) -> AuthorityAnswer:
        post = answers[0]
        if post.sms_status == 200:
            post.sms.append(json.loads(body))
        return AuthorityAnswer(post.sms_status, "application/json", b"{}")

    with serve_mail(mail), serve_on_loopback(gateway) as sms_port:
        environment = {
            "VIDIMUS_SMTP_HOST": "localhost",
            "VIDIMUS_SMTP_PORT": str(mail.port),
            "VIDIMUS_SMTP_FROM": "no-reply@thi-du.example",
            "VIDIMUS_SMTP_USER": "vidimus",
            "VIDIMUS_SMTP_PASSWORD_FILE": str(told),
            "VIDIMUS_SMTP_CA_FILE": str(mail_tls[1]),
            "VIDIMUS_SMS_URL": f"http://127.0.0.1:{sms_port}/messages",
            "VIDIMUS_SMS_TOKEN_FILE": str(told),
            "VIDIMUS_PRIVATE_SERVICES": "1",
            "VIDIMUS_DOOR_URL": "https://giay-to.thi-du.example/",
        }
        room = PostRoom(
            read_settings(environment), database, town.vault, MESSAGES, town.clock, town.random_bytes, is_specimen=True
        )
        post = Post(town, mail, room)
        answers.append(post)
        yield post


def holder_of(post: Post, **contact: Any) -> Holder:
    holder = post.town.enrol(name=NAME)
    post.wants(Party(PartyKind.HOLDER, holder.holder_id), **contact)
    return holder
