"""Reads procedures that people wrote, as YAML, JSON or CSV, into values; what cannot be meant is named with its place."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from yaml import CSafeLoader

from dossiers.errors import CatalogueInvalid
from dossiers.procedures import (
    Catalogue,
    Condition,
    EvidenceOption,
    Procedure,
    Question,
    Requirement,
    SubjectRole,
    Text,
)

_FOLDER: Final = Path(__file__).parent / "catalogue"
_LANGUAGES: Final = ("vi", "en", "fr")
_LEVELS: Final = range(5)
_MOST_BYTES: Final = 4 * 1024 * 1024
_LIST_MARK: Final = ";"


def load_catalogue(folder: Path = _FOLDER) -> Catalogue:
    """Read every `*.yaml` of a folder and check that it can be meant.

    Raises:
        CatalogueInvalid: names the file and what is wrong.
    """
    procedures = tuple(procedure for path in sorted(folder.glob("*.yaml")) for procedure in _read_file(path))
    seen: set[tuple[str, int]] = set()
    for procedure in procedures:
        key = (procedure.procedure_id, procedure.version)
        if key in seen:
            raise CatalogueInvalid(f"procedure {procedure.procedure_id} version {procedure.version} stands twice")
        seen.add(key)
    return Catalogue(procedures)


def read_entries(content: bytes, *, is_csv: bool) -> list[tuple[str, Mapping[str, Any]]]:
    """Give the procedures of a file to import, unread, each with the place it stands at.

    Raises:
        CatalogueInvalid: the file is too large, or is no JSON or CSV at all.
    """
    if len(content) > _MOST_BYTES:
        raise CatalogueInvalid(f"the file is larger than {_MOST_BYTES // 1024 // 1024} MiB; send it in parts")
    try:
        text = content.decode("utf-8-sig")
        if is_csv:
            return _entries_of_rows(list(csv.DictReader(io.StringIO(text, newline=""), strict=True)))
        entries = json.loads(text)["procedures"]
        return [(f"procedures[{place}]", dict(entry)) for place, entry in enumerate(entries)]
    except (UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError, RecursionError) as exc:
        raise CatalogueInvalid(f"the file cannot be read: {type(exc).__name__}: {str(exc)[:120]}") from exc


def read_procedure(entry: Mapping[str, Any], texts: Mapping[str, Text] | None = None) -> Procedure:
    """Read one procedure.

    Raises:
        KeyError, TypeError, ValueError: a field is missing or cannot be meant.
    """
    known = texts or {}
    requirements = tuple(_requirement(item, known) for item in entry["requirements"])
    ids = [requirement.requirement_id for requirement in requirements]
    if not ids:
        raise ValueError(f"{entry['id']}: it asks for nothing")
    repeated = sorted({one for one in ids if ids.count(one) > 1})
    if repeated:
        raise ValueError(f"{entry['id']}: requirement {repeated[0]} stands twice")
    return Procedure(
        procedure_id=_id(entry["id"]),
        version=int(entry["version"]),
        valid_from=date.fromisoformat(str(entry["valid_from"])),
        title=_text(entry, "title", known),
        purpose=_text(entry, "purpose", known),
        recipient_agency=_id(entry["recipient_agency"]),
        term_days=_between(entry["term_days"], 1, 90, "term_days"),
        requirements=requirements,
        domain=_id(entry.get("domain", "OTHER")),
        questions=tuple(_question(one, known) for one in entry.get("questions", ())),
        results=tuple(_id(one) for one in entry.get("results", ())),
        linked=tuple(_id(one) for one in entry.get("linked", ())),
    )


def _read_file(path: Path) -> Iterator[Procedure]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=CSafeLoader)
        texts = document.get("texts", {})
        for entry in document["procedures"]:
            yield read_procedure(entry, texts)
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as exc:
        raise CatalogueInvalid(f"{path.name}: {exc}") from exc


def _requirement(item: Mapping[str, Any], texts: Mapping[str, Text]) -> Requirement:
    options = tuple(_option(option) for option in item["any_of"])
    if not options:
        raise ValueError(f"{item['id']}: no evidence would meet this requirement")
    when = item.get("when")
    return Requirement(
        _id(item["id"]),
        _text(item, "title", texts),
        bool(item.get("mandatory", True)),
        options,
        _text(item, "how_to_get", texts),
        SubjectRole(item.get("subject", SubjectRole.APPLICANT.value)),
        Condition(_id(when["question"]), _id(when["is"])) if when else None,
    )


def _question(item: Mapping[str, Any], texts: Mapping[str, Text]) -> Question:
    answers = {_id(code): _words(words, f"answer {code}", texts) for code, words in item["answers"].items()}
    if len(answers) < 2:
        raise ValueError(f"{item['id']}: a question has at least two answers")
    return Question(_id(item["id"]), _text(item, "title", texts), answers)


def _option(option: Mapping[str, Any]) -> EvidenceOption:
    level = int(option["min_assurance"])
    if level not in _LEVELS:
        raise ValueError(f"{option['type']}: assurance level {level} is not 0 to 4")
    days = option.get("max_age_days")
    return EvidenceOption(
        doc_type=_id(option["type"]),
        min_assurance=level,
        max_age_days=_between(days, 1, 36_500, "max_age_days") if days not in {None, ""} else None,
        must_be_valid=bool(option.get("must_be_valid", True)),
        issuer_scope=tuple(_id(one) for one in option.get("issuers", ())),
        valid_days_ahead=_between(option.get("valid_days_ahead", 0), 0, 3_650, "valid_days_ahead"),
        by_reference=bool(option.get("by_reference", True)),
    )


def _text(entry: Mapping[str, Any], field: str, texts: Mapping[str, Text]) -> Text:
    return _words(entry[field], f"{entry['id']}: {field}", texts)


def _words(words: object, where: str, texts: Mapping[str, Text]) -> Text:
    text = texts[words] if isinstance(words, str) else words
    if not isinstance(text, Mapping) or set(text) != set(_LANGUAGES):
        held = sorted(text) if isinstance(text, Mapping) else text
        raise ValueError(f"{where} has {held}, not vi, en, fr")
    if not all(isinstance(one, str) and one.strip() for one in text.values()):
        raise ValueError(f"{where} is empty in one of its languages")
    return dict(text)


def _id(value: object) -> str:
    text = str(value)
    if not 0 < len(text) <= 64 or not all(sign.isascii() and (sign.isalnum() or sign in "._-") for sign in text):
        raise ValueError(f"{text[:64]!r} is no id: letters, digits, dot, dash and underscore, at most 64")
    return text


def _between(value: object, least: int, most: int, name: str) -> int:
    number = int(str(value))
    if not least <= number <= most:
        raise ValueError(f"{name} {number} is not {least} to {most}")
    return number


def _entries_of_rows(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Join the lines of a table, one for each kind of evidence, to procedures in the order they first stand in."""
    found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for number, row in enumerate(rows, start=2):
        key = (row["procedure_id"], row["version"])
        _, entry = found.setdefault(key, (f"line {number}", _head(row)))
        items: list[dict[str, Any]] = entry["requirements"]
        same = [item for item in items if item["id"] == row["requirement_id"]]
        if not same:
            items.append(_item(row))
            same = items[-1:]
        same[0]["any_of"].append(_evidence(row))
    return list(found.values())


