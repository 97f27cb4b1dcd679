"""Who does something to a case or an item: every act has an actor, and the tables of transitions say which kinds may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from certify.errors import GuardRefused


class ActorKind(StrEnum):
    """Who did something: a person of the office, a citizen, or the pipeline on its own."""

    STAFF = "STAFF"
    CITIZEN = "CITIZEN"
    WORKER = "WORKER"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by id."""

    kind: ActorKind
    actor_id: str


BY_STAFF: Final = frozenset({ActorKind.STAFF})
BY_WORKER: Final = frozenset({ActorKind.WORKER})
BY_OFFICE: Final = BY_STAFF | BY_WORKER
BY_PEOPLE: Final = frozenset({ActorKind.STAFF, ActorKind.CITIZEN})
BY_ANYONE: Final = frozenset(ActorKind)


def check_actor(actor: Actor, allowed: Collection[ActorKind], *, event: str) -> None:
    """Refuse an act by somebody of the wrong kind.

    Raises:
        GuardRefused: `ACTOR_NOT_ALLOWED`.
    """
    if actor.kind not in allowed:
        wanted = ", ".join(sorted(allowed))
        raise GuardRefused("ACTOR_NOT_ALLOWED", f"{event} is an act of {wanted}, not of {actor.kind.value}")
