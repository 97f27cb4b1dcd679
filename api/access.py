"""Who may use a route: one declaration per route, read by a test that walks all of them. Deny by default."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.errors import (
    BrowserRequired,
    CredentialsMixed,
    CsrfRefused,
    Forbidden,
    NotAuthenticated,
    ScopeMissing,
    SecondFactorRequired,
    SessionRequired,
    StepUpRequired,
)
from api.identity import (
    Account,
    ApiToken,
    Door,
    Method,
    Reach,
    Scope,
    Session,
    SessionLimits,
    needs_token_touch,
    needs_touch,
    read_session,
    read_token,
    touch_session,
    touch_token,
)
from api.services import Services
from api.settings import Settings
from certify import acts_at, get_agency, get_staff
from keys import Mode

SESSION_COOKIES: Final = {Door.STAFF: "vidimus_staff", Door.CITIZEN: "vidimus_citizen"}
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(StrEnum):
    """The roles of DOMAIN §2, the citizen, and everybody."""

    ANYONE = "anyone"
    CITIZEN = "citizen"
    COUNTER_CLERK = "counter_clerk"
    CERTIFIER = "certifier"
    SEAL_KEEPER = "seal_keeper"
    AUDITOR = "auditor"
    ADMIN = "admin"
    HELPER = "helper"
    POSTAL_INTAKE = "postal_intake"


STAFF_ROLES: Final = frozenset(set(Role) - {Role.ANYONE, Role.CITIZEN})
_BOUND_ROLES: Final = frozenset({Role.CERTIFIER, Role.SEAL_KEEPER, Role.ADMIN})
# A passkey is two factors at once (its user was verified); what an identity provider asks for is that provider's to say.
_ONE_FACTOR: Final = frozenset({Method.PASSWORD, Method.LINK})


class OwnerRule(StrEnum):
    """Whose things a route shows or changes, beyond the role."""

    NOBODY = "nothing personal is behind it"
    SELF = "only what belongs to the one signed in"
    AGENCY = "only what belongs to the agency of the one signed in"
    MANDATE = "only what a mandate in force opens to the one signed in"
    RECIPIENT = "only what was granted to the agency of the one signed in"


@dataclass(frozen=True, slots=True)
class Principal:
    """The one who asks: as whom, for which agency, with which roles; by a session, or by a token within its scopes."""

    session: Session | None
    roles: frozenset[Role]
    subject_id: str = ""
    agency_code: str = ""
    token: ApiToken | None = None
    # Roles that are theirs and that this session does not open: it began without a second factor.
    withheld: frozenset[Role] = frozenset()
    # Whether one of their roles wants a second factor at all.
    is_bound: bool = False

    @property
    def own_session(self) -> Session:
        """The session of the one who asks.

        Raises:
            NotAuthenticated: there is none.
        """
        if self.session is None:
            raise NotAuthenticated("sign in first")
        return self.session

    @property
    def holder_id(self) -> str:
        """The citizen's own holder id.

        Raises:
            Forbidden: the one who asks is no citizen.
        """
        if Role.CITIZEN not in self.roles:
            raise Forbidden("this needs a citizen's session")
        return self.subject_id

    @property
    def staff_id(self) -> str:
        """The staff member's id.

        Raises:
            Forbidden: the one who asks is not staff.
        """
        if not (self.roles | self.withheld) & STAFF_ROLES:
            raise Forbidden("this needs a staff session")
        return self.subject_id


NOBODY: Final = Principal(session=None, roles=frozenset({Role.ANYONE}))


class Requires:
    """The declaration of a route: who may call it, whose things it touches, by which scope of a token, how fresh."""

    def __init__(
        self,
        *roles: Role,
        owner: OwnerRule,
        scope: Scope | None = None,
        step_up: bool = False,
        any_factor: bool = False,
        by_line: bool = False,
    ) -> None:
        """Declare the roles (any of them suffices) and the owner rule.

        A route without a scope takes no token. One that needs a step-up takes none either: only a person can show
        again who they are. `any_factor` marks the own account: there whoever came in by one factor gets the second,
        and the session of a command line changes nothing, unless `by_line` says so.
        """
        if not roles:
            raise ValueError("a route names its roles; Role.ANYONE is one of them")
        if step_up and scope is not None:
            raise ValueError("what needs a step-up is not done with a token")
        self.roles = frozenset(roles)
        self.owner = owner
        self.scope = scope
        self.step_up = step_up
        self.any_factor = any_factor
        self.by_line = by_line

    async def __call__(self, request: Request) -> Principal:
        """Give the one who asks, or refuse.

        Raises:
            NotAuthenticated: no session and no token, or it ended.
            Forbidden: none of the roles; a token without the scope, or where no token may.
            CsrfRefused: a change without the secret of the session's forms.
            StepUpRequired: the last authentication is too old for this.
            SecondFactorRequired: a password alone does not open the role.
            BrowserRequired: the session of a command line does less than its owner may.
        """
        services: Services = request.app.state.services
        if Role.ANYONE in self.roles:
            return NOBODY
        secret = _bearer(request)
        if secret is not None:
            if any(request.cookies.get(session_cookie(door, services.settings)) for door in Door):
                raise CredentialsMixed("send a session's cookie or a token, not both")
            principal = await run_in_threadpool(self._by_token, secret, services)
            request.state.principal = principal
            self._check_token(principal)
            return principal
        # The threads of the handlers, and not those of event streams, which may all be waiting.
        principal = await run_in_threadpool(self._by_session, request, services)
        request.state.principal = principal
        # The role comes before the form is read: who may not send a scan here cannot make us store one for a while.
        self._check_role(principal)
        if request.method not in SAFE_METHODS or self.step_up:
            self._check_reach(principal.own_session)
        if request.method not in SAFE_METHODS:
            await _check_csrf(request, principal.own_session)
        if self.step_up:
            check_fresh(principal, services)
        return principal

    def _check_role(self, principal: Principal) -> None:
        if principal.roles & self.roles or (self.any_factor and principal.withheld & self.roles):
            return
        if principal.withheld & self.roles:
            raise SecondFactorRequired("this role wants a second factor; confirm with a passkey")
        raise Forbidden(f"this needs one of the roles {', '.join(sorted(self.roles))}")

    def _check_reach(self, session: Session) -> None:
        if session.reach is not Reach.WHOLE and not self.by_line and (self.any_factor or session.reach is Reach.LOOK):
            raise BrowserRequired("the session of a command line does not change this")

    def _check_token(self, principal: Principal) -> None:
        self._check_role(principal)
        if self.scope is None:
            raise SessionRequired("no token may do this; sign in")
        if principal.token is None or self.scope not in principal.token.scopes:
            raise ScopeMissing(f"this needs the scope {self.scope.value}", scope=self.scope.value)

    def _by_token(self, secret: str, services: Services) -> Principal:
        at = services.clock.now()
        with services.database.read() as tx:
            token, account = read_token(tx, secret, at=at)
        principal = _principal_of_account(account, services, token=token)
        if needs_token_touch(token, at=at):
            with services.database.transaction() as tx:
                touch_token(tx, token, at=at)
        return principal

    def _by_session(self, request: Request, services: Services) -> Principal:
        session = self._session(request, services)
        if session is None:
            raise NotAuthenticated("sign in to do this")
        return principal_of(session, services)

    def _session(self, request: Request, services: Services) -> Session | None:
        cookies = [request.cookies.get(session_cookie(door, services.settings)) for door in self._doors()]
        held = [token for token in cookies if token]
        found: list[Session] = []
        for token in held:
            # Where both doors lead here, a session that ended at one does not close the other.
            with contextlib.suppress(NotAuthenticated):
                found.append(_use_session(services, token))
        if held and not found:
            raise NotAuthenticated("the session ended; sign in again")
        return _meant(request, found)

    def _doors(self) -> tuple[Door, ...]:
        doors = []
        if self.roles & STAFF_ROLES:
            doors.append(Door.STAFF)
        if Role.CITIZEN in self.roles:
            doors.append(Door.CITIZEN)
        return tuple(doors)


def session_cookie(door: Door, settings: Settings) -> str:
    """The name of a door's cookie. Behind TLS its prefix lets a browser take it from this very host and by TLS only."""
    return f"__Host-{SESSION_COOKIES[door]}" if settings.is_behind_tls else SESSION_COOKIES[door]


