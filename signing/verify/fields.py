"""Find every signature field, by our own reading of the file, and check the count with a second parser.

The signing library skips what it does not know (`adbe.pkcs7.sha1`, odd types); a field that is skipped is
a field nobody judged. Raw `/ByteRange` keys outside every field betray a signature that was taken away.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import pikepdf

from signing.verify.errors import PdfUnreadable
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.syntax import HexString, PdfObject, Ref, Stream
from signing.verify.xref import IN_USE

MAX_FIELDS = 20_000
_Waiting: TypeAlias = "tuple[pikepdf.Object, str, object, object]"
_INHERITED = ("FT", "V")

# Names may be written with escapes (`/Byte#52ange`), and hiding is the point of whoever does it.
_BYTE_RANGE = re.compile(b"/" + b"".join(b"(?:%c|#%02x|#%02X)" % (c, c, c) for c in b"ByteRange") + rb"(?=[\s\[/\x00])")


@dataclass(frozen=True, slots=True)
class FormField:
    """One terminal form field: `number` is its object, None when it is written inline."""

    name: str
    number: int | None
    field_type: str | None
    entries: dict[str, PdfObject] = field(repr=False)
    value: PdfObject = field(repr=False)
    widget_numbers: tuple[int, ...]

    @property
    def value_number(self) -> int | None:
        """Object number of the value, None when it is written inline."""
        return self.value.number if isinstance(self.value, Ref) else self.number


@dataclass(frozen=True, slots=True)
class SignedField:
    """A signature field with its signature dictionary; `names` has several when fields share one dictionary."""

    names: tuple[str, ...]
    field_numbers: tuple[int | None, ...]
    value_number: int | None
    dictionary: dict[str, PdfObject] = field(repr=False)
    contents: bytes = field(repr=False)
    hole: tuple[int, int] | None
    subfilter: str

    @property
    def name(self) -> str:
        """The field's fully qualified name."""
        return self.names[0]

    @property
    def is_document_timestamp(self) -> bool:
        """Time-stamps are routed by SubFilter: real files write `/Type /Sig`, or none, into them."""
        return self.subfilter == "ETSI.RFC3161"


def read_fields(history: PdfHistory, revision: Revision) -> tuple[FormField, ...]:
    """Walk the whole field tree of a revision.

    Raises:
        PdfUnreadable: the tree is a circle or too large.
    """
    catalog = history.resolve(revision, revision.trailer.get("Root"))
    form = history.resolve(revision, catalog.get("AcroForm")) if isinstance(catalog, dict) else None
    roots = history.resolve(revision, form.get("Fields")) if isinstance(form, dict) else None
    found: list[FormField] = []
    seen: set[int] = set()
    for kid in roots if isinstance(roots, list) else []:
        found.extend(_walk(history, revision, kid, {}, (), seen))
    return tuple(found)


def _walk(
    history: PdfHistory,
    revision: Revision,
    node: PdfObject,
    inherited: dict[str, PdfObject],
    names: tuple[str, ...],
    seen: set[int],
) -> Iterator[FormField]:
    number = node.number if isinstance(node, Ref) else None
    if number is not None:
        if number in seen:
            raise PdfUnreadable("FIELD_LOOP", "the tree of form fields holds a field twice")
        seen.add(number)
    if len(seen) > MAX_FIELDS or len(names) > 32:
        raise PdfUnreadable("TOO_MANY_FIELDS", "the tree of form fields is too large")
    entries = history.resolve(revision, node)
    if not isinstance(entries, dict):
        return
    title = history.resolve(revision, entries.get("T"))
    names = (*names, read_text(title)) if isinstance(title, bytes) else names
    inherited = {**inherited, **{key: entries[key] for key in _INHERITED if key in entries}}
    kids = history.resolve(revision, entries.get("Kids"))
    children = kids if isinstance(kids, list) else []
    named = [kid for kid in children if _has_title(history, revision, kid)]
    for kid in named:
        yield from _walk(history, revision, kid, inherited, names, seen)
    if named:
        return
    field_type = history.resolve(revision, inherited.get("FT"))
    widgets = tuple(kid.number for kid in children if isinstance(kid, Ref))
    yield FormField(
        name=".".join(names),
        number=number,
        field_type=field_type if isinstance(field_type, str) else None,
        entries=entries,
        value=inherited.get("V"),
        widget_numbers=widgets or ((number,) if number is not None else ()),
    )


def _has_title(history: PdfHistory, revision: Revision, node: PdfObject) -> bool:
    entries = history.resolve(revision, node)
    return isinstance(entries, dict) and "T" in entries


def read_text(raw: bytes) -> str:
    """Decode a text string (ISO 32000-2, 7.9.2.2) as far as a field name needs it."""
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", errors="replace")
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("utf-8", errors="replace")
    return raw.decode("latin-1")


