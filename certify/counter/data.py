"""What the counter chooses from and what an officer looks at: a country's dated data, read once and strictly.

Every row holds from a day to a day. A form offers what holds today, an act is held to it, and what was chosen earlier is
still shown by its words (`DeskRules.words`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml
from yaml import CSafeLoader

from certify.dated import Dated, check_periods, holding, only_one
from certify.errors import GuardRefused, LawDataInvalid
from certify.rules import LANGUAGES, LawPack

_MOST_LINES: Final = 5
FAMILIES: Final = frozenset(
    {"supplement", "deny_withdrawal", "route", "reuse_reason", "exemption", "waiver", "relation", "evidence", "audit"}
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a closed list, in three languages, between two days."""

    code: str
    text: Mapping[str, str]
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class SuggestionRule:
    """What the recogniser may point at between two days: patterns of printed lines, and the refusal it could lead to."""

    code: str
    refusal_code: str
    patterns: tuple[re.Pattern[str], ...]
    text: Mapping[str, str]
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class DeskTimes:
    """How long the counter waits for what is missing, and how its appointments are cut, between two days."""

    valid_from: date
    valid_to: date | None
    supplement_days: int
    draft_days: int
    slot_minutes: int
    per_slot: int


@dataclass(frozen=True, slots=True)
class LineList:
    """Which lines are looked at for a type of paper between two days; the type "" is every other."""

    doc_type: str
    valid_from: date
    valid_to: date | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HomeHeading:
    """By which headings a paper of this country is known between two days."""

    valid_from: date
    valid_to: date | None
    patterns: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class DeskRules:
    """The counter's data of one country as it holds on one day."""

    times: DeskTimes
    choices: Mapping[str, tuple[Choice, ...]]
    lines: Mapping[str, tuple[Choice, ...]]
    """By type of paper; the key "" holds for every other."""
    suggestions: tuple[SuggestionRule, ...]
    home_issuer: tuple[re.Pattern[str], ...]
    ever: Mapping[str, tuple[Choice, ...]]
    """The lists of all days: for the words of what was chosen before, never to choose from."""

    def choice(self, family: str, code: str) -> Choice:
        """Give the choice of this code.

        Raises:
            GuardRefused: `CHOICE_UNKNOWN`, the list of this day has no such choice.
        """
        for one in self.choices[family]:
            if one.code == code:
                return one
        raise GuardRefused("CHOICE_UNKNOWN", f"{code!r} is not on the list {family}; choose one of it")

    def words(self, code: str, *families: str) -> Mapping[str, str] | None:
        """Give the words of a code on one of these lists (on any, when none is named), as it last read; None is unknown."""
        for family in families or self.ever:
            for one in reversed(self.ever[family]):
                if one.code == code:
                    return one.text
        return None


@dataclass(frozen=True, slots=True)
class DeskBook:
    """The counter's data of one country, of all days."""

    times: tuple[DeskTimes, ...]
    choices: Mapping[str, tuple[Choice, ...]]
    lines: tuple[Choice, ...]
    lists: tuple[LineList, ...]
    suggestions: tuple[SuggestionRule, ...]
    home_issuer: tuple[HomeHeading, ...]

    def on(self, day: date) -> DeskRules:
        """Give what holds on a day.

        Raises:
            LawDataInvalid: a list is empty then, or one for a type of paper is too long or names a line that does not hold.
        """
        lines = {one.code: one for one in holding(self.lines, on=day)}
        lists = holding(self.lists, on=day)
        choices = {family: holding(rows, on=day) for family, rows in self.choices.items()}
        if not all(choices.values()) or "" not in {one.doc_type for one in lists}:
            raise LawDataInvalid(f"a list of the counter is empty on {day:%Y-%m-%d}")
        if any(not 1 <= len(one.codes) <= _MOST_LINES or not set(one.codes) <= set(lines) for one in lists):
            raise LawDataInvalid(f"an inspection has from 1 to {_MOST_LINES} lines that hold on {day:%Y-%m-%d}")
        return DeskRules(
            times=only_one(self.times, on=day, what="rows of the counter's times"),
            choices=choices,
            lines={one.doc_type: tuple(lines[code] for code in one.codes) for one in lists},
            suggestions=holding(self.suggestions, on=day),
            home_issuer=only_one(self.home_issuer, on=day, what="rows of the home heading").patterns,
            ever=self.choices,
        )