def _head(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row["procedure_id"],
        "version": row["version"],
        "valid_from": row["valid_from"],
        "domain": row.get("domain") or "OTHER",
        "recipient_agency": row["recipient_agency"],
        "term_days": row["term_days"],
        "title": _columns(row, "title"),
        "purpose": _columns(row, "purpose"),
        "results": _listed(row, "results"),
        "linked": _listed(row, "linked"),
        "requirements": [],
    }


def _item(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row["requirement_id"],
        "title": _columns(row, "requirement"),
        "how_to_get": _columns(row, "how_to_get"),
        "mandatory": _yes(row.get("mandatory"), default=True),
        "subject": row.get("subject") or SubjectRole.APPLICANT.value,
        "any_of": [],
    }


def _evidence(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": row["type"],
        "min_assurance": row["min_assurance"],
        "max_age_days": row.get("max_age_days") or None,
        "must_be_valid": _yes(row.get("must_be_valid"), default=True),
        "issuers": _listed(row, "issuers"),
        "by_reference": _yes(row.get("by_reference"), default=True),
    }


def _columns(row: Mapping[str, str], name: str) -> dict[str, str]:
    return {language: row[f"{name}_{language}"] for language in _LANGUAGES}


def _listed(row: Mapping[str, str], name: str) -> list[str]:
    return [one.strip() for one in (row.get(name) or "").split(_LIST_MARK) if one.strip()]


def _yes(word: str | None, *, default: bool) -> bool:
    if not word:
        return default
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if word.strip().lower() not in known:
        raise ValueError(f"{word[:20]!r} is neither yes nor no")
    return known[word.strip().lower()]
