"""A file that another office signed is no paper original: look at it, and store it in the vault as it was issued."""

from __future__ import annotations

from typing import Final

from api.access import Principal
from api.acts.own_items import own_item
from api.errors import RequestInvalid
from api.services import Services
from api.verdict import Answer, judge
from signing.verify import verify_in_child
from vault import Record

ALREADY_SIGNED: Final = "ALREADY_SIGNED"
_REMARK: Final = "Tệp đã có chữ ký số; đã kiểm tra và lưu nguyên bản vào kho."


def look_at_issued(services: Services, principal: Principal, item_id: str) -> Answer:
    """Verify an upload that intake found to be signed already.

    Raises:
        ItemNotFound: no such item for this agency.
        RequestInvalid: the item's upload is not such a file.
    """
    item, _case = own_item(services, principal, item_id)
    if item.problem_code != ALREADY_SIGNED:
        raise RequestInvalid(f"item {item_id} holds no file that was signed elsewhere", field="item_id")
    with services.spool.room() as room:
        report = verify_in_child(
            services.pipeline.uploaded_file(item_id, room=room),
            trust=services.trust.anchors(),
            at=services.clock.now(),
            sandbox=services.verify_pool,
        )
    return judge(report, status=None, agency_names={})


def store_as_issued(services: Services, principal: Principal, item_id: str) -> Record:
    """Put the file into the holder's vault, byte for byte, and end the item: it needs no certification.

    Raises:
        ItemNotFound: no such item for this agency.
        CopyNotReady: the item's upload is not such a file.
        GuardRefused: its signatures are not confirmed.
    """
    own_item(services, principal, item_id)
    return services.pipeline.store_as_issued(item_id, free_text=_REMARK, staff_id=principal.staff_id)
