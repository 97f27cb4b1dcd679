"""The classes of things that are kept for a time, and what a country's data says of each.

Where no law says how long, `days` is null: the office decides, by a decision with a number. `proposed_days` is what demo
and training homes go by until then, and what an office may adopt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib import resources
from itertools import pairwise
from typing import Final

import yaml
from yaml import CSafeLoader

from certify.errors import LawDataInvalid

_KEYS: Final = frozenset({"class", "legal_basis", "valid_from", "valid_to", "days", "proposed_days"})
FOREVER: Final = "FOREVER"


class RetentionClass(StrEnum):
    """What is kept for a time of its own; the time begins with the event named here."""

    RAW_SCAN = "RAW_SCAN"
    """The untouched upload of a certified item: from its closing."""
    SUPERSEDED_SCAN = "SUPERSEDED_SCAN"
    """A scan in whose place a better one came: from the closing of its item."""
    DRAFT = "DRAFT"
    """Searchable scan, ready copy and half-signed copy of a certified item: from its closing."""
    OCR_TEXT = "OCR_TEXT"
    """The pages as they were read, with every word: from the closing of the item."""
    REFUSED_ITEM = "REFUSED_ITEM"
    """Everything of an item that was refused, withdrawn or voided: from then on."""
    CONSENT = "CONSENT"
    """A consent with its receipt: from its end or withdrawal."""
    ACCESS_LOG = "ACCESS_LOG"
    """A line of the access history: from the access."""
    SESSION = "SESSION"
    """A session of an account: from its end."""
    BACKUP = "BACKUP"
    """A backup and its keysets: from its making. `VIDIMUS_BACKUP_KEEP_DAYS` may not be longer."""
    REGISTER = "REGISTER"
    """Lines of register books."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """What a country's data says of a class between two days; `days` is None where the office decides."""

    kind: RetentionClass
    basis_id: str
    valid_from: date
    valid_to: date | None
    days: int | None
    is_forever: bool
    proposed_days: int | None


def load_retention(country: str) -> tuple[RetentionRule, ...]:
    """Load the rules of a country, for example "vn".

    Raises:
        LawDataInvalid: the file is missing, a class has no rule, or a row says what it cannot mean.
    """
    source = resources.files("certify").joinpath("law", country.lower(), "retention.yaml")
    try:
        written = yaml.load(source.read_text(encoding="utf-8"), Loader=CSafeLoader)
    except (OSError, yaml.YAMLError) as exc:
        raise LawDataInvalid(f"certify/law/{country}/retention.yaml cannot be read: {type(exc).__name__}") from exc
    return read_retention(written)


def read_retention(written: object) -> tuple[RetentionRule, ...]:
    """Check what a file of retention rules says.

    Raises:
        LawDataInvalid: as `load_retention`.
    """
    if not isinstance(written, list):
        raise LawDataInvalid("retention.yaml must be a list")
    rules = tuple(_rule(row) for row in written)
    for kind in RetentionClass:
        rows = sorted((rule for rule in rules if rule.kind is kind), key=lambda rule: rule.valid_from)
        if not rows:
            raise LawDataInvalid(f"retention.yaml says nothing of {kind.value}")
        for earlier, later in pairwise(rows):
            if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
                raise LawDataInvalid(f"retention.yaml: two rows of {kind.value} hold on {later.valid_from}")
    return rules


def _rule(row: object) -> RetentionRule:
    if not isinstance(row, Mapping) or set(row) != _KEYS:
        raise LawDataInvalid(f"retention.yaml: a row has exactly the keys {', '.join(sorted(_KEYS))}")
    first, last = row["valid_from"], row["valid_to"]
    if not isinstance(first, date) or not (last is None or isinstance(last, date)):
        raise LawDataInvalid("retention.yaml: valid_from and valid_to are days")
    days, proposed = row["days"], row["proposed_days"]
    if row["class"] not in {kind.value for kind in RetentionClass}:
        raise LawDataInvalid(f"retention.yaml: {row['class']!r} is no class")
    if not (days == FOREVER or _is_number_or_null(days)) or not _is_number_or_null(proposed):
        raise LawDataInvalid(f"retention.yaml: days of {row['class']} are a whole number, null or {FOREVER}")
    if days is None and proposed is None:
        raise LawDataInvalid(f"retention.yaml: {row['class']} needs days, or days to propose")
    return RetentionRule(
        kind=RetentionClass(row["class"]),
        basis_id=str(row["legal_basis"]),
        valid_from=first,
        valid_to=last,
        days=days if isinstance(days, int) else None,
        is_forever=days == FOREVER,
        proposed_days=proposed,
    )


def _is_number_or_null(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
