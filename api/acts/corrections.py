"""Putting right what was certified: a free new copy, a changed original, an annulment, a copy in the wrong vault."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.engine import Connection

from api.access import Principal
from api.errors import RequestInvalid
from api.services import Services
from certify import (
    Channel,
    Item,
    NewCase,
    NumberStatus,
    Role,
    add_item,
    check_role,
    get_case,
    get_item,
    present_original,
    stands_for,
)
from certify.annotations import AnnotationKind
from certify.registry import (
    CLERICAL_ERROR,
    CertifiedLine,
    CorrectionOrder,
    FreeCopy,
    annul,
    check_not_under_way,
    find_line,
    note_original,
    open_free_copy,
    recall,
)
from vault import HolderKind, NotFound, StaffAccess, find_by_number, holder_of_code, open_staff_access, parse_code
from vault.misdelivery import Recall
from vault.twins import Twin, TwinField, confirm_field, read_twin


class OriginalChange(StrEnum):
    """What its issuer did to the original."""

    REPLACED = "REPLACED"
    REVOKED = "REVOKED"


def annul_own_copy(
    services: Services, principal: Principal, code: str, *, decision_number: str, reason: str
) -> CertifiedLine:
    """Annul a copy of the agency by a numbered decision.

    Raises:
        NotFound: no copy of this agency has this code.
        CodeMistyped: the code cannot exist.
        RegisterError: no decision, or the copy is not in force.
        StaffError: no certifier.
    """
    with services.database.transaction() as tx:
        line, order = _begin(services, tx, principal, code, reason=reason, decision_number=decision_number)
        return annul(tx, line.code, order=order)


def change_original(
    services: Services, principal: Principal, code: str, *, change: OriginalChange, reason: str
) -> CertifiedLine:
    """Note what became of the original of a copy.

    Raises:
        NotFound, CodeMistyped, RegisterError, StaffError: as `annul_own_copy`.
    """
    with services.database.transaction() as tx:
        line, order = _begin(services, tx, principal, code, reason=reason)
        return note_original(tx, line.code, AnnotationKind(f"ORIGINAL_{change.value}"), order=order)


def recall_copy(services: Services, principal: Principal, code: str, *, holder_number: str, reason: str) -> Recall:
    """Move a misdelivered copy into the vault of the person it is for.

    Raises:
        NotFound: no copy of this agency has this code, or nobody with this number has a vault.
        RecordRefused: it lies in that vault already.
        CodeMistyped, RegisterError, StaffError: as `annul_own_copy`.
    """
    with services.database.read() as tx:
        holder = find_by_number(tx, HolderKind.PERSON, "".join(holder_number.split()), index=services.number_index)
    return recall_to(services, principal, code, holder_id=holder.holder_id, reason=reason)


def recall_to(services: Services, principal: Principal, code: str, *, holder_id: str, reason: str) -> Recall:
    """Do the same with the vault named by its holder's id.

    Raises:
        NotFound, RecordRefused, CodeMistyped, RegisterError, StaffError: as `recall_copy`.
    """
    with services.database.transaction() as tx:
        line, order = _begin(services, tx, principal, code, reason=reason)
        return recall(tx, line.code, to_holder_id=holder_id, order=order)


def correct_copy(services: Services, principal: Principal, code: str) -> Item:
    """Open a new case for the same person, at no fee, whose copy will supersede the one with our mistake.

    The paper is scanned and compared anew: a mistake in the copy may be a mistake in its scan.

    Raises:
        NotFound, CodeMistyped, RegisterError, StaffError: as `annul_own_copy`; or a correction is under way already.
    """
    with services.database.transaction() as tx:
        line, order = _begin(services, tx, principal, code, reason=CLERICAL_ERROR)
        check_role(tx, principal.staff_id, role=Role.COUNTER_CLERK, at=order.at)
        if line.status is not NumberStatus.FINAL:
            raise RequestInvalid(f"copy {code} is {line.status.value}; only a final one is corrected", field="code")
        # Before a case is opened for it, and once more where it is written: two clerks may ask at once.
        check_not_under_way(tx, line.code)
        old = get_item(tx, line.item_id)
        case = get_case(tx, old.case_id)
    new = NewCase(
        agency_code=principal.agency_code,
        channel=Channel.COUNTER,
        holder_id=case.holder_id,
        requester_digest=case.requester_digest,
        requester_id_last4=case.requester_id_last4,
        due_at=services.law.calendar.due_at(order.at),
    )
    name = services.pipeline.requesters(line.book_id)(line.seq_no)
    opened = services.pipeline.open_case(new, requester_name=name, opened_by=principal.staff_id)
    with services.database.transaction() as tx:
        find_line(tx, line.code)
        item = add_item(
            tx,
            opened.case_id,
            doc_type=old.doc_type,
            title=old.title,
            copies=old.copies,
            at=order.at,
            random_bytes=services.random_bytes,
        )
        free = FreeCopy(item.item_id, line.code, CLERICAL_ERROR, principal.staff_id)
        open_free_copy(tx, free, at=order.at)
        return present_original(tx, item.item_id, staff_id=principal.staff_id, at=order.at)


def _begin(
    services: Services,
    tx: Connection,
    principal: Principal,
    code: str,
    *,
    reason: str,
    decision_number: str | None = None,
) -> tuple[CertifiedLine, CorrectionOrder]:
    at = services.clock.now()
    check_role(tx, principal.staff_id, role=Role.CERTIFIER, at=at)
    line = _own_line(tx, principal, parse_code(code))
    return line, CorrectionOrder(principal.staff_id, at, services.random_bytes, reason, decision_number)


def see_fields(services: Services, principal: Principal, code: str) -> Twin:
    """Give the twin of a copy of the agency, for who compares it with the pages; the holder sees that it was looked at.

    Raises:
        NotFound: no copy of this agency has this code, or it lies in no vault.
    """
    with services.database.transaction() as tx:
        access, record_id = _access_to(services, tx, principal, code, reason="FIELDS_COMPARED")
        return read_twin(tx, access, record_id, vault=services.blobs)


def confirm_one_field(services: Services, principal: Principal, code: str, *, name: str, value: str) -> TwinField:
    """Confirm one field of the twin of a copy of the agency, after a look at the page; the holder sees who did, and when.

    Raises:
        NotFound: no copy of this agency has this code, it lies in no vault, or its twin has no such field.
        RecordRefused: no value was given.
        StaffError: no certifier.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        check_role(tx, principal.staff_id, role=Role.CERTIFIER, at=at)
        access, record_id = _access_to(services, tx, principal, code, reason="FIELD_CONFIRMED")
        twin = confirm_field(
            tx,
            access,
            record_id,
            name,
            value=value,
            vault=services.blobs,
            at=at,
            random_bytes=services.random_bytes,
        )
    return next(one for one in twin.fields if one.name == name)


def _access_to(
    services: Services, tx: Connection, principal: Principal, code: str, *, reason: str
) -> tuple[StaffAccess, str]:
    line = _own_line(tx, principal, parse_code(code))
    owner = holder_of_code(tx, line.code)
    if owner is None:
        raise NotFound("the copy of this code lies in no vault")
    access = open_staff_access(
        tx,
        staff_id=principal.staff_id,
        agency_code=principal.agency_code,
        holder_id=owner.holder_id,
        reason=reason,
        at=services.clock.now(),
        random_bytes=services.random_bytes,
    )
    return access, owner.record_id


def _own_line(tx: Connection, principal: Principal, code: str) -> CertifiedLine:
    line = find_line(tx, code)
    if not stands_for(tx, line.agency_code, agency_code=principal.agency_code):
        raise NotFound("no copy of this agency has this code")
    return line
