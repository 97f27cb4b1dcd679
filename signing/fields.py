"""Find the field a signature goes into, and refuse before anything is signed when the file forbids it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject
from pyhanko.sign.fields import SigFieldSpec, append_signature_field, enumerate_sig_fields

from signing.errors import FieldAlreadySigned, FieldExists, FieldMissing, MarkUnusable, SigningForbidden
from signing.objects import PdfValue, add_stream, array, dictionary, entry, resolved
from signing.reading import RevisionWriter, refusing_damage

MDP_NO_CHANGES = 1
_MAX_PAGE_TREE_DEPTH = 50
# pyHanko leaves this one untyped.
_PAGE: Any = PageObject
TIMESTAMP_SUBFILTER = "/ETSI.RFC3161"


@dataclass(frozen=True, slots=True)
class SignatureField:
    """An empty signature field and the one widget that shows it."""

    name: str
    field: generic.DictionaryObject
    widget: generic.DictionaryObject

    @property
    def size_pt(self) -> tuple[float, float]:
        """Width and height of the widget; zero when the field is invisible."""
        left, bottom, right, top = (float(side) for side in self.widget["/Rect"])
        return abs(right - left), abs(top - bottom)

    @property
    def rotation(self) -> int:
        """By how many degrees clockwise the widget's page is shown; an inherited /Rotate counts."""
        node = entry(self.widget, "/P")
        for _ in range(_MAX_PAGE_TREE_DEPTH):
            if node is None:
                break
            if "/Rotate" in node:
                return int(entry(node, "/Rotate")) % 360
            node = entry(node, "/Parent")
        return 0


@dataclass(frozen=True, slots=True)
class FilledField:
    """A signature field with its signature dictionary as it stands in the file."""

    name: str
    signature: generic.DictionaryObject

    @property
    def is_timestamp(self) -> bool:
        """Tell whether it is a document time-stamp: the SubFilter decides, /Type is often wrong."""
        return bool(entry(self.signature, "/SubFilter") == TIMESTAMP_SUBFILTER)

    @property
    def contents(self) -> bytes:
        """The signature's bytes, padding included."""
        raw: bytes = self.signature.raw_get("/Contents", decrypt=generic.EncryptedObjAccess.RAW).original_bytes
        return raw

    @property
    def covers_until(self) -> int:
        """The offset at which the signed revision ends."""
        return int(self.signature["/ByteRange"][2]) + int(self.signature["/ByteRange"][3])


def filled_fields(writer: RevisionWriter) -> tuple[FilledField, ...]:
    """Return every signature and document time-stamp of the file, oldest first.

    Raises:
        NotAPdf: the form is damaged.
    """
    with refusing_damage():
        named = [(name, resolved(value)) for name, value, _ in enumerate_sig_fields(writer, filled_status=True)]
        # One dictionary used by two fields is one signature.
        found = {id(signature): FilledField(name, signature) for name, signature in named}
        return tuple(sorted(found.values(), key=lambda filled: filled.covers_until))


def find_empty_field(writer: RevisionWriter, name: str) -> SignatureField:
    """Return the empty field `name`.

    Raises:
        FieldMissing: there is no such signature field, or it has several widgets.
        FieldAlreadySigned: it holds a signature.
        NotAPdf: the form is damaged.
    """
    with refusing_damage():
        matching = [(value, ref) for found, value, ref in enumerate_sig_fields(writer) if found == name]
        if not matching:
            raise FieldMissing(f"the file has no signature field {name!r}; use the file that was prepared with it")
        value, ref = matching[0]
        if value is not None:
            raise FieldAlreadySigned(f"field {name!r} already holds a signature; nothing was changed")
        return _with_widget(name, ref)


def _with_widget(name: str, ref: generic.IndirectObject) -> SignatureField:
    field = resolved(ref)
    widgets = [resolved(kid) for kid in entry(field, "/Kids", ())] or [field]
    if len(widgets) != 1 or "/Rect" not in widgets[0]:
        raise FieldMissing(f"signature field {name!r} has {len(widgets)} widgets where one is needed; prepare it again")
    return SignatureField(name, field, widgets[0])


def add_field(
    writer: RevisionWriter, name: str, *, page_index: int = 0, box_pt: tuple[int, int, int, int] | None = None
) -> SignatureField:
    """Add an empty field, invisible unless `box_pt` (left, bottom, right, top) is given.

    Raises:
        FieldExists: the name is taken.
        NotAPdf: the page does not exist or the form is damaged.
    """
    with refusing_damage():
        if any(found == name for found, _, _ in enumerate_sig_fields(writer)):
            raise FieldExists(f"the file already has a field {name!r}; sign that one or choose another name")
        append_signature_field(writer, SigFieldSpec(sig_field_name=name, on_page=page_index, box=box_pt))
        return find_empty_field(writer, name)


