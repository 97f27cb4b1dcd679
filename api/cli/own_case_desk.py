"""Where a citizen's own requests are made: in this home, or at a server; told as the API tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from api.cli.target import Row
from api.errors import RequestInvalid

if TYPE_CHECKING:
    from api.client import Vidimus


class OwnCaseDesk(Protocol):
    """What a citizen does about requests; `asked` is the body of the route of the same name."""

    def submit(self, asked: Row) -> Row:
        """Submit a request."""

    def requests(self) -> list[Row]:
        """List the requests, newest first."""

    def ask_back(self, case_id: str) -> Row:
        """Ask for a request back."""


class OwnCaseThere:
    """Acts as who signed in."""

    def __init__(self, client: Vidimus, holder_id: str | None) -> None:
        """Act by a connection that is open.

        Raises:
            RequestInvalid: somebody was named; at a server the way in says who it is.
        """
        if holder_id is not None:
            raise RequestInvalid("at a server the login says whose requests; leave --holder out", field="holder_id")
        self._client = client

    def submit(self, asked: Row) -> Row:
        """Submit a request."""
        # Imported here: who acts in a home does not wait for what speaks HTTP.
        from api.client import new_key  # noqa: PLC0415

        told: Row = self._client.ask("POST", "/v1/own-cases", json=asked, key=new_key())
        return told

    def requests(self) -> list[Row]:
        """List the requests."""
        found: list[Row] = self._client.ask("GET", "/v1/own-cases")["items"]
        return found

    def ask_back(self, case_id: str) -> Row:
        """Ask for a request back."""
        told: Row = self._client.ask("POST", f"/v1/own-cases/{case_id}/withdrawal")
        return told
