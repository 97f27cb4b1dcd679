"""What identifies the paper original and other offices' files about it: encrypted like the paper, never a column.

A certificate's number leads to a person in other registers, so a thief of the database must not read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from sqlalchemy.engine import Connection

from vault.blobs import BlobVault
from vault.canonical import canonical_json
from vault.errors import NotFound
from vault.owners import Owner
from vault.papers import NewRendition
from vault.records import get_for_owner
from vault.shapes import RenditionKind

BLOB_NAME: Final = "details.json"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class PaperDetails:
    """The original's own number and serial, and the codes under which other systems know the paper."""

    original_number: str | None = field(default=None, repr=False)
    original_serial: str | None = field(default=None, repr=False)
    external_codes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


def put_details(vault: BlobVault, document_id: str, details: PaperDetails) -> NewRendition:
    """Store the details under the paper's keyset; give them to the deposit as one of its renditions."""
    whole = {
        "v": _VERSION,
        "original_number": details.original_number,
        "original_serial": details.original_serial,
        "external_codes": dict(details.external_codes),
    }
    blob = vault.put(document_id, BLOB_NAME, canonical_json(whole))
    return NewRendition(blob, RenditionKind.DETAILS_JSON, media_type="application/json")


def read_details(tx: Connection, owner: Owner, record_id: str, *, vault: BlobVault) -> PaperDetails:
    """Read the details of a paper this owner may see; empty when none were stored.

    Raises:
        NotFound: no such record for this owner.
    """
    record = get_for_owner(tx, owner, record_id)
    try:
        rendition = record.newest(RenditionKind.DETAILS_JSON)
    except NotFound:
        return PaperDetails()
    whole = json.loads(vault.read(rendition.blob))
    return PaperDetails(
        whole["original_number"], whole["original_serial"], MappingProxyType(dict(whole["external_codes"]))
    )
