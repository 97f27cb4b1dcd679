"""People at the doors: accounts, passwords, sessions, single-use links and remembered answers."""

from __future__ import annotations

from api.identity.accounts import (
    Account,
    Door,
    check_password,
    count_attempt,
    create_account,
    create_login_link,
    find_account,
    forget_attempts,
    get_account,
    use_login_link,
)
from api.identity.idempotency import IdempotencyKey, RememberedAnswer
from api.identity.passwords import Password
from api.identity.sessions import (
    Session,
    end_session,
    end_sessions_of,
    needs_touch,
    open_session,
    read_session,
    touch_session,
)

__all__ = [
    "Account",
    "Door",
    "IdempotencyKey",
    "Password",
    "RememberedAnswer",
    "Session",
    "check_password",
    "count_attempt",
    "create_account",
    "create_login_link",
    "end_session",
    "end_sessions_of",
    "find_account",
    "forget_attempts",
    "get_account",
    "needs_touch",
    "open_session",
    "read_session",
    "touch_session",
    "use_login_link",
]
