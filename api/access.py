"""Who may use a route: one declaration per route, read by a test that walks all of them. Deny by default."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.errors import CsrfRefused, Forbidden, NotAuthenticated
from api.identity import Door, Session, needs_touch, read_session, touch_session
from api.services import Services
from certify import get_staff

SESSION_COOKIES: Final = {Door.STAFF: "vidimus_staff", Door.CITIZEN: "vidimus_citizen"}
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


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


class OwnerRule(StrEnum):
    """Whose things a route shows or changes, beyond the role."""

    NOBODY = "nothing personal is behind it"
    SELF = "only what belongs to the one signed in"
    AGENCY = "only what belongs to the agency of the one signed in"
    RECIPIENT = "only what was granted to the agency of the one signed in"


@dataclass(frozen=True, slots=True)
class Principal:
    """The one who asks: as whom, for which agency, with which roles."""

    session: Session | None
    roles: frozenset[Role]
    subject_id: str = ""
    agency_code: str = ""

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
        if not self.roles & STAFF_ROLES:
            raise Forbidden("this needs a staff session")
        return self.subject_id


NOBODY: Final = Principal(session=None, roles=frozenset({Role.ANYONE}))


class Requires:
    """The declaration of a route: who may call it, and whose things it touches."""

    def __init__(self, *roles: Role, owner: OwnerRule) -> None:
        """Declare the roles (any of them suffices) and the owner rule."""
        if not roles:
            raise ValueError("a route names its roles; Role.ANYONE is one of them")
        self.roles = frozenset(roles)
        self.owner = owner

    async def __call__(self, request: Request) -> Principal:
        """Give the one who asks, or refuse.

        Raises:
            NotAuthenticated: no session, or it ended.
            Forbidden: a session without any of the roles.
            CsrfRefused: a change without the secret of the session's forms.
        """
        services: Services = request.app.state.services
        # The threads of the handlers, and not those of event streams, which may all be waiting.
        session = await run_in_threadpool(self._session, request, services)
        if session is None:
            if Role.ANYONE in self.roles:
                return NOBODY
            raise NotAuthenticated("sign in to do this")
        # The role comes before the form is read: who may not send a scan here cannot make us store one for a while.
        principal = await run_in_threadpool(principal_of, session, services)
        if Role.ANYONE not in self.roles and not principal.roles & self.roles:
            raise Forbidden(f"this needs one of the roles {', '.join(sorted(self.roles))}")
        if request.method not in _SAFE_METHODS:
            await _check_csrf(request, session)
        return principal

    def _session(self, request: Request, services: Services) -> Session | None:
        tokens = [request.cookies.get(SESSION_COOKIES[door]) for door in self._doors()]
        held = [token for token in tokens if token]
        for token in held[:-1]:
            # Where both doors lead here, a session that ended at one does not close the other.
            with contextlib.suppress(NotAuthenticated):
                return _use_session(services, token)
        return _use_session(services, held[-1]) if held else None

    def _doors(self) -> tuple[Door, ...]:
        doors = []
        if self.roles & STAFF_ROLES:
            doors.append(Door.STAFF)
        if Role.CITIZEN in self.roles:
            doors.append(Door.CITIZEN)
        return tuple(doors)


def _use_session(services: Services, token: str) -> Session:
    at = services.clock.now()
    with services.database.read() as tx:
        session = read_session(tx, token, at=at)
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
    account = session.account
    if account.door is Door.CITIZEN:
        return Principal(session, frozenset({Role.CITIZEN}), account.subject_id)
    with services.database.read() as tx:
        member = get_staff(tx, account.subject_id)
    if member.left_at is not None and member.left_at <= services.clock.now():
        raise NotAuthenticated("this person left the office; the session ended with it")
    return Principal(session, frozenset(Role(role) for role in member.roles), member.staff_id, member.agency_code)


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


def check_origin(request: Request, *, allowed_hosts: tuple[str, ...]) -> None:
    """Refuse a change that another site's page sends; a program without Origin may.

    Raises:
        CsrfRefused: Origin names a host that is not ours.
    """
    origin = request.headers.get("origin")
    if request.method in _SAFE_METHODS or origin is None:
        return
    try:
        parts = urlsplit(origin)
        is_ours = parts.hostname in allowed_hosts and parts.netloc == request.headers.get("host")
    except ValueError:
        # What cannot be read as an address is not ours.
        is_ours = False
    if not is_ours:
        raise CsrfRefused("the request comes from another site")


def declaration_of(route: APIRoute) -> Requires | None:
    """The declaration a route carries, for the test that refuses a route without one."""
    calls: list[Callable[..., object] | None] = [dependency.call for dependency in route.dependant.dependencies]
    found = [call for call in calls if isinstance(call, Requires)]
    return found[0] if len(found) == 1 else None
