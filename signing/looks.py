"""The looks of a visible signature: where it stands, how it is set and what it says; the data comes from above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from string import Formatter

from signing.appearance import Mark, MarkStyle
from signing.errors import MarkUnusable
from signing.mark_picture import SealImage

PLACES_FOR_WORDS = frozenset({"name", "position", "agency", "time"})


# What the child that looks for room answers. It stands here, where the process that serves people can read it without
# loading what draws and searches pages.
NO_ROOM = "NO_ROOM"


class LookPage(StrEnum):
    """On which page a look stands."""

    FIRST = "FIRST"
    LAST = "LAST"


class Zone(StrEnum):
    """From which corner of the page a look looks for room."""

    TOP_LEFT = "TOP_LEFT"
    TOP_RIGHT = "TOP_RIGHT"
    BOTTOM_RIGHT = "BOTTOM_RIGHT"


@dataclass(frozen=True, slots=True)
class Look:
    """A look as a rule on form describes it; a line may hold `{name}`, `{position}`, `{agency}` and `{time}`."""

    name: str
    page: LookPage
    zone: Zone
    style: MarkStyle
    heading: str | None
    lines: tuple[str, ...]
    max_width_pt: float
    allows_image: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkWords:
    """What stands in a mark; `at` is in the zone of the office, and its offset is printed."""

    name: str = ""
    position: str = ""
    agency: str = ""
    at: datetime

    def in_line(self, line: str) -> str:
        """Put the words into a line."""
        time = self.at.isoformat(timespec="seconds")
        return line.format(name=self.name, position=self.position, agency=self.agency, time=time)


def compose_mark(look: Look, words: MarkWords, *, image: SealImage | None = None, qr_text: str | None = None) -> Mark:
    """Return what a look says with these words; a line of which nothing is left is dropped.

    Raises:
        MarkUnusable: the look allows no picture, or the time has no zone.
    """
    if image is not None and not look.allows_image:
        raise MarkUnusable(f"the look {look.name} shows no picture; leave the picture out or choose another look")
    if words.at.tzinfo is None:
        raise MarkUnusable("the time of a mark needs its zone; hand over a time with an offset")
    lines = (words.in_line(line).strip() for line in look.lines)
    return Mark(
        lines=tuple(line for line in lines if line),
        heading=look.heading,
        style=look.style,
        image=image,
        qr_text=qr_text,
    )


def words_of(line: str) -> frozenset[str]:
    """Return the names of the places in a line, so that data with an unknown one is refused at the start.

    Raises:
        ValueError: the line is no template.
    """
    return frozenset(name for _, name, _, _ in Formatter().parse(line) if name is not None)
