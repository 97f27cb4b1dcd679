"""Reforms of agencies over HTTP: looked at ahead, then carried out by an administrator above all of them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.acts import reform as acts
from api.routes.depends import AdminAnew, IdempotencyKeyHeader, Office, reply
from api.routes.repeats import do_once
from api.schemas.figures import AgencyEndTold, ClosedBookTold, ReformAsked, ReformTold
from certify.reform import Reform

router = APIRouter(prefix="/v1/agency-reforms", tags=["administration"])


@router.post("", response_model=ReformTold)
def reform_agencies(
    request: Request, caller: AdminAnew, services: Office, asked: ReformAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Merge, split or rename agencies by a decision; `dry_run` (the default) says what would happen and changes nothing."""

    def act() -> Response:
        reform = Reform(asked.kind, tuple(asked.ending), tuple(asked.following), asked.decision_number, asked.since)
        name = None if asked.new_name is None else acts.NewName(**asked.new_name.model_dump())
        done = acts.reform_agencies(services, caller, reform, is_dry_run=asked.dry_run, new_name=name)
        return reply(reform_told(done))

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


def reform_told(result: acts.ReformResult) -> ReformTold:
    """Write what a reform did."""
    done = result.done
    return ReformTold(
        kind=done.reform.kind.value,
        decision=done.reform.decision_number,
        since=done.reform.since,
        following=list(done.reform.following),
        dry_run=result.is_dry_run,
        ending=[
            AgencyEndTold(
                agency_code=one.agency_code,
                open_cases=one.open_cases,
                voided_numbers=one.voided_numbers,
                delegations=one.delegations,
                seal_policies=one.seal_policies,
                seal_keys=list(one.seal_keys),
                people=len(one.people),
            )
            for one in done.ends
        ],
        books=[
            ClosedBookTold(
                book_id=book.book_id,
                book=book.display,
                agency_code=book.agency_code,
                numbers=book.totals.numbers,
                void=book.totals.voided,
                copies=book.totals.copies,
                fee=book.totals.fee_vnd,
            )
            for book in done.closed
        ],
        dossiers=result.dossiers,
        grants=result.grants,
        webhooks=result.webhooks,
    )
