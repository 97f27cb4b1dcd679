"""The pages of an item for the eyes of the office: as scanned, as the copy would be, as it will be signed."""

from __future__ import annotations

from typing import Final

from api.access import Principal
from api.acts.case_looks import item_to_look_at
from api.services import Services
from guard import Payload, Room
from ocr import render_page

_READY_DPI: Final = 110
# A line is as wide as the page and low: twice the width of a column on the screen.
_LINE_PX: Final = 1400


def page_image(services: Services, principal: Principal, item_id: str, *, page_index: int, max_px: int = 1600) -> bytes:
    """A page of the scan as a JPEG."""
    item_to_look_at(services, principal, item_id)
    return services.pipeline.preview_page(item_id, page_index, max_px=max_px)


def worst_line(services: Services, principal: Principal, item_id: str, *, page_index: int, line_index: int) -> bytes:
    """One of the lines of a page that were read least surely, as a PNG."""
    item_to_look_at(services, principal, item_id)
    return services.pipeline.worst_line(item_id, page_index, line_index, max_px=_LINE_PX)


def preview_pdf(services: Services, principal: Principal, item_id: str, *, room: Room) -> Payload:
    """The copy as it would look, with blanks for number and code."""
    item_to_look_at(services, principal, item_id)
    return services.pipeline.preview_copy(item_id, officer_id=principal.staff_id, room=room)


def ready_pdf(services: Services, principal: Principal, item_id: str, *, room: Room) -> Payload:
    """The bytes the officer is asked to approve."""
    item_to_look_at(services, principal, item_id)
    return services.pipeline.ready_pdf(item_id, room=room)


def ready_page(services: Services, principal: Principal, item_id: str, *, page_index: int) -> bytes:
    """A page of the bytes to approve, as a PNG."""
    with services.spool.room() as room:
        pdf = ready_pdf(services, principal, item_id, room=room)
        return render_page(pdf, page_index, dpi=_READY_DPI, sandbox=services.ocr_pool)
