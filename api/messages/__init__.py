"""Every sentence Vidimus says, in Vietnamese, English and French side by side, and the way to say it."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import yaml
from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision
from yaml import CSafeLoader

LANGUAGES: Final = ("vi", "en", "fr")
_FOLDER: Final = Path(__file__).parent
_FRENCH_MARK: Final = re.compile(r" (?=[:;?!»])")
_FORMATTER: Final = string.Formatter()

Sentence = Mapping[str, str]


def keep_marks(text: str, language: str) -> str:
    """Bind French marks to their words: no line begins with a colon, none ends with an opening quote."""
    if language != "fr":
        return text
    return _FRENCH_MARK.sub("\u00a0", text).replace("« ", "«\u00a0")


class MessageMissing(KeyError):
    """A sentence was asked for that no file of messages holds."""


@dataclass(frozen=True, slots=True)
class Messages:
    """All sentences by key; each has its three languages, or loading fails."""

    sentences: Mapping[str, Sentence]
    zone: ZoneInfo

    def text(self, key: str, language: str, **values: object) -> str:
        """Say the sentence in a language, with its blanks filled.

        Raises:
            MessageMissing: no such key, no such language, or a blank without a value.
        """
        try:
            return self.sentences[key][language].format_map(values)
        except (KeyError, IndexError) as exc:
            raise MessageMissing(f"message {key!r} in {language!r} (values: {sorted(values)})") from exc

    def in_all(self, key: str, **values: object) -> dict[str, str]:
        """Say the sentence in all three languages."""
        return {language: self.text(key, language, **values) for language in LANGUAGES}

    def has(self, key: str) -> bool:
        """Whether the key is known."""
        return key in self.sentences

    def date(self, instant: datetime, language: str) -> str:
        """The day of an instant in the office's zone, as people of this language write it."""
        return format_date(instant.astimezone(self.zone).date(), format="long", locale=language)

    def day(self, instant: datetime, language: str) -> str:
        """The same day in as few words as the language allows: `22/11/2026` in Vietnamese."""
        pattern = "dd/MM/yyyy" if language == "vi" else "d MMMM yyyy"
        return format_date(instant.astimezone(self.zone).date(), format=pattern, locale=language)

    def short(self, instant: datetime) -> str:
        """Day and minute of an instant in the office's zone, as a person reads it: `22/11/2026 14:03`."""
        return f"{instant.astimezone(self.zone):%d/%m/%Y %H:%M}"

    def money(self, amount: int, currency: str, language: str) -> str:
        """So many of the smallest unit of a currency, as people of this language write it: `2.000 ₫`."""
        whole = Decimal(amount).scaleb(-get_currency_precision(currency))
        # Typewriters' blanks: a face need not have the narrow ones.
        return " ".join(str(format_currency(whole, currency, locale=language)).split())

    def moment(self, instant: datetime) -> str:
        """Day, time and offset of an instant in the office's zone: `2026-11-22 14:03:11 +07:00`."""
        return instant.astimezone(self.zone).isoformat(sep=" ", timespec="seconds").replace("+07:00", " +07:00")


def placeholders(text: str) -> frozenset[str]:
    """The names of the blanks in a sentence."""
    return frozenset(name for _, name, _, _ in _FORMATTER.parse(text) if name)


def load_messages(zone: ZoneInfo) -> Messages:
    """Give every sentence of the `*.yaml` files beside this one, with times told in `zone`.

    Raises:
        ValueError: a key stands twice, a language is missing, or the blanks of the languages differ.
    """
    return Messages(sentences=_read_sentences(), zone=zone)


@cache
def _read_sentences() -> Mapping[str, Sentence]:
    sentences: dict[str, Sentence] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        # The loader in C: two thousand sentences are read at the start of every command.
        for key, sentence in yaml.load(path.read_text(encoding="utf-8"), Loader=CSafeLoader).items():
            if key in sentences:
                raise ValueError(f"message {key} stands twice (second: {path.name})")
            if set(sentence) != set(LANGUAGES):
                raise ValueError(f"message {key} in {path.name} has {sorted(sentence)}, not vi, en, fr")
            if len({placeholders(text) for text in sentence.values()}) != 1:
                raise ValueError(f"message {key} in {path.name}: the blanks of the languages differ")
            sentences[key] = sentence
    return MappingProxyType(sentences)


def choose_language(wanted: Sequence[str], *, default: str) -> str:
    """The first language wanted that we speak, else the default; `fr-CA` counts as `fr`."""
    for tag in wanted:
        language = tag.split("-")[0].strip().lower()
        if language in LANGUAGES:
            return language
    return default


__all__ = ["LANGUAGES", "MessageMissing", "Messages", "choose_language", "load_messages", "placeholders"]
