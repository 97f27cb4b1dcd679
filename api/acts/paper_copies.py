"""Copies on paper beside the electronic one: asked for at the counter, printed when it is certified, signed by hand."""

from __future__ import annotations

from dataclasses import replace

from api.access import Principal
from api.acts.own_items import own_item
from api.errors import RequestInvalid
from api.services import Services
from certify import CopyNotReady, ItemState, Reservation, check_may_certify, fee, lock_item, reserve_number
from certify.annotations import Annotation, AnnotationKind, annotate
from certify.draft import words_of_ready
from certify.paper_copies import MOST_COPIES, PaperCopies, ask_for_paper, find_paper, note_printed, shares_number
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.names import ready_name
from certify.prepare import ReadyCopy, get_ready
from certify.register import ReservedNumber, finalise, get_number
from certify.statement import compose_copy
from certify.transitions import BEING_SIGNED
from guard import Payload
from guard.spool import Room

_AFTER_NUMBER = BEING_SIGNED | {ItemState.CERTIFIED, ItemState.SUPERSEDED, ItemState.ANNULLED}


def ask_paper(services: Services, principal: Principal, item_id: str, *, copies: int) -> PaperCopies:
    """Note how many copies on paper are wanted with the electronic one, before its number is taken.

    Raises:
        ItemNotFound: there is no such item in the agency.
        CopyNotReady: its number is taken: what column 6 says stands fast.
        RequestInvalid: the count cannot be meant.
    """
    if not 1 <= copies <= MOST_COPIES:
        raise RequestInvalid(f"from 1 to {MOST_COPIES} copies on paper can be made at once", field="copies")
    own_item(services, principal, item_id)
    with services.database.transaction() as tx:
        item = lock_item(tx, item_id)
        if item.state in _AFTER_NUMBER:
            raise CopyNotReady(f"item {item_id} is {item.state.value}; its number counts the copies already")
        return ask_for_paper(tx, item_id, copies=copies, asked_by=principal.staff_id, at=services.clock.now())


def print_paper(services: Services, principal: Principal, item_id: str, *, room: Room) -> Payload:
    """Give the sheets with the statement for ink signature and seal; again, they are the same.

    Where the law gives copies on paper a number of their own, it is taken at the first print.

    Raises:
        ItemNotFound: there is no such item in the agency.
        CopyNotReady: it is not certified, its working files are gone, or no copies on paper were asked for.
        StaffError: the person may not certify at this instant.
    """
    item, _case = own_item(services, principal, item_id)
    if item.state is not ItemState.CERTIFIED or item.purged_at is not None:
        raise CopyNotReady(
            f"item {item_id} is {item.state.value}; sheets are printed of a copy that was just certified"
        )
    ready, number = _number_of(services, principal, item_id)
    if number == ready.number:
        return services.blobs.fetch(item.document_id, ready_name(ready), room=room)
    numbered = replace(ready, number=number)
    with services.database.read() as tx:
        words = words_of_ready(tx, numbered, law=services.law, mode=services.home.mode, verify_url=services.verify_url)
    parts = compose_copy(words, law=services.law, template=services.law.template_version(ready.template_version))
    reading = ChunkedReading(services.pipeline.services, item)
    crafts = services.pipeline.services.crafts
    return crafts.write_copy(reading.pages(), images=reading.images(), parts=parts, room=room).content


def _number_of(services: Services, principal: Principal, item_id: str) -> tuple[ReadyCopy, ReservedNumber]:
    """Give the ready copy, and the number that stands on its sheets: its own one is taken in this transaction."""
    with services.database.transaction() as tx:
        at = services.clock.now()
        item = lock_item(tx, item_id)
        authority = check_may_certify(tx, principal.staff_id, at=at)
        ready = get_ready(tx, item_id=item_id, attempt=item.attempt)
        paper = find_paper(tx, item_id)
        if paper is None:
            raise CopyNotReady(f"no copies on paper were asked for with item {item_id}")
        if paper.book_id is not None and paper.seq_no is not None:
            return ready, get_number(tx, book_id=paper.book_id, seq_no=paper.seq_no)
        number = ready.number
        if not shares_number(services.law, at=ready.reserved_at):
            due = fee(services.law, pages=item.page_count or 0, copies=paper.copies, at=at)
            # Negative attempts are those of paper: one for each attempt of the electronic copy.
            reservation = Reservation(item_id, -item.attempt, item.title, paper.copies, due)
            number = reserve_number(tx, reservation, agency_code=authority.agency.code, law=services.law, at=at)
            signer = f"{authority.member.display_name}, {authority.member.position}"
            detail = {"paper": True, "code": ready.code, "delegation": authority.delegation.delegation_id}
            number = finalise(
                tx, book_id=number.book_id, seq_no=number.seq_no, signer_text=signer, detail=detail, at=at
            )
        note = Annotation(
            ready.number.book_id,
            ready.number.seq_no,
            AnnotationKind.PAPER_COPIES,
            principal.staff_id,
            at,
            reason=str(paper.copies),
            other_code=None if number == ready.number else number.display_no,
        )
        annotate(tx, note)
        note_printed(tx, item_id, book_id=number.book_id, seq_no=number.seq_no, printed_by=principal.staff_id, at=at)
        return ready, number
