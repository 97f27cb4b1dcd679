"""Where the counter enters who acts for whose vault: in this home, or at a server; told as the API tells it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from api.cli.console import Console
from api.cli.place import Place
from api.cli.target import Row, check_here, open_client
from api.errors import RequestInvalid

if TYPE_CHECKING:
    from api.client import Vidimus


class MandateDesk(Protocol):
    """The acts of the counter; `asked` is the body of the route of the same name."""

    def enter(self, asked: Row) -> Row:
        """Enter a mandate."""

    def end(self, mandate_id: str, *, document: str) -> Row:
        """End a mandate that the agency entered."""

    def note_death(self, number: str, *, document: str) -> Row:
        """Freeze the vault of a person who died."""


@contextlib.contextmanager
def open_mandate_desk(console: Console, place: Place, *, agency: str | None) -> Iterator[MandateDesk]:
    """Open the desk at which a command acts.

    Raises:
        RequestInvalid: at this machine no agency was named, or elsewhere one was; else as `open_client`.
    """
    if place.server is None:
        check_here(place)
        # Imported when it is known where: who acts elsewhere needs no database,
        from api.cli.mandate_here import MandateHere  # noqa: PLC0415

        # and nothing that works on it.
        from api.services import open_services  # noqa: PLC0415

        with open_services(console.settings, with_worker=False) as services:
            yield MandateHere(services, agency)
        return
    if agency is not None:
        raise RequestInvalid("at a server the agency is that of who signs in; leave --agency out", field="agency")
    with open_client(console, place) as client:
        yield MandateThere(client)


class MandateThere:
    """Acts as whoever signed in for this one command."""

    def __init__(self, client: Vidimus) -> None:
        """Act by a connection that is open."""
        self._client = client

    def enter(self, asked: Row) -> Row:
        """Enter a mandate."""
        # As above.
        from api.client import new_key  # noqa: PLC0415

        told: Row = self._client.ask("POST", "/v1/mandates", json=asked, key=new_key())
        return told

    def end(self, mandate_id: str, *, document: str) -> Row:
        """End a mandate."""
        asked = {"document_number": document}
        told: Row = self._client.ask("POST", f"/v1/mandates/{mandate_id}/end", json=asked)
        return told

    def note_death(self, number: str, *, document: str) -> Row:
        """Freeze a vault."""
        asked = {"number": number, "document_number": document}
        told: Row = self._client.ask("POST", "/v1/deaths", json=asked)
        return told
