"""The officer at the paper: what the recogniser points at, what must be confirmed, and the one explicit comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.access import Principal
from api.acts.own_items import VersionCheck, find_own_item, lock_own_item, own_item
from api.acts.paper_databases import NOBODY_ASKED, Answers, ask_databases
from api.acts.reuse import ask_first
from api.services import Services
from certify import Item, ItemState, compare
from certify.actors import Actor, ActorKind
from certify.case import note_subject
from certify.counter import (
    Choice,
    Finding,
    Inspection,
    Issuer,
    ReuseChoice,
    check_claim,
    choose,
    desk_rules,
    inspect,
    inspection_lines,
    latest_check,
    suggested_issuer,
    suggestions_of,
)
from certify.counter.reuse import REASON_NOT_STATED
from certify.pipeline import Outcome
from dossiers.names import NameLikeness, compare_names
from ocr import ReadField
from vault import Identity, read_identity

_PREPARE_TIMEOUT_SECONDS: Final = 60.0
_UNREAD: Final = "UNREAD"


@dataclass(frozen=True, slots=True)
class InspectionAsked:
    """What is asked of the officer for one item: lines to confirm, and what the recogniser points at."""

    lines: tuple[Choice, ...]
    suggestions: tuple[str, ...]
    issuer: Issuer | None
    """Whose paper it seems to be; None says that nobody knows."""
    subject_match: str
    page_count: int


def look(services: Services, principal: Principal, item_id: str) -> InspectionAsked:
    """Say what an officer has to look at.

    Raises:
        ItemNotFound: there is no such item in the agency.
    """
    item, case = own_item(services, principal, item_id)
    with services.database.read() as tx:
        holder = read_identity(tx, case.holder_id, vault=services.blobs)
    return _asked(services, item, holder)


def compare_and_prepare(
    services: Services,
    principal: Principal,
    item_id: str,
    *,
    pages_compared: int,
    given: Inspection | None = None,
    relation: str | None = None,
    check_version: VersionCheck | None = None,
) -> Outcome:
    """Note that every page was compared with the paper, take a number and fix the bytes; raises as `note_comparison`.

    Raises:
        RegisterError: the books are not as they must be.
    """
    note_comparison(
        services,
        principal,
        item_id,
        pages_compared=pages_compared,
        given=given,
        relation=relation,
        check_version=check_version,
    )
    return services.pipeline.prepare(item_id, officer_id=principal.staff_id, timeout_seconds=_PREPARE_TIMEOUT_SECONDS)


def note_comparison(
    services: Services,
    principal: Principal,
    item_id: str,
    *,
    pages_compared: int,
    given: Inspection | None = None,
    relation: str | None = None,
    check_version: VersionCheck | None = None,
) -> None:
    """Note that every page was compared with the paper; a number is taken later, alone or in a batch.

    `given` is what the officer stated at the paper; where it is left out, only open suggestions stop the item.

    Raises:
        PreconditionFailed: `check_version` says that the caller saw another version.
        GuardRefused: a page was not compared, the scan is not good enough, the paper speaks of somebody else,
            a suggestion is open, a foreign paper has no evidence, or somebody else works on the case.
    """
    at = services.clock.now()
    rules, databases = desk_rules(services.law, at=at), _ask_when_nobody_did(services, principal, item_id)
    with services.database.transaction() as tx:
        item = lock_own_item(tx, principal, item_id, check_version=check_version)
        _item, case = find_own_item(tx, principal, item_id)
        check_claim(tx, case, staff_id=principal.staff_id, at=at)
        if item.state in {ItemState.EXTRACTED, ItemState.COMPARED}:
            asked = _asked(services, item, read_identity(tx, case.holder_id, vault=services.blobs))
            if relation:
                rules.choice("relation", relation)
            note_subject(tx, item_id, match=asked.subject_match, relation=relation)
            if given is not None:
                inspect(
                    tx,
                    item,
                    given,
                    suggested=asked.suggestions,
                    rules=rules,
                    staff_id=principal.staff_id,
                    at=at,
                    random_bytes=services.random_bytes,
                )
            compare(tx, item_id, officer_id=principal.staff_id, pages_compared=pages_compared, at=at)
        check = latest_check(tx, item_id) or ask_first(
            services, tx, principal, item, holder_id=case.holder_id, databases=databases
        )
        if check.finding is not Finding.NOTHING and check.choice is None:
            # Certifying all the same is a choice; that no reason was given is on record, and counted.
            choose(
                tx,
                item_id,
                ReuseChoice.CERTIFY,
                reason_code=REASON_NOT_STATED,
                rules=rules,
                actor=Actor(ActorKind.STAFF, principal.staff_id),
                at=at,
                random_bytes=services.random_bytes,
            )


def _ask_when_nobody_did(services: Services, principal: Principal, item_id: str) -> Answers:
    """Ask the databases for an item that an older release took in without asking."""
    with services.database.read() as tx:
        item, case = find_own_item(tx, principal, item_id)
        if latest_check(tx, item_id) is not None:
            return NOBODY_ASKED
        check_claim(tx, case, staff_id=principal.staff_id, at=services.clock.now())
    return ask_databases(services, principal, holder_id=case.holder_id, doc_types=[item.doc_type])


def match_subject(holder: Identity, fields: Sequence[ReadField]) -> str:
    """How the holder and the person whom the paper names agree: by name, and by the year of birth where both are known."""
    found = {one.name: one.value for one in reversed(fields)}
    name, born = found.get("holder_name"), found.get("birth_date", "")
    if not name:
        return _UNREAD
    likeness = compare_names(holder.name, name)
    years = [word for word in "".join(sign if sign.isdigit() else " " for sign in born).split() if len(word) == 4]
    if holder.birth_date is not None and years and str(holder.birth_date.year) not in years:
        return NameLikeness.DIFFERENT.value
    return likeness.value


def _asked(services: Services, item: Item, holder: Identity) -> InspectionAsked:
    rules = desk_rules(services.law, at=services.clock.now())
    is_read = item.page_count is not None and item.purged_at is None
    reading = services.pipeline.readings.of(item) if is_read else None
    lines = (
        [" ".join(word.text for word in line) for page in reading.pages.pages for line in page.lines] if reading else []
    )
    return InspectionAsked(
        lines=inspection_lines(rules, item.doc_type),
        suggestions=suggestions_of(lines, rules=rules),
        issuer=suggested_issuer(lines, rules=rules),
        subject_match=match_subject(holder, reading.fields.fields if reading else ()),
        page_count=item.page_count or 0,
    )
