"""Procedures that are filed together, as their applicant meets them, and what one act filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.acts.linked import LinkedView, PartView
from api.pages.dossier_view import StatusBox, status_box, title_of, track_of
from api.pages.procedure_view import ProcedurePage, RequirementRow, procedure_page
from api.pages.views import Say, Tone, TrackStep, Word
from dossiers import Procedure


@dataclass(frozen=True, slots=True)
class LinkedPart:
    """One of the procedures; the names of its fields begin with `prefix`."""

    prefix: str
    page: ProcedurePage
    agency: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class LinkedDossier:
    """One dossier of a filing, with how far it is."""

    href: str
    title: str
    agency: str
    track: tuple[TrackStep, ...]
    status: StatusBox


@dataclass(frozen=True, slots=True)
class LinkedFilingPage:
    """What one act filed."""

    filing_id: str
    when: str
    dossiers: tuple[LinkedDossier, ...]
    may_withdraw: bool


def linked_parts(parts: Sequence[PartView], say: Say, *, agencies: Mapping[str, str]) -> tuple[LinkedPart, ...]:
    """Lay out what can be filed together; what an earlier procedure gives is said and not asked for."""
    titles = {one.view.procedure.procedure_id: say.pick(dict(one.view.procedure.title)) for one in parts}
    laid = []
    for place, one in enumerate(parts):
        whole = procedure_page(one.view, say, agencies=agencies)
        rows = tuple(_row(row, one.awaited, titles, say) for row in whole.rows)
        procedure = one.view.procedure
        agency = agencies.get(procedure.recipient_agency, procedure.recipient_agency)
        laid.append(LinkedPart(f"p{place}.", replace(whole, rows=rows), agency, place == 0))
    return tuple(laid)


def linked_filing_page(
    view: LinkedView, say: Say, *, procedures: Mapping[str, Procedure], agencies: Mapping[str, str]
) -> LinkedFilingPage:
    """Lay out what one act filed, each dossier with its own steps."""
    return LinkedFilingPage(
        view.filing.filing_id,
        say.short(view.filing.filed_at),
        tuple(
            LinkedDossier(
                f"/citizen/submissions/{one.submission.submission_id}",
                title_of(one.submission, procedures, say),
                agencies.get(one.submission.recipient_agency, one.submission.recipient_agency),
                track_of(one.submission, one.steps, say),
                status_box(one.standing, say),
            )
            for one in view.parts
        ),
        view.may_withdraw,
    )


def _row(row: RequirementRow, awaited: Mapping[str, str], titles: Mapping[str, str], say: Say) -> RequirementRow:
    earlier = awaited.get(row.requirement_id)
    if earlier is None:
        return row
    return replace(
        row,
        word=Word(Tone.GOOD, say("page.linked.awaited")),
        explanation=say("page.linked.awaited_text", title=titles.get(earlier, earlier)),
        how_to_get="",
        candidates=(),
        rejected=(),
        must_choose=False,
        may_bring=False,
    )
