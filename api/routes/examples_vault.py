"""Examples about a vault and the people around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.routes.example_shapes import Example, Link

_ITEM: Final = "01KAM5X0E8Q2V7T9B3C4D5F6G7"
_MANDATE: Final = "01KAM5X0E8Q2V7T9B3C4D5F6G8"
VAULT_EXAMPLES: Final[Mapping[str, Example]] = {
    "export_vault": Example(),
    "look_at_erasure": Example(),
    "erase_papers": Example(body={"record_ids": [_ITEM], "confirm": "ERASE"}, ends=404),
    "record_fields": Example({"record_id": _ITEM}),
    "enter_mandate": Example(
        {"Idempotency-Key": "uy-quyen-2026-11-22-0001"},
        {
            "holder": {"number": "000218012345", "name": "Trần Thí Dụ", "birth_date": "2018-05-06"},
            "person": {"number": "000191012345", "name": "Lê Thị Thí Dụ", "birth_date": "1991-02-03"},
            "kind": "PARENT",
            "document_number": "KS 12/2018",
        },
    ),
    "end_mandate": Example({"mandate_id": _MANDATE}, {"document_number": "45/2026/QĐST-HNGĐ"}),
    "enter_death": Example(body={"number": "000191012345", "document_number": "KT 9/2026"}),
    "enter_identity_change": Example(
        body={
            "before": {"number": "000218012345"},
            "name": "Trần Minh Thí Dụ",
            "number": "000218054321",
            "document_number": "12/QĐ-UBND",
        },
    ),
    "enter_joint_paper": Example(
        body={"code": "K7PM-3QWX-9DHT-W", "numbers": ["000218012345"], "document_number": "KH 3/2020"}, ends=404
    ),
    "set_joint_rule": Example({"record_id": _ITEM}, {"others_share_alone": False}, ends=404),
    "list_representatives": Example(),
    "list_vaults": Example(),
    "list_vault_records": Example({"holder_id": _ITEM, "limit": 20}, ends=404),
    "vault_record_file": Example({"holder_id": _ITEM, "record_id": _ITEM}, ends=404),
    "make_vault_share": Example(
        {"holder_id": _ITEM, "Idempotency-Key": "chia-se-2026-11-22-0002"},
        {"record_id": _ITEM, "purpose": "Xin học", "recipient": "Trường mầm non Hoa Phượng", "days": 7, "max_views": 3},
        ends=404,
    ),
    "appoint_user": Example(
        {"holder_id": _ITEM, "Idempotency-Key": "cu-nguoi-2026-11-22-0001"},
        {"person_number": "000191012345", "document_number": "GUQ 3/2026", "ends_on": "2027-06-30"},
        ends=404,
    ),
    "dismiss_user": Example({"holder_id": _ITEM, "mandate_id": _MANDATE}, ends=404),
}

VAULT_LINKS: Final[Mapping[str, tuple[Link, ...]]] = {
    "enter_mandate": (Link("end_mandate", {"mandate_id": "$response.body#/mandate_id"}),),
}