def signed_fields(
    history: PdfHistory, revision: Revision, form_fields: tuple[FormField, ...]
) -> tuple[SignedField, ...]:
    """Give the fields that hold a signature, one entry per signature dictionary."""
    grouped: dict[object, SignedField] = {}
    for form_field in form_fields:
        dictionary = history.resolve(revision, form_field.value)
        if form_field.field_type != "Sig" or not isinstance(dictionary, dict):
            continue
        key = form_field.value.number if isinstance(form_field.value, Ref) else id(dictionary)
        earlier = grouped.get(key)
        grouped[key] = SignedField(
            names=(*(earlier.names if earlier else ()), form_field.name),
            field_numbers=(*(earlier.field_numbers if earlier else ()), form_field.number),
            value_number=form_field.value_number,
            dictionary=dictionary,
            contents=_contents(history, revision, dictionary),
            hole=_hole(revision, form_field.value_number, dictionary),
            subfilter=_name(history.resolve(revision, dictionary.get("SubFilter"))),
        )
    return tuple(grouped.values())


def _contents(history: PdfHistory, revision: Revision, dictionary: dict[str, PdfObject]) -> bytes:
    contents = history.resolve(revision, dictionary.get("Contents"))
    return bytes(contents) if isinstance(contents, bytes) else b""


def _hole(revision: Revision, number: int | None, dictionary: dict[str, PdfObject]) -> tuple[int, int] | None:
    """Where `/Contents` stands in the file; None when it is not written directly there."""
    contents = dictionary.get("Contents")
    entry = revision.objects.get(number) if number is not None else None
    if entry is None or entry.kind != IN_USE or not isinstance(contents, HexString):
        return None
    return contents.start, contents.end


def _name(value: PdfObject) -> str:
    return value if isinstance(value, str) else ""


def removed_signatures(history: PdfHistory, signed: tuple[SignedField, ...]) -> int:
    """Count raw `/ByteRange` keys that belong to no signature field of the newest revision."""
    spans = _known_spans(history, signed)
    orphans = 0
    starts: list[int] | None = None
    for at in _byte_ranges_outside(history.pdf, history.spans_of_read_streams):
        if any(start <= at < end for start, end in spans):
            continue
        starts = starts or _object_starts(history)
        orphans += not _stands_in_stream(history, at, starts)
    return orphans


def _byte_ranges_outside(pdf: bytes, spans: list[tuple[int, int]]) -> Iterator[int]:
    """Find the key everywhere but in the given stretches; those are streams, where it says nothing."""
    begin = 0
    for start, end in (*spans, (len(pdf), len(pdf))):
        for match in _BYTE_RANGE.finditer(pdf, begin, start):
            yield match.start()
        begin = max(begin, end)


def _known_spans(history: PdfHistory, signed: tuple[SignedField, ...]) -> list[tuple[int, int]]:
    newest = history.newest
    numbers = {one.value_number for one in signed if one.value_number is not None}
    catalog = history.resolve(newest, newest.trailer.get("Root"))
    permissions = history.resolve(newest, catalog.get("Perms")) if isinstance(catalog, dict) else None
    usage_rights = permissions.get("UR3") if isinstance(permissions, dict) else None
    if isinstance(usage_rights, Ref):
        # Adobe's usage rights are signed without a field; they say nothing about the document.
        numbers.add(usage_rights.number)
    spans = [history.span(newest, number) for number in numbers]
    return [span for span in spans if span is not None]


def _object_starts(history: PdfHistory) -> list[int]:
    return sorted(
        {entry.where for revision in history.revisions for entry in revision.updated.values() if entry.kind == IN_USE}
    )


def _stands_in_stream(history: PdfHistory, at: int, starts: list[int]) -> bool:
    """Tell whether a position lies in the bytes of a stream, such as an embedded signed PDF."""
    position = bisect_right(starts, at) - 1
    if position < 0:
        return False
    for revision in history.revisions:
        for number, entry in revision.updated.items():
            if entry.kind == IN_USE and entry.where == starts[position]:
                span = history.span(revision, number)
                value = history.fetch(revision, number)
                return isinstance(value, Stream) and span is not None and at < span[1]
    return False


def count_with_second_parser(pdf: bytes) -> tuple[str, ...]:
    """Give the names of the signed fields as qpdf sees them, sorted; several fields may share a dictionary.

    Raises:
        PdfUnreadable: qpdf refuses the file.
    """
    names: list[str] = []
    try:
        with pikepdf.open(io.BytesIO(pdf), suppress_warnings=True, inherit_page_attributes=False) as document:
            form = document.Root.get("/AcroForm")
            roots = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
            queue: list[_Waiting] = []
            queue.extend((kid, "", None, None) for kid in (roots if isinstance(roots, pikepdf.Array) else ()))
            while queue and len(names) < MAX_FIELDS:
                _count_one(queue, names)
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, ValueError, TypeError, RuntimeError) as exc:
        raise PdfUnreadable("SECOND_PARSER_REFUSED", "a second parser cannot read the file") from exc
    return tuple(sorted(names))


def _count_one(queue: list[_Waiting], names: list[str]) -> None:
    node, prefix, field_type, value = queue.pop()
    if not isinstance(node, pikepdf.Dictionary):
        return
    title = node.get("/T")
    if title is not None:
        text = read_text(bytes(title))
        prefix = f"{prefix}.{text}" if prefix else text
    field_type, value = node.get("/FT", field_type), node.get("/V", value)
    kids = [kid for kid in node.get("/Kids", ()) if isinstance(kid, pikepdf.Dictionary) and "/T" in kid]
    if kids and len(prefix) < 10_000:
        queue.extend((kid, prefix, field_type, value) for kid in kids)
    elif field_type == "/Sig" and isinstance(value, pikepdf.Dictionary):
        names.append(prefix)