def add_blank_page(writer: RevisionWriter, *, size_pt: tuple[float, float]) -> None:
    """Put a blank page behind the last one.

    Raises:
        SigningForbidden: the file is signed; every verifier would call a further page an illegal change.
        NotAPdf: the page tree is damaged.
    """
    if filled_fields(writer):
        raise SigningForbidden("the file is signed already, so no page can be added to it; sign it invisibly")
    with refusing_damage():
        width, height = size_pt
        empty = add_stream(writer, b"")
        page = _PAGE(contents=empty, media_box=(0, 0, round(width), round(height)))
        # pyHanko leaves this one untyped.
        writer.insert_page(page)  # type: ignore[no-untyped-call]


def check_may_sign(writer: RevisionWriter, field: SignatureField, *, certify: bool, is_new: bool) -> None:
    """Refuse a signature that the signatures before it forbid.

    Raises:
        SigningForbidden: (1) a certification forbids changes, (2) it forbids new fields, (3) a lock covers the field,
            (4) a second certification, or (5) the field demands what we do not do.
    """
    filled = filled_fields(writer)
    with refusing_damage():
        permission = _certification_permission(writer)
        # (1) DocMDP P=1 allows no change at all (ISO 32000-1, 12.8.2.2).
        if permission == MDP_NO_CHANGES:
            raise SigningForbidden("the document was certified with no changes allowed; it cannot be signed again")
        # (2) A field added after certification is judged an illegal change by verifiers, even when it is empty.
        if permission is not None and is_new:
            raise SigningForbidden("the document was certified; a new signature field would break that certification")
        # (3) An earlier signature may have locked this field.
        for earlier in filled:
            if any(_locks(lock, field.name) for lock in _field_locks(earlier)):
                raise SigningForbidden(f"field {field.name!r} was locked by signature {earlier.name!r}")
        # (4) Only the first signature of a document can certify it.
        if certify and filled:
            raise SigningForbidden("the document already has a signature; only the first one can certify it")
        # (5) Seed values with required parts (/Ff) would be broken silently.
        if int(entry(entry(field.field, "/SV", {}), "/Ff", 0)):
            raise SigningForbidden(f"field {field.name!r} demands seed values that this service does not apply")


def references(field: SignatureField, *, certify_permission: int | None) -> generic.ArrayObject | None:
    """Return the signature's /Reference: the certification and the field's own /Lock, or None for neither."""
    transforms: list[tuple[str, generic.DictionaryObject]] = []
    if certify_permission is not None:
        parameters: dict[str, PdfValue] = {"/Type": "/TransformParams", "/V": "/1.2", "/P": certify_permission}
        transforms.append(("/DocMDP", dictionary(parameters)))
    if "/Lock" in field.field:
        lock = field.field["/Lock"]
        kept: dict[str, PdfValue] = {key: lock.raw_get(key) for key in ("/Action", "/Fields") if key in lock}
        transforms.append(("/FieldMDP", dictionary({"/Type": "/TransformParams", "/V": "/1.2", **kept})))
    if not transforms:
        return None
    return array(
        [
            {"/Type": "/SigRef", "/TransformMethod": method, "/TransformParams": parameters}
            for method, parameters in transforms
        ]
    )


def check_room_for_mark(field: SignatureField) -> tuple[float, float]:
    """Return the size of a visible field.

    Raises:
        MarkUnusable: the field is invisible.
    """
    width_pt, height_pt = field.size_pt
    if not (width_pt and height_pt):
        raise MarkUnusable(f"field {field.name!r} is invisible; leave the mark out or choose a visible field")
    return width_pt, height_pt


def _certification_permission(writer: RevisionWriter) -> int | None:
    certification = entry(entry(writer.root, "/Perms", {}), "/DocMDP")
    if certification is None:
        return None
    for reference in entry(certification, "/Reference", ()):
        if resolved(reference)["/TransformMethod"] == "/DocMDP":
            return int(entry(entry(resolved(reference), "/TransformParams", {}), "/P", 2))
    return 2


def _field_locks(filled: FilledField) -> Iterator[generic.DictionaryObject]:
    for reference in entry(filled.signature, "/Reference", ()):
        transform = resolved(reference)
        if transform["/TransformMethod"] == "/FieldMDP":
            yield transform["/TransformParams"]


def _locks(lock: generic.DictionaryObject, name: str) -> bool:
    listed = any(name == str(part) or name.startswith(f"{part}.") for part in entry(lock, "/Fields", ()))
    match lock["/Action"]:
        case "/All":
            return True
        case "/Exclude":
            return not listed
        case _:
            return listed
