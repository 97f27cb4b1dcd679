"""The national portal's view of a dossier: ten codes and the portal's own field names, as data; and the door to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import yaml
from yaml import CSafeLoader

from dossiers.errors import CatalogueInvalid
from dossiers.submission import Answer
from dossiers.tracking import Step

_FOLDER: Final = Path(__file__).parent / "portals"
_CODES: Final = range(1, 11)
_LANGUAGES: Final = frozenset({"vi", "en", "fr"})
_FIELDS: Final = frozenset({"update_id", "submission_id", "agency_code", "status", "status_name", "at"})


@dataclass(frozen=True, slots=True)
class PortalUpdate:
    """A dossier reached a status of the portal; `update_id` stays the same when it is told again."""

    update_id: str
    submission_id: str
    agency_code: str
    status: int
    at: datetime


class Portal(Protocol):
    """Where a dossier's progress is told."""

    def push(self, update: PortalUpdate) -> None:
        """Tell one status; when this returns, the portal has it.

        Raises:
            An error of the one who implements it, which says whether another attempt is of use.
        """
        ...


@dataclass(frozen=True, slots=True)
class PortalForm:
    """The portal's words: which code a step is, what the codes mean, what the fields are called."""

    form: str
    statuses: Mapping[int, Mapping[str, str]]
    steps: Mapping[Step, int]
    rejected_item: int
    fields: Mapping[str, str]

    def status_of_step(self, step: Step) -> int:
        """The portal's code of a step."""
        return self.steps[step]

    def status_of_answer(self, answer: Answer) -> int | None:
        """The portal's code that an answer on an item brings, or None when it changes nothing there."""
        return self.rejected_item if answer is Answer.REJECTED else None

    def write(self, update: PortalUpdate) -> dict[str, str]:
        """Spell an update in the portal's fields."""
        values = {
            "update_id": update.update_id,
            "submission_id": update.submission_id,
            "agency_code": update.agency_code,
            "status": str(update.status),
            "status_name": self.statuses[update.status]["vi"],
            "at": update.at.isoformat(),
        }
        return {self.fields[name]: value for name, value in values.items()}


@cache
def load_portal_form(country: str) -> PortalForm:
    """Load the form of a country, for example "vn".

    Raises:
        CatalogueInvalid: a code, a step, a language or a field is missing, or stands twice.
    """
    path = _FOLDER / f"{country}.yaml"
    try:
        return read_portal_form(yaml.load(path.read_text(encoding="utf-8"), Loader=CSafeLoader))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as exc:
        raise CatalogueInvalid(f"{path.name}: {exc}") from exc


def read_portal_form(entry: Mapping[str, Any]) -> PortalForm:
    """Read a form that was loaded.

    Raises:
        KeyError, TypeError, ValueError: it has a gap.
    """
    statuses = {int(code): dict(names) for code, names in entry["statuses"].items()}
    if set(statuses) != set(_CODES) or any(set(names) != _LANGUAGES for names in statuses.values()):
        raise ValueError("a portal has the codes 1 to 10, each in vi, en and fr")
    steps = {Step(step): int(code) for step, code in entry["steps"].items()}
    if set(steps) != set(Step) or set(steps.values()) - set(_CODES):
        raise ValueError("each of the five steps has one of the codes")
    fields = {str(ours): str(theirs) for ours, theirs in entry["fields"].items()}
    if set(fields) != _FIELDS or len(set(fields.values())) != len(fields):
        raise ValueError(f"the fields {sorted(_FIELDS)} each have a name of their own")
    if int(entry["rejected_item"]) not in _CODES:
        raise ValueError("a rejected item is one of the codes")
    return PortalForm(
        form=str(entry["form"]),
        statuses=MappingProxyType(statuses),
        steps=MappingProxyType(steps),
        rejected_item=int(entry["rejected_item"]),
        fields=MappingProxyType(fields),
    )
