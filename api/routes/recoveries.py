"""Recoveries by two administrators, leaving the office, and the password one sets for oneself."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.acts import leaving
from api.acts import recovery as acts
from api.acts.sign_in import set_password
from api.doors import visitor_of
from api.identity import Password
from api.identity.recoveries import Recovery
from api.routes.depends import Admin, AdminAnew, IdempotencyKeyHeader, Office, SignedInAnew, Ulid, reply
from api.routes.repeats import do_once
from api.schemas.entry import LeavingTold, NewPassword, RecoveryAsked, RecoveryLinkTold, RecoveryList, RecoveryTold

router = APIRouter(prefix="/v1", tags=["sessions"])


@router.get("/recoveries", response_model=RecoveryList)
def list_recoveries(caller: Admin, services: Office) -> Response:
    """List recoveries of the administrator's agency and of those below it, newest first."""
    return reply(RecoveryList(items=[RecoveryTold(**_told(one)) for one in acts.listed(services, caller)]))


@router.post("/recoveries", status_code=201, response_model=RecoveryTold)
def ask_recovery(
    request: Request, caller: AdminAnew, services: Office, asked: RecoveryAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Ask for an account to be recovered; another administrator confirms it within the hour."""

    def act() -> Response:
        return reply(RecoveryTold(**_told(acts.ask(services, caller, login=asked.login))), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/recoveries/{recovery_id}/confirmation", response_model=RecoveryLinkTold)
def confirm_recovery(caller: AdminAnew, services: Office, recovery_id: Ulid) -> Response:
    """Confirm what another administrator asked: every old way in ends, and a link that works once is told this once."""
    done = acts.confirm(services, caller, recovery_id)
    link = f"{services.settings.door_url}/in/{done.token}"
    return reply(RecoveryLinkTold(**_told(done.recovery), link=link))


@router.post("/staff/{staff_id}/leaving", response_model=LeavingTold)
def let_person_leave(caller: AdminAnew, services: Office, staff_id: Ulid) -> Response:
    """Let a person leave now: account, sessions, tokens, links, passkeys and delegations end in one act."""
    ended = leaving.let_leave(services, caller, staff_id)
    return reply(
        LeavingTold(accounts=ended.accounts, sessions=ended.sessions, tokens=ended.tokens, passkeys=ended.passkeys)
    )


@router.delete("/staff/{staff_id}/sessions", status_code=204)
def end_sessions_of_person(caller: AdminAnew, services: Office, staff_id: Ulid) -> Response:
    """End every session of a person now."""
    leaving.end_sessions_of_person(services, caller, staff_id)
    return Response(status_code=204)


@router.put("/password", status_code=204)
def change_password(request: Request, caller: SignedInAnew, services: Office, asked: NewPassword) -> Response:
    """Set one's own password, with the present one where there is one; every other session ends."""
    current = Password(asked.current.get_secret_value()) if asked.current else None
    password = Password(asked.password.get_secret_value())
    set_password(services, caller, password=password, current=current, address=visitor_of(request).address)
    return Response(status_code=204)


def _told(recovery: Recovery) -> dict[str, Any]:
    return {
        "recovery_id": recovery.recovery_id,
        "login": recovery.account.login,
        "asked_by": recovery.asked_by,
        "asked_at": recovery.asked_at,
        "ends_at": recovery.ends_at,
        "confirmed_at": recovery.confirmed_at,
    }
