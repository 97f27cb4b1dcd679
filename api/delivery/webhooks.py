"""Sends an event to a subscription, signed as Standard Webhooks 1.0 asks; each send checks the address anew.

The origin that may be called is made from the subscription's own address, so nothing else can be reached by it: no
redirect is followed, a name is resolved once and the connection goes to the checked address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.engine import Connection

from api.delivery.sms import check_answer
from api.errors import NotDelivered, RequestInvalid
from guard import AllowedOrigin, Clock, EgressFailed, EgressRefused, GuardedHttp, RandomBytes
from guard.egress import Resolver, resolve_by_system
from keys import KeysError
from vault import BlobVault, Database, NotFound, VaultError
from vault.delivery import (
    Audience,
    Channel,
    Delivery,
    Event,
    NewNotice,
    Receiver,
    Webhook,
    WebhookState,
    add_notice,
    defer_target,
    get_event,
    get_webhook,
    note_webhook_failing,
    note_webhook_well,
    set_webhook_state,
    signing_secrets,
)

_SHOWN_AS: Final = "whsec_"
_ANSWER_BYTES: Final = 64 << 10
_TIMEOUT_SECONDS: Final = 15.0
_MAX_URL: Final = 2000
_GONE: Final = 410
# While a receiver does not answer, what else waits for it is not tried one by one.
_PAUSE: Final = timedelta(minutes=1)


def show_secret(secret: bytes) -> str:
    """A secret in the form in which it is shown once."""
    return _SHOWN_AS + base64.b64encode(secret).decode()


def signature_headers(event_id: str, body: bytes, *, secrets: Sequence[bytes], at: datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0; one signature for each secret, newest first."""
    message_id, seconds = f"msg_{event_id}", str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    made = (base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{one}" for one in made),
    }


def check_webhook_url(url: str, *, allow_private: bool) -> None:
    """Refuse an address that no webhook may go to; whether its name leads to us is checked at each send.

    Raises:
        RequestInvalid: it is no plain https address with a host.
    """
    try:
        origin = AllowedOrigin.from_url(url, allow_private=allow_private)
    except EgressRefused as exc:
        raise RequestInvalid(f"a webhook goes to a plain https address: {exc}", field="url") from exc
    if len(url) > _MAX_URL or (origin.scheme != "https" and not allow_private):
        raise RequestInvalid("a webhook goes to an https address of at most 2000 letters", field="url")
    if urlsplit(url).hostname == "localhost" and not allow_private:
        raise RequestInvalid("a webhook goes to a public host", field="url")


@dataclass(frozen=True, slots=True)
class WebhookCarrier:
    """`Carrier` for webhooks."""

    database: Database
    blobs: BlobVault
    clock: Clock
    random_bytes: RandomBytes
    tls: ssl.SSLContext
    allow_private: bool
    disable_after: timedelta
    resolve: Resolver = resolve_by_system

    def carry(self, delivery: Delivery) -> None:
        """Send one event to one subscription.

        Raises:
            NotDelivered: the receiver did not take it.
        """
        webhook, event, headers = self._open(delivery)
        if webhook.state is WebhookState.DISABLED:
            raise NotDelivered("DISABLED", is_final=True)
        try:
            self._post(webhook, event, headers)
        except NotDelivered as exc:
            self._note_failure(webhook, exc)
            raise
        with self.database.transaction() as tx:
            note_webhook_well(tx, webhook.webhook_id)

    def _open(self, delivery: Delivery) -> tuple[Webhook, Event, Mapping[str, str]]:
        at = self.clock.now()
        try:
            with self.database.read() as tx:
                webhook, event = get_webhook(tx, delivery.target), get_event(tx, delivery.subject_id)
                secrets = signing_secrets(tx, delivery.target, vault=self.blobs, at=at)
        except NotFound as exc:
            raise NotDelivered("RECEIVER_GONE", is_final=True) from exc
        except (VaultError, KeysError) as exc:
            raise NotDelivered("VAULT_UNAVAILABLE", is_final=False) from exc
        return webhook, event, signature_headers(event.event_id, event.body, secrets=secrets, at=at)

    def _post(self, webhook: Webhook, event: Event, headers: Mapping[str, str]) -> None:
        origin = AllowedOrigin.from_url(webhook.url, allow_private=self.allow_private)
        http = GuardedHttp([origin], resolve=self.resolve, tls=self.tls)
        try:
            answer = http.fetch(
                webhook.url,
                method="POST",
                body=event.body,
                content_type="application/json",
                headers=headers,
                max_bytes=_ANSWER_BYTES,
                timeout_seconds=_TIMEOUT_SECONDS,
            )
        except EgressRefused as exc:
            raise NotDelivered("EGRESS_REFUSED", is_final=False) from exc
        except EgressFailed as exc:
            raise NotDelivered("EGRESS_FAILED", is_final=False) from exc
        if answer.status == _GONE:
            raise NotDelivered("GONE", is_final=True)
        try:
            check_answer(answer.status)
        except NotDelivered as exc:
            # Other than a gateway's, a receiver's 4xx is often a fault of its own that is mended: it is tried again.
            raise NotDelivered(exc.code, is_final=False) from exc

    def _note_failure(self, webhook: Webhook, error: NotDelivered) -> None:
        at = self.clock.now()
        with self.database.transaction() as tx:
            since = note_webhook_failing(tx, webhook.webhook_id, at=at)
            if error.code == "GONE":
                self._disable(tx, webhook, "GONE", at)
            elif at - since >= self.disable_after:
                self._disable(tx, webhook, "FAILING", at)
            else:
                defer_target(tx, Channel.WEBHOOK, webhook.webhook_id, until=at + _PAUSE)

    def _disable(self, tx: Connection, webhook: Webhook, code: str, at: datetime) -> None:
        if not set_webhook_state(tx, webhook.webhook_id, WebhookState.DISABLED, code=code):
            return
        key = f"webhook.disabled:{webhook.webhook_id}:{at.isoformat()}"
        refs = {"webhook": webhook.webhook_id}
        receiver = Receiver(Audience.ADMINS, webhook.agency_code)
        add_notice(tx, NewNotice(receiver, f"WEBHOOK_{code}", key, refs), at=at, random_bytes=self.random_bytes)
