"""What an anchor may vouch for, and when: signatures of people, seals of offices, time-stamps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """What a certificate below an anchor is used for."""

    SIGNING = "SIGNING"
    SEAL = "SEAL"
    TIMESTAMP = "TIMESTAMP"


ALL_PURPOSES = frozenset(Purpose)


@dataclass(frozen=True, slots=True)
class AnchorScope:
    """One permission of one anchor; `since` is included, `until` is not, and None leaves a side open.

    An anchor with several scopes may do what any of them permits; one without a scope may do everything.
    """

    certificate_sha256_hex: str
    purposes: frozenset[Purpose]
    since: datetime | None = None
    until: datetime | None = None

    def permits(self, purposes: frozenset[Purpose], *, at: datetime) -> bool:
        """Whether one of these purposes was permitted at that time."""
        if not self.purposes & purposes:
            return False
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def to_dict(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {
            "certificate_sha256": self.certificate_sha256_hex,
            "purposes": sorted(purpose.value for purpose in self.purposes),
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> AnchorScope:
        """Read what `to_dict` wrote; raises KeyError, TypeError or ValueError on anything else."""
        return AnchorScope(
            certificate_sha256_hex=str(record["certificate_sha256"]),
            purposes=frozenset(Purpose(purpose) for purpose in record["purposes"]),
            since=_moment(record["since"]),
            until=_moment(record["until"]),
        )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time has no zone")
    return moment