def second_factor_roles(services: Services) -> frozenset[Role]:
    """The roles that no password alone opens: in production those that sign, seal or administer, unless a setting says."""
    chosen = services.settings.second_factor
    if chosen is not None:
        return frozenset(Role(word) for word in chosen)
    return _BOUND_ROLES if services.home.mode is Mode.PRODUCTION else frozenset()


def check_second_factor(principal: Principal) -> None:
    """Refuse a new way in to a session that a password alone opened: a stolen one would make itself a second factor.

    A link counts here: an administrator or two gave it, and its owner came for just this.

    Raises:
        SecondFactorRequired: confirm with a passkey first, or come in by a link.
    """
    if principal.withheld and principal.own_session.method is Method.PASSWORD:
        raise SecondFactorRequired("a password alone makes no second factor; come in by a link for that")


def limits_of(settings: Settings) -> SessionLimits:
    """The limits of sessions as the settings say them."""
    return SessionLimits(
        idle=timedelta(minutes=settings.session_idle_minutes),
        whole={
            Door.STAFF: timedelta(hours=settings.staff_session_hours),
            Door.CITIZEN: timedelta(hours=settings.citizen_session_hours),
        },
        fresh=timedelta(minutes=settings.step_up_minutes),
    )


def check_fresh(principal: Principal, services: Services) -> None:
    """Refuse what needs a step-up to a session whose owner showed who they are too long ago.

    Raises:
        StepUpRequired: confirm first.
        SessionRequired: there is no session to confirm.
    """
    if principal.token is not None:
        raise SessionRequired("no token may do this; sign in")
    limits = limits_of(services.settings)
    if not principal.own_session.is_fresh(at=services.clock.now(), limits=limits):
        raise StepUpRequired(
            "the last sign-in is too long ago for this; confirm first",
            max_age_seconds=int(limits.fresh.total_seconds()),
        )


