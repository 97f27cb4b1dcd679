"""Say for which pages the objects alone prove that nothing a reader sees was changed, and look at the others.

A page is proven when every object that can be reached from it is the same in both revisions, apart from signature
widgets that were filled. What is not proven is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping

from signing.verify.comparison import StepChange
from signing.verify.rendering import MAX_PAGES as MAX_COMPARED
from signing.verify.rendering import RenderedComparison, compare_rendering
from signing.verify.report import Box, ModifiedAfter
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.syntax import PdfObject, Ref, Stream, same_object
from signing.verify.widgets import rectangle_of

MAX_PAGES = 5_000
_AWAY = frozenset({"Parent", "P", "Dest", "A", "AA", "StructParent", "StructParents", "Popup", "IRT"})
"""Keys that lead from a page to other pages, not to what it shows."""


def needs_rendering(step: StepChange) -> bool:
    """Tell whether objects leave open what a step changed on a page, while the step may still be allowed."""
    if step.level in (ModifiedAfter.FORM_FILL, ModifiedAfter.ANNOTATION):
        return True
    return step.level.rank <= ModifiedAfter.SIGNING.rank and step.adds_visible_field


def look_at_step(
    history: PdfHistory, index: int, step: StepChange, *, max_pages: int = MAX_COMPARED
) -> RenderedComparison:
    """Compare revision `index` with the one before it, on the pages that are not proven."""
    old, new = history.revisions[index - 1], history.revisions[index]
    before, after = page_numbers(history, old), page_numbers(history, new)
    pages: list[int] | None = None
    if before == after:
        pages = [at for at, number in enumerate(after) if not _is_proven(history, old, new, number)]
        if not pages and step.level is ModifiedAfter.OTHER:
            # No page alone explains it: layers, default fonts or an object that could not be read.
            pages = None
    return compare_rendering(
        history.pdf[: old.end_with_eol],
        history.pdf[: new.end_with_eol],
        pages=pages,
        allowed=places_of(history, new, step.widgets),
        max_pages=max_pages,
    )


def page_numbers(history: PdfHistory, revision: Revision) -> list[int]:
    """Give the object numbers of the pages in order."""
    catalog = history.resolve(revision, revision.trailer.get("Root"))
    waiting: list[PdfObject] = [catalog.get("Pages")] if isinstance(catalog, dict) else []
    seen: set[int] = set()
    pages: list[int] = []
    while waiting and len(pages) < MAX_PAGES:
        item = waiting.pop()
        if not isinstance(item, Ref) or item.number in seen:
            continue
        seen.add(item.number)
        node = history.fetch(revision, item.number)
        if isinstance(node, dict):
            kids = history.resolve(revision, node.get("Kids"))
            if isinstance(kids, list):
                waiting.extend(reversed(kids))
            else:
                pages.append(item.number)
    return pages


def _is_proven(history: PdfHistory, old: Revision, new: Revision, page: int) -> bool:
    """Compare everything reachable from a page, in both revisions."""
    seen: set[int] = {page}
    waiting = [page]
    while waiting:
        number = waiting.pop()
        before, after = history.fetch(old, number), history.fetch(new, number)
        if old.objects.get(number) != new.objects.get(number) and not same_object(before, after):
            return False
        for target in _shown(after):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return True


def _shown(value: PdfObject) -> list[int]:
    found: list[int] = []
    waiting: list[PdfObject] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Ref):
            found.append(item.number)
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict | Stream):
            entries = item.entries if isinstance(item, Stream) else item
            waiting.extend(one for key, one in entries.items() if key not in _AWAY)
    return found


def places_of(history: PdfHistory, revision: Revision, widgets: frozenset[int]) -> Mapping[int, list[Box]]:
    """Give the boxes of widgets on each page: there, and nowhere else, pixels may change."""
    places: dict[int, list[Box]] = {}
    for at, number in enumerate(page_numbers(history, revision)) if widgets else ():
        page = history.fetch(revision, number)
        annotations = history.resolve(revision, page.get("Annots")) if isinstance(page, dict) else None
        for item in annotations if isinstance(annotations, list) else ():
            if isinstance(item, Ref) and item.number in widgets:
                box = rectangle_of(history, revision, item)
                places.setdefault(at, []).extend([box] if box else [])
    return places
