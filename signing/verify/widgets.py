"""Where annotations stand on a page, whether one can be seen, and what lies under it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from signing.verify.errors import PdfUnreadable
from signing.verify.report import Box
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.streams import decode_stream
from signing.verify.syntax import PdfObject, Stream

_HIDDEN = 0b10
_SHOWS_SOMETHING = re.compile(rb"(?<![A-Za-z])(?:Tj|TJ|Do|sh|BI)(?![A-Za-z])|[)>]\s*['\"]")
_NOTES = frozenset({"Text", "Popup"})
_NOTE_SIDE_PT = 48.0


def rectangle_of(history: PdfHistory, revision: Revision, value: PdfObject) -> Box | None:
    """Give the rectangle of an annotation, None when it encloses nothing."""
    entries = history.resolve(revision, value)
    rectangle = history.resolve(revision, entries.get("Rect")) if isinstance(entries, dict) else None
    sides = [float(side) for side in rectangle if isinstance(side, int | float)] if isinstance(rectangle, list) else []
    if len(sides) != 4:
        return None
    (left, right), (bottom, top) = sorted((sides[0], sides[2])), sorted((sides[1], sides[3]))
    return (left, bottom, right, top) if left < right and bottom < top else None


def is_visible(history: PdfHistory, revision: Revision, number: int) -> bool:
    """Tell whether a widget shows something."""
    widget = history.fetch(revision, number)
    if not isinstance(widget, dict):
        return True
    flags = widget.get("F", 0)
    is_hidden = isinstance(flags, int) and bool(flags & _HIDDEN)
    return rectangle_of(history, revision, widget) is not None and not is_hidden and "AP" in widget


def covers_annotation(history: PdfHistory, old: Revision, new: Revision, number: int) -> bool:
    """Tell whether a new widget lies over an annotation that was on its page before."""
    widget = history.fetch(new, number)
    entries = widget if isinstance(widget, dict) else {}
    box = rectangle_of(history, new, entries)
    page = history.resolve(old, entries.get("P"))
    annotations = history.resolve(old, page.get("Annots")) if isinstance(page, dict) else None
    others = (rectangle_of(history, old, item) for item in (annotations if isinstance(annotations, list) else []))
    return box is not None and any(there is not None and _overlap(box, there) for there in others)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def is_note(history: PdfHistory, revision: Revision, value: PdfObject) -> bool:
    """Tell whether an annotation is a sticky note (12.5.6.4): small, and without any action.

    Every other kind can be given an appearance that reads as part of the page (the "evil annotation" attack), also
    where a certification allows annotations.
    """
    entries = history.resolve(revision, value)
    if not isinstance(entries, dict) or entries.get("Subtype") not in _NOTES or {"A", "AA", "FT"} & entries.keys():
        return False
    box = rectangle_of(history, revision, entries)
    is_small = box is None or max(box[2] - box[0], box[3] - box[1]) <= _NOTE_SIDE_PT
    return is_small or (entries["Subtype"] == "Popup" and "AP" not in entries)


def shows_nothing(history: PdfHistory, revision: Revision, widgets: Iterable[int]) -> bool:
    """Tell whether the normal appearances of widgets draw no text and no image; a frame may be there."""
    for number in widgets:
        widget = history.fetch(revision, number)
        appearance = history.resolve(revision, widget.get("AP")) if isinstance(widget, dict) else None
        normal = history.resolve(revision, appearance.get("N")) if isinstance(appearance, dict) else None
        if isinstance(normal, Stream) and _draws(normal):
            return False
    return True


def _draws(appearance: Stream) -> bool:
    try:
        return _SHOWS_SOMETHING.search(decode_stream(appearance)) is not None
    except PdfUnreadable:
        return True
