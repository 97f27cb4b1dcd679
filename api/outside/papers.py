"""Databases that hold papers, as a file of the office describes them: each is asked over HTTP, or is a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from api.errors import BadSetting, DoorFailed
from api.outside.wire import SANDBOX, JsonService, check_sandbox, open_json_service
from api.settings import DoorSettings, Settings
from certify import LawPack
from certify.errors import LawDataInvalid
from certify.outside.papers import PaperDatabase, PaperOutcome, PaperQuestion
from samples.cast import CAST

_KEYS: Final = frozenset({"id", "title", "legal_basis", "doc_types"})
_DOOR_KEYS: Final = frozenset({"url", "token_file"})
_LANGUAGES: Final = frozenset({"vi", "en", "fr"})
_SANDBOX_FILE: Final = Path(__file__).with_name("paper_sandbox.yaml")
_SANDBOX_KEYS: Final = frozenset({"papers"})
_MOST_ID: Final = 48
_STATES: Final = {
    "CURRENT": PaperOutcome.FOUND,
    "EXPIRED": PaperOutcome.NOT_CURRENT,
    "REVOKED": PaperOutcome.NOT_CURRENT,
}


@dataclass(frozen=True, slots=True)
class HttpPapers:
    """`PaperDatabase` over HTTP."""

    source: str
    title: Mapping[str, str]
    basis_id: str
    doc_types: frozenset[str]
    service: JsonService

    def look_for(self, question: PaperQuestion) -> PaperOutcome:
        """Ask for one type of paper of one person.

        Raises:
            DoorFailed: there was no usable answer.
        """
        asked = {
            "request_id": question.look_up_id,
            "number": question.number,
            "doc_type": question.doc_type,
            "legal_basis": question.basis_id,
        }
        match self.service.ask("/papers", asked, key=question.look_up_id):
            case {"found": False}:
                return PaperOutcome.NOT_FOUND
            case {"found": True, "status": str(status)} if status in _STATES:
                return _STATES[status]
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False)


@dataclass(frozen=True, slots=True)
class SandboxPapers:
    """`PaperDatabase` for trying out: it has what its file says of invented people, and nobody who exists."""

    source: str
    title: Mapping[str, str]
    basis_id: str
    doc_types: frozenset[str]
    papers: Mapping[tuple[str, str], PaperOutcome] = field(repr=False)

    def look_for(self, question: PaperQuestion) -> PaperOutcome:
        """Say what the file says."""
        return self.papers.get((question.number, question.doc_type), PaperOutcome.NOT_FOUND)


def open_paper_databases(
    settings: Settings, *, law: LawPack, is_specimen: bool, at: datetime
) -> tuple[PaperDatabase, ...]:
    """Open the databases that the office's file describes, or the sandbox's; nothing is asked yet.

    Raises:
        BadSetting: the file cannot be read, or says what cannot be meant.
        KeyFileUnusable: the file of a token is open to others.
    """
    door = settings.paper_databases
    if not door.place:
        return ()
    is_sandbox = check_sandbox(door, is_specimen=is_specimen)
    path = _SANDBOX_FILE if is_sandbox else Path(door.place)
    keys = _KEYS | (_SANDBOX_KEYS if is_sandbox else _DOOR_KEYS)
    opened: list[PaperDatabase] = []
    for row in _rows(path):
        if not isinstance(row, dict) or set(row) != keys:
            raise BadSetting(f"{path}: a database has exactly {', '.join(sorted(keys))}")
        # The sandbox is the same in every country, so it is asked by whatever text that country asks databases by.
        basis = law.databases_first(at) if is_sandbox else str(row["legal_basis"])
        _check(row, basis, law=law, path=path)
        named, title, types = str(row["id"]), dict(row["title"]), frozenset(row["doc_types"])
        if is_sandbox:
            marked = {language: f"{name} ({SANDBOX})" for language, name in title.items()}
            opened.append(SandboxPapers(f"{SANDBOX}:{named}", marked, basis, types, _invented(row["papers"])))
        else:
            door_at = DoorSettings(f"database {named}", str(row["url"]), path.parent / str(row["token_file"]))
            opened.append(HttpPapers(named, title, basis, types, open_json_service(door_at, settings)))
    if len({one.source for one in opened}) < len(opened):
        raise BadSetting(f"{path} names a database twice")
    return tuple(opened)


def _rows(path: Path) -> list[Any]:
    try:
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise BadSetting(f"VIDIMUS_PAPER_DATABASES names {path}, which cannot be read as YAML") from exc
    rows = whole.get("databases") if isinstance(whole, dict) else None
    if not isinstance(rows, list) or not rows:
        raise BadSetting(f"{path} holds no list named `databases`")
    return rows


def _check(row: dict[str, Any], basis: str, *, law: LawPack, path: Path) -> None:
    named, title, types = str(row["id"]), row["title"], row["doc_types"]
    try:
        law.legal_basis(basis)
    except LawDataInvalid as exc:
        raise BadSetting(
            f"{path}: {named[:_MOST_ID]!r} is asked by {basis!r}, which no text of the law pack is"
        ) from exc
    is_named = named.isascii() and named.replace("-", "").isalnum() and len(named) <= _MOST_ID
    is_titled = (
        isinstance(title, dict) and set(title) == _LANGUAGES and all(isinstance(one, str) for one in title.values())
    )
    has_types = isinstance(types, list) and bool(types) and all(isinstance(one, str) for one in types)
    if not (is_named and is_titled and has_types):
        raise BadSetting(
            f"{path}: database {named[:_MOST_ID]!r} is described wrongly; see docs/how-to/connect-other-systems.md"
        )


def _invented(rows: Any) -> Mapping[tuple[str, str], PaperOutcome]:
    return {(CAST[str(row["person"])].id_number, str(row["doc_type"])): PaperOutcome(row["outcome"]) for row in rows}
