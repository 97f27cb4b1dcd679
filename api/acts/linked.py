"""Procedures that one act files together: what the vault has for each, the filing, taking it back, and results carried on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.citizen import FilingForm, SubmissionView
from api.acts.procedures import ProcedureView, Told, match_in
from api.acts.recipient import standing_in
from api.linked_results import CarryLinked
from api.services import Services
from dossiers import (
    MAY_WITHDRAW,
    By,
    Filing,
    Procedure,
    Status,
    StatusMove,
    get_for_holder,
    move_for_holder,
    status_of,
    steps_of,
)
from dossiers.linked import (
    LinkedFiling,
    awaited_by,
    check_together,
    file_together,
    filing_of,
    get_linked_filing,
    list_linked_filings,
)
from vault import ConsentInvalid, HolderOwner


@dataclass(frozen=True, slots=True)
class PartView:
    """One of the procedures filed together; `awaited` says by requirement which earlier procedure will meet it."""

    view: ProcedureView
    awaited: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LinkedView:
    """A linked filing with each of its dossiers as it stands."""

    filing: LinkedFiling
    parts: tuple[SubmissionView, ...]

    @property
    def may_withdraw(self) -> bool:
        """Whether anything of it can still be asked back."""
        return any(one.standing.status in MAY_WITHDRAW for one in self.parts)


def view_parts(
    services: Services, principal: Principal, procedure_id: str, *, told: Mapping[str, Told] | None = None
) -> tuple[PartView, ...]:
    """Match a procedure and those that are filed with it; the first is the procedure itself.

    Raises:
        ProcedureNotFound: one of them is not in force.
        LinkRefused: nothing is filed together with it.
    """
    said, owner = told or {}, HolderOwner(principal.holder_id)
    with services.database.read() as tx:
        first = match_in(tx, services, owner, procedure_id, told=said.get(procedure_id, Told()))
        views = [
            first,
            *(match_in(tx, services, owner, one, told=said.get(one, Told())) for one in first.procedure.linked),
        ]
    check_together([one.procedure for one in views])
    return tuple(
        PartView(one, _awaited(one.procedure, [earlier.procedure for earlier in views[:place]]))
        for place, one in enumerate(views)
    )


def file_linked(services: Services, principal: Principal, forms: tuple[FilingForm, ...]) -> LinkedFiling:
    """File dossiers together, all or none; each has a consent of its own, for its own purpose.

    Raises:
        ConsentInvalid: for one of them the holder did not agree.
        LinkRefused: they do not belong together, or not in this order.
        RequirementUnanswered, ChoiceRefused: the choice for one does not meet its requirements.
    """
    if not all(one.has_consented for one in forms):
        raise ConsentInvalid("each purpose has a consent of its own, and one was not given; nothing was filed")
    owner = HolderOwner(principal.holder_id)
    with services.database.transaction() as tx:
        views = [match_in(tx, services, owner, one.procedure_id, told=one.told) for one in forms]
        filings = [
            Filing(view.procedure, view.outcomes, form.chosen, form.brought_in_person)
            for view, form in zip(views, forms, strict=True)
        ]
        return file_together(
            tx,
            owner,
            filings,
            key=services.manifest_key,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def linked_filings(
    services: Services, principal: Principal, *, before_id: str | None = None, limit: int | None = None
) -> tuple[LinkedView, ...]:
    """Give the holder's linked filings, newest first: all, or so many below the one already seen."""
    with services.database.read() as tx:
        found = list_linked_filings(tx, HolderOwner(principal.holder_id), before_id=before_id, limit=limit)
        return tuple(_view(tx, one) for one in found)


def view_linked(services: Services, principal: Principal, filing_id: str) -> LinkedView:
    """Give one of the holder's linked filings.

    Raises:
        SubmissionNotFound: there is none, or it is another holder's.
    """
    with services.database.read() as tx:
        return _view(tx, get_linked_filing(tx, HolderOwner(principal.holder_id), filing_id))


def linked_filing_of(services: Services, principal: Principal, submission_id: str) -> str | None:
    """Which linked filing a dossier of the holder belongs to, if it does.

    Raises:
        SubmissionNotFound: there is no such dossier, or it is another holder's.
    """
    with services.database.read() as tx:
        get_for_holder(tx, HolderOwner(principal.holder_id), submission_id)
        return filing_of(tx, submission_id)


def take_back_linked(services: Services, principal: Principal, filing_id: str, *, reason: str) -> LinkedView:
    """Ask every dossier of a filing back that has not ended; each agency stops its own, or says why it goes on.

    Raises:
        SubmissionNotFound: there is no such filing, or it is another holder's.
        StatusRefused: all of it has ended, or was asked back already.
    """
    owner = HolderOwner(principal.holder_id)
    move = StatusMove(Status.WITHDRAWAL_ASKED, By.HOLDER, principal.holder_id, reason)
    with services.database.transaction() as tx:
        filing = get_linked_filing(tx, owner, filing_id)
        going = [
            one.submission_id
            for one in filing.submissions
            if status_of(tx, one.submission_id, step=one.step.value) in MAY_WITHDRAW
        ]
        # When nothing is left to ask back, the first one says so.
        for submission_id in going or [filing.submissions[0].submission_id]:
            move_for_holder(tx, owner, submission_id, move, at=services.clock.now())
        return _view(tx, get_linked_filing(tx, owner, filing_id))


def carry_results(services: Services) -> int:
    """Put every result that came into the dossiers that wait for it; gives how many. Whoever repeats it changes nothing."""
    tools = (services.clock, services.random_bytes)
    return CarryLinked(services.database, services.manifest_key, tools, with_samples=services.is_specimen)()


def _awaited(procedure: Procedure, earlier: list[Procedure]) -> dict[str, str]:
    return {name: earlier[place].procedure_id for name, place in awaited_by(procedure, earlier).items()}


def _view(tx: Connection, filing: LinkedFiling) -> LinkedView:
    parts = tuple(
        SubmissionView(one, steps_of(tx, one.submission_id), None, standing_in(tx, one)) for one in filing.submissions
    )
    return LinkedView(filing, parts)
