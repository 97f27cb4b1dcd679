"""The door to a payment gateway: over HTTP with signed callbacks, or a sandbox that takes no money and says so."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from api.clock import system_random
from api.delivery.webhooks import show_secret, signature_headers
from api.errors import BadSetting, CallbackRefused, DoorFailed
from api.outside.wire import SANDBOX, JsonService, check_sandbox, open_json_service
from api.settings import Settings
from certify.outside import NewsState, Payment, PaymentGateway, PaymentNews, PaymentPage
from keys import read_private_file

_TOLERANCE_SECONDS: Final = 300
_PREFIX: Final = "whsec_"
_LEAST_KEY_BYTES: Final = 24
_SHORT: Final = 64


@dataclass(frozen=True, slots=True)
class CallbackSecret:
    """The secret under which a gateway signs, as Standard Webhooks 1.0 has it."""

    key: bytes = field(repr=False)

    def check(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> None:
        """Refuse what the gateway did not sign, or signed long ago.

        Raises:
            CallbackRefused: it is not the gateway's.
        """
        message_id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        # Ten digits and no more: a number that a clock can be compared with.
        if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 10):
            raise CallbackRefused("the callback carries no time")
        if abs(at.timestamp() - int(seconds)) > _TOLERANCE_SECONDS:
            raise CallbackRefused("the callback is too old, or too new")
        signed = f"{message_id}.{seconds}.".encode() + body
        wanted = base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256))
        for one in headers.get("webhook-signature", "").split(" "):
            version, _, signature = one.partition(",")
            if version == "v1" and hmac.compare_digest(signature.encode(), wanted):
                return
        raise CallbackRefused("the callback is not signed by the gateway")


@dataclass(frozen=True, slots=True)
class HttpPayments:
    """`PaymentGateway` over HTTP."""

    service: JsonService
    secret: CallbackSecret
    callback_url: str

    @property
    def source(self) -> str:
        """The gateway itself."""
        return "gateway"

    def create(self, payment: Payment) -> PaymentPage:
        """Open a payment under our id.

        Raises:
            DoorFailed: there was no usable answer.
        """
        asked = {
            "payment_id": payment.payment_id,
            "amount": payment.amount_vnd,
            "currency": "VND",
            "callback_url": self.callback_url,
        }
        match self.service.ask("/payments", asked, key=payment.page_key):
            case {"reference": str(reference), "url": str(url)} if _is_fit(reference, 128) and _is_address(url):
                return PaymentPage(reference, url)
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False)

    def read_news(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> PaymentNews:
        """Read a callback.

        Raises:
            CallbackRefused: it is not the gateway's, or says nothing that can be read.
        """
        self.secret.check(headers, body, at=at)
        return _read_news(body)

    def look(self, payment: Payment) -> PaymentNews:
        """Ask what became of a payment whose callback was lost.

        Raises:
            DoorFailed: there was no usable answer.
        """
        asked = {"payment_id": payment.payment_id, "reference": payment.reference}
        told = self.service.ask("/payments/status", asked, key=f"look-{payment.page_key}")
        try:
            return _news_of(told)
        except CallbackRefused as exc:
            raise DoorFailed("ANSWER_UNREADABLE", is_final=False) from exc

    def refund(self, payment: Payment) -> str:
        """Pay back.

        Raises:
            DoorFailed: there was no usable answer.
        """
        asked = {"payment_id": payment.payment_id, "reference": payment.reference, "amount": payment.amount_vnd}
        match self.service.ask("/refunds", asked, key=f"refund-{payment.payment_id}"):
            case {"receipt_number": str(number)} if _is_fit(number, _SHORT):
                return number
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False)


@dataclass(frozen=True, slots=True)
class SandboxPayments:
    """`PaymentGateway` for trying out: nobody pays anything, and every number of it begins with `SANDBOX`."""

    secret: CallbackSecret

    @property
    def source(self) -> str:
        """A sandbox, and no gateway."""
        return SANDBOX

    def create(self, payment: Payment) -> PaymentPage:
        """Open a payment that costs nothing."""
        return PaymentPage(f"SANDBOX-{payment.page_key}", "https://sandbox.invalid/pay")

    def read_news(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> PaymentNews:
        """Read a callback of the sandbox itself, by the same rules.

        Raises:
            CallbackRefused: it is not the sandbox's.
        """
        self.secret.check(headers, body, at=at)
        return _read_news(body)

    def look(self, payment: Payment) -> PaymentNews:
        """Say that nobody paid yet: the sandbox is told by its own route."""
        return PaymentNews(payment.payment_id, payment.reference or "", payment.amount_vnd, "", NewsState.PENDING)

    def pretend_failed(self, payment: Payment, *, at: datetime) -> tuple[dict[str, str], bytes]:
        """Make the callback of a payer who gave up: its headers and its body."""
        body = json.dumps(
            {
                "payment_id": payment.payment_id,
                "reference": payment.reference or f"SANDBOX-{payment.page_key}",
                "amount": payment.amount_vnd,
                "state": "FAILED",
                "reason": "SANDBOX_REFUSED",
            }
        ).encode()
        return signature_headers(payment.payment_id, body, secrets=[self.secret.key], at=at), body

    def refund(self, payment: Payment) -> str:
        """Pay nothing back."""
        return f"SANDBOX-R-{payment.payment_id[-10:]}"

    def pretend_paid(self, payment: Payment, *, at: datetime) -> tuple[dict[str, str], bytes]:
        """Make the callback that a gateway would send: its headers and its body."""
        body = json.dumps(
            {
                "payment_id": payment.payment_id,
                "reference": payment.reference or f"SANDBOX-{payment.page_key}",
                "amount": payment.amount_vnd,
                "state": "PAID",
                "receipt_number": f"SANDBOX-{payment.payment_id[-10:]}",
            }
        ).encode()
        return signature_headers(payment.payment_id, body, secrets=[self.secret.key], at=at), body


def open_payments(settings: Settings, *, is_specimen: bool) -> PaymentGateway | None:
    """Open the door that the settings name, or none.

    Raises:
        BadSetting: it cannot be opened so.
        KeyFileUnusable: the file of a secret is open to others.
    """
    door = settings.payment
    if not door.place:
        return None
    if check_sandbox(door, is_specimen=is_specimen):
        return SandboxPayments(CallbackSecret(system_random(32)))
    if door.secret_file is None:
        raise BadSetting(f"{door.name} is set; set {door.name}_SECRET_FILE too")
    secret = read_secret(read_private_file(door.secret_file).decode("utf-8", "replace").strip())
    callback_url = f"{settings.door_url}/v1/payments/callback"
    return HttpPayments(open_json_service(door, settings), secret, callback_url)


def read_secret(text: str) -> CallbackSecret:
    """Read a secret in the form in which gateways show it.

    Raises:
        BadSetting: it is none, or too short to be one.
    """
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error as exc:
        raise BadSetting("the secret of the payment gateway is not `whsec_` and base64") from exc
    if not text.startswith(_PREFIX) or len(key) < _LEAST_KEY_BYTES or show_secret(key) != text:
        raise BadSetting("the secret of the payment gateway is not `whsec_` and at least 24 bytes in base64")
    return CallbackSecret(key)


def _read_news(body: bytes) -> PaymentNews:
    try:
        told = json.loads(body)
    except ValueError as exc:
        raise CallbackRefused("the callback cannot be read") from exc
    return _news_of(told)


def _news_of(told: object) -> PaymentNews:
    match told:
        case {
            "payment_id": str(payment_id),
            "reference": str(reference),
            "amount": int(amount),
            "state": "PAID",
            "receipt_number": str(number),
        } if _is_fit(payment_id, 26) and _is_fit(reference, 128) and _is_fit(number, _SHORT):
            return PaymentNews(payment_id, reference, amount, number)
        case {
            "payment_id": str(payment_id),
            "reference": str(reference),
            "amount": int(amount),
            "state": "FAILED" | "PENDING" as state,
            **more,
        } if _is_fit(payment_id, 26) and _is_fit(reference, 128) and _is_code(more.get("reason", "")):
            return PaymentNews(payment_id, reference, amount, "", NewsState(state), str(more.get("reason", "")))
    raise CallbackRefused("the callback says nothing that is known here")


def _is_fit(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isascii() and text.isprintable()


def _is_code(reason: object) -> bool:
    return isinstance(reason, str) and len(reason) <= _SHORT and reason.replace("_", "").isalnum() | (reason == "")


def _is_address(url: str) -> bool:
    return url.startswith("https://") and _is_fit(url, 2000)
