"""Examples and links of the counter's operations; `examples` puts them with the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.routes.example_shapes import Example, Link

_ITEM: Final = "01KAM5X0E8Q2V7T9B3C4D5F6G7"
_OF_ITEM: Final = Example({"item_id": _ITEM})

COUNTER_EXAMPLES: Final[Mapping[str, Example]] = {
    "open_case": Example(
        {"Idempotency-Key": "tiep-nhan-2026-11-22-0001"},
        {
            "presenter": {"number": "000195012345", "seen_by": "ID_CARD"},
            "originals": [{"doc_type": "VN.LAND_CERT", "copies": 2}],
            "delivery": "PRINT",
        },
    ),
    "see_case": Example({"case_id": _ITEM}),
    "act_on_case": Example({"case_id": _ITEM}, {"act": "CLAIM"}),
    "see_delivery": Example({"case_id": _ITEM}),
    "choose_delivery": Example({"case_id": _ITEM}, {"way": "PRINT"}),
    # Nothing of it is certified yet.
    "hand_copies_over": Example(
        {"case_id": _ITEM, "Idempotency-Key": "tra-2026-11-22-0001"},
        {"received_by": "PRESENTER", "seen_by": "ID_CARD"},
        ends=409,
    ),
    "collection_sheet": Example({"case_id": _ITEM}, ends=409),
    "list_own_cases": Example(),
    "submit_own_case": Example(
        {"Idempotency-Key": "xin-ban-sao-2026-11-22-0001"},
        {"agency_code": "THIDU", "originals": [{"doc_type": "VN.DIPLOMA"}]},
    ),
    "see_own_case": Example({"case_id": _ITEM}),
    "ask_own_case_back": Example({"case_id": _ITEM}),
    "case_slip": Example({"case_id": _ITEM}),
    "track_case": Example({"code": "K7PM-3QWX-9DHT-5"}),
    # Nobody in the demonstration can stand in.
    "go_on_leave": Example(body={"until": "2036-11-30T00:00:00Z", "substitute_id": _ITEM}, ends=404),
    "list_choices": Example(),
    "see_reuse": _OF_ITEM,
    "ask_reuse": _OF_ITEM,
    "answer_reuse": Example({"item_id": _ITEM}, {"choice": "CERTIFY", "reason_code": "CITIZEN_WISHES"}),
    "see_inspection": _OF_ITEM,
    "refusal_notice": _OF_ITEM,
    "set_ground": Example({"item_id": _ITEM}, {"kind": "EXEMPT", "code": "MERIT"}, ends=409),
    "see_transfer": Example({"item_id": _ITEM}, ends=503),
    "see_cash_day": Example(),
    # Nothing was taken at the desk in the demonstration.
    "close_cash_day": Example(body={"counted_cash_vnd": 0}),
    "list_cash_closes": Example(),
}

_CASE: Final = {"case_id": "$response.body#/case_id"}
_THIS: Final = {"item_id": "$response.body#/item_id"}
COUNTER_LINKS: Final[Mapping[str, tuple[Link, ...]]] = {
    "submit_own_case": (Link("see_own_case", _CASE), Link("ask_own_case_back", _CASE)),
    "open_case": (
        Link("see_case", _CASE),
        Link("act_on_case", _CASE),
        Link("case_slip", _CASE),
        Link("see_delivery", _CASE),
        Link("choose_delivery", _CASE),
        Link("hand_copies_over", _CASE),
        Link("collection_sheet", _CASE),
        Link("track_case", {"code": "$response.body#/tracking_code"}),
    ),
    "get_draft": tuple(
        Link(name, _THIS)
        for name in ("see_reuse", "ask_reuse", "answer_reuse", "see_inspection", "set_ground", "see_transfer")
    ),
    "refuse": (Link("refusal_notice", _THIS),),
}
