"""Examples and links of the register's doors: books, corrections, batches, the seal queue, the auditor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.routes.example_shapes import Example, Link

_ITEM: Final = "01KAM5X0E8Q2V7T9B3C4D5F6G7"
_DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PIN: Final = "240226"
_CODE: Final = "K7PM-3QWX-9DHT-W"
_BODY: Final = "$response.body#"
_BOOK: Final = {"book_id": f"{_BODY}/items/0/book_id"}

REGISTER_EXAMPLES: Final[Mapping[str, Example]] = {
    "list_books": Example(),
    # The demonstration's book of this year is open.
    "open_book": Example({"Idempotency-Key": "so-2026-11-22-0001"}, {"volume": 2}, ends=409),
    "get_book": Example({"book_id": _ITEM}),
    "list_lines": Example({"book_id": _ITEM, "limit": 20}),
    "export_book": Example({"book_id": _ITEM, "form": "xlsx"}),
    # Nobody closes the demonstration's book behind a number it does not have.
    "close_book": Example({"book_id": _ITEM}, {"last_number": 999_999}, ends=409),
    "closing_document": Example({"book_id": _ITEM}, ends=409),
    "sign_closing": Example({"book_id": _ITEM}, {"sha256": _DIGEST, "pin": _PIN}, ends=409),
    "ask_paper": Example({"item_id": _ITEM}, {"copies": 2}),
    "print_paper": Example({"item_id": _ITEM}, ends=409),
    "list_seal_queue": Example(ends=403),
    "file_to_seal": Example({"item_id": _ITEM}, ends=403),
    "seal_files": Example(
        {"Idempotency-Key": "dau-2026-11-22-0001"}, {"items": [{"item_id": _ITEM, "sha256": _DIGEST}]}, ends=403
    ),
    "list_batches": Example(),
    "open_batch": Example({"Idempotency-Key": "lo-2026-11-22-0001"}, {"items": [_ITEM]}, ends=404),
    "get_batch": Example({"batch_id": _ITEM}, ends=404),
    "tick_line": Example({"batch_id": _ITEM, "item_id": _ITEM}, {"ticked": False}, ends=404),
    "prepare_batch": Example({"batch_id": _ITEM}, ends=404),
    "approve_opened_batch": Example(
        {"batch_id": _ITEM, "Idempotency-Key": "lo-2026-11-22-0002"},
        {"items": [{"item_id": _ITEM, "sha256": _DIGEST}], "checklist": ["ORIGINAL_SEEN"], "pin": _PIN},
        ends=404,
    ),
    # Nobody audits in the demonstration.
    "audit_lines": Example({"number": 1}, ends=403),
    "audit_findings": Example({"book_id": _ITEM}, ends=403),
    "audit_evidence": Example({"code": _CODE}, {"reason": "COMPLAINT", "words": "Đơn số 12/ĐT"}, ends=403),
    # No number of the demonstration has this code.
    "see_fields": Example({"code": _CODE}, ends=409),
    "confirm_field": Example({"code": _CODE, "name": "full_name"}, {"value": "Nguyễn Thị Thí Dụ"}, ends=409),
    "annul_copy": Example({"code": _CODE}, {"decision_number": "15/QĐ-UBND", "reason": "WRONG_ORIGINAL"}, ends=409),
    "change_original": Example({"code": _CODE}, {"change": "REPLACED", "reason": "ISSUER_NOTICE"}, ends=409),
    "correct_copy": Example({"code": _CODE, "Idempotency-Key": "sua-loi-2026-11-22-0001"}, ends=409),
    "recall_copy": Example({"code": _CODE}, {"holder_number": "000195012345", "reason": "MISDELIVERY"}, ends=409),
}

REGISTER_LINKS: Final[Mapping[str, tuple[Link, ...]]] = {
    "list_books": tuple(
        Link(operation, _BOOK)
        for operation in (
            "get_book",
            "list_lines",
            "export_book",
            "close_book",
            "closing_document",
            "sign_closing",
        )
    ),
}
