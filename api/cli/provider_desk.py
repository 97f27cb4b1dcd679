"""The systems that give papers, looked at in this home or at a server; told as the API tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from api.cli.target import Row
from api.errors import RequestInvalid

if TYPE_CHECKING:
    from api.client import Vidimus
    from api.services import Services


class ProviderDesk(Protocol):
    """What an administrator asks of the systems that give papers."""

    def lines(self, agency: str | None) -> list[Row]:
        """Every system with its health."""

    def check(self, agency: str | None, provider_id: str) -> Row:
        """Ask a provider whether it is there."""


class ProvidersThere:
    """Asks a server, as whoever the token or the sign-in says."""

    def __init__(self, client: Vidimus) -> None:
        """Ask by a connection that is open."""
        self._client = client

    def lines(self, agency: str | None) -> list[Row]:
        """Every system with its health."""
        _only_own(agency)
        found: list[Row] = self._client.ask("GET", "/v1/providers")["items"]
        return found

    def check(self, agency: str | None, provider_id: str) -> Row:
        """Ask a provider whether it is there."""
        _only_own(agency)
        told: Row = self._client.ask("POST", f"/v1/providers/{provider_id}/check")
        return told


def providers_here(services: Services) -> ProviderDesk:
    """The systems as this home knows them; what acts on it is imported now."""
    # Who acts elsewhere needs nothing of it.
    from api.cli.provider_here import ProvidersHere  # noqa: PLC0415

    return ProvidersHere(services)


def _only_own(agency: Any) -> None:
    if agency is not None:
        raise RequestInvalid("at a server the agency is that of who signs in; leave it out", field="agency")
