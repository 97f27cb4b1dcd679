"""The expiry radar: which credentials end within 90, 30 or 7 days, told once per band and certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from certify.credentials import CredentialStatus, InventoryEntry, OwnerKind, list_entries
from vault.outbox import Message
from vault.outbox import put as put_message

TOPIC: Final = "credential.expiring"
# Narrowest first: an entry stands in the narrowest band that holds its end.
BANDS_DAYS: Final = (0, 7, 30, 90)
_WATCHED: Final = frozenset({CredentialStatus.ACTIVE, CredentialStatus.SUSPENDED})


@dataclass(frozen=True, slots=True)
class RadarLine:
    """A credential that ends soon; `band_days` 0 means that it has ended."""

    key_id: str
    kind: OwnerKind
    owner_id: str
    not_after: datetime
    days_left: int
    band_days: int


def radar(tx: Connection, *, at: datetime) -> tuple[RadarLine, ...]:
    """Give every credential in use that ends within ninety days, soonest first."""
    lines = (_line(entry, at=at) for entry in list_entries(tx) if entry.status in _WATCHED)
    return tuple(sorted((line for line in lines if line is not None), key=lambda line: (line.not_after, line.key_id)))


def tell_radar(tx: Connection, *, at: datetime) -> tuple[RadarLine, ...]:
    """Leave a message for each line; a band that was told already is not told again."""
    lines = radar(tx, at=at)
    for line in lines:
        key = f"{line.key_id}:{line.not_after:%Y%m%d}:{line.band_days}"
        payload = {"key": line.key_id, "owner": line.owner_id, "band_days": str(line.band_days)}
        put_message(tx, Message(TOPIC, key, payload), at=at)
    return lines


def _line(entry: InventoryEntry, *, at: datetime) -> RadarLine | None:
    if entry.not_after is None:
        return None
    left = entry.not_after - at
    band = next((days for days in BANDS_DAYS if left <= timedelta(days=days)), None)
    if band is None:
        return None
    return RadarLine(entry.key_id, entry.kind, entry.owner_id, entry.not_after, left.days, band)
