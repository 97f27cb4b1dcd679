"""Show what was signed beside what is shown now: both images of every page that differs, with the regions boxed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signing.verify.changes import ChangeJudge
from signing.verify.coverage import judge_coverage
from signing.verify.errors import FieldNotSigned
from signing.verify.fields import SignedField, read_fields, signed_fields
from signing.verify.proof import look_at_step, places_of
from signing.verify.rendering import MAX_PAGES, PageDifference, compare_rendering
from signing.verify.report import ModifiedAfter, VisibleChange
from signing.verify.revisions import PdfHistory, Revision, read_history

MAX_LOOKED_STEPS = 4
MAX_LOOKED_PAGES = 10


@dataclass(frozen=True, slots=True)
class SignedAndShown:
    """The signed revision beside the newest one; `pages` are those that differ, with both pictures as JPEG."""

    field: str
    is_complete: bool
    pages: tuple[PageDifference, ...]


def compare_with_signed(pdf: bytes, field: str, *, max_pages: int = MAX_PAGES) -> SignedAndShown:
    """Compare what the signature in `field` covers with what the file shows now.

    Raises:
        FieldNotSigned: no signed field of that name, or its ByteRange ends at no revision.
        NotAPdf, PasswordProtected, PdfUnreadable: the file cannot be read without guessing.
    """
    history = read_history(pdf)
    signed, revision = _find(history, field)
    steps = ChangeJudge(history, may_render=False).changes_since(revision)
    allowed = [step for step in steps if step.level.rank < ModifiedAfter.ANNOTATION.rank]
    widgets = frozenset(number for step in allowed for number in step.widgets)
    found = compare_rendering(
        pdf[: revision.end_with_eol],
        pdf,
        pages=None,
        allowed=places_of(history, history.newest, widgets),
        with_images=True,
        max_pages=max_pages,
    )
    return SignedAndShown(signed.name, found.is_complete, found.differences)


def look_at_changes(pdf: bytes) -> tuple[VisibleChange, ...]:
    """Box what the suspicious revisions of a file changed: for whoever wants to see why it was refused.

    Raises:
        NotAPdf, PasswordProtected, PdfUnreadable: the file cannot be read without guessing.
    """
    history = read_history(pdf)
    return tuple(_suspicious(history, ChangeJudge(history, may_render=False)))


def _suspicious(history: PdfHistory, changes: ChangeJudge) -> Iterator[VisibleChange]:
    looked = 0
    for position, step in enumerate(changes.changes_since(history.revisions[0]), start=1):
        if step.level.rank < ModifiedAfter.FORM_FILL.rank or looked >= MAX_LOOKED_STEPS:
            continue
        looked += 1
        for page in look_at_step(history, position, step, max_pages=MAX_LOOKED_PAGES).differences:
            yield VisibleChange(position + 1, page.page_number, page.boxes, page.outside, page.covers_ink)


def _find(history: PdfHistory, field: str) -> tuple[SignedField, Revision]:
    newest = history.newest
    for signed in signed_fields(history, newest, read_fields(history, newest)):
        if field not in signed.names:
            continue
        coverage = judge_coverage(history, signed, history.resolve(newest, signed.dictionary.get("ByteRange")))
        if coverage.revision is None:
            raise FieldNotSigned("the signature covers no whole revision, so there is nothing to compare with")
        return signed, coverage.revision
    raise FieldNotSigned("the file has no signature in a field of that name; list them with `vidimus verify`")
