"""The catalogue of procedures as data: what each asks for, and with which evidence each requirement is met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from yaml import CSafeLoader

from dossiers.errors import CatalogueInvalid, ProcedureNotFound

_FOLDER: Final = Path(__file__).parent / "catalogue"
_LANGUAGES: Final = frozenset({"vi", "en", "fr"})
_LEVELS: Final = range(5)

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EvidenceOption:
    """One kind of paper that meets a requirement.

    `min_assurance` is the level of DOMAIN §3 (0–4), `max_age_days` counts from the day the paper was issued or, when
    that is not known, certified; `issuer_scope` are agency codes (empty: any).
    """

    doc_type: str
    min_assurance: int
    max_age_days: int | None = None
    must_be_valid: bool = True
    issuer_scope: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something the procedure must know, the papers that show it, and how to get one."""

    requirement_id: str
    title: Text
    is_mandatory: bool
    options: tuple[EvidenceOption, ...]
    how_to_get: Text


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure in one version, with the agency that receives it and the purpose a consent names."""

    procedure_id: str
    version: int
    valid_from: date
    title: Text
    purpose: Text
    recipient_agency: str
    term_days: int
    requirements: tuple[Requirement, ...]

    def requirement(self, requirement_id: str) -> Requirement:
        """Give one requirement by its id.

        Raises:
            ProcedureNotFound: this procedure has no such requirement.
        """
        for requirement in self.requirements:
            if requirement.requirement_id == requirement_id:
                return requirement
        raise ProcedureNotFound(f"procedure {self.procedure_id} has no requirement {requirement_id}")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every procedure in every version."""

    procedures: tuple[Procedure, ...]

    def in_force(self, on: date) -> tuple[Procedure, ...]:
        """The newest version of each procedure that holds on a day."""
        newest: dict[str, Procedure] = {}
        for procedure in sorted(self.procedures, key=lambda p: (p.valid_from, p.version)):
            if procedure.valid_from <= on:
                newest[procedure.procedure_id] = procedure
        return tuple(sorted(newest.values(), key=lambda p: p.procedure_id))

    def find(self, procedure_id: str, *, on: date) -> Procedure:
        """Give the version in force on a day.

        Raises:
            ProcedureNotFound: there is none.
        """
        for procedure in self.in_force(on):
            if procedure.procedure_id == procedure_id:
                return procedure
        raise ProcedureNotFound(f"no procedure {procedure_id} is in force on {on.isoformat()}")


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


def _read_file(path: Path) -> Iterator[Procedure]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=CSafeLoader)
        for entry in document["procedures"]:
            yield _procedure(entry)
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as exc:
        raise CatalogueInvalid(f"{path.name}: {exc}") from exc


def _procedure(entry: Mapping[str, Any]) -> Procedure:
    requirements = tuple(_requirement(item) for item in entry["requirements"])
    ids = [requirement.requirement_id for requirement in requirements]
    if len(set(ids)) != len(ids) or not ids:
        raise ValueError(f"{entry['id']}: requirements are missing or stand twice")
    return Procedure(
        procedure_id=entry["id"],
        version=int(entry["version"]),
        valid_from=date.fromisoformat(str(entry["valid_from"])),
        title=_text(entry, "title"),
        purpose=_text(entry, "purpose"),
        recipient_agency=entry["recipient_agency"],
        term_days=int(entry["term_days"]),
        requirements=requirements,
    )


def _requirement(item: Mapping[str, Any]) -> Requirement:
    options = tuple(_option(option) for option in item["any_of"])
    if not options:
        raise ValueError(f"{item['id']}: no evidence would meet this requirement")
    return Requirement(
        item["id"], _text(item, "title"), bool(item.get("mandatory", True)), options, _text(item, "how_to_get")
    )


def _option(option: Mapping[str, Any]) -> EvidenceOption:
    level = int(option["min_assurance"])
    if level not in _LEVELS:
        raise ValueError(f"{option['type']}: assurance level {level} is not 0 to 4")
    return EvidenceOption(
        doc_type=option["type"],
        min_assurance=level,
        max_age_days=int(option["max_age_days"]) if "max_age_days" in option else None,
        must_be_valid=bool(option.get("must_be_valid", True)),
        issuer_scope=tuple(option.get("issuers", ())),
    )


def _text(entry: Mapping[str, Any], field: str) -> Text:
    text = entry[field]
    if set(text) != _LANGUAGES:
        raise ValueError(f"{entry['id']}: {field} has {sorted(text)}, not vi, en, fr")
    return dict(text)
