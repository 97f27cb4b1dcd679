"""Workflows as lists of named steps, from which the crash points are derived.

A step takes a job of ids, does one effect that may be repeated without harm, and answers with an outcome value:
go on, or stop here and why. Failures that an office must expect are outcomes, not exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

Job: TypeAlias = Mapping[str, str]


class OutcomeKind(StrEnum):
    """How a step, and with its last step a workflow, ends."""

    NEXT = "NEXT"
    DONE = "DONE"
    SCAN_REFUSED = "SCAN_REFUSED"
    AWAITING_ACTIVATION = "AWAITING_ACTIVATION"
    AWAITING_SIGNATURE = "AWAITING_SIGNATURE"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    VOIDED = "VOIDED"
    NOT_ALLOWED = "NOT_ALLOWED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of a step: its kind, a stable code that says why, and an id or digest it produced."""

    kind: OutcomeKind
    code: str = ""
    reference: str = ""

    def to_json(self) -> dict[str, str]:
        """Give the form that stands in a workflow row."""
        return {"kind": self.kind.value, "code": self.code, "reference": self.reference}

    @staticmethod
    def from_json(fields: Mapping[str, str]) -> Outcome:
        """Read the form that stands in a workflow row."""
        return Outcome(OutcomeKind(fields["kind"]), fields["code"], fields["reference"])


NEXT = Outcome(OutcomeKind.NEXT)


@dataclass(frozen=True, slots=True)
class Step:
    """A named effect of a workflow."""

    name: str
    run: Callable[[Job], Outcome]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A named list of steps, run in order until one of them does not answer NEXT."""

    name: str
    steps: tuple[Step, ...]


class CrashPoints(Protocol):
    """What tests put in to stop the process at a named place."""

    def reach(self, point: str) -> None:
        """Pass the point, or end the process there."""
        ...


class NoCrashPoints:
    """Pass every point."""

    def reach(self, point: str) -> None:
        """Do nothing."""


def crash_points(workflows: tuple[Workflow, ...]) -> tuple[str, ...]:
    """List every place at which a process may die: before and after the effect of each registered step."""
    return tuple(
        f"{workflow.name}.{step.name}:{side}"
        for workflow in workflows
        for step in workflow.steps
        for side in ("before", "after")
    )