def desk_rules(law: LawPack, *, at: datetime) -> DeskRules:
    """Give the counter's data that holds on the office's day of this instant.

    Raises:
        LawDataInvalid: as `load_desk`.
    """
    return load_desk(law.country).on(law.local_date(at))


@cache
def load_desk(country: str) -> DeskBook:
    """Load the counter's data of a country, for example "vn".

    Raises:
        LawDataInvalid: it is missing, or a list is unknown, empty or too long on some day.
    """
    return read_desk(_read(country, "desk"), _read(country, "inspection"), country=country)


def read_desk(desk: Mapping[str, Any], inspection: Mapping[str, Any], *, country: str) -> DeskBook:
    """Check what the two files of the counter say.

    Raises:
        LawDataInvalid: as `load_desk`.
    """
    try:
        book = DeskBook(
            times=tuple(DeskTimes(**row) for row in desk["times"]),
            choices={family: _choices(rows) for family, rows in desk["choices"].items()},
            lines=_choices(inspection["lines"]),
            lists=tuple(
                LineList(row["doc_type"] or "", row["valid_from"], row["valid_to"], tuple(row["lines"]))
                for row in inspection["lists"]
            ),
            suggestions=tuple(
                SuggestionRule(
                    row["code"],
                    row["refusal"],
                    _patterns(row["lines"]),
                    _texts(row["text"]),
                    row["valid_from"],
                    row["valid_to"],
                )
                for row in inspection["suggestions"]
            ),
            home_issuer=tuple(
                HomeHeading(row["valid_from"], row["valid_to"], _patterns(row["lines"]))
                for row in inspection["home_issuer"]
            ),
        )
        if set(book.choices) != FAMILIES:
            raise LawDataInvalid(f"the counter's data of {country} must have the lists {', '.join(sorted(FAMILIES))}")
        _check(book)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise LawDataInvalid(f"the counter's data of {country} is not in its form: {exc!r}") from exc
    return book


def _check(book: DeskBook) -> None:
    check_periods("row of the counter's times", book.times, without_gap=True)
    check_periods("row of the home heading", book.home_issuer, without_gap=True)
    coded = {**book.choices, "inspection line": book.lines}
    for what, rows in coded.items():
        for code in {row.code for row in rows}:
            check_periods(f"{what} {code}", [row for row in rows if row.code == code], without_gap=False)
    for doc_type in {one.doc_type for one in book.lists}:
        of_type = [one for one in book.lists if one.doc_type == doc_type]
        check_periods(f"list for {doc_type or 'others'}", of_type, without_gap=not doc_type)
    for code in {one.code for one in book.suggestions}:
        of_code = [one for one in book.suggestions if one.code == code]
        check_periods(f"suggestion {code}", of_code, without_gap=False)
    start = min(one.valid_from for one in book.times)
    dated: list[Dated] = [*book.times, *book.lists, *book.home_issuer]
    dated += [row for rows in coded.values() for row in rows]
    for day in {one.valid_from for one in dated if one.valid_from >= start}:
        book.on(day)


def _choices(rows: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    found = (Choice(row["code"], _texts(row["text"]), row["valid_from"], row["valid_to"]) for row in rows)
    return tuple(sorted(found, key=lambda one: one.valid_from))


def _texts(row: Mapping[str, Any]) -> Mapping[str, str]:
    if set(row) != set(LANGUAGES):
        # A comma outside quotes ends a text in this form of YAML, and the rest of it becomes a key.
        raise LawDataInvalid(
            f"a text of the counter has exactly {', '.join(LANGUAGES)}; it has {sorted(map(str, row))}"
        )
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
