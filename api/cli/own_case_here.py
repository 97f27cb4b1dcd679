"""A citizen's own requests, made in the home of this machine."""

from __future__ import annotations

from api.acts import own_cases
from api.cli.desk_here import holder_of
from api.cli.target import Row
from api.routes.own_cases import own_case_form, own_case_told
from api.schemas.own_cases import OwnCaseAsked
from api.services import Services


class OwnCaseHere:
    """Acts as a holder of this home."""

    def __init__(self, services: Services, holder_id: str | None) -> None:
        """Act on open services.

        Raises:
            RequestInvalid: no holder is named.
        """
        self._services, self._me = services, holder_of(holder_id)

    def submit(self, asked: Row) -> Row:
        """Submit a request."""
        form = own_case_form(OwnCaseAsked.model_validate(asked, strict=False))
        return _row(own_cases.submit(self._services, self._me, form))

    def requests(self) -> list[Row]:
        """List the requests."""
        return [_row(one) for one in own_cases.list_own(self._services, self._me)]

    def ask_back(self, case_id: str) -> Row:
        """Ask for a request back."""
        return _row(own_cases.ask_back(self._services, self._me, case_id))


def _row(one: own_cases.OwnCase) -> Row:
    return own_case_told(one).model_dump(mode="json")
