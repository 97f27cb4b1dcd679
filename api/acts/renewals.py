"""Which copies need a fresh archive time-stamp: the plan, a look ahead, and the drill with another end of an algorithm."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date

from api.access import Principal
from api.errors import RequestInvalid
from api.services import Services
from certify import RenewalPlan, end_of_day, is_within, list_agencies


def plan(
    services: Services, *, on: date | None, sunsets: Sequence[str], limit: int, agencies: Collection[str] | None = None
) -> RenewalPlan:
    """Say which records are due now or at the end of a day, most urgent first; with `agencies` only their copies.

    Raises:
        RequestInvalid: a sunset is not ALGORITHM=DAY.
    """
    timezone, policy = services.law.timezone, services.renewal
    for word in sunsets:
        algorithm, separator, day = word.partition("=")
        if not (algorithm and separator):
            raise RequestInvalid(f"{word!r} is not ALGORITHM=DAY, such as SHA256=2030-12-31", field="sunset")
        ends_at = end_of_day(read_day(day), timezone=timezone).astimezone(UTC)
        policy = policy.with_sunset(algorithm.upper(), ends_at=ends_at)
    moment = end_of_day(on, timezone=timezone) if on else services.clock.now()
    return services.pipeline.renewals.plan(policy=policy, at=moment, limit=limit, agencies=agencies)


def plan_in_reach(
    services: Services, principal: Principal, *, on: date | None, sunsets: Sequence[str], limit: int
) -> RenewalPlan:
    """The same for the copies of the own agency and of those below it.

    Raises:
        RequestInvalid: as `plan`.
    """
    with services.database.read() as tx:
        agencies = [
            one.code for one in list_agencies(tx) if is_within(tx, one.code, ancestor_code=principal.agency_code)
        ]
    return plan(services, on=on, sunsets=sunsets, limit=limit, agencies=agencies)


def read_day(text: str) -> date:
    """Read a day.

    Raises:
        RequestInvalid: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid(f"{text!r} is no day, such as 2030-12-31", field="day") from exc
