"""Saying in time that an address will go: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and what stands in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final, TypeVar

_MARK: Final = "vidimus_deprecation"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when an address should not be used any more, when it goes, and the address to use instead."""

    since: datetime
    sunset: datetime
    successor: str

    def headers(self) -> Mapping[str, str]:
        """What every answer of the address carries."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_datetime(self.sunset, usegmt=True),
            "Link": f'<{self.successor}>; rel="successor-version", </v1/openapi.json>; rel="service-desc"',
        }


def deprecated(deprecation: Deprecation) -> Callable[[_Endpoint], _Endpoint]:
    """Mark an endpoint; write `deprecated=True` on its route too, so that the description says it."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _MARK, deprecation)
        return endpoint

    return mark


def deprecation_of(endpoint: object) -> Deprecation | None:
    """The mark of an endpoint, when it has one."""
    found = getattr(endpoint, _MARK, None)
    return found if isinstance(found, Deprecation) else None
