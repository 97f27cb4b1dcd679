"""What a look at a page told beside its words: figures of what may hide or cut text, and which words a pen wrote."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

Box = tuple[float, float, float, float]
MOST_UNREAD_BOXES = 50


@dataclass(frozen=True, slots=True)
class PageLook:
    """Figures of one page; shares are of its area, 0 to 1.

    `cut_letters` run out of the picture at its worst side. `pen_words` are places in the page's words: written in
    blue ink, so probably by hand, where the reading is sure of itself and often wrong. `unread_boxes` hold print that
    no word covers, in pixels of the upright page.
    """

    cut_letters: int = 0
    shadow_share: float = 0.0
    glare_share: float = 0.0
    finger_share: float = 0.0
    pen_words: tuple[int, ...] = ()
    unread_boxes: tuple[Box, ...] = ()


UNSEEN = PageLook()
_SHARES = ("shadow_share", "glare_share", "finger_share")


def look_to_json(look: PageLook) -> dict[str, object]:
    """Return a look as plain JSON values."""
    shares = {name: getattr(look, name) for name in _SHARES}
    unread = [list(box) for box in look.unread_boxes]
    return {"cut_letters": look.cut_letters, **shares, "pen_words": list(look.pen_words), "unread_boxes": unread}


def look_from_json(row: Mapping[str, object], *, word_count: int) -> PageLook:
    """Return the look that `look_to_json` wrote or a child told; what is not said was not seen.

    Raises:
        TypeError, ValueError: a figure is none or lies outside its bounds.
    """
    pen_words, unread = row.get("pen_words", []), row.get("unread_boxes", [])
    if not isinstance(pen_words, list) or not isinstance(unread, list) or len(unread) > MOST_UNREAD_BOXES:
        raise TypeError("pen words are a list of places, unread boxes a list of boxes")
    places = tuple(sorted({_whole(place, below=word_count) for place in pen_words}))
    shadow, glare, finger = (_share(row.get(name, 0.0)) for name in _SHARES)
    boxes = tuple(_box(box) for box in unread)
    return PageLook(_whole(row.get("cut_letters", 0), below=10**6), shadow, glare, finger, places, boxes)


def _share(value: object) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not math.isfinite(value)
        or not 0 <= value <= 1
    ):
        raise ValueError("a share lies between 0 and 1")
    return float(value)


def _whole(value: object, *, below: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < below:
        raise ValueError("a count or place lies outside its bounds")
    return value


def _box(value: object) -> Box:
    if not isinstance(value, list) or len(value) != 4:
        raise ValueError("a box has four sides")
    left, top, right, bottom = (float(str(side)) for side in value)
    if not (0 <= left <= right < math.inf and 0 <= top <= bottom < math.inf):
        raise ValueError("a box lies on the page, its sides in order")
    return left, top, right, bottom
