"""What routes share: who may call, which version a caller saw, and how an answer is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends, Header, Path, Request, Response
from pydantic import BaseModel

from api.access import STAFF_ROLES, OwnerRule, Principal, Requires, Role
from api.errors import PreconditionFailed, PreconditionRequired
from api.identity import Scope
from api.services import Services

_ULID: Final = r"^[0-9A-HJKMNP-TV-Z]{26}$"
_PLAIN_ID: Final = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$"


# Asynchronous though it waits for nothing: the framework sends every other dependency through a thread.
async def services_of(request: Request) -> Services:
    """The open services behind this application."""
    services: Services = request.app.state.services
    return services


Office = Annotated[Services, Depends(services_of)]

Anyone = Annotated[Principal, Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]
# A person about the own account: no token does this, and what changes who may come in needs a step-up.
SignedIn = Annotated[Principal, Depends(Requires(Role.CITIZEN, *STAFF_ROLES, owner=OwnerRule.SELF, any_factor=True))]
SignedInAnyhow = Annotated[
    Principal,
    Depends(Requires(Role.CITIZEN, *STAFF_ROLES, owner=OwnerRule.SELF, any_factor=True, by_line=True)),
]
SignedInAnew = Annotated[
    Principal,
    Depends(Requires(Role.CITIZEN, *STAFF_ROLES, owner=OwnerRule.SELF, step_up=True, any_factor=True)),
]
AdminAnew = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY, step_up=True))]
Admin = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY, scope=Scope.ADMIN))]

VaultReader = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, scope=Scope.VAULT_READ))]
# Taking back what was shared protects, so it waits for no step-up.
Withdrawer = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, scope=Scope.VAULT_SHARE))]
Sharer = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, step_up=True))]

MandateReader = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.MANDATE, scope=Scope.VAULT_READ))]
MandateActor = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.MANDATE, step_up=True))]

# Who opens a vault to somebody does it as a person, and now: no token, and a fresh sign-in.
ClerkAnew = Annotated[
    Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.AGENCY, step_up=True))
]
Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY, scope=Scope.COPIES_WRITE))]
CaseOpener = Annotated[
    Principal,
    Depends(Requires(Role.COUNTER_CLERK, Role.POSTAL_INTAKE, owner=OwnerRule.AGENCY, scope=Scope.COPIES_WRITE)),
]
Preparer = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY, scope=Scope.COPIES_WRITE))]
# The PIN, passkey or token over these very digests is the step-up of a signature (docs/adr/0042).
Certifier = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY, scope=Scope.CERTIFY))]
CertifierAnew = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY, step_up=True))]
CertifierAtDesk = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY))]
ClerkOrCertifier = Annotated[
    Principal,
    Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.AGENCY, scope=Scope.COPIES_WRITE)),
]
# The seal's own key may need no PIN: then the fresh sign-in is what stands for its keeper.
SealKeeper = Annotated[Principal, Depends(Requires(Role.SEAL_KEEPER, owner=OwnerRule.AGENCY))]
SealKeeperAnew = Annotated[Principal, Depends(Requires(Role.SEAL_KEEPER, owner=OwnerRule.AGENCY, step_up=True))]
Auditor = Annotated[Principal, Depends(Requires(Role.AUDITOR, owner=OwnerRule.AGENCY, scope=Scope.REGISTER_READ))]
_READERS: Final = (Role.COUNTER_CLERK, Role.CERTIFIER, Role.SEAL_KEEPER, Role.AUDITOR)
Reader = Annotated[Principal, Depends(Requires(*_READERS, owner=OwnerRule.AGENCY, scope=Scope.COPIES_READ))]
CaseReader = Annotated[
    Principal, Depends(Requires(*_READERS, Role.POSTAL_INTAKE, owner=OwnerRule.AGENCY, scope=Scope.COPIES_READ))
]
RegisterReader = Annotated[Principal, Depends(Requires(*_READERS, owner=OwnerRule.AGENCY, scope=Scope.REGISTER_READ))]
_RECIPIENTS: Final = (Role.COUNTER_CLERK, Role.CERTIFIER)
Recipient = Annotated[Principal, Depends(Requires(*_RECIPIENTS, owner=OwnerRule.RECIPIENT, scope=Scope.DOSSIERS_READ))]
RecipientActing = Annotated[
    Principal, Depends(Requires(*_RECIPIENTS, owner=OwnerRule.RECIPIENT, scope=Scope.DOSSIERS_WRITE))
]

_OVERSEERS: Final = (Role.ADMIN, Role.AUDITOR)
Overseer = Annotated[Principal, Depends(Requires(*_OVERSEERS, owner=OwnerRule.AGENCY, scope=Scope.ADMIN))]
Colleague = Annotated[Principal, Depends(Requires(*STAFF_ROLES, owner=OwnerRule.AGENCY, scope=Scope.COPIES_READ))]

Ulid = Annotated[str, Path(pattern=_ULID)]
PlainId = Annotated[str, Path(pattern=_PLAIN_ID)]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
PageNumber = Annotated[int, Path(ge=1, le=10_000, description="Counted from 1.")]
LineNumber = Annotated[int, Path(ge=1, le=100, description="1 is the line that was read least surely.")]
IfMatch = Annotated[str | None, Header(description="The ETag that was read; the update is made to that version only.")]
IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=255,
        # What a header holds at all: no blank at either end, which would not arrive, and no letter beyond ASCII.
        pattern=r"^[!-~][ -~]{6,253}[!-~]$",
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


def reply(body: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write a value as JSON."""
    return Response(
        body.model_dump_json(), status_code=status, media_type="application/json", headers=dict(headers or {})
    )
