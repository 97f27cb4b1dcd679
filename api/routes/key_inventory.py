"""The keys of an office over HTTP: looked at by those who oversee it, taken out of use by its administrator."""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from fastapi import APIRouter, Response

from api.acts import key_inventory as acts
from api.routes.administration import cut
from api.routes.cursors import Page
from api.routes.depends import AdminAnew, IfMatch, Office, Overseer, PlainId, check_if_match, etag, reply
from api.schemas.administration import (
    DryRunTold,
    EndingKeyList,
    EndingKeyTold,
    KeyChangeAsked,
    KeyList,
    KeyTold,
    PathStepTold,
    RevocationAsked,
)
from api.services import Services
from certify import InventoryEntry

router = APIRouter(prefix="/v1/keys", tags=["keys"])


class KeyChange(StrEnum):
    """What may be done to a key, besides revoking it."""

    SUSPEND = "suspend"
    RESUME = "resume"
    RETIRE = "retire"


@router.get("", response_model=KeyList)
def list_keys(caller: Overseer, services: Office, paging: Page) -> Response:
    """List the keys of the agency and of those below it, by id."""
    shown, more = paging.page(
        "keys",
        caller.agency_code,
        read=cut(lambda: acts.inventory(services, caller), by=lambda entry: entry.key_id),
        id_of=lambda entry: entry.key_id,
    )
    return reply(KeyList(items=[_told(services, entry) for entry in shown], next_cursor=more))


@router.get("/ending", response_model=EndingKeyList)
def list_ending_keys(caller: Overseer, services: Office) -> Response:
    """List those of them that end within ninety days or have ended, soonest first."""
    lines = [
        EndingKeyTold(
            key_id=line.key_id,
            kind=line.kind.value,
            owner_id=line.owner_id,
            not_after=line.not_after,
            days_left=line.days_left,
            band_days=line.band_days,
        )
        for line in acts.ending_keys(services, caller)
    ]
    return reply(EndingKeyList(items=lines, next_cursor=None))


@router.post("/dry-run", response_model=DryRunTold)
def walk_signing_paths(caller: AdminAnew, services: Office) -> Response:
    """Walk every signing path without a person or a document: keys, chains, revocation, time-stamps."""
    steps = acts.walk_paths(services, caller)
    told = [PathStepTold(path=step.path, step=step.step, code=step.code) for step in steps]
    return reply(DryRunTold(well=all(step.is_well for step in steps), steps=told))


@router.get("/{key_id}", response_model=KeyTold)
def get_key(caller: Overseer, services: Office, key_id: PlainId) -> Response:
    """Give one key; its ETag goes with a change of it."""
    return _reply(services, acts.key(services, caller, key_id))


@router.post("/{key_id}/revocation", response_model=KeyTold)
def revoke_key(
    caller: AdminAnew, services: Office, key_id: PlainId, asked: RevocationAsked, if_match: IfMatch = None
) -> Response:
    """Stop a key for ever, here at once; says whether its certification authority must be told as well."""
    entry, tell = acts.revoke_key(
        services, caller, key_id, reason=asked.reason, check_version=partial(check_if_match, if_match)
    )
    return _reply(services, entry, tell_authority=tell)


@router.post("/{key_id}/changes/{change}", response_model=KeyTold)
def change_key(
    caller: AdminAnew,
    services: Office,
    key_id: PlainId,
    change: KeyChange,
    asked: KeyChangeAsked,
    if_match: IfMatch = None,
) -> Response:
    """Suspend, resume or retire a key; a suspended one signs nothing from this instant on."""
    entry = acts.change_key(
        services,
        caller,
        key_id,
        event=acts.CHANGES[change.value],
        reason=asked.reason,
        check_version=partial(check_if_match, if_match),
    )
    return _reply(services, entry)


def _reply(services: Services, entry: InventoryEntry, *, tell_authority: bool | None = None) -> Response:
    return reply(_told(services, entry, tell_authority=tell_authority), headers={"ETag": etag(acts.version_of(entry))})


def _told(services: Services, entry: InventoryEntry, *, tell_authority: bool | None = None) -> KeyTold:
    return KeyTold(
        key_id=entry.key_id,
        kind=entry.kind.value,
        owner_id=entry.owner_id,
        status=entry.status.value,
        place=entry.place.value,
        attestation=entry.attestation.value,
        algorithm=entry.algorithm,
        serial=entry.serial_hex,
        certificate_sha256=entry.certificate_sha256_hex,
        not_before=entry.not_before,
        not_after=entry.not_after,
        replaces_key_id=entry.replaces_key_id,
        unattended=acts.signs_alone(services, entry.key_id),
        tell_authority=tell_authority,
    )
