"""What was signed beside what is shown now, as a reader sees it: two pictures of a page, and boxes over both."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.comparison import words_for
from api.pages.views import Say
from signing.verify import PageDifference

_GRID: Final = 1000
# A form's field of a megabyte is refused by the framework; such a picture is shown, and the report does without it.
_MOST_LETTERS: Final = 900_000


@dataclass(frozen=True, slots=True)
class Box:
    """A box on a grid of a thousand by a thousand over the picture."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PageSide:
    """One of the two pictures; `letters` is the picture itself in base64."""

    caption: str
    alt: str
    letters: str

    @property
    def src(self) -> str:
        """The picture as an address that needs no request."""
        return f"data:image/jpeg;base64,{self.letters}"


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """A page that differs, with words for whoever sees no boxes."""

    title: str
    words: str
    sides: tuple[PageSide, PageSide]
    boxes: tuple[Box, ...]
    fits_form: bool


def compared_pages(differing: Sequence[PageDifference], say: Say) -> tuple[ComparedPage, ...]:
    """Lay the pages out."""
    return tuple(_compared(page, say) for page in differing)


def _compared(page: PageDifference, say: Say) -> ComparedPage:
    words = say.tidy(words_for(page, say.messages, say.language))
    signed, shown = (
        PageSide(say(key), f"{say(key)}. {words}", base64.b64encode(picture).decode("ascii"))
        for key, picture in (("report.signed", page.before_jpeg), ("report.shown", page.after_jpeg))
    )
    boxes = []
    for left, top, right, bottom in page.marked:
        x, y = round(left * _GRID), round(top * _GRID)
        boxes.append(Box(x, y, max(round(right * _GRID) - x, 1), max(round(bottom * _GRID) - y, 1)))
    return ComparedPage(
        title=say("report.differs", number=page.page_number),
        words=words,
        sides=(signed, shown),
        boxes=tuple(boxes),
        fits_form=all(len(side.letters) <= _MOST_LETTERS for side in (signed, shown)),
    )
