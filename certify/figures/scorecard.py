"""The national scorecard on digitisation, as dated data: points for each line, and from which share on they are full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from importlib import resources
from typing import Final

import yaml
from yaml import CSafeLoader

from certify.errors import LawDataInvalid

_KEYS: Final = frozenset({"code", "measure", "points", "full_at_percent", "title", "read"})


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line: its points are full from a share of `full_at_percent` on; `measure` names the share, if we have one."""

    code: str
    measure: str | None
    points: int
    full_at_percent: int
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The lines that hold between two days."""

    decision: str
    valid_from: date
    valid_to: date | None
    lines: tuple[ScoreLine, ...]


def points(line: ScoreLine, *, part: int | None, whole: int | None) -> Decimal | None:
    """Give the points of a line for `part` out of `whole`; None where it is not known, which is not the same as none."""
    if part is None or not whole:
        return None
    share = Decimal(100 * part) / (Decimal(whole) * line.full_at_percent)
    return (min(Decimal(1), share) * line.points).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def load_scorecard(country: str, *, on: date) -> Scorecard | None:
    """Load the scorecard that holds on a day; None where the country has none.

    Raises:
        LawDataInvalid: the file says what it cannot mean.
    """
    source = resources.files("certify").joinpath("law", country.lower(), "scorecard.yaml")
    if not source.is_file():
        return None
    try:
        written = yaml.load(source.read_text(encoding="utf-8"), Loader=CSafeLoader)
        cards = [
            Scorecard(one["decision"], one["valid_from"], one["valid_to"], tuple(_line(row) for row in one["lines"]))
            for one in written
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as exc:
        raise LawDataInvalid(f"certify/law/{country}/scorecard.yaml cannot be read: {type(exc).__name__}") from exc
    holding = [card for card in cards if card.valid_from <= on and (card.valid_to is None or on <= card.valid_to)]
    if len(holding) > 1:
        raise LawDataInvalid(f"{len(holding)} scorecards hold on {on}")
    return holding[0] if holding else None


def _line(row: object) -> ScoreLine:
    if not isinstance(row, Mapping) or set(row) != _KEYS:
        raise LawDataInvalid(f"scorecard.yaml: a line has exactly the keys {', '.join(sorted(_KEYS))}")
    return ScoreLine(row["code"], row["measure"], row["points"], row["full_at_percent"], dict(row["title"]))
