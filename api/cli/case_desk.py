"""Where the commands of the counter act: as an officer of this home, or at a Vidimus elsewhere; told as the API tells it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Protocol

from api.cli.console import Console
from api.cli.place import Place
from api.cli.target import Row, check_here, open_client
from api.errors import RequestInvalid

if TYPE_CHECKING:
    from api.client import Vidimus


class SandboxPayer(StrEnum):
    """What the payer of the sandbox does."""

    PAYS = "pays"
    GIVES_UP = "gives-up"


class CaseDesk(Protocol):
    """The acts of the counter; `asked` is the body of the route of the same name."""

    def open(self, asked: Row) -> Row:
        """Open a case."""

    def show(self, case_id: str) -> Row:
        """Give a case whole."""

    def act(self, case_id: str, asked: Row) -> Row:
        """Do something to a case."""

    def write_slip(self, case_id: str, target: BinaryIO) -> None:
        """Write the slip into an open file."""

    def delivery(self, case_id: str, asked: Row | None) -> Row:
        """Give how a case is delivered, or choose it."""

    def hand_over(self, case_id: str, asked: Row) -> Row:
        """Hand the copies over."""

    def write_sheet(self, case_id: str, target: BinaryIO) -> None:
        """Write the sheet to sign into an open file."""

    def track(self, code: str) -> Row:
        """Tell how far the case of a code is."""

    def choices(self) -> Row:
        """Give the closed lists of the counter."""

    def reuse(self, item_id: str, asked: Row | None) -> Row:
        """Give what the vault has, or answer it."""

    def write_notice(self, item_id: str, target: BinaryIO) -> None:
        """Write the sealed notice of a refusal into an open file."""

    def set_ground(self, item_id: str, asked: Row) -> Row:
        """Note that nothing is due."""

    def take_fee(self, item_id: str, asked: Row) -> Row:
        """Ask for the fee of an original, and take it at the desk when a receipt is named."""

    def look_after_fee(self, item_id: str) -> Row:
        """Ask the gateway what became of a fee."""

    def pretend(self, item_id: str, payer: SandboxPayer) -> Row:
        """Let the payer of the sandbox pay, or give up."""

    def day(self) -> Row:
        """Give what was taken and given back since the last close."""

    def close_day(self, asked: Row) -> Row:
        """Close the cashier's day."""

    def closes(self) -> Row:
        """Give the closed days."""

    def leave(self, asked: Row) -> Row:
        """Hand the work over until one is back."""


@contextlib.contextmanager
def open_case_desk(console: Console, place: Place, *, officer: str | None) -> Iterator[CaseDesk]:
    """Open the desk at which a command acts.

    Raises:
        RequestInvalid: at this machine nobody was named with `--as`, or elsewhere somebody was; else as `open_client`.
    """
    if place.server is None:
        check_here(place)
        if officer is None:
            raise RequestInvalid("say who acts: --as LOGIN", field="officer")
        # Imported when it is known where: who acts elsewhere needs no database,
        from api.cli.case_here import CaseHere  # noqa: PLC0415

        # and nothing that works on it.
        from api.services import open_services  # noqa: PLC0415

        with open_services(console.settings, with_worker=False) as services:
            yield CaseHere(services, officer)
        return
    if officer is not None:
        raise RequestInvalid("at a server the token or the login says who acts; leave --as out", field="officer")
    with open_client(console, place) as client:
        yield CaseThere(client)


class CaseThere:
    """Acts as the owner of a token or of a session."""

    def __init__(self, client: Vidimus) -> None:
        """Act by a connection that is open."""
        self._client = client

    def open(self, asked: Row) -> Row:
        """Open a case."""
        return self._do("POST", "/v1/cases", asked)

    def show(self, case_id: str) -> Row:
        """Give a case whole."""
        return self._do("GET", f"/v1/cases/{case_id}/whole")

    def act(self, case_id: str, asked: Row) -> Row:
        """Do something to a case."""
        return self._do("POST", f"/v1/cases/{case_id}/acts", asked)

    def write_slip(self, case_id: str, target: BinaryIO) -> None:
        """Write the slip into an open file."""
        target.write(self._client.file(f"/v1/cases/{case_id}/slip").content)

    def delivery(self, case_id: str, asked: Row | None) -> Row:
        """Give how a case is delivered, or choose it."""
        return self._do("PUT" if asked else "GET", f"/v1/cases/{case_id}/delivery", asked)

    def hand_over(self, case_id: str, asked: Row) -> Row:
        """Hand the copies over."""
        return self._do("POST", f"/v1/cases/{case_id}/handover", asked)

    def write_sheet(self, case_id: str, target: BinaryIO) -> None:
        """Write the sheet to sign into an open file."""
        target.write(self._client.file(f"/v1/cases/{case_id}/collection-sheet").content)

    def track(self, code: str) -> Row:
        """Tell how far the case of a code is."""
        return self._do("GET", f"/v1/tracking/{code}")

    def choices(self) -> Row:
        """Give the closed lists of the counter."""
        return self._do("GET", "/v1/counter-choices")

    def reuse(self, item_id: str, asked: Row | None) -> Row:
        """Give what the vault has, or answer it."""
        return self._do("POST" if asked else "GET", f"/v1/drafts/{item_id}/reuse", asked)

    def write_notice(self, item_id: str, target: BinaryIO) -> None:
        """Write the sealed notice of a refusal into an open file."""
        target.write(self._client.file(f"/v1/drafts/{item_id}/refusal/notice").content)

    def set_ground(self, item_id: str, asked: Row) -> Row:
        """Note that nothing is due."""
        return self._do("POST", f"/v1/drafts/{item_id}/payment/ground", asked)

    def take_fee(self, item_id: str, asked: Row) -> Row:
        """Ask for the fee of an original, and take it at the desk when a receipt is named."""
        due = self._do("POST", f"/v1/drafts/{item_id}/payment", {})
        return self._do("POST", f"/v1/drafts/{item_id}/payment/receipt", asked) if asked else due

    def look_after_fee(self, item_id: str) -> Row:
        """Ask the gateway what became of a fee."""
        return self._do("POST", f"/v1/drafts/{item_id}/payment/look")

    def pretend(self, item_id: str, payer: SandboxPayer) -> Row:
        """Let the payer of the sandbox pay, or give up."""
        way = "sandbox" if payer is SandboxPayer.PAYS else "sandbox-failure"
        return self._do("POST", f"/v1/drafts/{item_id}/payment/{way}")

    def day(self) -> Row:
        """Give what was taken and given back since the last close."""
        return self._do("GET", "/v1/cash-day")

    def close_day(self, asked: Row) -> Row:
        """Close the cashier's day."""
        return self._do("POST", "/v1/cash-day/close", asked)

    def closes(self) -> Row:
        """Give the closed days."""
        return self._do("GET", "/v1/cash-closes")

    def leave(self, asked: Row) -> Row:
        """Hand the work over until one is back."""
        return self._do("POST", "/v1/leave", asked)

    def _do(self, method: str, path: str, asked: Row | None = None) -> Row:
        told: Row = self._client.ask(method, path, json=asked)
        return told
