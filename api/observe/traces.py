"""Traces for whoever wants them: spans of requests and of steps, sent by OTLP over HTTP when an address is set.

A span holds the pattern of a route, a method, a status, a step and an id: never an address, a name or a text. The ULID of an
original is the id of its trace, so that everything done to one paper, in whatever process, is found under the id that
the logs and the register know it by.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from api.errors import BadSetting
from certify.pipeline import Progress
from guard import Clock


class Traces(Protocol):
    """Takes what was done, after it was done."""

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answer by the pattern of its route."""

    def step_done(self, progress: Progress) -> None:
        """Note a step of an original."""

    def close(self) -> None:
        """Send what waits, for a few seconds at most, and end."""


class NoTraces:
    """Nobody asked for traces."""

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Do nothing."""

    def step_done(self, progress: Progress) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def open_traces(url: str, *, worker_name: str, version: str, clock: Clock) -> Traces:
    """Open the way to a collector, or none without an address.

    Raises:
        BadSetting: the packages of `vidimus[traces]` are not installed.
    """
    if not url:
        return NoTraces()
    try:
        otlp = import_module("api.observe.otlp")
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"VIDIMUS_TRACES_URL is set, and {error.name} is not installed; "
            "install requirements-traces.lock beside requirements.lock, or unset it"
        ) from error
    opened: Traces = otlp.OtlpTraces(url, worker_name=worker_name, version=version, clock=clock)
    return opened
