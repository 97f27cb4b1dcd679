"""How long things are kept, over HTTP: rules, decisions, legal holds, purges and their certificates."""

from __future__ import annotations

import base64
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api.acts import retention as acts
from api.routes.cursors import Page
from api.routes.depends import AdminAnew, IdempotencyKeyHeader, Office, Overseer, Ulid, reply
from api.routes.repeats import do_once
from api.schemas.figures import (
    DestructionList,
    DestructionTold,
    HoldAsked,
    HoldList,
    HoldTold,
    KeepRuleTold,
    LiftAsked,
    PurgeAsked,
    PurgeTold,
    RetentionAsked,
    RetentionTold,
)
from certify.retention import Certificate, Hold, KeepRule

router = APIRouter(prefix="/v1", tags=["retention"])
_NEWEST_FIRST: Final = "destructions"


@router.get("/retention", response_model=RetentionTold)
def read_retention(
    caller: Overseer,
    services: Office,
    on: Annotated[date | None, Query(description="Day; today when left out.")] = None,
) -> Response:
    """Say how long each class of things is kept that begins its time on a day, and who said so."""
    day, rules = acts.rules(services, caller, on=on)
    return reply(RetentionTold(on=day, items=[_rule(rule) for rule in rules]))


@router.post("/retention", status_code=201, response_model=RetentionTold)
def decide_retention(
    request: Request,
    caller: AdminAnew,
    services: Office,
    asked: RetentionAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Enter how long a class is kept, by a numbered decision; nothing changes for what began before."""

    def act() -> Response:
        day, rules = acts.decide_days(services, caller, asked.kind, asked.days, asked.valid_from, asked.decision_number)
        return reply(RetentionTold(on=day, items=[_rule(rule) for rule in rules]), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/legal-holds", response_model=HoldList)
def list_legal_holds(caller: Overseer, services: Office) -> Response:
    """List the legal holds that stand, oldest first."""
    return reply(HoldList(items=[_hold(hold) for hold in acts.holds(services, caller)], next_cursor=None))


@router.post("/legal-holds", status_code=201, response_model=HoldTold)
def place_legal_hold(
    request: Request, caller: AdminAnew, services: Office, asked: HoldAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Keep something from being destroyed until the hold is lifted."""

    def act() -> Response:
        hold = acts.hold(services, caller, asked.scope, asked.target_id, asked.decision_number)
        return reply(_hold(hold), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/legal-holds/{hold_id}/lifting", response_model=HoldTold)
def lift_legal_hold(caller: AdminAnew, services: Office, hold_id: Ulid, asked: LiftAsked) -> Response:
    """Lift a legal hold by a decision; lifting it again changes nothing."""
    return reply(_hold(acts.lift(services, caller, hold_id, asked.decision_number)))


@router.post("/purges", response_model=PurgeTold)
def purge(caller: AdminAnew, services: Office, asked: PurgeAsked) -> Response:
    """Destroy what has served its time, with a signed certificate; or only say what that would be."""
    done = acts.purge(services, caller, is_dry_run=asked.dry_run)
    return reply(
        PurgeTold(
            dry_run=asked.dry_run,
            counts={kind.value: count for kind, count in sorted(done.counts.items())},
            certificate_id=done.certificate.certificate_id if done.certificate else None,
        )
    )


@router.get("/destruction-certificates", response_model=DestructionList)
def list_destructions(caller: Overseer, services: Office, paging: Page) -> Response:
    """List certificates of destruction, newest first."""
    shown, more = paging.page(
        _NEWEST_FIRST,
        read=lambda before, limit: acts.certificates(services, caller, before=before, limit=limit),
        id_of=lambda one: one.certificate_id,
    )
    return reply(DestructionList(items=[_certificate(one) for one in shown], next_cursor=more))


@router.get("/destruction-certificates/{certificate_id}", response_model=DestructionTold)
def get_destruction(caller: Overseer, services: Office, certificate_id: Ulid) -> Response:
    """Give one certificate of destruction with the bytes that were signed."""
    return reply(_certificate(acts.certificate(services, caller, certificate_id), whole=True))


def _rule(rule: KeepRule) -> KeepRuleTold:
    return KeepRuleTold(kind=rule.kind.value, days=rule.days, source=rule.source, is_decided=rule.is_decided)


def _hold(hold: Hold) -> HoldTold:
    return HoldTold(
        hold_id=hold.hold_id,
        scope=hold.scope.value,
        target_id=hold.target_id,
        decision_number=hold.decision_number,
        placed_at=hold.placed_at,
        lifted_at=hold.lifted_at,
    )


def _certificate(one: Certificate, *, whole: bool = False) -> DestructionTold:
    return DestructionTold(
        certificate_id=one.certificate_id,
        issued_at=one.issued_at,
        count=one.count,
        sha256=one.body_sha256_hex,
        body=base64.b64encode(one.body).decode() if whole else None,
        signature=base64.b64encode(one.signature).decode(),
        key_id=one.key_id,
    )
