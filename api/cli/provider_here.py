"""The systems that give papers, as the home of this machine knows them."""

from __future__ import annotations

from api.acts import providers
from api.cli.desk_here import reader_of
from api.cli.target import Row
from api.routes.results import provider_told
from api.services import Services


class ProvidersHere:
    """Looks for an agency as whoever stands at the console."""

    def __init__(self, services: Services) -> None:
        """Look on open services."""
        self._services = services

    def lines(self, agency: str | None) -> list[Row]:
        """Every system with its health."""
        found = providers.lines(self._services, reader_of(agency))
        return [provider_told(one).model_dump(mode="json") for one in found]

    def check(self, agency: str | None, provider_id: str) -> Row:
        """Ask a provider whether it is there."""
        line = providers.check(self._services, reader_of(agency), provider_id)
        return provider_told(line).model_dump(mode="json")
