"""Pages that a scanner sends: printed once, then each stamped with another number, so that no two files are the same."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageDraw

from samples.reading_splits import DPI, make_page

_PRINTED: Final = 6
_SEED: Final = 20261129


class Papers:
    """A few printed A4 pages at 300 dpi in colour, from which any number of scans are made."""

    def __init__(self) -> None:
        printed = [make_page("clean", number=number, seed=_SEED) for number in range(_PRINTED)]
        self._pages = [Image.open(io.BytesIO(page.content)).convert("RGB") for page in printed]
        self._made = 0

    def scans(self, mark: str, *, pages: int) -> list[bytes]:
        """Give so many page files of an original with this mark on each."""
        return [self._scan(f"{mark}/{number}") for number in range(1, pages + 1)]

    def _scan(self, mark: str) -> bytes:
        page = self._pages[self._made % _PRINTED].copy()
        self._made += 1
        ImageDraw.Draw(page).text((page.width - 500, page.height - 160), mark, fill=(30, 30, 34), font_size=44)
        stored = io.BytesIO()
        page.save(stored, "JPEG", dpi=(DPI, DPI), quality=82)
        return stored.getvalue()
