"""What a watchdog asks: does the process answer, and may work be sent here."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from cryptography import x509
from fastapi import APIRouter, Response

from api.publishing import publication_trouble
from api.routes.depends import Anyone, Office, reply
from api.schemas.public import HealthTold, ReadinessTold, ReadyCheck
from api.services import Services
from keys import KeysError
from vault import VaultError

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=HealthTold)
def healthz(_caller: Anyone) -> Response:
    """Say that the process answers."""
    return reply(HealthTold(status="ok"))


@router.get("/readyz", response_model=ReadinessTold, responses={503: {"model": ReadinessTold}})
def readyz(_caller: Anyone, services: Office) -> Response:
    """Say whether work may be sent here, and what is missing; nothing personal and no path is told."""
    checks = readiness(services)
    is_ready = all(check.ok for check in checks)
    return reply(ReadinessTold(ready=is_ready, checks=checks), status=200 if is_ready else 503)


def readiness(services: Services) -> list[ReadyCheck]:
    """Make every check; /metrics tells the same answers."""
    return [_run(services, *named) for named in _CHECKS]


def _database(services: Services) -> str | None:
    with services.database.read() as tx:
        tx.execute(sa.text("SELECT 1"))
    return None


def _trust(services: Services) -> str | None:
    anchors = services.trust.anchors()
    if not anchors.roots_der:
        return "EMPTY"
    now = services.clock.now()
    # Per purpose: without an anchor for time-stamps no signature of ours could ever be confirmed.
    if missing := anchors.missing_purposes(at=now):
        return f"EMPTY:{','.join(purpose.value for purpose in missing)}"
    if stale := anchors.stale_lists(at=now):
        return f"STALE_LIST:{','.join(one.territory for one in stale)}"
    # Without a fresh list a revoked certificate would look good; every list must be in time.
    for der in anchors.crls_der:
        next_update = x509.load_der_x509_crl(der).next_update_utc
        if next_update is not None and next_update <= now:
            return "STALE"
    return None


def _isolation(services: Services) -> str | None:
    # Resource limits alone keep no parser away from the network and the files.
    return None if services.isolation.network_isolated else "MISSING"


def _publication(services: Services) -> str | None:
    return publication_trouble(services.settings, at=services.clock.now())


def _chores(services: Services) -> str | None:
    return services.housekeeping.trouble


def _couriers(services: Services) -> str | None:
    return next((courier.trouble for courier in services.couriers if courier.trouble), None)


_CHECKS: tuple[tuple[str, Callable[[Services], str | None]], ...] = (
    ("database", _database),
    ("trust", _trust),
    ("isolation", _isolation),
    ("chores", _chores),
    ("couriers", _couriers),
    ("publication", _publication),
)


def _run(services: Services, name: str, check: Callable[[Services], str | None]) -> ReadyCheck:
    try:
        missing = check(services)
    except (KeysError, VaultError, ValueError) as exc:
        missing = type(exc).__name__
    return ReadyCheck(name=name, ok=missing is None, detail=missing or "ok")
