"""Tokens for programs: those a person makes, the systems an administrator registers, and what a system is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from api.access import Principal, Role
from api.acts.account_news import AccountChange, tell_owner
from api.acts.sign_in import count_address
from api.errors import NotFound, OauthRefused, RequestInvalid, SecondFactorRequired
from api.identity import (
    ApiClient,
    ApiToken,
    Door,
    Scope,
    check_client,
    close_client,
    count_attempt,
    create_access_token,
    create_account,
    create_client,
    create_token,
    end_sessions_of,
    forget_attempts,
    get_client,
    is_login_taken,
    list_clients,
    list_tokens,
    revoke_token,
    revoke_tokens_of,
)
from api.services import Services
from certify import Role as StaffRole
from certify import StaffMember, add_staff, get_agency, get_staff, is_within
from guard import new_ulid

ACCESS_LIFETIME: Final = timedelta(minutes=10)
# A system receives, reads and reports. Signing, sealing and administration are acts of a person.
SYSTEM_ROLES: Final = frozenset({StaffRole.COUNTER_CLERK, StaffRole.AUDITOR, StaffRole.POSTAL_INTAKE})
_STAFF_SCOPES: Final = frozenset(Scope) - {Scope.VAULT_READ, Scope.VAULT_SHARE}
_CITIZEN_SCOPES: Final = frozenset({Scope.VAULT_READ, Scope.VAULT_SHARE})


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token with its secret, which is told this once."""

    token: ApiToken
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewClient:
    """A registered system with its secret, which is told this once."""

    client: ApiClient
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientForm:
    """What an administrator says about a system."""

    login: str
    label: str
    agency_code: str
    roles: frozenset[StaffRole]
    scopes: frozenset[Scope]


def scopes_for(principal: Principal) -> tuple[Scope, ...]:
    """The scopes that a token of this person may have, in the order in which a page lists them."""
    offered = _CITIZEN_SCOPES if Role.CITIZEN in principal.roles else _STAFF_SCOPES
    return tuple(scope for scope in Scope if scope in offered)


def make_token(
    services: Services, principal: Principal, *, label: str, scopes: frozenset[Scope], days: int
) -> NewToken:
    """Make a token for programs of the one signed in.

    Raises:
        RequestInvalid: a scope that no route of this door takes, no label, a term not allowed, or too many tokens.
    """
    if principal.withheld:
        raise SecondFactorRequired("a token does what its owner may; confirm with a passkey before making one")
    if not scopes <= set(scopes_for(principal)):
        raise RequestInvalid("a scope is not for this door", field="scopes")
    with services.database.transaction() as tx:
        secret, token = create_token(
            tx,
            principal.own_session.account,
            label=label,
            scopes=scopes,
            days=days,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
        tell_owner(services, tx, principal.own_session.account, AccountChange.TOKEN_MADE)
    return NewToken(token, secret)


def own_tokens(services: Services, principal: Principal) -> tuple[ApiToken, ...]:
    """Give the tokens of the one signed in, the newest first."""
    with services.database.read() as tx:
        return list_tokens(tx, principal.own_session.account.account_id)


def revoke_own_token(services: Services, principal: Principal, token_id: str) -> None:
    """Revoke one's own token at once.

    Raises:
        NotFound: there is none of this id, or it is somebody else's.
    """
    with services.database.transaction() as tx:
        revoke_token(tx, principal.own_session.account.account_id, token_id, at=services.clock.now())


def register_client(services: Services, principal: Principal, form: ClientForm) -> NewClient:
    """Register a system that acts for the administrator's agency, or for one below it.

    Raises:
        RequestInvalid: roles that only a person has, scopes of the citizen's door, or a name that is taken.
        NotFound: no such agency, or none of the administrator's.
    """
    if not form.roles or not form.roles <= SYSTEM_ROLES:
        raise RequestInvalid("a system receives, reads and reports; other roles are for people", field="roles")
    if not form.scopes or not form.scopes <= _STAFF_SCOPES - {Scope.CERTIFY, Scope.ADMIN}:
        raise RequestInvalid("a scope is not for a system", field="scopes")
    at = services.clock.now()
    with services.database.transaction() as tx:
        get_agency(tx, form.agency_code)
        if not is_within(tx, form.agency_code, ancestor_code=principal.agency_code):
            raise NotFound("no agency of yours has this code")
        if is_login_taken(tx, form.login):
            raise RequestInvalid("the name is taken; choose another", field="login")
        # A member of staff that is no person: history and register name it as they name everybody else.
        member = StaffMember(
            new_ulid(at=at, random_bytes=services.random_bytes),
            form.agency_code,
            form.label,
            "API",
            form.roles,
            None,
        )
        add_staff(tx, member)
        account = create_account(
            tx,
            door=Door.STAFF,
            subject_id=member.staff_id,
            login=form.login,
            password=None,
            at=at,
            random_bytes=services.random_bytes,
        )
        secret, client = create_client(
            tx,
            account,
            scopes=form.scopes,
            created_by=principal.staff_id,
            at=at,
            random_bytes=services.random_bytes,
        )
    return NewClient(client, secret)


def clients_of(services: Services, principal: Principal) -> tuple[tuple[ApiClient, StaffMember], ...]:
    """Give the systems of the administrator's agency and of those below it, the newest first."""
    with services.database.read() as tx:
        whole = [(client, get_staff(tx, client.staff_id)) for client in list_clients(tx)]
        return tuple(
            (client, member)
            for client, member in whole
            if is_within(tx, member.agency_code, ancestor_code=principal.agency_code)
        )


def end_client(services: Services, principal: Principal, client_id: str) -> None:
    """Close a system for ever; its tokens end in the same act.

    Raises:
        NotFound: there is none of this id, or it is of another agency.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        client = get_client(tx, client_id)
        member = get_staff(tx, client.staff_id)
        if not is_within(tx, member.agency_code, ancestor_code=principal.agency_code):
            raise NotFound("no system has this id")
        close_client(tx, client_id, at=at)
        revoke_tokens_of(tx, client.account_id, at=at)
        end_sessions_of(tx, client.account_id)


def give_access(
    services: Services, *, client_id: str, secret: str, wanted: frozenset[Scope] | None, address: str
) -> NewToken:
    """Give a system a token for ten minutes (RFC 6749, 4.4); it may ask for fewer scopes than it has.

    Raises:
        ClientRefused: id and secret name no open system.
        OauthRefused: it asks for a scope it does not have.
        TooManyRequests: too many attempts with this id, or from this address.
    """
    at = services.clock.now()
    count_address(services, address)
    tries = f"client:{client_id}"
    with services.database.transaction() as tx:
        count_attempt(tx, subject=tries, at=at)
    with services.database.transaction() as tx:
        client = check_client(tx, client_id, secret, at=at)
        forget_attempts(tx, subject=tries)
        scopes = client.scopes if wanted is None else wanted
        if not scopes <= client.scopes:
            raise OauthRefused("invalid_scope", "the system was not registered for this scope")
        given, token = create_access_token(
            tx,
            account_id=client.account_id,
            client_id=client.client_id,
            scopes=scopes,
            lifetime=ACCESS_LIFETIME,
            at=at,
            random_bytes=services.random_bytes,
        )
    return NewToken(token, given)
