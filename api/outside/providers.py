"""Providers that give papers by their address, as a file of the office describes them; each is asked over HTTP."""

from __future__ import annotations

import base64
import binascii
import itertools
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from api.errors import BadSetting, DoorFailed
from api.outside.wire import JsonService, open_json_service
from api.settings import DoorSettings, Settings
from vault import Identity

# A paper of some twenty megabytes, as JSON carries it.
_MOST_BYTES: Final = 28 << 20
_LANGUAGES: Final = ("vi", "en", "fr")
_KEYS: Final = frozenset({"id", "uri_prefix", "url", "token_file", "agency_code", "title", "doc_types", "signers"})


@dataclass(frozen=True, slots=True)
class PullQuestion:
    """Which paper is wanted, for whom."""

    request_id: str
    uri: str = field(repr=False)
    doc_type: str
    holder: Identity = field(repr=False)


@dataclass(frozen=True, slots=True)
class GivenPaper:
    """What a provider gives; `annulled_by` is a decision's number, and then there is no file."""

    content: bytes = field(repr=False)
    number: str | None = field(default=None, repr=False)
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    annulled_by: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: where it is, which addresses are its own, what it gives, and in whose name it signs."""

    provider_id: str
    uri_prefix: str
    agency_code: str
    title: dict[str, str]
    doc_types: frozenset[str]
    signers: tuple[str, ...]
    service: JsonService

    def pull(self, question: PullQuestion) -> GivenPaper | None:
        """Ask for a paper; None when the provider has none of this address for this person.

        Raises:
            DoorFailed: there was no usable answer.
        """
        holder = question.holder
        asked = {
            "request_id": question.request_id,
            "uri": question.uri,
            "doc_type": question.doc_type,
            "holder": {
                "number": holder.number,
                "name": holder.name,
                "birth_date": holder.birth_date.isoformat() if holder.birth_date else None,
            },
        }
        told = self.service.ask("/pull", asked, key=question.request_id, max_bytes=_MOST_BYTES)
        match told:
            case {"found": False}:
                return None
            case {"found": True, "status": "REVOKED", "decision_number": str(number)} if 0 < len(number) <= 128:
                return GivenPaper(b"", annulled_by=number)
            case {"found": True, "file": str(encoded), **more}:
                return _given(encoded, more)
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False)

    def check(self, request_id: str) -> None:
        """Ask whether the provider is there.

        Raises:
            DoorFailed: it is not.
        """
        self.service.ask("/health", {"request_id": request_id}, key=request_id)


def open_providers(settings: Settings) -> tuple[Provider, ...]:
    """Open the providers that the office's file describes; nothing is asked yet.

    Raises:
        BadSetting: the file cannot be read, or contradicts itself.
        KeyFileUnusable: the file of a token is open to others.
    """
    path = settings.providers_file
    if path is None:
        return ()
    try:
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise BadSetting(f"VIDIMUS_PROVIDERS names {path}, which cannot be read as YAML") from exc
    entries = whole.get("providers") if isinstance(whole, dict) else None
    if not isinstance(entries, list):
        raise BadSetting(f"{path} holds no list named `providers`")
    opened = tuple(_provider(entry, settings, folder=path.parent) for entry in entries)
    prefixes = sorted(one.uri_prefix for one in opened)
    if len({one.provider_id for one in opened}) < len(opened):
        raise BadSetting(f"{path} names a provider twice")
    if any(later.startswith(earlier) for earlier, later in itertools.pairwise(prefixes)):
        raise BadSetting(f"{path}: one uri_prefix begins with another; nobody could tell whose an address is")
    return opened


def _provider(entry: Any, settings: Settings, *, folder: Path) -> Provider:
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise BadSetting(f"a provider has exactly {', '.join(sorted(_KEYS))}")
    named = str(entry["id"])
    title, types, signers = entry["title"], entry["doc_types"], entry["signers"]
    texts = [entry[name] for name in ("uri_prefix", "url", "token_file", "agency_code")]
    if (
        not all(isinstance(one, str) and one for one in texts)
        or not (named.isascii() and named.replace("-", "").isalnum() and len(named) <= 64)
        or not (isinstance(title, dict) and all(isinstance(title.get(one), str) for one in _LANGUAGES))
        or not all(
            isinstance(one, list) and one and all(isinstance(each, str) for each in one) for one in (types, signers)
        )
    ):
        raise BadSetting(f"provider {named[:64]!r} is described wrongly; see docs/how-to/connect-other-systems.md")
    door = DoorSettings(f"provider {named}", entry["url"], folder / entry["token_file"])
    return Provider(
        named,
        entry["uri_prefix"],
        entry["agency_code"],
        {language: title[language] for language in _LANGUAGES},
        frozenset(types),
        tuple(signers),
        open_json_service(door, settings),
    )


def _given(encoded: str, more: dict[str, Any]) -> GivenPaper:
    try:
        content = base64.b64decode(encoded, validate=True)
        issued_on, valid_from, valid_until = (
            date.fromisoformat(more[name]) if more.get(name) else None
            for name in ("issued_on", "valid_from", "valid_until")
        )
    except (binascii.Error, ValueError, TypeError) as exc:
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False) from exc
    number = more.get("number")
    if not content or not (number is None or (isinstance(number, str) and len(number) <= 128)):
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False)
    return GivenPaper(content, number or None, issued_on, valid_from, valid_until)
