"""The menu of each door: every entry with the roles that may open it, so that nobody is led to a closed door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.access import STAFF_ROLES, Role
from api.identity import Door

_COUNTER: Final = frozenset({Role.COUNTER_CLERK})
_CERTIFIERS: Final = frozenset({Role.CERTIFIER})
_DESK: Final = _COUNTER | _CERTIFIERS
_WORKERS: Final = _DESK | {Role.SEAL_KEEPER}
_READERS: Final = _WORKERS | {Role.AUDITOR}
_CITIZENS: Final = frozenset({Role.CITIZEN})
_ADMINS: Final = frozenset({Role.ADMIN})
_EVERYBODY: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the frame; `key` names its words, `roles` who may open it (any of them suffices)."""

    href: str
    key: str
    roles: frozenset[Role] = _EVERYBODY
    topmost_only: bool = False
    """Whether it concerns the whole home, so that it opens only to an agency that has none above it."""


MENU: Final[Mapping[Door | None, tuple[Link, ...]]] = {
    None: (
        Link("/verify", "page.nav.verify"),
        Link("/kiosk", "page.nav.kiosk"),
        Link("/citizen", "page.nav.citizen"),
        Link("/staff", "page.nav.staff"),
    ),
    Door.STAFF: (
        Link("/staff", "page.nav.queue", _READERS),
        Link("/staff/cases/new", "page.nav.case_new", _COUNTER | {Role.POSTAL_INTAKE}),
        Link("/staff/tickets", "page.nav.tickets", _COUNTER),
        Link("/staff/new", "page.nav.new", _WORKERS),
        Link("/staff/batches", "page.nav.batches", _CERTIFIERS),
        Link("/staff/seals", "page.nav.seals", frozenset({Role.SEAL_KEEPER})),
        Link("/staff/jobs", "page.nav.jobs", _WORKERS),
        Link("/staff/token", "page.nav.token", _CERTIFIERS),
        Link("/staff/cash", "page.nav.cash", _COUNTER),
        Link("/staff/register", "page.nav.register", _READERS),
        Link("/staff/figures", "page.nav.figures", frozenset({Role.ADMIN, Role.AUDITOR})),
        Link("/staff/audit", "page.nav.audit", frozenset({Role.AUDITOR})),
        Link("/staff/people", "page.nav.office_people", _ADMINS),
        Link("/staff/keys", "page.nav.keys", frozenset({Role.ADMIN, Role.AUDITOR})),
        Link("/staff/systems", "page.nav.systems", _ADMINS),
        Link("/staff/health", "page.nav.health", frozenset({Role.ADMIN, Role.AUDITOR})),
        Link("/staff/retention", "page.nav.retention", frozenset({Role.ADMIN, Role.AUDITOR}), topmost_only=True),
        Link("/staff/reforms", "page.nav.reforms", _ADMINS),
        Link("/staff/four-eyes", "page.nav.four_eyes", _ADMINS),
        Link("/staff/submissions", "page.nav.received", _DESK | {Role.POSTAL_INTAKE}),
        Link("/staff/ask", "page.nav.ask", _DESK),
        Link("/staff/feedback", "page.nav.feedback", _DESK),
        Link("/staff/notices", "page.nav.notices", STAFF_ROLES),
        Link("/verify", "page.nav.verify"),
        Link("/staff/account", "page.nav.account", STAFF_ROLES),
    ),
    Door.CITIZEN: (
        Link("/citizen", "page.nav.papers", _CITIZENS),
        Link("/citizen/cases", "page.nav.own_cases", _CITIZENS),
        Link("/citizen/procedures", "page.nav.procedures", _CITIZENS),
        Link("/citizen/requests", "page.nav.requests", _CITIZENS),
        Link("/citizen/shares", "page.nav.shares", _CITIZENS),
        Link("/citizen/history", "page.nav.history", _CITIZENS),
        Link("/citizen/people", "page.nav.people", _CITIZENS),
        Link("/citizen/notices", "page.nav.notices", _CITIZENS),
        Link("/verify", "page.nav.verify"),
        Link("/citizen/account", "page.nav.account", _CITIZENS),
    ),
}


def links_for(door: Door | None, roles: frozenset[Role], *, stands_below: bool = False) -> tuple[Link, ...]:
    """The menu of a door for somebody with these roles, whose agency may stand below another one."""
    return tuple(
        link
        for link in MENU[door]
        if door is None or (link.roles & (roles | {Role.ANYONE}) and not (stands_below and link.topmost_only))
    )


def first_page(roles: frozenset[Role]) -> str:
    """Where a member of staff begins: the first page of the menu that is theirs."""
    return links_for(Door.STAFF, roles)[0].href
