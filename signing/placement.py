"""Give a mark its place: free room where its look belongs, or what the caller allows when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from guard.errors import ChildFailed, ChildRefused
from guard.limits import Isolation, ProcessLimits
from guard.pool import SandboxPool
from guard.wire import Json, Payload
from signing.appearance import Mark, measure_mark
from signing.errors import NoFreeSpace, NotAPdf
from signing.looks import NO_ROOM, Look, LookPage
from signing.mark_fonts import MarkFaces
from signing.sign import NewField

_MIB = 1024 * 1024
_LIMITS = ProcessLimits(memory_bytes=768 * _MIB, cpu_seconds=20, wall_seconds=60, output_bytes=_MIB)
_QUEUE = 16
_MARGIN_PT = 40


class WhenFull(StrEnum):
    """What happens when a page has no room for the mark; content is never covered."""

    REFUSE = "refuse"
    INVISIBLE = "invisible"
    ADD_PAGE = "add-page"


def placement_sandbox(*, size: int, isolation: Isolation) -> SandboxPool:
    """Open a pool in which pages are drawn to find room on them."""
    return SandboxPool(
        module="signing.placement_child", size=size, limits=_LIMITS, isolation=isolation, queue_limit=_QUEUE
    )


def place_mark(
    pdf: Payload, mark: Mark, *, look: Look, faces: MarkFaces, sandbox: SandboxPool, when_full: WhenFull
) -> tuple[NewField, Mark | None]:
    """Return the field a mark goes into, and the mark; none when the field is invisible.

    Raises:
        NoFreeSpace: there is no room, and `when_full` is REFUSE.
        MarkUnusable: the mark cannot be drawn at all.
        NotAPdf: the file cannot be drawn, so nobody can say what a mark would cover.
    """
    width_pt, height_pt = measure_mark(mark, width_pt=look.max_width_pt, faces=faces)
    header: dict[str, Json] = {
        "page_index": 0 if look.page is LookPage.FIRST else -1,
        "zone": look.zone.value,
        "width_pt": width_pt,
        "height_pt": height_pt,
    }
    try:
        reply = sandbox.call("place", header, (pdf,))
    except ChildRefused as exc:
        if exc.code != NO_ROOM:
            raise NotAPdf(f"no place can be found for the mark: {exc.message}") from exc
        if when_full is WhenFull.INVISIBLE:
            return NewField(page_index=_page_index(look)), None
        if when_full is WhenFull.ADD_PAGE:
            return _on_new_page(pdf, mark, size_pt=(width_pt, height_pt), sandbox=sandbox)
        raise NoFreeSpace(f"{exc.message}; sign without a visible mark, or let a page be added") from exc
    except ChildFailed as exc:
        raise NotAPdf("the page could not be drawn within its limits, so no place can be found for the mark") from exc
    page_index, box = reply.header["page_index"], reply.header["box"]
    if not isinstance(page_index, int) or not isinstance(box, Sequence) or len(box) != 4:
        raise NotAPdf("the search for a place gave no place")
    left, bottom, right, top = (int(str(side)) for side in box)
    return NewField(page_index=page_index, box_pt=(left, bottom, right, top)), mark


def _page_index(look: Look) -> int:
    return 0 if look.page is LookPage.FIRST else -1


def _on_new_page(pdf: Payload, mark: Mark, *, size_pt: tuple[int, int], sandbox: SandboxPool) -> tuple[NewField, Mark]:
    size = sandbox.call("size_of_last_page", {}, (pdf,)).header["size"]
    if not isinstance(size, Sequence) or len(size) != 2:
        raise NotAPdf("the size of the last page is not known")
    # The new page takes the mark at its size, however small the other pages are.
    page_width = max(float(str(size[0])), size_pt[0] + 2 * _MARGIN_PT)
    page_height = max(float(str(size[1])), size_pt[1] + 2 * _MARGIN_PT)
    right, top = round(page_width - _MARGIN_PT), round(page_height - _MARGIN_PT)
    box = (right - size_pt[0], top - size_pt[1], right, top)
    return NewField(page_index=-1, box_pt=box, new_page_pt=(page_width, page_height)), mark
