"""Leaving the office: whatever a person could come in with or act by ends in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.administration import person
from api.identity import (
    Door,
    accounts_of,
    close_account,
    close_clients_of,
    end_sessions_of,
    revoke_tokens_of,
    void_login_links,
)
from api.identity.oidc import remove_links_of
from api.identity.passkeys import remove_passkeys_of
from api.services import Services
from certify import leave


@dataclass(frozen=True, slots=True)
class Ended:
    """How much ended with a person's leaving."""

    accounts: int
    sessions: int
    tokens: int
    passkeys: int


def let_leave(services: Services, principal: Principal, staff_id: str) -> Ended:
    """Let a person of the administrator's agency, or of one below it, leave now.

    Raises:
        StaffNotFound: there is none, or elsewhere: nobody can tell the two apart.
    """
    person(services, principal, staff_id)
    with services.database.transaction() as tx:
        return leave_office(tx, staff_id, at=services.clock.now())


def end_sessions_of_person(services: Services, principal: Principal, staff_id: str) -> None:
    """End every session of such a person now: a device was lost, or its owner cannot be reached.

    Raises:
        StaffNotFound: as `let_leave`.
    """
    person(services, principal, staff_id)
    with services.database.transaction() as tx:
        for account in accounts_of(tx, door=Door.STAFF, subject_id=staff_id):
            end_sessions_of(tx, account.account_id)


def leave_office(tx: Connection, staff_id: str, *, at: datetime) -> Ended:
    """End a person's accounts, sessions, tokens, links, passkeys and delegations: all of it, or nothing.

    Raises:
        StaffNotFound: no such id.
    """
    # (1) no signature and no role from this instant on
    leave(tx, staff_id, at=at)
    # (2) no way in
    open_accounts = accounts_of(tx, door=Door.STAFF, subject_id=staff_id)
    sessions = tokens = 0
    for account in open_accounts:
        sessions += end_sessions_of(tx, account.account_id)
        tokens += revoke_tokens_of(tx, account.account_id, at=at)
        remove_links_of(tx, account.account_id)
        close_clients_of(tx, account.account_id, at=at)
        void_login_links(tx, account.account_id, at=at)
        close_account(tx, account.account_id, at=at)
    # (3) no key that a passkey opens
    return Ended(len(open_accounts), sessions, tokens, remove_passkeys_of(tx, staff_id))
