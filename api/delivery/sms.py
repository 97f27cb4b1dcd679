"""Hands a notice to the configured gateway for short messages: one HTTP POST with an id the gateway knows it by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from api.delivery.mail import open_notice
from api.delivery.words import words_of
from api.errors import NotDelivered
from api.messages import Messages
from guard import EgressFailed, EgressRefused, GuardedHttp
from vault import BlobVault, Database
from vault.delivery import Delivery

_ANSWER_BYTES: Final = 64 << 10
_TIMEOUT_SECONDS: Final = 15.0
# The gateway is busy or was too slow; every other 4xx says that the request itself is wrong.
_LATER: Final = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class SmsCarrier:
    """`Carrier` for short messages."""

    database: Database
    blobs: BlobVault
    messages: Messages
    http: GuardedHttp
    url: str
    token: str = field(repr=False)
    door_url: str = ""
    mark: str = ""
    """As `MailCarrier.mark`."""

    def carry(self, delivery: Delivery) -> None:
        """Hand one notice to the gateway.

        Raises:
            NotDelivered: the gateway did not take it.
        """
        told = open_notice(self.database, self.blobs, delivery)
        if not told.contact.by_sms:
            raise NotDelivered("NOT_WANTED", is_final=True)
        words = words_of(told.notice, self.messages, told.contact.language)
        body = {
            "id": delivery.delivery_id,
            "to": told.contact.phone,
            "text": f"{self.mark}{words.title}\n{self.door_url}{words.path}",
        }
        try:
            answer = self.http.fetch(
                self.url,
                method="POST",
                body=json.dumps(body, ensure_ascii=False).encode(),
                content_type="application/json",
                headers={"Authorization": f"Bearer {self.token}", "Idempotency-Key": delivery.delivery_id},
                max_bytes=_ANSWER_BYTES,
                timeout_seconds=_TIMEOUT_SECONDS,
            )
        except EgressRefused as exc:
            raise NotDelivered("EGRESS_REFUSED", is_final=False) from exc
        except EgressFailed as exc:
            raise NotDelivered("EGRESS_FAILED", is_final=False) from exc
        check_answer(answer.status)


def check_answer(status: int) -> None:
    """Read what a receiver's status says about a sending.

    Raises:
        NotDelivered: it was not taken; a 4xx is final unless it asks to try later.
    """
    if 200 <= status < 300:
        return
    raise NotDelivered(f"HTTP_{status}", is_final=400 <= status < 500 and status not in _LATER)
