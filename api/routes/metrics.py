"""Numbers for a monitoring system; without a token of its own only this machine should reach it (a proxy keeps it in)."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Header, Response

from api.errors import NotAuthenticated
from api.observe.exposition import MEDIA_TYPE, expose
from api.routes.depends import Anyone, Office
from api.routes.health import readiness
from api.services import Services
from keys import read_private_file

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(_caller: Anyone, services: Office, authorization: Annotated[str, Header()] = "") -> Response:
    """Give every metric in the text form of Prometheus; no label holds anything about a person."""
    _check_token(services, authorization)
    ready = {check.name: check.ok for check in readiness(services)}
    return Response(expose(services, services.meter, ready=ready), media_type=MEDIA_TYPE)


def _check_token(services: Services, authorization: str) -> None:
    file = services.settings.metrics_token_file
    if file is None:
        return
    wanted = read_private_file(file).strip()
    given = authorization.removeprefix("Bearer ").encode()
    if not wanted or not hmac.compare_digest(wanted, given):
        raise NotAuthenticated("/metrics wants the bearer token of VIDIMUS_METRICS_TOKEN_FILE")
