"""Coming in by an identity provider: where to go, whose account the answer opens, confirming and linking."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal, check_second_factor, limits_of, principal_of
from api.acts.account_news import AccountChange, tell_owner
from api.acts.sign_in import Entry, Visitor, confirm, count_address, enter
from api.errors import NotFound, OidcRefused
from api.identity import (
    Account,
    Authentication,
    Door,
    Method,
    accounts_of,
    create_account,
    get_account,
    read_session,
)
from api.identity.oidc import OidcFlow, OidcPurpose, add_link, begin_flow, end_flow, find_linked, linked_providers
from api.oidc import Asked, IdentityProvider, Proven, new_asked
from api.services import Services
from guard import new_ulid
from vault import ClaimState, HolderKind, claim_vault, find_by_number
from vault import NotFound as HolderNotFound

# What the provider's clock may differ from ours when it says that a person showed who they are just now.
_SKEW: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser is sent, and the secret it keeps in a cookie until it comes back."""

    address: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a provider's redirect brought back, and what the browser still holds."""

    code: str = field(repr=False)
    state: str = field(repr=False)
    issuer: str
    error: str
    secret: str = field(repr=False)
    visitor: Visitor = field(repr=False)


def provider_of(services: Services, provider_id: str) -> IdentityProvider:
    """Give a provider of the configuration.

    Raises:
        NotFound: none has this id.
    """
    if provider_id not in services.identity_providers:
        raise NotFound("no identity provider has this id")
    return services.identity_providers[provider_id]


def redirect_uri(services: Services, provider_id: str) -> str:
    """The address the provider sends a browser back to; it is registered there, letter by letter."""
    return f"{services.settings.door_url}/sign-in/oidc/{provider_id}/callback"


def depart(
    services: Services,
    provider_id: str,
    *,
    purpose: OidcPurpose = OidcPurpose.SIGN_IN,
    principal: Principal | None = None,
    wanted: str = "",
) -> Departure:
    """Send a browser to a provider: to sign in, or for one signed in to confirm or to link."""
    provider = provider_of(services, provider_id)
    if principal is not None and purpose is OidcPurpose.LINK:
        check_second_factor(principal)
    account = principal.own_session.account if principal is not None else None
    if account is not None and account.door not in provider.facts.doors:
        raise NotFound("this identity provider is not for this door")
    asked = new_asked(services.random_bytes)
    flow = OidcFlow(provider_id, purpose, account.account_id if account else None, wanted[:500], services.clock.now())
    with services.database.transaction() as tx:
        begin_flow(tx, flow, browser_secret=asked.secret)
    address = provider.address(
        asked, redirect_uri=redirect_uri(services, provider_id), anew=purpose is not OidcPurpose.SIGN_IN
    )
    return Departure(address, asked.secret)


def arrive(services: Services, provider_id: str, answered: Answered) -> tuple[Entry, str]:
    """Take a browser that came back: judge what it brought and open, confirm or link; gives the page to lead to.

    Raises:
        OidcRefused: `code` says why; nothing was opened.
        TooManyRequests: too many answers that did not hold from this address.
    """
    try:
        return _arrive(services, provider_of(services, provider_id), answered)
    except OidcRefused:
        count_address(services, answered.visitor.address)
        raise


def providers_for(services: Services, door: Door | None) -> tuple[IdentityProvider, ...]:
    """The providers of a door, or of both."""
    found = services.identity_providers.values()
    return tuple(one for one in found if door is None or door in one.facts.doors)


def own_providers(services: Services, principal: Principal) -> tuple[str, ...]:
    """The ids of the providers that open the own account."""
    with services.database.read() as tx:
        return linked_providers(tx, principal.own_session.account.account_id)


def _arrive(services: Services, provider: IdentityProvider, answered: Answered) -> tuple[Entry, str]:
    asked, at = Asked(answered.secret), services.clock.now()
    if not answered.secret or answered.state != asked.state:
        raise OidcRefused("FLOW_UNKNOWN", "the answer belongs to another browser")
    with services.database.transaction() as tx:
        flow = end_flow(tx, browser_secret=answered.secret, provider_id=provider.facts.provider_id, at=at)
    # RFC 9207: where the provider says who it is, it must be the one we asked.
    if answered.issuer and answered.issuer != provider.facts.issuer:
        raise OidcRefused("WRONG_ISSUER", "the answer comes from another provider")
    if answered.error or not answered.code:
        raise OidcRefused("PROVIDER_REFUSED", "the identity provider did not let this person in")
    proven = provider.prove(asked, code=answered.code, redirect_uri=redirect_uri(services, provider.facts.provider_id))
    by = Authentication(Method.OIDC, f"{provider.facts.provider_id}:{proven.level}")
    if flow.purpose is OidcPurpose.SIGN_IN:
        account = _account_of(services, provider, proven)
        return enter(services, account, by=by, visitor=answered.visitor), flow.wanted
    principal = _still_signed_in(services, flow, answered.visitor)
    _check_anew(flow, proven)
    with services.database.transaction() as tx:
        linked = find_linked(tx, issuer=proven.issuer, subject=proven.subject, at=at)
        if flow.purpose is OidcPurpose.LINK and linked is None:
            linked = principal.own_session.account
            _check_level(provider, linked.door, proven)
            add_link(
                tx,
                linked.account_id,
                provider_id=provider.facts.provider_id,
                issuer=proven.issuer,
                subject=proven.subject,
                at=at,
            )
            tell_owner(services, tx, linked, AccountChange.PROVIDER_LINKED)
    if linked != principal.own_session.account:
        raise OidcRefused("LINKED_ELSEWHERE", "this person at the provider opens another account")
    return confirm(services, principal, by=by), flow.wanted


