"""What `vidimus certify` asks of an office, wherever it is: one port, and the values that go through it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import typer

from api.cli.console import Console
from api.cli.exits import Exit
from api.cli.place import Place
from api.cli.target import Row, check_here, open_client
from api.errors import RequestInvalid
from api.home import DEFAULT_COUNTRY, open_home
from certify import load_law
from keys import Mode, Pin

# What a line about a copy that waits holds, and one about where an original stands: fields of the description.
WAITING: Final = ("item_id", "register_number", "pages", "sha256", "expires_at")
STANDING: Final = ("item_id", "state", "register_number", "problem_code", "record_id")


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an original went no further: a code for programs, and the exit code it ends with."""

    code: str
    exit_code: Exit
    is_about_scan: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What the officer approves: the number, the pages, the digest, and each line of the checklist by its code."""

    item_id: str
    number: str
    pages: int
    sha256_hex: str
    checklist: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """Whose original it is, of what type, and what the holder is to another whom the paper names."""

    holder_number: str
    holder_name: str | None
    doc_type: str
    relation: str | None = None


class Counter(Protocol):
    """The steps of one original, from the scan to the copy."""

    def take_in(self, scans: list[tuple[Path, bytes]], intake: Intake) -> str | Stop:
        """Hand an original in; gives the id of its item."""

    def wait_read(self, item_id: str) -> Stop | None:
        """Wait until it is read, and say why it may not go on."""

    def prepare(self, item_id: str, *, relation: str | None = None) -> Shown | Stop:
        """Note that every page was compared, and fix the bytes to approve."""

    def write_ready(self, item_id: str, target: BinaryIO) -> None:
        """Write exactly the bytes that are to be approved."""

    def cancel(self, item_id: str) -> None:
        """Give the number up that was reserved."""

    def approve(self, shown: Shown, pin: Pin) -> Callable[[], Stop | None]:
        """Approve exactly these bytes; what it gives waits for the end."""

    def write_copy(self, item_id: str, target: BinaryIO) -> Row:
        """Write the certified copy, and tell what is known of it."""

    def waiting(self) -> list[Row]:
        """The ready copies that wait for an approval, oldest first."""

    def checklist(self, item_id: str) -> tuple[str, ...]:
        """The codes of the lines that the officer confirms."""

    def approve_all(self, lines: list[tuple[str, str]], pin: Pin) -> list[tuple[str, Stop | Callable[[], Stop | None]]]:
        """Approve several (item id, digest) in this order by one PIN; each is refused by itself or waited for."""

    def standing(self, item_id: str) -> Row:
        """Where one original stands."""


@contextlib.contextmanager
def open_counter(console: Console, place: Place, officer: str | None) -> Iterator[Counter]:
    """Open the counter at which an officer acts: by login here, by token or sign-in elsewhere.

    Raises:
        RequestInvalid: nobody is named here, or somebody beside the way in there.
    """
    if place.server is None:
        check_here(place)
        if officer is None:
            raise RequestInvalid("say who certifies: --as OFFICER", field="officer")
        # Imported when it is known where: this needs everything that works on a home,
        from api.cli.counter_here import CounterHere, officer_here  # noqa: PLC0415

        # and the home itself;
        from api.services import open_services  # noqa: PLC0415

        with open_services(console.settings) as services:
            yield CounterHere(services, officer_here(services, officer))
        return
    if officer is not None:
        raise RequestInvalid("at a server the token or --login says who certifies; leave --as out", field="officer")
    # this what speaks HTTP.
    from api.cli.counter_there import CounterThere  # noqa: PLC0415

    with open_client(console, place) as client:
        yield CounterThere(client)


def check_unseen(console: Console, place: Place) -> None:
    """Let nobody approve without looking where copies are real; whether a server is a demonstration is not known here."""
    if place.server is not None or open_home(console.settings.home).mode is Mode.PRODUCTION:
        console.tell("cli.certify.yes_refused")
        raise typer.Exit(Exit.SIGNING_REFUSED)


def tell_checklist(console: Console, codes: Iterable[str]) -> None:
    """Show the lines that the officer confirms."""
    texts = {line.code: line.text[console.language] for line in load_law(DEFAULT_COUNTRY).checklist}
    for code in codes:
        console.say(f"  [ ] {texts.get(code, code)}")


def says_yes(console: Console) -> bool:
    """Ask the person at the terminal; nobody there is no yes."""
    if not sys.stdin.isatty():
        console.tell("cli.certify.nobody_to_ask")
        return False
    return typer.confirm(console.messages.text("cli.certify.ask", console.language), err=True)
