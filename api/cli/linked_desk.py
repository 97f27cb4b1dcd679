"""Procedures filed together, in this home or at a server; told as the API tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from api.cli.target import Row
from api.errors import RequestInvalid

if TYPE_CHECKING:
    from api.client import Vidimus
    from api.services import Services


class LinkedDesk(Protocol):
    """What an applicant does with several procedures at once; `asked` is the body of the route of the same act."""

    def file(self, holder_id: str | None, asked: Row) -> Row:
        """File dossiers together."""

    def filings(self, holder_id: str | None) -> list[Row]:
        """What was filed together, newest first."""

    def take_back(self, holder_id: str | None, filing_id: str, reason: str) -> Row:
        """Ask back everything of a filing that has not ended."""

    def take_one_back(self, holder_id: str | None, submission_id: str, reason: str) -> Row:
        """Ask one dossier back."""


class LinkedThere:
    """Acts at a server, as whoever the token or the sign-in says."""

    def __init__(self, client: Vidimus) -> None:
        """Act by a connection that is open."""
        self._client = client

    def file(self, holder_id: str | None, asked: Row) -> Row:
        """File dossiers together."""
        # Imported by who acts elsewhere only.
        from api.client import new_key  # noqa: PLC0415

        _only_own(holder_id)
        filed: Row = self._client.ask("POST", "/v1/linked-filings", json=asked, key=new_key())
        return filed

    def filings(self, holder_id: str | None) -> list[Row]:
        """What was filed together, newest first."""
        _only_own(holder_id)
        return list(self._client.every("/v1/linked-filings"))

    def take_back(self, holder_id: str | None, filing_id: str, reason: str) -> Row:
        """Ask back everything of a filing that has not ended."""
        _only_own(holder_id)
        told: Row = self._client.ask("POST", f"/v1/linked-filings/{filing_id}/withdrawal", json={"reason": reason})
        return told

    def take_one_back(self, holder_id: str | None, submission_id: str, reason: str) -> Row:
        """Ask one dossier back."""
        _only_own(holder_id)
        told: Row = self._client.ask("POST", f"/v1/submissions/{submission_id}/withdrawal", json={"reason": reason})
        return told


def linked_here(services: Services) -> LinkedDesk:
    """The acts in this home; what does them is imported now."""
    # Who acts elsewhere needs nothing of it.
    from api.cli.linked_here import LinkedHere  # noqa: PLC0415

    return LinkedHere(services)


def _only_own(named: str | None) -> None:
    if named is not None:
        raise RequestInvalid("at a server the token says for whom; name nobody beside it", field="holder_id")
