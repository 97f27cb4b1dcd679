"""Examples of reuse: what agencies ask of holders, codes at the counter, help, and access by a duty of law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.routes.example_shapes import Example

_ID: Final = "01KAM5X0E8Q2V7T9B3C4D5F6G7"
_PROCEDURE: Final = "SAMPLE-CIVIL-STATUS-EXTRACT"
_ASKED: Final = {"holder_number": "000195012345", "procedure_id": _PROCEDURE}
_MADE_UP: Final = "Q2hvIG3hu5l0IGzhuqduIHh1aSBy4bqlIGNob25n"
_CHOSEN: Final = {"chosen": {"birth": _ID}, "brought_in_person": [], "consent": True}

REUSE_EXAMPLES: Final[Mapping[str, Example]] = {
    "consent_receipt": Example({"consent_id": _ID}, ends=404),
    "get_own_package": Example({"submission_id": _ID}, ends=404),
    "list_own_marks": Example({"submission_id": _ID}, ends=404),
    "list_received_marks": Example({"submission_id": _ID}, ends=404),
    "get_received_package": Example({"submission_id": _ID}, ends=404),
    "ask_package_signature": Example({"submission_id": _ID}, {"certificate": "MIIB", "chain": []}, ends=404),
    "keep_package_signature": Example(
        {"submission_id": _ID},
        {"certificate": "MIIB", "chain": [], "signature": "MEUC", "signing_time": "2026-11-22T10:03:11+07:00"},
        ends=404,
    ),
    "ask_package_approval": Example({"submission_id": _ID}, ends=404),
    "keep_package_approval": Example({"submission_id": _ID}, {"answer": "{}"}, ends=404),
    "ask_holder": Example({"Idempotency-Key": "hoi-giay-to-2026-11-22-0001"}, _ASKED),
    "list_requests": Example(),
    "begin_assisted": Example({"Idempotency-Key": "lam-ho-2026-11-22-0001"}, _ASKED),
    "get_request": Example({"request_id": _ID}, ends=404),
    # Nobody helps in the demonstration.
    "assist": Example({"request_id": _ID}, {"counter": "Quầy 3", "language": "vi"}, ends=403),
    "show_counter_code": Example(body={"procedure_id": _PROCEDURE}),
    "take_counter_code": Example(body={"token": _MADE_UP}, ends=410),
    "show_phone_code": Example(),
    "take_phone_code": Example(body={"token": _MADE_UP, "procedure_id": _PROCEDURE}, ends=410),
    "list_own_requests": Example(),
    "get_own_request": Example({"request_id": _ID}, ends=404),
    "approve_request": Example({"request_id": _ID, "Idempotency-Key": "dong-y-2026-11-22-0001"}, _CHOSEN, ends=404),
    "decline_request": Example({"request_id": _ID}, {"reason": ""}, ends=404),
    "give_feedback": Example(
        {"Idempotency-Key": "phan-anh-2026-11-22-0001"},
        {"about": "DOSSIER", "about_id": _ID, "kind": "SUGGESTION", "text": "Nên có ghế ngồi chờ ở quầy 3."},
        ends=404,
    ),
    "list_feedback": Example({"limit": 20}),
    "get_feedback": Example({"feedback_id": _ID}, ends=404),
    "list_received_feedback": Example({"limit": 20}),
    "get_received_feedback": Example({"feedback_id": _ID}, ends=404),
    "answer_feedback": Example({"feedback_id": _ID}, {"text": "Cảm ơn bạn; đã có ghế."}, ends=404),
    "match_linked": Example({"procedure_id": "SAMPLE-DEATH"}, {"said": {}}),
    # An has no paper of the deceased: nothing is filed, neither of the two.
    "file_linked": Example(
        {"Idempotency-Key": "lien-thong-2026-11-22-0001"},
        {
            "parts": [
                {"procedure_id": "SAMPLE-DEATH", "chosen": {}, "brought_in_person": ["identity"], "consent": True},
                {"procedure_id": "SAMPLE-RESIDENCE-REMOVE", "chosen": {}, "consent": True},
            ]
        },
        ends=422,
    ),
    "list_linked_filings": Example({"limit": 20}),
    "get_linked_filing": Example({"filing_id": _ID}, ends=404),
    "ask_linked_back": Example({"filing_id": _ID}, {"reason": "Tôi nộp nhầm"}, ends=404),
    # The demonstration's officer brings a file that nobody signed: it is not taken.
    "add_result": Example(
        {"Idempotency-Key": "ket-qua-2026-11-22-0001"},
        {
            "file": "@giay-khai-sinh.jpg",
            "reference": "HT-2026-000123",
            "doc_type": "VN.BIRTH_CERT",
            "holder_number": "000195012345",
            "holder_name": "Nguyễn Thị Thí Dụ An",
        },
        ends=422,
    ),
    "list_issued_results": Example({"limit": 20}),
    "get_issued_result": Example({"result_id": _ID}, ends=404),
    "replace_issued_result": Example(
        {"result_id": _ID, "if-match": '"1"', "Idempotency-Key": "ket-qua-2026-11-22-0002"},
        {"file": "@giay-khai-sinh.jpg", "issued_on": "2026-11-22"},
        ends=404,
    ),
    "annul_issued_result": Example({"result_id": _ID, "if-match": '"1"'}, {"decision_number": "45/QĐ-UBND"}, ends=404),
    "list_pull_providers": Example(),
    # The demonstration asks no provider, and nobody administers there.
    "pull_paper": Example(body={"uri": "vi-du:bang/2026/000123", "doc_type": "VN.DIPLOMA"}, ends=422),
    "list_providers": Example(ends=403),
    "check_provider": Example({"provider_id": "so-giao-duc"}, ends=403),
    "open_by_duty": Example(
        {"Idempotency-Key": "theo-luat-2026-11-22-0001"},
        body={
            "holder_number": "000195012345",
            "duty_id": "DUTY-STATE-AGENCY",
            "doc_type": "VN.BIRTH_CERT",
            "case_number": "HS-2026-000123",
        },
    ),
    "fetch_by_duty": Example({"grant_id": _ID, "record_id": _ID}, ends=403),
}
