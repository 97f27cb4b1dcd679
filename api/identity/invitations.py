"""The first way in of somebody new: whether anything ever opened an account, and links that nobody has used."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.identity.accounts import Account, has_password
from api.identity.tables import login_links, oidc_links, passkeys


def came_in_before(tx: Connection, account: Account) -> bool:
    """Whether this account was ever opened, or has something that opens it besides a link that nobody used."""
    used = sa.select(login_links.c.account_id).where(
        login_links.c.account_id == account.account_id, login_links.c.used_at.is_not(None)
    )
    provider = sa.select(oidc_links.c.account_id).where(oidc_links.c.account_id == account.account_id)
    key = sa.select(passkeys.c.user_id).where(passkeys.c.user_id == account.subject_id)
    return has_password(tx, account.account_id) or any(
        tx.execute(chosen.limit(1)).one_or_none() is not None for chosen in (used, provider, key)
    )


def drop_unused_links(tx: Connection, account_id: str) -> None:
    """Let no link open this account that was made before and not used."""
    tx.execute(sa.delete(login_links).where(login_links.c.account_id == account_id, login_links.c.used_at.is_(None)))