def _use_session(services: Services, token: str) -> Session:
    at, limits = services.clock.now(), limits_of(services.settings)
    with services.database.read() as tx:
        session = read_session(tx, token, at=at, limits=limits)
        touch = needs_touch(tx, session, at=at)
    if touch:
        with services.database.transaction() as tx:
            touch_session(tx, session, at=at)
    return session


def principal_of(session: Session, services: Services) -> Principal:
    """Who a session speaks for, with the roles as they stand now.

    Raises:
        NotAuthenticated: the person left the office.
    """
    return _principal_of_account(session.account, services, session=session)


def _principal_of_account(
    account: Account, services: Services, *, session: Session | None = None, token: ApiToken | None = None
) -> Principal:
    if account.door is Door.CITIZEN:
        return Principal(session, frozenset({Role.CITIZEN}), account.subject_id, token=token)
    at = services.clock.now()
    with services.database.read() as tx:
        member = get_staff(tx, account.subject_id)
        is_acting = acts_at(get_agency(tx, member.agency_code), at=at)
    if member.left_at is not None and member.left_at <= at:
        raise NotAuthenticated("this person left the office; the session ended with it")
    roles = frozenset(Role(role) for role in member.roles)
    # An agency that was abolished does nothing any more; whoever audits it still reads.
    held = roles if is_acting else roles & {Role.AUDITOR}
    bound = held & second_factor_roles(services)
    withheld = bound if session is not None and session.method in _ONE_FACTOR else frozenset()
    return Principal(
        session, held - withheld, member.staff_id, member.agency_code, token, withheld=withheld, is_bound=bool(bound)
    )


def _meant(request: Request, found: list[Session]) -> Session | None:
    """The one session, or of two in one browser the one whose secret the request carries; nobody guesses between doors."""
    if len(found) < 2:
        return found[0] if found else None
    told = request.headers.get("x-csrf-token", "")
    for session in found:
        if told.isascii() and hmac.compare_digest(told.encode(), session.csrf_token.encode()):
            return session
    raise CredentialsMixed("sessions of both doors came; send X-CSRF-Token of the one that is meant")


def _bearer(request: Request) -> str | None:
    """The token of a request (RFC 6750, 2.1); in a form or an address none is looked for."""
    given = request.headers.getlist("authorization")
    if len(given) > 1:
        raise CredentialsMixed("send one Authorization header")
    scheme, _, secret = given[0].partition(" ") if given else ("", "", "")
    return secret.strip() if scheme.lower() == "bearer" else None


async def _check_csrf(request: Request, session: Session) -> None:
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(
        ("multipart/form-data", "application/x-www-form-urlencoded")
    ):
        field = (await request.form()).get("csrf_token")
        given = field if isinstance(field, str) else None
    if given is None or not given.isascii() or not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        await request.close()
        raise CsrfRefused("the form did not come from our page; reload the page and try again")


def declaration_of(route: APIRoute) -> Requires | None:
    """The declaration a route carries, for the test that refuses a route without one."""
    calls: list[Callable[..., object] | None] = [dependency.call for dependency in route.dependant.dependencies]
    found = [call for call in calls if isinstance(call, Requires)]
    return found[0] if len(found) == 1 else None
