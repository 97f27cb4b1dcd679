"""Requests for papers, codes of the counter and access by duty, done in the home of this machine."""

from __future__ import annotations

from typing import BinaryIO

from pydantic import BaseModel

from api.access import Principal
from api.acts import paper_requests as acts
from api.acts.citizen import FilingForm
from api.cli.desk_here import holder_of, reader_of
from api.cli.target import Row
from api.errors import RequestInvalid
from api.routes.paper_requests import card_told, request_told
from api.routes.procedures import told_by
from api.routes.vaults_told import submission_told
from api.schemas.paper_requests import DutyAccessTold, RequestApproval, ShownCodeTold
from api.services import Services
from dossiers import DutyAsked
from guard import write_payload


class RequestsHere:
    """Acts as whoever stands at the machine's console; no session is behind a code that is shown here."""

    def __init__(self, services: Services) -> None:
        """Act on open services."""
        self._services = services

    def ask(self, who: str | None, asked: Row, *, assisted: bool) -> Row:
        """Ask a holder, or begin what a helper then confirms."""
        act = acts.begin_assisted if assisted else acts.ask
        return _row(request_told(act(self._services, reader_of(who), asked["holder_number"], asked["procedure_id"])))

    def ours(self, who: str | None) -> list[Row]:
        """What the agency asked."""
        return [_row(request_told(one)) for one in acts.asked_by_us(self._services, reader_of(who))]

    def one_of_ours(self, who: str | None, request_id: str) -> Row:
        """One request of the agency."""
        return _row(request_told(acts.one_of_ours(self._services, reader_of(who), request_id)))

    def assist(self, request_id: str, asked: Row) -> Row:
        """Refuse: a helper is a person with a session, and not whoever stands at the machine."""
        counter = asked["counter"]
        raise RequestInvalid(
            f"who helps at {counter} confirms request {request_id} in a session of their own: --server and --login",
            field="server",
        )

    def show_code(self, who: str | None, procedure_id: str | None) -> Row:
        """Make a code that the counter shows for a procedure, or the own phone without one."""
        if procedure_id is None:
            shown = acts.show_phone_code(self._services, holder_of(who))
            return _row(ShownCodeTold(request=request_told(shown.request), link=shown.link))
        shown = acts.show_counter_code(self._services, reader_of(who), procedure_id)
        return _row(ShownCodeTold(request=request_told(shown.request, with_words=True), link=shown.link))

    def take_code(self, who: str | None, asked: Row) -> Row:
        """Take a code of the other side."""
        if "procedure_id" not in asked:
            return _row(card_told(acts.take_counter_code(self._services, holder_of(who), asked["token"])))
        taken = acts.take_phone_code(self._services, reader_of(who), asked["token"], asked["procedure_id"])
        return _row(request_told(taken, with_words=True))

    def mine(self, who: str | None) -> list[Row]:
        """What agencies asked of the holder."""
        return [_row(request_told(one)) for one in acts.asked_of_me(self._services, holder_of(who))]

    def card(self, who: str | None, request_id: str) -> Row:
        """One request as its holder decides on it."""
        return _row(card_told(acts.card(self._services, holder_of(who), request_id)))

    def approve(self, who: str | None, request_id: str, asked: Row) -> Row:
        """Approve."""
        read = RequestApproval.model_validate(asked)
        form = FilingForm("", read.chosen, frozenset(read.brought_in_person), read.consent, told_by(read.said))
        filed = acts.approve_request(self._services, holder_of(who), request_id, form, words=read.words)
        return _row(submission_told(filed))

    def decline(self, who: str | None, request_id: str, reason: str) -> Row:
        """Decline."""
        return _row(request_told(acts.decline_request(self._services, holder_of(who), request_id, reason=reason)))

    def open_by_duty(self, who: str | None, asked: Row) -> Row:
        """Open papers by a duty of law."""
        caller: Principal = reader_of(who)
        wanted = DutyAsked(caller.agency_code, asked["duty_id"], asked["doc_type"], asked["case_number"])
        article, grant = acts.open_by_duty(self._services, caller, asked["holder_number"], wanted)
        return _row(
            DutyAccessTold(
                grant_id=grant.grant_id, article=article, record_ids=list(grant.record_ids), expires_at=grant.expires_at
            )
        )

    def write_by_duty(self, who: str | None, grant_id: str, record_id: str, target: BinaryIO) -> None:
        """Fetch a paper that a duty opened."""
        with self._services.spool.room() as room:
            paper = acts.fetch_by_duty(self._services, reader_of(who), grant_id, record_id=record_id, room=room)
            write_payload(paper.content, target)


def _row(told: BaseModel) -> Row:
    return told.model_dump(mode="json")
