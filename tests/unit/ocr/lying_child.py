"""A child that a file has taken over: it tells the parent of intake what it should never believe."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from guard.child import Task
from guard.errors import TaskRefused
from guard.wire import Json, Reply

_PAGE: dict[str, Json] = {
    "page_index": 0, "dpi": 300, "is_colour": True, "quarter_turns": 0, "is_phone_photo": False,
    "outline_rectified": False, "layer_text": None,
}  # fmt: skip
_IMAGE: dict[str, Json] = {
    "encoding": "JPEG", "width_px": 600, "height_px": 800, "bits_per_component": 8, "components": 3,
    "black_is_1": False,
}  # fmt: skip
_COUNTS: dict[str, Json] = {"no-count": None, "negative": -1, "huge-count": 10**9}
_PAGE_LIES: dict[str, dict[str, Json]] = {
    "wrong-index": {"page_index": 7},
    "turns": {"quarter_turns": 4},
    "dpi-text": {"dpi": "300"},
    "dpi-zero": {"dpi": 0},
    "dpi-huge": {"dpi": 1e9},
    "colour-number": {"is_colour": 1.5},
    "layer-number": {"layer_text": 7},
    "layer-endless": {"layer_text": "x" * 60_001},
}
_IMAGE_LIES: dict[str, dict[str, Json]] = {
    "encoding": {"encoding": "PICKLE"},
    "width": {"width_px": 10**6},
    "height": {"height_px": -5},
    "bits": {"bits_per_component": 3},
    "components": {"components": 4},
}


def intake_inspect(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Count pages as the lie in the upload says."""
    lie = payloads[0][3:].decode()
    match lie:
        case "unknown-code":
            raise TaskRefused("SURPRISE", "x")
        case "abort":
            os.abort()
        case "hoard":
            return Reply({"page_count": len([bytes(1 << 30)])})
    return Reply({"page_count": _COUNTS.get(lie, 1)})


def intake_pages(header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Describe one page as the lie in the upload says."""
    lie = payloads[0][3:].decode()
    if lie == "no-pages":
        return Reply({"pages": [], "warnings": []})
    if lie == "pages-no-list":
        return Reply({"pages": "x", "warnings": []})
    image = {**_IMAGE, **_IMAGE_LIES.get(lie, {})}
    page = {**_PAGE, "image": image, **_PAGE_LIES.get(lie, {})}
    return Reply({"pages": [page], "warnings": ["FINE", "<script>", 7]}, (b"x",))


TASKS: Mapping[str, Task] = {"intake_inspect": intake_inspect, "intake_pages": intake_pages}
