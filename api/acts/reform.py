"""Carry a reform of agencies out across the house: the office's books, dossiers, grants, webhooks; or look ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from api.access import Principal
from api.errors import RequestInvalid
from api.services import Services
from certify import Agency, AgencyNotFound, LawPack, add_agency, get_agency, is_within
from certify.items import Actor, ActorKind
from certify.reform import Reform, ReformDone, ReformKind, reorganise
from dossiers.succession import pass_submissions
from guard import RandomBytes
from vault import Database
from vault.succession import pass_grants, pass_webhooks


@dataclass(frozen=True, slots=True)
class ReformResult:
    """What a reform did, or would do."""

    done: ReformDone
    dossiers: int
    grants: int
    webhooks: int
    is_dry_run: bool


@dataclass(frozen=True, slots=True)
class NewName:
    """The name under which a renamed agency goes on, in three languages."""

    vi: str
    en: str
    fr: str


class _LookedAhead(Exception):
    """Ends the transaction of a look ahead, so that nothing of it stays."""


def reform_agencies(
    services: Services, principal: Principal, reform: Reform, *, is_dry_run: bool, new_name: NewName | None = None
) -> ReformResult:
    """Carry out a reform of agencies below the administrator's own; with a new name the one that follows is entered, too.

    Raises:
        AgencyNotFound: one of them is unknown or stands elsewhere.
        RequestInvalid: a new name belongs to a renaming.
        StaffConflict, ReformBlocked: see `certify.reform`.
    """
    before = None if new_name is None else renamed(reform, new_name)
    with services.database.read() as tx:
        for code in reform.ending if before else (*reform.ending, *reform.following):
            if not is_within(tx, code, ancestor_code=principal.agency_code):
                raise AgencyNotFound(f"agency {code} does not exist")
        # Who renames the own agency would put the new one beside it, where nobody below administers.
        if before and principal.agency_code in reform.ending and get_agency(tx, principal.agency_code).parent_code:
            raise AgencyNotFound("an agency is renamed by the administrator of the one above it")
    return carry_out(
        services.database,
        reform,
        law=services.law,
        actor_id=principal.staff_id,
        at=services.clock.now(),
        random_bytes=services.random_bytes,
        is_dry_run=is_dry_run,
        before=before,
    )


def renamed(reform: Reform, name: NewName) -> Callable[[Connection], object]:
    """Give what enters the agency that follows a renaming: the old one's place under a new name.

    Raises:
        RequestInvalid: the reform is none.
    """
    if reform.kind is not ReformKind.RENAME or len(reform.ending) != 1 or len(reform.following) != 1:
        raise RequestInvalid("a new name is for renaming one agency into one", field="new_name")

    def enter(tx: Connection) -> None:
        old = get_agency(tx, reform.ending[0])
        add_agency(
            tx,
            Agency(
                reform.following[0],
                name.vi,
                name.en,
                name.fr,
                old.level,
                old.parent_code,
                None,
                old.book_suffix,
                reform.since,
                None,
            ),
        )

    return enter


def carry_out(
    database: Database,
    reform: Reform,
    *,
    law: LawPack,
    actor_id: str,
    at: datetime,
    random_bytes: RandomBytes,
    is_dry_run: bool,
    before: Callable[[Connection], object] | None = None,
) -> ReformResult:
    """Do everything in one transaction, what must come `before` in it, too; a look ahead does it and takes it back.

    A look ahead at a day to come looks from that day.

    Raises:
        AgencyNotFound, StaffConflict, ReformBlocked: see `certify.reform`.
    """
    found: list[ReformResult] = []
    if is_dry_run:
        at = max(reform.since, at)
    try:
        with database.transaction() as tx:
            if before is not None:
                before(tx)
            actor = Actor(ActorKind.STAFF, actor_id)
            done = reorganise(tx, reform, law=law, actor=actor, at=at, random_bytes=random_bytes)
            found.append(_pass_on(tx, reform, done, at=at, random_bytes=random_bytes, is_dry_run=is_dry_run))
            if is_dry_run:
                raise _LookedAhead
    except _LookedAhead:
        pass
    return found[0]


def _pass_on(
    tx: Connection, reform: Reform, done: ReformDone, *, at: datetime, random_bytes: RandomBytes, is_dry_run: bool
) -> ReformResult:
    to = reform.following[0]
    dossiers = grants = webhooks = 0
    for code in reform.ending:
        dossiers += pass_submissions(tx, code, to=to)
        grants += pass_grants(tx, code, to=to, decision_number=reform.decision_number, at=at, random_bytes=random_bytes)
        webhooks += pass_webhooks(tx, code, to=to)
    return ReformResult(done, dossiers, grants, webhooks, is_dry_run)
