"""Open what acts for a command: on the services of this home, or by a connection to a server; each is imported when wanted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from api.cli.console import Console
from api.cli.place import Place
from api.cli.target import check_here, open_client

if TYPE_CHECKING:
    from api.client import Vidimus
    from api.services import Services

Acting = TypeVar("Acting")


@contextlib.contextmanager
def open_either(
    console: Console, place: Place, *, here: Callable[[Services], Acting], there: Callable[[Vidimus], Acting]
) -> Iterator[Acting]:
    """Give what acts where the command was told to act.

    Raises:
        RequestInvalid: a way in without a server; else as `open_client`.
    """
    if place.server is None:
        check_here(place)
        # Who acts elsewhere needs no database, and nothing that works on it.
        from api.services import open_services  # noqa: PLC0415

        with open_services(console.settings, with_worker=False) as services:
            yield here(services)
        return
    with open_client(console, place) as client:
        yield there(client)
