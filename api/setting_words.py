"""How the words of the environment are read: a path, a list, an address, a whole number within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from api.errors import BadSetting
from certify import Role


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, what it decides, and what holds when it is absent."""

    name: str
    meaning: str
    default: str


def path_of(env: Mapping[str, str], name: str) -> Path | None:
    """Give a path, absolute; None when the variable is empty."""
    # A link stays a link: a driver loaded under two names would be initialised twice.
    return Path(env[name]).expanduser().absolute() if env.get(name) else None


def words(text: str) -> tuple[str, ...]:
    """Split at commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def origin(env: Mapping[str, str], name: str) -> str:
    """Give an http(s) address without a way into it, or nothing when the variable is empty.

    Raises:
        BadSetting: it is none, or holds a name and password.
    """
    url = (env.get(name) or "").rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query):
        raise BadSetting(
            f"{name} is not an address; use http(s)://HOST[:PORT][/PATH] without name, password or question"
        )
    return url


def roles(env: Mapping[str, str], name: str) -> frozenset[str] | None:
    """Give roles of staff, none of them for the word `none`; None when the variable is empty.

    Raises:
        BadSetting: a word is no role of staff.
    """
    if not env.get(name):
        return None
    wanted = frozenset(words(env[name])) - {"none"}
    unknown = wanted - {role.value for role in Role}
    if unknown:
        raise BadSetting(f"{name} names {', '.join(sorted(unknown))}; name roles of staff, or none")
    return wanted


def whole_number(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """Give a whole number, or the default when the variable is empty.

    Raises:
        BadSetting: it is none, or out of bounds.
    """
    text = env.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise BadSetting(f"{name} is {text!r}; use a whole number from {low} to {high}")
    return int(text)
