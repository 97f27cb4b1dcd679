"""How much one upload may ask for; the defaults are those of staff intake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from guard.wire import Json

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Limits of one upload.

    `max_page_mm` is the long side of A2 with a little room for careless scanners; `min_side_px` refuses what cannot be
    a page. `max_stream_bytes` bounds what one PDF stream that is no picture may inflate to.
    """

    max_bytes: int = 256 * MIB
    max_pages: int = 500
    max_pixels: int = 80_000_000
    max_page_mm: float = 610.0
    min_side_px: int = 200
    cpu_seconds_per_page: float = 20.0
    max_stream_bytes: int = 64 * MIB
    max_objects: int = 200_000
    pages_per_call: int = 4
    render_dpi: int = 300


def limits_to_header(limits: IntakeLimits) -> dict[str, Json]:
    """Give the limits as they travel to the child."""
    return asdict(limits)


def limits_from_header(header: Mapping[str, Any]) -> IntakeLimits:
    """Read the limits as they travelled to the child."""
    return IntakeLimits(**header)
