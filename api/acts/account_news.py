"""Whoever owns an account is told when a way in was made, changed or taken away: on the page, and by mail where wanted."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy.engine import Connection

from api.identity import Account
from api.services import Services
from guard import new_ulid
from vault.outbox import Message, put

TOPIC: Final = "account.changed"


class AccountChange(StrEnum):
    """What happened to the ways in; each names the words of its notice."""

    RECOVERED = "ACCOUNT_RECOVERED"
    # The name of a notice, and no password.
    PASSWORD = "ACCOUNT_PASSWORD_CHANGED"  # noqa: S105
    PASSKEY_ADDED = "ACCOUNT_PASSKEY_ADDED"
    PASSKEY_REMOVED = "ACCOUNT_PASSKEY_REMOVED"
    PROVIDER_LINKED = "ACCOUNT_PROVIDER_LINKED"
    OTHER_SUBJECT = "ACCOUNT_OTHER_SUBJECT"
    # As above.
    TOKEN_MADE = "ACCOUNT_TOKEN_MADE"  # noqa: S105
    LINE_LET_IN = "ACCOUNT_LINE_LET_IN"


def tell_owner(services: Services, tx: Connection, account: Account, change: AccountChange) -> None:
    """Leave word of a change in its own transaction: told when it happened, and not when it did not."""
    at = services.clock.now()
    key = new_ulid(at=at, random_bytes=services.random_bytes)
    put(tx, Message(TOPIC, key, {"door": account.door.value, "subject": account.subject_id, "change": change}), at=at)