def _account_of(services: Services, provider: IdentityProvider, proven: Proven) -> Account:
    at, is_other = services.clock.now(), False
    with services.database.transaction() as tx:
        account = find_linked(tx, issuer=proven.issuer, subject=proven.subject, at=at)
        if account is None:
            account = _account_by_number(tx, services, provider, proven)
            # One provider that names two persons by one number erred, or somebody tries something: the number finds a vault
            # that waits, and no vault into which somebody of this provider comes already.
            is_other = provider.facts.provider_id in linked_providers(tx, account.account_id)
            tell_owner(
                services, tx, account, AccountChange.OTHER_SUBJECT if is_other else AccountChange.PROVIDER_LINKED
            )
        if not is_other:
            _let_in(tx, provider, account, proven, at=at)
    # Only now: what the owner is told must outlast the refusal.
    if is_other:
        raise OidcRefused("OTHER_SUBJECT", "another person at this provider opens this vault; sign in another way")
    return account


def _let_in(tx: Connection, provider: IdentityProvider, account: Account, proven: Proven, *, at: datetime) -> None:
    if find_linked(tx, issuer=proven.issuer, subject=proven.subject, at=at) is None:
        add_link(
            tx,
            account.account_id,
            provider_id=provider.facts.provider_id,
            issuer=proven.issuer,
            subject=proven.subject,
            at=at,
        )
    if account.door not in provider.facts.doors:
        raise OidcRefused("NOT_LINKED", "this identity provider is not for this door")
    _check_level(provider, account.door, proven)


def _account_by_number(tx: Connection, services: Services, provider: IdentityProvider, proven: Proven) -> Account:
    """Find the vault of a person whose number the provider vouches for; an e-mail address or a name finds nobody."""
    number = provider.facts.identity_number
    if number is None or Door.CITIZEN not in provider.facts.doors or proven.number is None:
        raise OidcRefused("NOT_LINKED", "no account here is linked with this person; sign in another way and link it")
    if proven.level < number.at_least:
        raise OidcRefused("ASSURANCE_TOO_LOW", "this person was not identified well enough to find a vault by number")
    at = services.clock.now()
    try:
        holder = find_by_number(tx, HolderKind.PERSON, proven.number, index=services.number_index)
    except HolderNotFound as exc:
        raise OidcRefused("NOT_LINKED", "nobody with this number has a vault here") from exc
    if holder.claimed_by is not None:
        return get_account(tx, holder.claimed_by)
    known = accounts_of(tx, door=Door.CITIZEN, subject_id=holder.holder_id)
    account = known[0] if known else _new_account(tx, services, provider, holder.holder_id)
    if holder.state is ClaimState.UNCLAIMED:
        claim_vault(tx, holder.holder_id, account_id=account.account_id, at=at)
    return account


def _new_account(tx: Connection, services: Services, provider: IdentityProvider, holder_id: str) -> Account:
    at = services.clock.now()
    return create_account(
        tx,
        door=Door.CITIZEN,
        subject_id=holder_id,
        login=f"{provider.facts.provider_id}-{new_ulid(at=at, random_bytes=services.random_bytes).lower()}",
        password=None,
        at=at,
        random_bytes=services.random_bytes,
    )


def _check_level(provider: IdentityProvider, door: Door, proven: Proven) -> None:
    if proven.level < provider.facts.assurance.at_least.get(door, 0):
        raise OidcRefused("ASSURANCE_TOO_LOW", "this person was not identified well enough for this door")


def _check_anew(flow: OidcFlow, proven: Proven) -> None:
    # To confirm or to link, an earlier sign-in at the provider is not enough (auth_time, OpenID Connect Core 3.1.2.1).
    if proven.authenticated_at is None or proven.authenticated_at < flow.began_at - _SKEW:
        raise OidcRefused("NOT_ANEW", "the provider did not ask this person again")


def _still_signed_in(services: Services, flow: OidcFlow, visitor: Visitor) -> Principal:
    at, limits = services.clock.now(), limits_of(services.settings)
    for token in visitor.held_tokens:
        with services.database.read() as tx:
            session = read_session(tx, token, at=at, limits=limits)
        if session.account.account_id == flow.account_id:
            return principal_of(session, services)
    raise OidcRefused("FLOW_UNKNOWN", "the session that began this has ended")
