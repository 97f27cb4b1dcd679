"""Every refusal leaves a line in the log: which route refused whom, with which code; never what was sent."""

from __future__ import annotations

import logging
from typing import Final

from fastapi import Request

from api.problems import code_of, kind_of

_LOG: Final = logging.getLogger("vidimus.refusals")
# Not signed in, not allowed, not there or not yours, another's name, too often, a wrong confirmation.
_REFUSALS: Final = frozenset({400, 401, 403, 404, 421, 429})


def note_refusal(request: Request, error: Exception) -> None:
    """Write down that somebody was refused, by the template of the route: an address could hold a secret.

    A 404 is noted only for one who is signed in: "not there" is also the answer about what is somebody else's.
    """
    status = kind_of(type(error)).status
    principal = getattr(request.state, "principal", None)
    who = getattr(principal, "subject_id", "")
    if status not in _REFUSALS or (status == 404 and not who):
        return
    route = getattr(request.scope.get("route"), "path", "-")
    code = code_of(type(error))
    token = getattr(principal, "token", None)
    # In the words too: a handler that writes the message alone still says who was refused what.
    _LOG.warning(
        "refused %s %s to %s: %s",
        request.method,
        route,
        who or "nobody",
        code,
        extra={
            "code": code,
            "status": status,
            "method": request.method,
            "route": route,
            "principal_id": who,
            "token_id": token.token_id if token is not None else "",
        },
    )
