"""Where an office is overseen: figures, how long things are kept, reforms; in this home or at a server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from api.cli.books import open_books
from api.cli.console import Console
from api.cli.place import Place
from api.cli.target import Row, check_here, open_client


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose figures, of which days (as they were typed; None is this month up to today)."""

    agency: str
    first: str | None
    until: str | None
    below: bool


class OverseerDesk(Protocol):
    """The acts of those who oversee an office; lines are told in the form that the commands print."""

    def figures(self, wanted: Wanted) -> list[Row]:
        """Every figure of a time."""

    def figures_csv(self, wanted: Wanted) -> bytes:
        """The same as a table."""

    def events(self, wanted: Wanted, key: str, *, group: str | None, limit: int) -> list[str]:
        """Ids of the events that a figure was counted from."""

    def pictures(self, wanted: Wanted) -> dict[str, str]:
        """A picture (SVG) of each figure that has groups, by its key."""

    def scorecard(self, wanted: Wanted) -> Row:
        """The national scorecard: `decision`, `known_points`, `unknown_points` and its `lines`."""

    def open_data(self, wanted: Wanted, *, base_url: str) -> dict[str, bytes]:
        """The files that may be published, by name."""

    def rules(self, on: str | None) -> list[Row]:
        """How long each class is kept."""

    def decide(self, asked: Row) -> None:
        """Enter a decision: `asked` is the body of `POST /v1/retention`; without a day it holds from today."""

    def adopt(self, *, decision: str) -> int:
        """Decide what the country's data proposes where nobody decided; gives for how many classes."""

    def hold(self, asked: Row) -> str:
        """Place a legal hold: `asked` is the body of its route; gives its id."""

    def release(self, hold_id: str, *, decision: str) -> None:
        """Lift a legal hold."""

    def holds(self) -> list[Row]:
        """The holds that stand."""

    def purge(self, *, dry_run: bool) -> Row:
        """Destroy what has served its time, or look: `counts` by class, and the `certificate_id`."""

    def certificates(self, *, limit: int) -> list[Row]:
        """Certificates of destruction, newest first."""

    def certificate(self, certificate_id: str) -> tuple[bytes, bytes, str]:
        """What one says, its signature, and the id of the key."""

    def reform(self, asked: Row) -> Row:
        """Carry a reform out, or look ahead: `asked` is the body of `POST /v1/agency-reforms`."""


@contextlib.contextmanager
def open_overseer(console: Console, place: Place) -> Iterator[OverseerDesk]:
    """Open the desk at which an office is overseen.

    Raises:
        RequestInvalid: as `open_client`.
    """
    if place.server is None:
        check_here(place)
        # Imported when it is known where: who acts elsewhere needs no database.
        from api.cli.overseer_here import OverseerHere  # noqa: PLC0415

        with open_books(console) as books:
            yield OverseerHere(console, books)
        return
    # As above: who acts here does not wait for what speaks HTTP.
    from api.cli.overseer_there import OverseerThere  # noqa: PLC0415

    with open_client(console, place) as client:
        yield OverseerThere(client)
