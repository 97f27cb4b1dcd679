"""The looks of visible signatures of a country, each with its days, read from its data file, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Final

import yaml
from yaml import CSafeLoader

from certify.dated import check_periods, holding
from certify.errors import LawDataInvalid
from signing import Align, Look, LookPage, MarkStyle, Zone, words_of
from signing.looks import PLACES_FOR_WORDS

_KEYS: Final = frozenset(
    {
        "name",
        "valid_from",
        "valid_to",
        "page",
        "zone",
        "size_pt",
        "framed",
        "align",
        "padding_pt",
        "max_width_pt",
        "allows_image",
        "heading",
        "lines",
    }
)
DIGITISATION: Final = "DIGITISATION"
TRUE_COPY: Final = "TRUE_COPY"
CERTIFICATION: Final = "CERTIFICATION"


@dataclass(frozen=True, slots=True)
class DatedLook:
    """A look as it holds between two days."""

    look: Look
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of a country, of all days; a mark takes the look of the day on which it is made."""

    rows: tuple[DatedLook, ...]

    def on(self, day: date) -> Mapping[str, Look]:
        """Give the looks that hold on a day, by their names."""
        return {one.look.name: one.look for one in holding(self.rows, on=day)}

    def look(self, name: str, *, on: date) -> Look:
        """Give the look of this name that holds on a day.

        Raises:
            LawDataInvalid: none does.
        """
        found = self.on(on).get(name)
        if found is None:
            raise LawDataInvalid(f"no look {name} holds on {on:%Y-%m-%d}; add it to looks.yaml")
        return found


def load_looks(country: str) -> Looks:
    """Load the looks of a country, for example "vn".

    Raises:
        LawDataInvalid: the file is missing, or says what no look can mean.
    """
    source = resources.files("certify").joinpath("law", country.lower(), "looks.yaml")
    try:
        written = yaml.load(source.read_text(encoding="utf-8"), Loader=CSafeLoader)
    except (OSError, yaml.YAMLError) as exc:
        raise LawDataInvalid(f"certify/law/{country}/looks.yaml cannot be read: {type(exc).__name__}") from exc
    return read_looks(written)


def read_looks(written: object) -> Looks:
    """Check what a file of looks says.

    Raises:
        LawDataInvalid: as `load_looks`.
    """
    if not isinstance(written, list):
        raise LawDataInvalid("looks.yaml must be a list of looks")
    rows = tuple(_dated(row) for row in written)
    for name in {one.look.name for one in rows}:
        of_name = [one for one in rows if one.look.name == name]
        check_periods(f"look {name} in looks.yaml", of_name, without_gap=True)
    return Looks(rows)


def _dated(row: object) -> DatedLook:
    look = _look(row)
    # `_look` has held the row against its keys.
    first, last = (row["valid_from"], row["valid_to"]) if isinstance(row, Mapping) else (None, None)
    if not isinstance(first, date) or not (last is None or isinstance(last, date)):
        raise LawDataInvalid(f"looks.yaml: the days of {look.name} are dates such as 2026-11-22")
    return DatedLook(look, first, last)


def _look(row: object) -> Look:
    if not isinstance(row, Mapping) or set(row) != _KEYS:
        raise LawDataInvalid(f"looks.yaml: a look has exactly the keys {', '.join(sorted(_KEYS))}")
    heading, lines = row["heading"], row["lines"]
    if not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
        raise LawDataInvalid(f"looks.yaml: the lines of {row['name']} must be texts")
    if not isinstance(row["framed"], bool) or not isinstance(row["allows_image"], bool):
        raise LawDataInvalid(f"looks.yaml: framed and allows_image of {row['name']} are yes or no")
    try:
        unknown = set().union(*(words_of(line) for line in lines)) - PLACES_FOR_WORDS
        look = Look(
            name=str(row["name"]),
            page=LookPage(row["page"]),
            zone=Zone(row["zone"]),
            style=MarkStyle(
                size_pt=float(row["size_pt"]),
                framed=row["framed"],
                align=Align(row["align"]),
                padding_pt=float(row["padding_pt"]),
            ),
            heading=None if heading is None else str(heading),
            lines=tuple(lines),
            max_width_pt=float(row["max_width_pt"]),
            allows_image=row["allows_image"],
        )
    except (ValueError, TypeError) as exc:
        raise LawDataInvalid(f"looks.yaml: the look {row['name']} cannot be meant ({exc})") from exc
    if unknown:
        raise LawDataInvalid(f"looks.yaml: {look.name} names unknown words: {', '.join(sorted(unknown))}")
    return look
