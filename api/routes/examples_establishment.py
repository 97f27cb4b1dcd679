"""Examples of the doors by which agencies and people are entered, changed and ended; nobody administers in the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.routes.example_shapes import Example

_ITEM: Final = "01KAM5X0E8Q2V7T9B3C4D5F6G7"

ESTABLISHMENT_EXAMPLES: Final[Mapping[str, Example]] = {
    "found_agency": Example(
        {"Idempotency-Key": "co-quan-2026-11-22-0001"},
        {
            "code": "THIDU-DONG",
            "name": {"vi": "UBND phường Thí Dụ Đông", "en": "Thi Du East Ward", "fr": "Quartier de Thi Du Est"},
        },
        ends=403,
    ),
    "abolish_agency": Example(
        {"agency_code": "THIDU-EDU", "if-match": '"1"'},
        {"successors": ["THIDU"], "decision_number": "15/NQ-HĐND"},
        ends=403,
    ),
    "allow_sealing": Example(
        {"agency_code": "THIDU", "Idempotency-Key": "dong-dau-2026-11-22-0001"},
        {
            "decision_number": "16/QĐ-UBND",
            "valid_from": "2026-11-22T00:00:00+07:00",
            "valid_until": "2027-11-22T00:00:00+07:00",
        },
        ends=403,
    ),
    "list_decisions": Example({"agency_code": "THIDU"}, ends=403),
    "ask_for_four_eyes": Example(
        {"agency_code": "THIDU", "Idempotency-Key": "bon-mat-2026-11-22-0001"},
        {"decision_number": "17/QĐ-UBND", "doc_type": "VN.LAND_CERT"},
        ends=403,
    ),
    "end_four_eyes": Example({"agency_code": "THIDU", "policy_id": _ITEM}, ends=403),
    "take_on": Example(
        {"Idempotency-Key": "can-bo-2026-11-22-0001"},
        {
            "login": "can-bo-2",
            "agency_code": "THIDU",
            "name": "Lê Văn Mẫu",
            "position": "Công chức",
            "roles": ["counter_clerk"],
        },
        ends=403,
    ),
    "change_person": Example({"staff_id": _ITEM, "if-match": '"1"'}, {"roles": ["auditor"]}, ends=403),
    "invite": Example({"staff_id": _ITEM}, ends=403),
    "begin_line_sign_in": Example(body={"login": "can-bo", "machine": "may-quay-3", "reach": "look"}),
    "take_line_session": Example(body={"secret": "bi-mat-ma-dong-lenh-da-giu"}, ends=401),
    "see_line_question": Example(body={"code": "BCDF-GHJK"}, ends=404),
    "answer_line_question": Example(body={"code": "BCDF-GHJK", "answer": "declined"}, ends=404),
    "plan_renewals": Example({"on": "2030-12-31"}, ends=403),
    "trust_bundle": Example(),
}
