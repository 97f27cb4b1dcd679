"""How commands speak: results on stdout, messages on stderr, in the language asked, with colour where it is wanted."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console as RichConsole

from api.messages import Messages, load_messages
from api.settings import Settings, read_settings

_OFFICE_ZONE = "Asia/Ho_Chi_Minh"


class Format(StrEnum):
    """The form of results on stdout."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


class Language(StrEnum):
    """The language of messages."""

    VI = "vi"
    EN = "en"
    FR = "fr"


# Two options of nearly every command.
Form = Annotated[Format, typer.Option("--format", help="Form of the result.")]
Lang = Annotated[Language | None, typer.Option(help="Language of messages.")]


@dataclass(frozen=True, slots=True)
class Console:
    """One command's voice."""

    settings: Settings
    messages: Messages
    language: str
    err: RichConsole

    def tell(self, key: str, **values: object) -> None:
        """Say a message on stderr."""
        self.err.print(self.messages.text(key, self.language, **values), highlight=False, markup=False)

    def say(self, text: str) -> None:
        """Say ready text on stderr."""
        self.err.print(text, highlight=False, markup=False)

    def reason(self, code: str) -> str:
        """Say a code of refusal as a sentence, or the bare code when no sentence is known."""
        key = f"reason.{code}"
        return self.messages.text(key, self.language) if self.messages.has(key) else code

    def result(self, text: str) -> None:
        """Write a line of the result on stdout."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def result_json(self, value: Mapping[str, Any] | list[Any]) -> None:
        """Write the result on stdout as one JSON value."""
        self.result(json.dumps(value, ensure_ascii=False))


def open_console(language: Language | None = None) -> Console:
    """Read the settings and make the voice of a command.

    Raises:
        BadSetting: a setting cannot be meant.
    """
    settings = read_settings()
    err = RichConsole(stderr=True, no_color=settings.no_colour, soft_wrap=True)
    chosen = language.value if language else settings.language
    return Console(settings, load_messages(ZoneInfo(_OFFICE_ZONE)), chosen, err)
