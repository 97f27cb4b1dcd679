"""The door to the population database: over HTTP, or a sandbox that knows the invented people of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from api.errors import DoorFailed
from api.outside.wire import SANDBOX, JsonService, check_sandbox, open_json_service
from api.settings import Settings
from certify.outside import PersonFound, PersonQuestion, PopulationRegister
from samples.cast import CAST

_SOURCE: Final = "population"


@dataclass(frozen=True, slots=True)
class HttpPopulation:
    """`PopulationRegister` over HTTP."""

    service: JsonService

    @property
    def source(self) -> str:
        """The database itself."""
        return _SOURCE

    def look_up(self, question: PersonQuestion) -> PersonFound | None:
        """Ask for one person.

        Raises:
            DoorFailed: there was no usable answer.
        """
        asked = {"request_id": question.look_up_id, "number": question.number, "legal_basis": question.basis_id}
        answer = self.service.ask("/look-up", asked, key=question.look_up_id)
        match answer:
            case {"found": False}:
                return None
            case {"found": True, "name": str(name), "birth_date": str(born)} if name.strip():
                return PersonFound(name.strip(), _date(born))
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False)


@dataclass(frozen=True, slots=True)
class SandboxPopulation:
    """`PopulationRegister` for trying out: it knows nobody who exists."""

    @property
    def source(self) -> str:
        """A sandbox, and no database."""
        return SANDBOX

    def look_up(self, question: PersonQuestion) -> PersonFound | None:
        """Give one of the invented people."""
        for citizen in CAST.values():
            if citizen.id_number == question.number:
                return PersonFound(citizen.name, citizen.born_on)
        return None


def open_population(settings: Settings, *, is_specimen: bool) -> PopulationRegister | None:
    """Open the door that the settings name, or none.

    Raises:
        BadSetting: it cannot be opened so.
    """
    door = settings.population
    if not door.place:
        return None
    if check_sandbox(door, is_specimen=is_specimen):
        return SandboxPopulation()
    return HttpPopulation(open_json_service(door, settings))


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise DoorFailed("ANSWER_UNREADABLE", is_final=False) from exc
