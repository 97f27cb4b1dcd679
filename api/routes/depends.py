"""What routes share: who may call, which version a caller saw, where a list goes on, and how an answer is written."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel

from api.access import STAFF_ROLES, OwnerRule, Principal, Requires, Role
from api.errors import PreconditionFailed, PreconditionRequired, RequestInvalid
from api.services import Services

_ULID: Final = r"^[0-9A-HJKMNP-TV-Z]{26}$"
_PLAIN_ID: Final = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$"
_CURSOR_VERSION: Final = "1:"
_MAX_CURSOR_LENGTH: Final = 200

_T = TypeVar("_T")


def services_of(request: Request) -> Services:
    """The open services behind this application."""
    services: Services = request.app.state.services
    return services


Office = Annotated[Services, Depends(services_of)]

Anyone = Annotated[Principal, Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]
SignedIn = Annotated[Principal, Depends(Requires(Role.CITIZEN, *STAFF_ROLES, owner=OwnerRule.SELF))]
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]
Certifier = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY))]
ClerkOrCertifier = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.AGENCY))]
Reader = Annotated[
    Principal,
    Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, Role.SEAL_KEEPER, Role.AUDITOR, owner=OwnerRule.AGENCY)),
]
Recipient = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.RECIPIENT))]

Ulid = Annotated[str, Path(pattern=_ULID)]
PlainId = Annotated[str, Path(pattern=_PLAIN_ID)]
PageNumber = Annotated[int, Path(ge=1, le=10_000, description="Counted from 1.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the list before; opaque.")]
Limit = Annotated[int, Query(ge=1, le=100)]
IfMatch = Annotated[str | None, Header(description="The ETag that was read; the update is made to that version only.")]
IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=255,
        description="A value of the caller's own choice; the same call with the same key is done once.",
    ),
]


def etag(version: int | str) -> str:
    """The strong ETag of a version."""
    return f'"{version}"'


def check_if_match(given: str | None, version: int | str) -> None:
    """Refuse an update that was not made from `version` (RFC 9110, 13.1.1: strong comparison).

    Raises:
        PreconditionRequired: no If-Match.
        PreconditionFailed: it names another version.
    """
    if given is None:
        raise PreconditionRequired("send If-Match with the ETag that was read")
    tags = [tag.strip() for tag in given.split(",")]
    if "*" not in tags and etag(version) not in tags:
        raise PreconditionFailed("it changed since it was read; read it again")


def write_cursor(last_id: str) -> str:
    """Name the place after an entry, in a form nobody needs to read."""
    return base64.urlsafe_b64encode((_CURSOR_VERSION + last_id).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str | None:
    """Give the id after which a list goes on.

    Raises:
        RequestInvalid: it was not written here.
    """
    if cursor is None:
        return None
    if len(cursor) > _MAX_CURSOR_LENGTH:
        raise RequestInvalid("the cursor was not written here", field="cursor")
    try:
        text = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
    except (ValueError, binascii.Error) as exc:
        raise RequestInvalid("the cursor was not written here", field="cursor") from exc
    last_id = text.removeprefix(_CURSOR_VERSION)
    if last_id == text or not re.fullmatch(_PLAIN_ID, last_id):
        raise RequestInvalid("the cursor was not written here", field="cursor")
    return last_id


def page_of(
    newest_first: Sequence[_T], *, id_of: Callable[[_T], str], cursor: str | None, limit: int
) -> tuple[list[_T], str | None]:
    """Cut one page out of a list whose ids fall, and say where the next begins."""
    after = read_cursor(cursor)
    left = [entry for entry in newest_first if after is None or id_of(entry) < after]
    return left[:limit], write_cursor(id_of(left[limit - 1])) if len(left) > limit else None


def reply(body: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write a value as JSON."""
    return Response(
        body.model_dump_json(), status_code=status, media_type="application/json", headers=dict(headers or {})
    )
