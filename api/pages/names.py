"""Names that pages show instead of codes: agencies and procedures in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from api.acts.procedures import procedures
from api.pages.views import Say
from api.services import Services
from certify import list_agencies


def agency_names(services: Services, say: Say) -> Mapping[str, str]:
    """The name of every agency by its code."""
    with services.database.read() as tx:
        agencies = list_agencies(tx)
    of_language = {
        "vi": {one.code: one.name_vi for one in agencies},
        "en": {one.code: one.name_en for one in agencies},
        "fr": {one.code: one.name_fr for one in agencies},
    }
    return of_language[say.language]


def procedure_titles(services: Services, say: Say) -> Mapping[str, str]:
    """The title of every procedure in force by its id, in the order of the catalogue."""
    return {one.procedure_id: say.pick(dict(one.title)) for one in procedures(services)}
