"""Archive time-stamps: which copies are due for a fresh one, as an administrator or auditor looks ahead."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.acts import renewals as acts
from api.routes.depends import Office, Overseer, reply
from api.schemas.administration import RenewalLine, RenewalPlanTold
from certify import RenewalPlan

router = APIRouter(prefix="/v1", tags=["administration"])
Sunset = Annotated[str, Query(max_length=40, pattern=r"^[A-Za-z0-9-]{1,29}=[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


@router.get("/renewals", response_model=RenewalPlanTold)
def plan_renewals(
    caller: Overseer,
    services: Office,
    on: Annotated[date | None, Query(description="As of the end of this day, for a look ahead.")] = None,
    sunset: Annotated[
        list[Sunset] | None, Query(max_length=8, description="Drill: as if this algorithm had this last day.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Say which copies of the agency and of those below are due for renewal, most urgent first; nothing is changed."""
    return reply(plan_told(acts.plan_in_reach(services, caller, on=on, sunsets=sunset or (), limit=limit)))


def plan_told(found: RenewalPlan) -> RenewalPlanTold:
    """Tell a plan."""
    records = [
        RenewalLine(
            record_id=one.record.record_id,
            deadline=one.deadline,
            cause=one.cause,
            algorithms=list(one.record.algorithms),
            attempts=one.record.attempts,
            problem=one.record.problem_code,
        )
        for one in found.due
    ]
    return RenewalPlanTold(
        due=found.due_count, protected=found.protected_count, problems=found.problem_count, records=records
    )
