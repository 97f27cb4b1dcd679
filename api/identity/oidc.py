"""Which person at which identity provider opens which account, and sign-ins that are under way there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.errors import OidcRefused
from api.identity.accounts import Account, find_account_by_id, token_hash
from api.identity.tables import oidc_flows, oidc_links

FLOW_LIFETIME: Final = timedelta(minutes=10)


class OidcPurpose(StrEnum):
    """What a person went to the provider for."""

    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class OidcFlow:
    """One visit to a provider: what for, for whom where somebody is signed in, and the page to lead to afterwards."""

    provider_id: str
    purpose: OidcPurpose
    account_id: str | None
    wanted: str
    began_at: datetime


def begin_flow(tx: Connection, flow: OidcFlow, *, browser_secret: str) -> None:
    """Note that a browser was sent to a provider; the browser's secret is kept as a hash."""
    tx.execute(sa.delete(oidc_flows).where(oidc_flows.c.began_at <= flow.began_at - FLOW_LIFETIME))
    tx.execute(
        oidc_flows.insert().values(
            browser_sha256_hex=token_hash(browser_secret),
            provider_id=flow.provider_id,
            purpose=flow.purpose.value,
            account_id=flow.account_id,
            wanted=flow.wanted,
            began_at=flow.began_at,
        )
    )


def end_flow(tx: Connection, *, browser_secret: str, provider_id: str, at: datetime) -> OidcFlow:
    """Take a visit that came back, once.

    Raises:
        OidcRefused: this browser was not sent there, or long ago, or came back before.
    """
    key = token_hash(browser_secret)
    row = tx.execute(oidc_flows.select().where(oidc_flows.c.browser_sha256_hex == key)).one_or_none()
    gone = tx.execute(sa.delete(oidc_flows).where(oidc_flows.c.browser_sha256_hex == key)).rowcount
    if row is None or gone != 1 or row.provider_id != provider_id or row.began_at + FLOW_LIFETIME <= at:
        raise OidcRefused("FLOW_UNKNOWN", "this browser did not begin this sign-in, or too long ago")
    return OidcFlow(row.provider_id, OidcPurpose(row.purpose), row.account_id, row.wanted, row.began_at)


def find_linked(tx: Connection, *, issuer: str, subject: str, at: datetime) -> Account | None:
    """Give the open account of a person at a provider, if it was linked, and note its use."""
    link = _link(issuer, subject)
    account_id = tx.execute(
        sa.select(oidc_links.c.account_id).where(oidc_links.c.link_sha256_hex == link)
    ).scalar_one_or_none()
    if account_id is None:
        return None
    tx.execute(sa.update(oidc_links).where(oidc_links.c.link_sha256_hex == link).values(last_used_at=at))
    return find_account_by_id(tx, account_id)


def add_link(tx: Connection, account_id: str, *, provider_id: str, issuer: str, subject: str, at: datetime) -> None:
    """Link a person at a provider, by issuer and subject and by nothing else, to an account.

    Raises:
        OidcRefused: this person is linked already.
    """
    try:
        with tx.begin_nested():
            tx.execute(
                oidc_links.insert().values(
                    link_sha256_hex=_link(issuer, subject),
                    provider_id=provider_id,
                    account_id=account_id,
                    linked_at=at,
                    last_used_at=at,
                )
            )
    except sa.exc.IntegrityError as exc:
        raise OidcRefused("LINKED_ELSEWHERE", "this person at the provider is linked already") from exc


def linked_providers(tx: Connection, account_id: str) -> tuple[str, ...]:
    """Give the ids of the providers that open an account."""
    rows = tx.execute(
        sa.select(oidc_links.c.provider_id)
        .where(oidc_links.c.account_id == account_id)
        .order_by(oidc_links.c.linked_at)
    )
    return tuple(row.provider_id for row in rows.all())


def remove_links_of(tx: Connection, account_id: str) -> int:
    """Forget every provider of an account; gives how many there were."""
    return tx.execute(sa.delete(oidc_links).where(oidc_links.c.account_id == account_id)).rowcount


def _link(issuer: str, subject: str) -> str:
    # A provider's subject may be a number that names a person everywhere: it is not kept in the clear.
    return hashlib.sha256(b"vidimus-oidc-link-1\0" + issuer.encode() + b"\0" + subject.encode()).hexdigest()
