"""What the counter chooses from and what an officer looks at: a country's data, read once and strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml
from yaml import CSafeLoader

from certify.errors import GuardRefused, LawDataInvalid
from certify.rules import LANGUAGES

_MOST_LINES: Final = 5
FAMILIES: Final = frozenset(
    {"supplement", "deny_withdrawal", "route", "reuse_reason", "exemption", "waiver", "relation", "evidence"}
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a closed list, in three languages."""

    code: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SuggestionRule:
    """What the recogniser may point at: patterns of printed lines, and the refusal it could lead to."""

    code: str
    refusal_code: str
    patterns: tuple[re.Pattern[str], ...]
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeskRules:
    """The counter's data of one country."""

    supplement_days: int
    draft_days: int
    opens_at: time
    slot_minutes: int
    per_slot: int
    choices: Mapping[str, tuple[Choice, ...]]
    lines: Mapping[str, tuple[Choice, ...]]
    """By type of paper; the key "" holds for every other."""
    suggestions: tuple[SuggestionRule, ...]
    home_issuer: tuple[re.Pattern[str], ...]

    def choice(self, family: str, code: str) -> Choice:
        """Give the choice of this code.

        Raises:
            GuardRefused: `CHOICE_UNKNOWN`, the list has no such choice.
        """
        for one in self.choices[family]:
            if one.code == code:
                return one
        raise GuardRefused("CHOICE_UNKNOWN", f"{code!r} is not on the list {family}; choose one of it")


@cache
def load_desk(country: str) -> DeskRules:
    """Load the counter's data of a country, for example "vn".

    Raises:
        LawDataInvalid: it is missing, or a list is unknown, empty or too long.
    """
    desk, inspection = _read(country, "desk"), _read(country, "inspection")
    try:
        choices = {
            family: tuple(Choice(row["code"], _texts(row["text"])) for row in rows)
            for family, rows in desk["choices"].items()
        }
        lines = {code: Choice(code, _texts(text)) for code, text in inspection["lines"].items()}
        by_type = {"": inspection["default"], **inspection["types"]}
        rules = DeskRules(
            supplement_days=int(desk["supplement_days"]),
            draft_days=int(desk["draft_days"]),
            opens_at=time.fromisoformat(desk["appointments"]["opens_at"]),
            slot_minutes=int(desk["appointments"]["minutes"]),
            per_slot=int(desk["appointments"]["per_slot"]),
            choices=choices,
            lines={doc_type: tuple(lines[code] for code in codes) for doc_type, codes in by_type.items()},
            suggestions=tuple(
                SuggestionRule(row["code"], row["refusal"], _patterns(row["lines"]), _texts(row["text"]))
                for row in inspection["suggestions"]
            ),
            home_issuer=_patterns(inspection["home_issuer"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise LawDataInvalid(f"the counter's data of {country} is not in its form: {exc!r}") from exc
    if set(choices) != FAMILIES or not all(choices.values()):
        raise LawDataInvalid(f"the counter's data of {country} must have the lists {', '.join(sorted(FAMILIES))}")
    if any(not 1 <= len(codes) <= _MOST_LINES for codes in rules.lines.values()):
        raise LawDataInvalid(f"an inspection has from 1 to {_MOST_LINES} lines for each type of paper")
    return rules


def _texts(row: Mapping[str, Any]) -> Mapping[str, str]:
    return {language: str(row[language]) for language in LANGUAGES}


def _patterns(rows: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(row) for row in rows)


def _read(country: str, name: str) -> dict[str, Any]:
    try:
        file = resources.files("certify") / "law" / country.lower() / f"{name}.yaml"
        read = yaml.load(file.read_text(encoding="utf-8"), Loader=CSafeLoader)
    except (OSError, yaml.YAMLError) as exc:
        raise LawDataInvalid(f"the counter's data of {country} has no readable {name}.yaml") from exc
    if not isinstance(read, dict):
        raise LawDataInvalid(f"{name}.yaml of {country} is no mapping")
    return read
