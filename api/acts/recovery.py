"""Giving an account back to one who lost every way in: two administrators, one link, and everything old ended."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.account_news import AccountChange, tell_owner
from api.errors import LoginRefused, NotFound
from api.identity import (
    Account,
    Door,
    count_attempt,
    create_login_link,
    end_sessions_of,
    find_account,
    forget_password,
    get_account,
    revoke_tokens_of,
    void_login_links,
)
from api.identity.oidc import remove_links_of
from api.identity.passkeys import remove_passkeys_of
from api.identity.recoveries import Recovery, ask_recovery, confirm_recovery, get_recovery, list_recoveries
from api.services import Services
from certify import get_staff, is_within
from vault import get_holder

# ASVS 6.5.5: who confirms is beside its reader, or on the telephone with them.
_LINK_LIFETIME: Final = timedelta(minutes=10)
_SHOWN: Final = 100
_LOG: Final = logging.getLogger("vidimus.identity")


@dataclass(frozen=True, slots=True)
class Recovered:
    """A confirmed recovery with its link's token, which is told this once."""

    recovery: Recovery
    token: str = field(repr=False)


def ask(services: Services, principal: Principal, *, login: str) -> Recovery:
    """Ask for the recovery of an account of the administrator's agency or of one below it; nothing is changed yet.

    Raises:
        NotFound: no open account of theirs has this name.
        TooManyRequests: this administrator asked ten times within a quarter of an hour.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        count_attempt(tx, subject=f"recovery:{principal.staff_id}", at=at)
    with services.database.transaction() as tx:
        try:
            account = find_account(tx, login)
        except LoginRefused as exc:
            raise NotFound("no account of yours has this name") from exc
        _check_theirs(tx, principal, account)
        recovery = ask_recovery(tx, account, asked_by=principal.staff_id, at=at, random_bytes=services.random_bytes)
    _note("recovery asked", recovery)
    return recovery


def confirm(services: Services, principal: Principal, recovery_id: str) -> Recovered:
    """Confirm what another administrator asked: every session, token, passkey and password ends, and a link is made.

    Raises:
        NotFound: none waits under this id for this administrator.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        _check_theirs(tx, principal, get_recovery(tx, recovery_id).account)
        recovery = confirm_recovery(tx, recovery_id, confirmed_by=principal.staff_id, at=at)
        account = get_account(tx, recovery.account.account_id)
        end_sessions_of(tx, account.account_id)
        revoke_tokens_of(tx, account.account_id, at=at)
        remove_passkeys_of(tx, account.subject_id)
        remove_links_of(tx, account.account_id)
        forget_password(tx, account.account_id)
        void_login_links(tx, account.account_id, at=at)
        token = create_login_link(
            tx,
            account_id=account.account_id,
            at=at,
            lifetime=_LINK_LIFETIME,
            random_bytes=services.random_bytes,
        )
        tell_owner(services, tx, account, AccountChange.RECOVERED)
    _note("recovery confirmed", recovery)
    return Recovered(recovery, token)


def listed(services: Services, principal: Principal) -> tuple[Recovery, ...]:
    """Give the recoveries of the administrator's agency and of those below it, the newest first."""
    with services.database.read() as tx:
        return tuple(one for one in list_recoveries(tx, limit=_SHOWN) if _is_theirs(tx, principal, one.account))


def _check_theirs(tx: Connection, principal: Principal, account: Account) -> None:
    # Nobody recovers the own account, neither as the first nor as the second.
    if account.subject_id == principal.subject_id or not _is_theirs(tx, principal, account):
        raise NotFound("no account of yours has this name")


def _is_theirs(tx: Connection, principal: Principal, account: Account) -> bool:
    if account.door is Door.STAFF:
        agency_code = get_staff(tx, account.subject_id).agency_code
    else:
        agency_code = get_holder(tx, account.subject_id).enrolled_by_agency
    return is_within(tx, agency_code, ancestor_code=principal.agency_code)


def _note(what: str, recovery: Recovery) -> None:
    _LOG.warning(
        what,
        extra={
            "recovery_id": recovery.recovery_id,
            "account_id": recovery.account.account_id,
            "asked_by": recovery.asked_by,
            "confirmed_by": recovery.confirmed_by or "",
        },
    )
