"""Vault and databases first: what the vault has in place of an original is looked up, told, and answered at the counter."""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.own_items import find_own_item, lock_own_item, own_item
from api.acts.paper_databases import Answers, ask_databases
from api.services import Services
from certify import Item
from certify.actors import Actor, ActorKind
from certify.counter import (
    Finding,
    NewCheck,
    ReuseCheck,
    ReuseChoice,
    SourceAnswer,
    choose,
    desk_rules,
    latest_check,
    record_check,
)
from certify.outside.papers import PaperOutcome
from vault import Elaboration, Record, RecordStatus, list_for_holder, open_staff_access

# A certified copy, or what was born digital (DOMAIN section 3): less may be certified anew.
_LEAST_LEVEL: Final = 3
_REASON: Final = "DATABASES_FIRST"


def ask_first(
    services: Services, tx: Connection, principal: Principal, item: Item, *, holder_id: str, databases: Answers
) -> ReuseCheck:
    """Ask the vault for a paper of this type before a fee is due, and write down what it and the databases said.

    The databases were asked before (`ask_databases`): nobody waits for one while a transaction is open. The population
    database is asked about persons by its own look-up; it has no papers that could be reused.
    """
    at, law = services.clock.now(), services.law
    owner = open_staff_access(
        tx,
        staff_id=principal.staff_id,
        agency_code=principal.agency_code,
        holder_id=holder_id,
        reason=_REASON,
        at=at,
        random_bytes=services.random_bytes,
        case_id=item.case_id,
    )
    today = law.local_date(at)
    kept = [
        one
        for one in list_for_holder(tx, owner, doc_type=item.doc_type)
        if one.assurance_level >= _LEAST_LEVEL and one.status_on(today) is RecordStatus.CURRENT
    ]
    best = max(kept, key=lambda one: (one.assurance_level, one.record_id), default=None)
    sources = [SourceAnswer("vault", "FOUND" if best else "NOT_FOUND")]
    answers = databases.get(item.doc_type, ())
    sources += [SourceAnswer(one.source, one.outcome.value) for one in answers]
    elsewhere = None if best else next((one for one in answers if one.outcome is PaperOutcome.FOUND), None)
    if services.outside.population is not None:
        sources.append(SourceAnswer(services.outside.population.source, "HAS_NO_PAPERS"))
    new = NewCheck(
        item_id=item.item_id,
        staff_id=principal.staff_id,
        basis_id=elsewhere.basis_id if elsewhere else law.databases_first(at),
        sources=tuple(sources),
        finding=Finding.PAPER_IN_DATABASE if elsewhere else _finding(best),
        record_id=best.record_id if best else None,
        look_up_id=elsewhere.look_up_id if elsewhere else None,
    )
    return record_check(tx, new, at=at, random_bytes=services.random_bytes)


def ask_again(services: Services, principal: Principal, item_id: str) -> ReuseCheck:
    """Ask anew for an item of the agency, for example one that an older release took in."""
    item, case = own_item(services, principal, item_id)
    databases = ask_databases(services, principal, holder_id=case.holder_id, doc_types=[item.doc_type])
    with services.database.transaction() as tx:
        item, case = find_own_item(tx, principal, item_id)
        return ask_first(services, tx, principal, item, holder_id=case.holder_id, databases=databases)


def see(services: Services, principal: Principal, item_id: str) -> ReuseCheck | None:
    """Give what was found for an item of the agency, and what was chosen; None when nobody asked."""
    own_item(services, principal, item_id)
    with services.database.read() as tx:
        return latest_check(tx, item_id)


def answer(
    services: Services, principal: Principal, item_id: str, choice: ReuseChoice, *, reason_code: str | None
) -> Item:
    """Write what the person at the counter wants: what the vault has, or a new copy for a reason."""
    at = services.clock.now()
    with services.database.transaction() as tx:
        lock_own_item(tx, principal, item_id)
        return choose(
            tx,
            item_id,
            choice,
            reason_code=reason_code,
            rules=desk_rules(services.law, at=at),
            actor=Actor(ActorKind.STAFF, principal.staff_id),
            at=at,
            random_bytes=services.random_bytes,
        )


def _finding(best: Record | None) -> Finding:
    if best is None:
        return Finding.NOTHING
    return Finding.ORIGINAL_IN_VAULT if best.elaboration is Elaboration.BORN_DIGITAL else Finding.COPY_IN_VAULT
