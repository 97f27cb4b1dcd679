"""Requests for papers, codes of the counter, help, and access by duty: done in this home or at a server, told as the API does."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from api.cli.target import Row
from api.errors import RequestInvalid

if TYPE_CHECKING:
    from api.client import Vidimus
    from api.services import Services


class RequestDesk(Protocol):
    """What both sides of a request do; `who` is an agency's code or a holder's id on this machine, and nobody elsewhere.

    `asked` is the body of the route of the same act.
    """

    def ask(self, who: str | None, asked: Row, *, assisted: bool) -> Row:
        """Ask a holder, or begin what a helper then confirms."""

    def ours(self, who: str | None) -> list[Row]:
        """What the agency asked."""

    def one_of_ours(self, who: str | None, request_id: str) -> Row:
        """One request of the agency."""

    def assist(self, request_id: str, asked: Row) -> Row:
        """Confirm as a helper."""

    def show_code(self, who: str | None, procedure_id: str | None) -> Row:
        """Make a code that the counter shows for a procedure, or the own phone without one."""

    def take_code(self, who: str | None, asked: Row) -> Row:
        """Take a code of the other side: the counter's as a holder, a phone's with a procedure."""

    def mine(self, who: str | None) -> list[Row]:
        """What agencies asked of the holder."""

    def card(self, who: str | None, request_id: str) -> Row:
        """One request as its holder decides on it."""

    def approve(self, who: str | None, request_id: str, asked: Row) -> Row:
        """Approve."""

    def decline(self, who: str | None, request_id: str, reason: str) -> Row:
        """Decline."""

    def open_by_duty(self, who: str | None, asked: Row) -> Row:
        """Open papers by a duty of law."""

    def write_by_duty(self, who: str | None, grant_id: str, record_id: str, target: BinaryIO) -> None:
        """Fetch a paper that a duty opened."""


class RequestsThere:
    """Acts at a server, as whoever the token or the sign-in says."""

    def __init__(self, client: Vidimus) -> None:
        """Act by a connection that is open."""
        self._client = client

    def ask(self, who: str | None, asked: Row, *, assisted: bool) -> Row:
        """Ask a holder, or begin what a helper then confirms."""
        return self._post(who, "/v1/requests/assisted" if assisted else "/v1/requests", asked, is_new=True)

    def ours(self, who: str | None) -> list[Row]:
        """What the agency asked."""
        _only_own(who)
        found: list[Row] = self._client.ask("GET", "/v1/requests")["items"]
        return found

    def one_of_ours(self, who: str | None, request_id: str) -> Row:
        """One request of the agency."""
        _only_own(who)
        found: Row = self._client.ask("GET", f"/v1/requests/{request_id}")
        return found

    def assist(self, request_id: str, asked: Row) -> Row:
        """Confirm as a helper."""
        return self._post(None, f"/v1/requests/{request_id}/assistance", asked)

    def show_code(self, who: str | None, procedure_id: str | None) -> Row:
        """Make a code that the counter shows for a procedure, or the own phone without one."""
        if procedure_id is None:
            return self._post(who, "/v1/phone-codes", None)
        return self._post(who, "/v1/counter-codes", {"procedure_id": procedure_id})

    def take_code(self, who: str | None, asked: Row) -> Row:
        """Take a code of the other side."""
        place = "/v1/phone-codes/take" if "procedure_id" in asked else "/v1/counter-codes/take"
        return self._post(who, place, asked)

    def mine(self, who: str | None) -> list[Row]:
        """What agencies asked of the holder."""
        _only_own(who)
        found: list[Row] = self._client.ask("GET", "/v1/own-requests")["items"]
        return found

    def card(self, who: str | None, request_id: str) -> Row:
        """One request as its holder decides on it."""
        _only_own(who)
        found: Row = self._client.ask("GET", f"/v1/own-requests/{request_id}")
        return found

    def approve(self, who: str | None, request_id: str, asked: Row) -> Row:
        """Approve."""
        return self._post(who, f"/v1/own-requests/{request_id}/approval", asked, is_new=True)

    def decline(self, who: str | None, request_id: str, reason: str) -> Row:
        """Decline."""
        return self._post(who, f"/v1/own-requests/{request_id}/refusal", {"reason": reason})

    def open_by_duty(self, who: str | None, asked: Row) -> Row:
        """Open papers by a duty of law."""
        return self._post(who, "/v1/duty-accesses", asked, is_new=True)

    def write_by_duty(self, who: str | None, grant_id: str, record_id: str, target: BinaryIO) -> None:
        """Fetch a paper that a duty opened."""
        _only_own(who)
        place = f"/v1/duty-accesses/{grant_id}/records/{record_id}/fetch"
        target.write(self._client.file(place, method="POST").content)

    def _post(self, who: str | None, path: str, asked: Row | None, *, is_new: bool = False) -> Row:
        # Imported by who acts elsewhere only.
        from api.client import new_key  # noqa: PLC0415

        _only_own(who)
        told: Row = self._client.ask("POST", path, json=asked, key=new_key() if is_new else None)
        return told


def requests_here(services: Services) -> RequestDesk:
    """The acts in this home; what does them is imported now."""
    # Who acts elsewhere needs nothing of it.
    from api.cli.request_here import RequestsHere  # noqa: PLC0415

    return RequestsHere(services)


def _only_own(named: str | None) -> None:
    if named is not None:
        raise RequestInvalid("at a server the sign-in says for whom; name nobody beside it", field="who")
