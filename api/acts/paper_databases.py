"""Asking the databases that hold papers, before an item is taken in: recorded first, then asked, then recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from api.access import Principal
from api.errors import DoorFailed, TooManyRequests
from api.identity import count_attempt
from api.services import Services
from certify.outside import LookUpOutcome, NewLookUp, begin_look_up, end_look_up
from certify.outside.papers import DatabaseAnswer, PaperDatabase, PaperOutcome, PaperQuestion
from vault import read_identity

# In a quarter of an hour, by one person: more than any counter takes in, less than a copy of a database needs.
_LOOK_UPS: Final = 240
Answers = Mapping[str, tuple[DatabaseAnswer, ...]]
NOBODY_ASKED: Final[Answers] = {}


def ask_databases(services: Services, principal: Principal, *, holder_id: str, doc_types: Iterable[str]) -> Answers:
    """Ask every database that could have a paper of these types, once for each type; the holder sees that it was asked.

    No transaction may be open: a database may take its time. One that does not answer is not asked a second time here.
    """
    wanted = [
        (one, doc_type)
        for doc_type in sorted(set(doc_types))
        for one in services.outside.paper_databases
        if doc_type in one.doc_types
    ]
    if not wanted:
        return NOBODY_ASKED
    with services.database.read() as tx:
        number = read_identity(tx, holder_id, vault=services.blobs).number
    answers: dict[str, tuple[DatabaseAnswer, ...]] = {}
    silent: set[str] = set()
    for database, doc_type in wanted:
        if database.source in silent:
            answer = DatabaseAnswer(database.source, database.basis_id, PaperOutcome.UNAVAILABLE, None)
        else:
            answer = _ask(services, principal, database, doc_type, holder_id=holder_id, number=number)
        if answer.outcome is PaperOutcome.UNAVAILABLE:
            silent.add(database.source)
        answers[doc_type] = (*answers.get(doc_type, ()), answer)
    return answers


def _ask(
    services: Services, principal: Principal, database: PaperDatabase, doc_type: str, *, holder_id: str, number: str
) -> DatabaseAnswer:
    at = services.clock.now()
    try:
        with services.database.transaction() as tx:
            # A transaction of its own: what is counted stays counted.
            count_attempt(tx, subject=f"papers:{principal.staff_id}", at=at, allowed=_LOOK_UPS)
    except TooManyRequests:
        return DatabaseAnswer(database.source, database.basis_id, PaperOutcome.NOT_ASKED, None)
    new = NewLookUp(principal.agency_code, principal.staff_id, database.basis_id, database.source, holder_id)
    with services.database.transaction() as tx:
        look_up_id = begin_look_up(tx, new, at=at, random_bytes=services.random_bytes)
    try:
        outcome = database.look_for(PaperQuestion(look_up_id, doc_type, database.basis_id, number))
    except DoorFailed:
        # The counter goes on without it: the record says that the database did not answer.
        outcome = PaperOutcome.UNAVAILABLE
    ended = {PaperOutcome.FOUND: LookUpOutcome.FOUND, PaperOutcome.UNAVAILABLE: LookUpOutcome.UNAVAILABLE}
    with services.database.transaction() as tx:
        end_look_up(
            tx,
            look_up_id,
            ended.get(outcome, LookUpOutcome.NOT_FOUND),
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return DatabaseAnswer(database.source, database.basis_id, outcome, look_up_id)
