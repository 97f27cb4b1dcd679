"""Where register books, corrections and the auditor's questions are answered: in this home, or at a server; told as the API does."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from api.cli.console import Console
from api.cli.place import Place
from api.cli.target import Row, check_here, open_client
from api.errors import RequestInvalid
from keys import Pin

if TYPE_CHECKING:
    from api.client import Vidimus


class BookDesk(Protocol):
    """The acts of officers and auditors around the books; `asked` is the body of the route of the same name."""

    def books(self, agency: str) -> list[Row]:
        """The books of an agency and of those it follows, the newest year first."""

    def export(self, book_id: str, *, form: str, columns: str) -> bytes:
        """A whole book as csv, xlsx, json or pdf: its eight columns, or all."""

    def close(self, book_id: str, *, last_number: int) -> None:
        """Close a book behind the number that was seen."""

    def closing_document(self, book_id: str) -> bytes:
        """The closing document as it is to be signed, or signed."""

    def sign_closing(self, book_id: str, *, sha256_hex: str, pin: Pin) -> None:
        """Sign the closing document of this digest."""

    def annul(self, code: str, asked: Row) -> Row:
        """Annul a copy; gives its line."""

    def change_original(self, code: str, asked: Row) -> Row:
        """Note what became of the original; gives the copy's line."""

    def correct(self, code: str) -> str:
        """Open a new item for a copy with our own mistake; gives its id."""

    def recall(self, code: str, *, holder: str, reason: str) -> Row:
        """Move a copy into the vault of a holder: named by id at this machine, by number at a server."""

    def find(self, agency: str, wanted: Row) -> list[Row]:
        """Numbers of the register; `wanted` holds what a line must fit."""

    def findings(self, book_id: str) -> list[Row]:
        """What deserves a second look in a book."""

    def write_evidence(self, code: str, target: BinaryIO, *, reason: str, words: str) -> None:
        """Write the evidence of one copy into an open file; the holder sees the reason."""


def find_book(desk: BookDesk, agency: str, name: str | None) -> Row:
    """Give the book that is named by id or as it stands on papers; without a name the open one of the agency.

    Raises:
        RequestInvalid: there is none, or several are called so.
    """
    books = desk.books(agency)
    if name is None:
        named = [one for one in books if one["status"] == "OPEN" and one["agency_code"] == agency]
    else:
        named = [one for one in books if name in (one["book_id"], one["display"])]
    if len(named) != 1:
        told = "are open" if name is None else f"are called {name}"
        raise RequestInvalid(f"{len(named)} books {told}; `vidimus register books` lists them", field="book")
    return named[0]


def sign_shown(desk: BookDesk, book_id: str, *, pin: Pin) -> bytes:
    """Sign the closing document that the desk shows; gives it signed."""
    shown = desk.closing_document(book_id)
    desk.sign_closing(book_id, sha256_hex=hashlib.sha256(shown).hexdigest(), pin=pin)
    return desk.closing_document(book_id)


@contextlib.contextmanager
def open_book_desk(
    console: Console, place: Place, *, agency: str | None = None, officer: str | None = None, acts: bool = False
) -> Iterator[BookDesk]:
    """Open the desk at which a command acts: here as an officer, or, where nobody `acts`, as reader of an agency.

    Raises:
        RequestInvalid: at this machine nobody was named with `--as`, or elsewhere somebody was; else as `open_client`.
    """
    if place.server is None:
        check_here(place)
        if acts and officer is None:
            raise RequestInvalid("say who acts: --as LOGIN", field="officer")
        # Imported when it is known where: who acts elsewhere needs no database,
        from api.cli.book_here import BookHere  # noqa: PLC0415

        # and nothing that works on it.
        from api.services import open_services  # noqa: PLC0415

        with open_services(console.settings, with_worker=False) as services:
            yield BookHere(services, officer=officer, agency=agency)
        return
    if officer is not None:
        raise RequestInvalid("at a server the token or the login says who acts; leave --as out", field="officer")
    with open_client(console, place) as client:
        yield BookThere(client)


class BookThere:
    """Acts as the owner of a token or of a session."""

    def __init__(self, client: Vidimus) -> None:
        """Act by a connection that is open."""
        self._client = client

    def books(self, agency: str) -> list[Row]:
        """The books in reach of the caller; refused where none of them is of this agency."""
        found: list[Row] = self._client.ask("GET", "/v1/register/books")["items"]
        if found and agency not in {one["agency_code"] for one in found}:
            raise RequestInvalid(f"the books of {agency} are not in reach of who asks", field="agency")
        return found

    def export(self, book_id: str, *, form: str, columns: str) -> bytes:
        """A whole book."""
        return self._client.file(
            f"/v1/register/books/{book_id}/export", query={"form": form, "columns": columns}
        ).content

    def close(self, book_id: str, *, last_number: int) -> None:
        """Close a book."""
        self._client.ask("POST", f"/v1/register/books/{book_id}/closing", json={"last_number": last_number})

    def closing_document(self, book_id: str) -> bytes:
        """The closing document."""
        return self._client.file(f"/v1/register/books/{book_id}/closing/document").content

    def sign_closing(self, book_id: str, *, sha256_hex: str, pin: Pin) -> None:
        """Sign the closing document."""
        asked = {"sha256": sha256_hex, "pin": pin.reveal().decode()}
        self._client.ask("POST", f"/v1/register/books/{book_id}/closing/signature", json=asked)

    def annul(self, code: str, asked: Row) -> Row:
        """Annul a copy."""
        return self._correct(code, "annulment", asked)

    def change_original(self, code: str, asked: Row) -> Row:
        """Note what became of the original."""
        return self._correct(code, "original", asked)

    def correct(self, code: str) -> str:
        """Open a new item."""
        return str(self._correct(code, "correction")["item_id"])

    def recall(self, code: str, *, holder: str, reason: str) -> Row:
        """Move a copy into another vault."""
        return self._correct(code, "recall", {"holder_number": holder, "reason": reason})

    def find(self, agency: str, wanted: Row) -> list[Row]:
        """Numbers of the register."""
        self.books(agency)
        found: list[Row] = self._client.ask("GET", "/v1/audit/lines", query=wanted)["items"]
        return found

    def findings(self, book_id: str) -> list[Row]:
        """What deserves a second look."""
        found: list[Row] = self._client.ask("GET", f"/v1/audit/books/{book_id}/findings")["items"]
        return found

    def write_evidence(self, code: str, target: BinaryIO, *, reason: str, words: str) -> None:
        """Write the evidence of one copy."""
        target.write(self._client.oversight.evidence(code, reason=reason, words=words).content)

    def _correct(self, code: str, how: str, asked: Any = None) -> Row:
        told: Row = self._client.ask("POST", f"/v1/register/copies/{code}/{how}", json=asked)
        return told
