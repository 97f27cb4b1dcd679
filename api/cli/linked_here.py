"""Procedures filed together, in the home of this machine."""

from __future__ import annotations

from pydantic import BaseModel

from api.acts import citizen
from api.acts import linked as acts
from api.cli.desk_here import holder_of
from api.cli.target import Row
from api.routes.linked import filing_forms, linked_told
from api.routes.vaults_told import submission_told
from api.schemas.linked import LinkedFilingAsked
from api.services import Services


class LinkedHere:
    """Acts for a holder as whoever stands at the machine's console."""

    def __init__(self, services: Services) -> None:
        """Act on open services."""
        self._services = services

    def file(self, holder_id: str | None, asked: Row) -> Row:
        """File dossiers together."""
        who = holder_of(holder_id)
        filed = acts.file_linked(self._services, who, filing_forms(LinkedFilingAsked.model_validate(asked)))
        return _row(linked_told(acts.view_linked(self._services, who, filed.filing_id), with_package=True))

    def filings(self, holder_id: str | None) -> list[Row]:
        """What was filed together, newest first."""
        return [_row(linked_told(one)) for one in acts.linked_filings(self._services, holder_of(holder_id))]

    def take_back(self, holder_id: str | None, filing_id: str, reason: str) -> Row:
        """Ask back everything of a filing that has not ended."""
        return _row(linked_told(acts.take_back_linked(self._services, holder_of(holder_id), filing_id, reason=reason)))

    def take_one_back(self, holder_id: str | None, submission_id: str, reason: str) -> Row:
        """Ask one dossier back."""
        who = holder_of(holder_id)
        citizen.ask_withdrawal(self._services, who, submission_id, reason=reason)
        view = citizen.view_submission(self._services, who, submission_id)
        return _row(submission_told(view.submission, steps=view.steps, standing=view.standing))


def _row(told: BaseModel) -> Row:
    return told.model_dump(mode="json")
