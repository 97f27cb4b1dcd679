"""How long things are kept, for the administrators of an office that has none above it: it concerns the whole home."""

from __future__ import annotations

from datetime import date

from sqlalchemy.engine import Connection

from api.access import Principal
from api.retention import PurgePlan
from api.services import Services
from certify import get_agency
from certify.errors import RetentionRefused
from certify.retention import (
    Certificate,
    Decision,
    Hold,
    HoldScope,
    KeepRule,
    NewHold,
    RetentionClass,
    decide,
    get_certificate,
    keep_rule,
    lift_hold,
    list_certificates,
    list_decisions,
    list_holds,
    place_hold,
)
from guard import new_ulid


def rules(services: Services, principal: Principal, *, on: date | None) -> tuple[date, tuple[KeepRule, ...]]:
    """Give how long each class is kept that begins its time on a day.

    Raises:
        RetentionRefused: the caller's agency stands below another one.
    """
    with services.database.read() as tx:
        _check_whole_office(tx, principal)
        return _rules(services, tx, on or services.law.local_date(services.clock.now()))


def decide_days(
    services: Services,
    principal: Principal,
    kind: RetentionClass,
    days: int | None,
    valid_from: date,
    decision_number: str,
) -> tuple[date, tuple[KeepRule, ...]]:
    """Enter a decision; gives the rules of its first day. Raises as `rules` and `certify.retention.decide`."""
    at = services.clock.now()
    decision_id = new_ulid(at=at, random_bytes=services.random_bytes)
    new = Decision(decision_id, kind, days, valid_from, decision_number, principal.staff_id, at)
    with services.database.transaction() as tx:
        _check_whole_office(tx, principal)
        today = services.law.local_date(at)
        decide(tx, new, law=services.law.retention, today=today, random_bytes=services.random_bytes)
        return _rules(services, tx, valid_from)


def holds(services: Services, principal: Principal) -> tuple[Hold, ...]:
    """Give the holds that stand; raises as `rules`."""
    with services.database.read() as tx:
        _check_whole_office(tx, principal)
        return list_holds(tx)


def hold(services: Services, principal: Principal, scope: HoldScope, target_id: str, decision_number: str) -> Hold:
    """Place a hold; raises as `rules`."""
    with services.database.transaction() as tx:
        _check_whole_office(tx, principal)
        new = NewHold(scope, target_id, decision_number, principal.staff_id)
        return place_hold(tx, new, at=services.clock.now(), random_bytes=services.random_bytes)


def lift(services: Services, principal: Principal, hold_id: str, decision_number: str) -> Hold:
    """Lift a hold; raises as `rules`.

    Raises:
        RetentionNotFound: there is none of this id.
    """
    with services.database.transaction() as tx:
        _check_whole_office(tx, principal)
        return lift_hold(
            tx,
            hold_id,
            decision_number=decision_number,
            lifted_by=principal.staff_id,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def purge(services: Services, principal: Principal, *, is_dry_run: bool) -> PurgePlan:
    """Destroy what has served its time, or say what that would be; raises as `rules`."""
    with services.database.read() as tx:
        _check_whole_office(tx, principal)
    return services.purger.plan() if is_dry_run else services.purger.run()


def certificates(
    services: Services, principal: Principal, *, before: str | None, limit: int
) -> tuple[Certificate, ...]:
    """Give certificates of destruction, newest first; raises as `rules`."""
    with services.database.read() as tx:
        _check_whole_office(tx, principal)
        return list_certificates(tx, before=before, limit=limit)


def certificate(services: Services, principal: Principal, certificate_id: str) -> Certificate:
    """Give one; raises as `rules`.

    Raises:
        RetentionNotFound: there is none of this id.
    """
    with services.database.read() as tx:
        _check_whole_office(tx, principal)
        return get_certificate(tx, certificate_id)


def _rules(services: Services, tx: Connection, day: date) -> tuple[date, tuple[KeepRule, ...]]:
    decided = list_decisions(tx)
    found = (keep_rule(kind, on=day, law=services.law.retention, decided=decided) for kind in RetentionClass)
    return day, tuple(rule for rule in found if rule is not None)


def stands_below(services: Services, principal: Principal) -> bool:
    """Whether the agency of the one who asks has another above it, so that how long things are kept is not its own affair."""
    with services.database.read() as tx:
        return _is_below(tx, principal)


def _is_below(tx: Connection, principal: Principal) -> bool:
    return get_agency(tx, principal.agency_code).parent_code is not None


def _check_whole_office(tx: Connection, principal: Principal) -> None:
    if _is_below(tx, principal):
        raise RetentionRefused("how long things are kept is decided by the agency above; ask its administrator")
