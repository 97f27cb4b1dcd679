"""What a holder takes along and what is erased: everything in one package, and the papers that no law keeps."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from api.access import Principal
from api.acts.proofs import proof_of_code
from api.services import Services
from certify.retention import held_records
from vault import (
    AccessAction,
    AccessEvent,
    ActorKind,
    ErasureRefused,
    HolderOwner,
    Identity,
    NotFound,
    Record,
    RecordStatus,
    RenditionKind,
    Retention,
    erase_paper,
    get_authority_proof,
    history_for_holder,
    list_consents,
    list_for_holder,
    list_shares,
    read_identity,
    read_past_identities,
    record_access,
    status,
)
from vault.bags import BagWriter
from vault.mandates import list_mandates_of_vault

FORMAT: Final = "vidimus-vault-1"
_NAMES: Final[Mapping[RenditionKind, str]] = {
    RenditionKind.SIGNED_PDF: "paper.pdf",
    RenditionKind.FIELDS_JSON: "fields.json",
    RenditionKind.DETAILS_JSON: "details.json",
    RenditionKind.TEXT: "text.txt",
}
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Leaving:
    """What an erasure would take and what it would leave, and why."""

    erasable: tuple[Record, ...]
    kept: tuple[Record, ...]


def what_would_go(services: Services, principal: Principal) -> Leaving:
    """Say which papers can be erased and which a law, a case or a legal hold keeps; joint papers of another vault are not named."""
    own = [one for one in _papers(services, principal) if one.holder_id == principal.holder_id]
    there = [one for one in own if one.status is not RecordStatus.WITHDRAWN]
    with services.database.read() as tx:
        held = held_records(tx, there)
    kept = {one.record_id for one in there if one.retention is not Retention.HOLDER} | held
    return Leaving(
        tuple(one for one in there if one.record_id not in kept), tuple(one for one in there if one.record_id in kept)
    )


def erase(services: Services, principal: Principal, record_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Erase papers of one's own for ever; nothing is erased when one of them may not be.

    Raises:
        NotFound: one is not in this vault.
        ErasureRefused: a law, a case or a legal hold keeps one.
    """
    wanted = tuple(dict.fromkeys(record_ids))
    going = what_would_go(services, principal)
    if kept := {one.record_id for one in going.kept} & set(wanted):
        raise ErasureRefused(f"record {sorted(kept)[0]} is kept; ask the agency that issued it")
    if missing := set(wanted) - {one.record_id for one in going.erasable}:
        raise NotFound(f"record {sorted(missing)[0]} is not in this vault")
    for record_id in wanted:
        erase_paper(
            services.database,
            HolderOwner(principal.holder_id),
            record_id,
            vault=services.blobs,
            reason="ERASURE",
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return wanted


def write_export(services: Services, principal: Principal, target: BinaryIO) -> None:
    """Write everything the vault holds and knows into a package.

    That it was taken stands in the history before the first byte goes out.
    """
    holder_id, at = principal.holder_id, services.clock.now()
    with services.database.transaction() as tx:
        event = AccessEvent(
            holder_id=holder_id,
            action=AccessAction.EXPORTED,
            actor_kind=ActorKind.HOLDER,
            actor_id=holder_id,
            at=at,
            reason="EXPORT",
        )
        record_access(tx, event, random_bytes=services.random_bytes)
    bag = BagWriter(target)
    for record in _papers(services, principal):
        if record.status is not RecordStatus.WITHDRAWN:
            add_paper(services, bag, record)
    with services.database.read() as tx:
        owner = HolderOwner(holder_id)
        bag.add("identity.json", as_json(_identity(read_identity(tx, holder_id, vault=services.blobs))))
        past = read_past_identities(tx, holder_id, vault=services.blobs)
        _add_rows(
            bag,
            "past-identities.json",
            [_identity(one.identity) | {"until": one.until, "document": one.document_number} for one in past],
        )
        _add_rows(bag, "mandates.json", [_plain(one) for one in list_mandates_of_vault(tx, holder_id)])
        _add_rows(bag, "shares.json", [_plain(one) for one in list_shares(tx, owner, vault=services.blobs)])
        _add_rows(bag, "consents.json", [_plain(one) for one in list_consents(tx, owner)])
    _add_rows(
        bag, "history.json", [{"event_id": one.event_id} | _plain(one.event) for one in _history(services, owner)]
    )
    bag.finish(
        {"Source-Organization": services.verify_url, "External-Identifier": holder_id, "Vidimus-Format": FORMAT}, at=at
    )


def _papers(services: Services, principal: Principal) -> Iterator[Record]:
    after: str | None = None
    while True:
        with services.database.read() as tx:
            page = list_for_holder(tx, HolderOwner(principal.holder_id), after_record_id=after, limit=_PAGE)
        if not page:
            return
        yield from page
        after = page[-1].record_id


def _history(services: Services, owner: HolderOwner) -> Iterator[Any]:
    before: str | None = None
    while True:
        with services.database.read() as tx:
            page = history_for_holder(tx, owner, before_event_id=before, limit=_PAGE)
        if not page:
            return
        yield from page
        before = page[-1].event_id


def add_paper(services: Services, bag: BagWriter, record: Record) -> None:
    """Put a paper with all its forms, its proof and what is known of it into a package."""
    folder, names = f"records/{record.record_id}", []
    for rendition in record.renditions:
        stem, _, suffix = _NAMES.get(rendition.kind, f"{rendition.kind.value.lower()}.bin").partition(".")
        name = f"{stem}-{rendition.position + 1}.{suffix}"
        bag.add(f"{folder}/{name}", services.blobs.read(rendition.blob))
        names.append(
            {
                "name": name,
                "kind": rendition.kind.value,
                "media_type": rendition.media_type,
                "sha256": rendition.sha256_hex,
            }
        )
    if record.code is not None:
        # Not yet under a checkpoint: the proof can be fetched later by the code.
        with contextlib.suppress(NotFound):
            bag.add(f"{folder}/paper.proof", proof_of_code(services, record.code))
    told = {name: value for name, value in _plain(record).items() if name not in {"renditions", "document_id"}}
    bag.add(f"{folder}/record.json", as_json(told | {"files": names} | _authority(services, record)))


def _authority(services: Services, record: Record) -> dict[str, Any]:
    """What another house needs to go on with a certified copy: by what authority, how many pages."""
    if record.code is None:
        return {"authority": None, "pages": None}
    with services.database.read() as tx:
        authority = get_authority_proof(tx, HolderOwner(record.holder_id), record.record_id)
        pages = status(tx, at=services.clock.now(), code=record.code).page_count
    return {"authority": _plain(authority), "pages": pages}


def _identity(identity: Identity) -> dict[str, Any]:
    return {"name": identity.name, "number": identity.number, "birth_date": identity.birth_date}


def _add_rows(bag: BagWriter, name: str, rows: list[dict[str, Any]]) -> None:
    bag.add(name, as_json(rows))


def _plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def as_json(value: Any) -> bytes:
    """Write values of the house as JSON that people can read."""
    return (json.dumps(value, ensure_ascii=False, indent=1, default=_as_text) + "\n").encode()


def _as_text(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "__slots__"):
        return _plain(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
