"""The looks of visible signatures of a country, read from its data file, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final

import yaml
from yaml import CSafeLoader

from certify.errors import LawDataInvalid
from signing import Align, Look, LookPage, MarkStyle, Zone, words_of
from signing.looks import PLACES_FOR_WORDS

_KEYS: Final = frozenset(
    {
        "name",
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


def load_looks(country: str) -> Mapping[str, Look]:
    """Load the looks of a country, for example "vn", by their names.

    Raises:
        LawDataInvalid: the file is missing, or says what no look can mean.
    """
    source = resources.files("certify").joinpath("law", country.lower(), "looks.yaml")
    try:
        written = yaml.load(source.read_text(encoding="utf-8"), Loader=CSafeLoader)
    except (OSError, yaml.YAMLError) as exc:
        raise LawDataInvalid(f"certify/law/{country}/looks.yaml cannot be read: {type(exc).__name__}") from exc
    return read_looks(written)


def read_looks(written: object) -> Mapping[str, Look]:
    """Check what a file of looks says.

    Raises:
        LawDataInvalid: as `load_looks`.
    """
    if not isinstance(written, list):
        raise LawDataInvalid("looks.yaml must be a list of looks")
    looks = [_look(row) for row in written]
    by_name = {look.name: look for look in looks}
    if len(by_name) != len(looks):
        raise LawDataInvalid("looks.yaml: a name stands twice")
    return MappingProxyType(by_name)


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
