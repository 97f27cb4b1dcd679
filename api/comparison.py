"""What was signed beside what is shown now, for people: the pages that differ, with words for whoever sees no boxes."""

from __future__ import annotations

from typing import Final

from api.messages import Messages
from api.verdict import Answer
from guard import GuardError, SandboxPool
from signing.verify import Coverage, PageDifference, Verdict, VerifyError, compare_in_child

SHOWN_PAGES: Final = 6


def differing_pages(
    answer: Answer, pdf: bytes, *, pool: SandboxPool, max_pages: int = SHOWN_PAGES
) -> tuple[PageDifference, ...]:
    """Picture the pages of a refused file that differ from what was signed; none when nothing can be set side by side.

    The verdict stands without pictures, so a child that dies of drawing changes nothing.
    """
    field = _intact_field(answer)
    if field is None:
        return ()
    try:
        found = compare_in_child(pdf, field=field, sandbox=pool, max_pages=max_pages)
    except (VerifyError, GuardError):
        return ()
    # A seal in its own field is a difference too, and one that was allowed.
    return tuple(page for page in found.pages if page.outside and page.before_jpeg and page.after_jpeg)[:max_pages]


def words_for(page: PageDifference, messages: Messages, language: str) -> str:
    """Say how many regions of a page differ."""
    count = len(page.marked)
    key = "report.regions.one" if count == 1 else "report.regions.many"
    return messages.text(key, language, number=page.page_number, count=count)


def _intact_field(answer: Answer) -> str | None:
    """The first signature that still holds over its revision: beside a broken one nothing could be called signed."""
    if answer.verdict is not Verdict.INVALID:
        return None
    for one in answer.report.signatures:
        if one.cryptographically_valid and one.coverage is not Coverage.PARTIAL:
            return one.field
    return None
