"""Judge the file around the signatures: what stands before, behind and between its revisions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from signing.verify.errors import PdfUnreadable
from signing.verify.fields import FormField
from signing.verify.revisions import HEADER_WITHIN, PdfHistory, Revision
from signing.verify.syntax import PdfObject, Stream, skip_space
from signing.verify.xref import IN_USE

_WHITE_SPACE = b"\x00\t\n\x0c\r "
_END_SPACE = re.compile(rb"[\x00\t\n\x0c\r ]{0,64}\Z")
_REVISION_END = re.compile(rb"startxref[\x00\t\n\x0c\r ]+\d{1,12}[\x00\t\n\x0c\r ]*%%EOF")


def file_reasons(history: PdfHistory) -> list[str]:
    """Give the reasons against the file as a whole."""
    reasons: list[str] = []
    if _before_header(history.pdf).strip(_WHITE_SPACE):
        # Readers count offsets from different places when something precedes the header.
        reasons.append("BYTES_BEFORE_HEADER")
    if not _END_SPACE.match(history.pdf, history.newest.end):
        reasons.append("TRAILING_DATA")
    return reasons


def file_warnings(history: PdfHistory) -> list[str]:
    """Give what is odd about the file as a whole, and was shown to be harmless when it was read."""
    warnings = ["SPACE_BEFORE_HEADER"] if _before_header(history.pdf) else []
    if any(section.is_displaced for revision in history.revisions for section in revision.sections):
        warnings.append("XREF_DISPLACED")
    return warnings


def _before_header(pdf: bytes) -> bytes:
    return pdf[: pdf.find(b"%PDF-", 0, HEADER_WITHIN)]


def duplicate_names(form_fields: Iterable[FormField]) -> bool:
    """Tell whether two different signature fields share a name; readers then show either."""
    numbers = {(one.name, one.number) for one in form_fields if one.field_type == "Sig"}
    return any(count > 1 for count in Counter(name for name, _ in numbers).values())


def has_unexplained_bytes(history: PdfHistory, revision: Revision) -> bool:
    """Tell whether a revision holds bytes that belong to none of its objects.

    Such bytes wait for a reader that rebuilds the cross-reference by searching for `obj`.
    """
    spans = [(section.begin, section.end) for section in revision.sections]
    for number, entry in revision.updated.items():
        if entry.kind == IN_USE:
            span = history.span(revision, number)
            spans += [span] if span else []
    spans += [found.span() for found in _REVISION_END.finditer(history.pdf, revision.start, revision.end)]
    at = revision.start
    for start, end in sorted(spans):
        if start > at and skip_space(history.pdf[at:start], 0) < start - at:
            return True
        at = max(at, end)
    return skip_space(history.pdf[at : revision.end], 0) < revision.end - at


def active_content(history: PdfHistory, revision: Revision) -> list[str]:
    """Name what can act or hide in the revision a reader sees: it is a warning even when it was signed."""
    found: set[str] = set()
    catalog = history.resolve(revision, revision.trailer.get("Root"))
    if isinstance(catalog, dict):
        found |= {"ACTIVE_CONTENT"} if {"OpenAction", "AA"} & catalog.keys() else set()
        found |= {"HIDDEN_CONTENT"} if "OCProperties" in catalog else set()
    for number in revision.objects:
        try:
            value = history.fetch(revision, number)
        except PdfUnreadable:
            continue
        for entries in _dictionaries(value):
            if entries.get("S") in _ACTIONS or "XFA" in entries or "JS" in entries:
                found.add("ACTIVE_CONTENT")
            if entries.get("Type") == "EmbeddedFile" or "EF" in entries:
                found.add("EMBEDDED_FILES")
    return sorted(found)


def _dictionaries(value: PdfObject) -> Iterator[dict[str, PdfObject]]:
    """Give every dictionary written in an object, however deep: an action mostly stands inside what triggers it."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        entries = item.entries if isinstance(item, Stream) else item
        if isinstance(entries, dict):
            yield entries
            waiting.extend(one for one in entries.values() if isinstance(one, dict | list))
        elif isinstance(entries, list):
            waiting.extend(one for one in entries if isinstance(one, dict | list))


_ACTIONS = frozenset({"JavaScript", "Launch", "SubmitForm", "ImportData", "Rendition", "GoToR", "GoToE"})
