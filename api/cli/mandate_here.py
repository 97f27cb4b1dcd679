"""Who acts for whose vault, entered in the home of this machine for an agency."""

from __future__ import annotations

from api.acts import vaults
from api.cli.desk_here import reader_of
from api.cli.target import Row
from api.routes.mandates import mandate_form, mandate_told
from api.schemas.mandates import HolderTold, MandateAsked
from api.services import Services


class MandateHere:
    """Acts for an agency as the one who stands at the console."""

    def __init__(self, services: Services, agency: str | None) -> None:
        """Act on open services."""
        self._services, self._who = services, reader_of(agency)

    def enter(self, asked: Row) -> Row:
        """Enter a mandate."""
        form = mandate_form(MandateAsked.model_validate(asked, strict=False))
        return mandate_told(vaults.enter_mandate(self._services, self._who, form)).model_dump(mode="json")

    def end(self, mandate_id: str, *, document: str) -> Row:
        """End a mandate."""
        ended = vaults.end_entered_mandate(self._services, self._who, mandate_id, document_number=document)
        return mandate_told(ended).model_dump(mode="json")

    def note_death(self, number: str, *, document: str) -> Row:
        """Freeze a vault."""
        holder_id = vaults.enter_death(self._services, self._who, number, document_number=document)
        return HolderTold(holder_id=holder_id).model_dump(mode="json")
