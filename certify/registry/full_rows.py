"""The whole line of the register: everything that is kept of a number besides the eight columns the law wants printed.

What may change later (a name, a decision, a certificate) is written down when the number becomes final; what cannot is
joined when somebody reads. A line of an older release says nothing (None) where nothing was kept: that is not the same as
zero or no.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.annotations import AnnotationKind, annotations_of
from certify.outside.tables import payments
from certify.register import get_book
from certify.staff import Delegation, StaffMember
from certify.tables import cases, items, numbers
from keys.credentials import CertificateFacts
from vault.blobs import BlobVault, OpenDocument
from vault.errors import NotFound
from vault.log.certified import find_certified_leaf

BY_DECISION: Final = "BY_DECISION"
ORIGINAL_FIELDS: Final = ("issuer", "document_number", "issued_on")


@dataclass(frozen=True, slots=True)
class FullRow:
    """One number with all that is known of it; texts are as they were when it became final."""

    book: str
    seq_no: int
    status: str
    certified_at: str | None
    case_id: str
    item_id: str
    channel: str
    requester: str
    requester_ref: str
    requester_id_last4: str
    original_title: str
    original_type: str
    original_issuer: str | None
    original_number: str | None
    original_issued_on: str | None
    original_pages: int | None
    signer: str | None
    signer_position: str | None
    signer_capacity: str | None
    signer_certificate_serial: str | None
    signer_certificate_issuer: str | None
    delegation_id: str | None
    sealer: str | None
    seal_certificate_serial: str | None
    copies: int
    fee_amount: int
    fee_currency: str | None
    fee_rule: str
    exemption: str | None
    receiving_agency: str
    responsible_agency: str
    scan_sha256: str | None
    output_sha256: str | None
    output_pages: int | None
    pdfa_level: str | None
    pades_levels: str | None
    code: str | None
    statement_template: str | None
    legal_basis: str | None
    void_reason: str | None
    supersedes: str | None
    log_leaf: int | None


COLUMNS: Final = tuple(FullRow.__dataclass_fields__)


def original_in_book(seq_no: int) -> str:
    """Where what the paper says of itself stands under the book's document."""
    return f"original/{seq_no}"


def keep_original(blobs: BlobVault, book_id: str, seq_no: int, fields: Mapping[str, str]) -> None:
    """Keep issuer, number and day of an original under the book's key: a paper's number may be a person's."""
    told = {name: fields[name] for name in ORIGINAL_FIELDS if fields.get(name)}
    blobs.put_first(book_id, original_in_book(seq_no), json.dumps(told, ensure_ascii=False, sort_keys=True).encode())


def final_facts(
    *,
    officer: StaffMember,
    delegation: Delegation,
    certificate: CertificateFacts,
    sealer: str | None,
    pades_levels: tuple[str, ...],
    currency: str,
    basis_id: str,
) -> dict[str, Any]:
    """Give what is written down when a number becomes final because it may change later."""
    return {
        "signer_id": officer.staff_id,
        "signer_position": officer.position,
        "capacity": delegation.capacity.value,
        "delegation": delegation.delegation_id,
        "certificate_issuer": certificate.issuer_cn,
        "sealer": sealer,
        "pdfa_level": "PDF/A-2u",
        "pades_levels": list(pades_levels),
        "currency": currency,
        "legal_basis": basis_id,
    }


