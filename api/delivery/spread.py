"""Takes messages from the outbox and leaves, in one transaction, a notice for each who is told and each wanted sending."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.engine import Connection

from api.delivery.events import events_of
from api.delivery.portal import portal_events, target_of
from api.delivery.topics import TELLERS
from certify import CertifyError, Role, list_staff
from dossiers import PortalForm
from guard import Clock, RandomBytes
from vault import Database, Message, VaultError
from vault.delivery import (
    Audience,
    Channel,
    NewNotice,
    Notice,
    Party,
    PartyKind,
    Receiver,
    add_delivery,
    add_notice,
    publish,
    publish_to,
    wanted_channels,
)
from vault.outbox import acknowledge, claim

_LOG: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Spread:
    """The first half of the way: what happened becomes notices and sendings, exactly once."""

    database: Database
    clock: Clock
    random_bytes: RandomBytes
    name: str
    portal_form: PortalForm | None = None

    def run_once(self) -> int:
        """Take every waiting message; gives how many there were."""
        return sum(self._take(topic) for topic in TELLERS)

    def _take(self, topic: str) -> int:
        taken = 0
        while True:
            with self.database.transaction() as tx:
                at = self.clock.now()
                claimed = claim(tx, topic=topic, sender=self.name, at=at, limit=_AT_ONCE)
                for one in claimed:
                    # As of when it happened: that is what is told, and the order in which it leaves.
                    self._tell(tx, one.message, one.put_at)
                    acknowledge(tx, one, at=at)
            taken += len(claimed)
            if len(claimed) < _AT_ONCE:
                return taken

    def _tell(self, tx: Connection, message: Message, at: datetime) -> None:
        try:
            with tx.begin_nested():
                for new in TELLERS[message.topic](tx, message, at):
                    self._leave(tx, new, at)
                for event in events_of(tx, message, at):
                    publish(tx, event, at=at, random_bytes=self.random_bytes)
                self._tell_portal(tx, message, at)
        except (VaultError, CertifyError) as exc:
            # What it tells of is gone (an erased vault, a key that never was): nobody is left to be told.
            _LOG.warning("a message has nobody to tell", extra={"topic": message.topic, "error": type(exc).__name__})

    def _tell_portal(self, tx: Connection, message: Message, at: datetime) -> None:
        if self.portal_form is None:
            return
        for event in portal_events(message, self.portal_form):
            target = target_of(event.data["submission"])
            publish_to(tx, event, [target], at=at, random_bytes=self.random_bytes, channel=Channel.PORTAL)

    def _leave(self, tx: Connection, new: NewNotice, at: datetime) -> None:
        notice = add_notice(tx, new, at=at, random_bytes=self.random_bytes)
        if notice is None:
            return
        for party in _parties(tx, new.receiver, at):
            self._send(tx, notice, party, at)

    def _send(self, tx: Connection, notice: Notice, party: Party, at: datetime) -> None:
        by_email, by_sms = wanted_channels(tx, party)
        for channel, is_wanted in ((Channel.EMAIL, by_email), (Channel.SMS, by_sms)):
            if is_wanted:
                add_delivery(
                    tx,
                    channel,
                    target=str(party),
                    subject_id=notice.notice_id,
                    at=at,
                    random_bytes=self.random_bytes,
                )


def _parties(tx: Connection, receiver: Receiver, at: datetime) -> Iterator[Party]:
    match receiver.audience:
        case Audience.HOLDER:
            yield Party(PartyKind.HOLDER, receiver.receiver_id)
        case Audience.STAFF:
            yield Party(PartyKind.STAFF, receiver.receiver_id)
        case Audience.ADMINS:
            for member in list_staff(tx, agency_code=receiver.receiver_id):
                if Role.ADMIN in member.roles and (member.left_at is None or at < member.left_at):
                    yield Party(PartyKind.STAFF, member.staff_id)
        case Audience.OFFICE:
            # Whoever is at the counter sees it on the office's page; nobody in particular is written to.
            return