def full_rows(
    tx: Connection,
    book_id: str,
    *,
    requester_of: Callable[[int], str],
    blobs: BlobVault,
    after_seq_no: int = 0,
    limit: int | None = None,
) -> tuple[FullRow, ...]:
    """Give the whole lines of a book in their order: all, or so many behind the one already seen."""
    book = get_book(tx, book_id)
    rows = tx.execute(
        sa.select(
            numbers,
            cases.c.case_id,
            cases.c.channel,
            cases.c.requester_digest,
            cases.c.requester_id_last4,
            cases.c.agency_code.label("responsible"),
            cases.c.receiving_agency_code,
            items.c.doc_type,
            items.c.page_count,
            items.c.source_sha256_hex,
            payments.c.state.label("payment"),
            payments.c.exemption_code,
        )
        .join(items, items.c.item_id == numbers.c.item_id)
        .join(cases, cases.c.case_id == items.c.case_id)
        .join(payments, payments.c.item_id == numbers.c.item_id, isouter=True)
        .where(numbers.c.book_id == book_id, numbers.c.seq_no > after_seq_no)
        .order_by(numbers.c.seq_no)
        .limit(limit)
    ).all()
    noted = annotations_of(tx, book_id, lines={row.seq_no for row in rows})
    supersedes = {note.seq_no: note.other_code for note in noted if note.kind is AnnotationKind.SUPERSEDES}
    originals = _originals(blobs, book_id)
    return tuple(
        _full_row(
            row,
            book=book.display,
            requester=requester_of(row.seq_no),
            original=originals(row.seq_no),
            supersedes=supersedes.get(row.seq_no),
            leaf=_leaf(tx, row.detail.get("code")),
        )
        for row in rows
    )


def _full_row(
    row: sa.Row[Any],
    *,
    book: str,
    requester: str,
    original: Mapping[str, str],
    supersedes: str | None,
    leaf: int | None,
) -> FullRow:
    detail: Mapping[str, Any] = row.detail
    levels = detail.get("pades_levels")
    return FullRow(
        book=book,
        seq_no=row.seq_no,
        status=row.status,
        certified_at=row.finalised_at.isoformat() if row.finalised_at else None,
        case_id=row.case_id,
        item_id=row.item_id,
        channel=row.channel,
        requester=requester,
        requester_ref=row.requester_digest,
        requester_id_last4=row.requester_id_last4,
        original_title=row.original_title,
        original_type=row.doc_type,
        original_issuer=original.get("issuer"),
        original_number=original.get("document_number"),
        original_issued_on=original.get("issued_on"),
        original_pages=row.page_count,
        signer=row.signer_text,
        signer_position=detail.get("signer_position"),
        signer_capacity=detail.get("capacity"),
        signer_certificate_serial=detail.get("certificate_serial"),
        signer_certificate_issuer=detail.get("certificate_issuer"),
        delegation_id=detail.get("delegation"),
        sealer=detail.get("sealer"),
        seal_certificate_serial=detail.get("seal_serial"),
        copies=row.copies,
        fee_amount=row.fee_vnd,
        fee_currency=detail.get("currency"),
        fee_rule=row.fee_rule,
        exemption=row.exemption_code if row.payment in {"EXEMPT", "WAIVED"} else None,
        receiving_agency=row.receiving_agency_code or row.responsible,
        responsible_agency=row.responsible,
        scan_sha256=detail.get("source_sha256") or row.source_sha256_hex,
        output_sha256=detail.get("sha256"),
        output_pages=detail.get("pages"),
        pdfa_level=detail.get("pdfa_level"),
        pades_levels=", ".join(levels) if levels else None,
        code=detail.get("code"),
        statement_template=detail.get("template"),
        legal_basis=detail.get("legal_basis"),
        void_reason=row.void_reason,
        supersedes=supersedes,
        log_leaf=leaf,
    )


def _originals(blobs: BlobVault, book_id: str) -> Callable[[int], Mapping[str, str]]:
    # The book's keyset is unwrapped once, at the first line.
    opened: list[OpenDocument] = []

    def told_of(seq_no: int) -> Mapping[str, str]:
        try:
            if not opened:
                opened.append(blobs.open_document(book_id))
            told: Mapping[str, str] = json.loads(opened[0].get(original_in_book(seq_no)))
        except NotFound:
            return {}
        return told

    return told_of


def _leaf(tx: Connection, code: str | None) -> int | None:
    if code is None:
        return None
    try:
        return find_certified_leaf(tx, code)
    except NotFound:
        return None
