"""Checks quickly, before a signature, that a finished document still is what PDF/A-2u demands.

A check of structure in milliseconds, strict about what we write ourselves; the full judgement is veraPDF's, in the
conformance tests, where every document this check accepts must be accepted by veraPDF too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

import pikepdf

from guard.wire import Payload, open_payload
from ocr.errors import PdfaViolation
from ocr.pdfa_check_fonts import check_font
from ocr.pdfa_check_objects import check_content, check_objects, read_stream

_CLAIM_PART = re.compile(rb"pdfaid:part(?:>|=\")(\d)")
_CLAIM_CONFORMANCE = re.compile(rb"pdfaid:conformance(?:>|=\")([A-Z])")
_HEADER = re.compile(rb"%PDF-1\.[4-7]\r?\n%[\x80-\xff]{4}")
_HEADER_BYTES = 32
_FORBIDDEN_ROOT_KEYS = ("/OpenAction", "/AA", "/NeedsRendering", "/Requirements", "/OCProperties", "/Collection")
_FORBIDDEN_NAMES = ("/JavaScript", "/EmbeddedFiles", "/AlternatePresentations")
_ICC_SIGNATURE = b"acsp"
_HIDDEN_FLAGS = 1 << 0 | 1 << 1 | 1 << 5  # Invisible, Hidden, NoView
_PRINT_FLAG = 1 << 2
_MAX_TREE_DEPTH = 8
_LEAST_SIDE, _LARGEST_SIDE = 3.0, 14_400.0  # ISO 19005-2, 6.1.13
# What pikepdf and Python answer when an object is not of the kind its place asks for.
_WRONG_KIND = (TypeError, ValueError, AttributeError, KeyError, IndexError, ArithmeticError, RuntimeError)


@dataclass(frozen=True, slots=True)
class PdfaClaim:
    """What a document claims to be, found consistent with its structure: a claim, not a proof."""

    part: int
    conformance: str


def check_pdfa(pdf: Payload) -> PdfaClaim:
    """Return the claim of a document written here; one in a file is read object by object and never held.

    Raises:
        PdfaViolation: a rule is broken, the first one found; the document must not be signed.
    """
    try:
        with (
            open_payload(pdf) as file,
            pikepdf.open(
                file, attempt_recovery=False, suppress_warnings=True, access_mode=pikepdf.AccessMode.stream
            ) as document,
        ):
            if not _HEADER.match(_beginning(file)):
                raise PdfaViolation("the document does not start as PDF/A demands; write it again")
            return _check_document(document)
    except pikepdf.PasswordError as exc:
        raise PdfaViolation("the document is encrypted, which PDF/A forbids; write it again") from exc
    except pikepdf.PdfError as exc:
        raise PdfaViolation("the document does not open; write it again") from exc
    except _WRONG_KIND as exc:
        raise PdfaViolation(f"an object is not of the kind its place asks for ({type(exc).__name__})") from exc


def _beginning(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_HEADER_BYTES)


def _check_document(document: pikepdf.Pdf) -> PdfaClaim:
    root = document.Root
    # (0) the reader had nothing to repair, which a stranger's reader might not do
    if document.get_warnings():
        raise PdfaViolation("the document is not as its own tables say; write it again")
    # (1) nothing hides the content from a reader of the future
    if document.is_encrypted:
        raise PdfaViolation("the document is encrypted, which PDF/A forbids; write it again")
    # (2) the claim stands in the metadata
    claim = _read_claim(root)
    # (3) colours have one meaning
    _check_output_intent(root)
    # (4) nothing in it acts by itself, and every object keeps within the limits
    _check_catalogue(root)
    check_objects(document)
    # (5) every page can be drawn and its text copied without the machine's fonts
    pages = list(_pages_below(root.Pages, depth=0))
    if not pages:
        raise PdfaViolation("the document has no pages; write it again")
    checked: set[tuple[int, int]] = set()
    marks = [_check_page(page, page_number=index + 1, checked=checked) for index, page in enumerate(pages)]
    # (6) each mark leads to its element
    _check_structure(root, pages=pages, marks=marks)
    # (7) two identifiers, so that revisions of one file know each other
    if len(document.trailer.get("/ID", pikepdf.Array())) != 2:
        raise PdfaViolation("the document has no identifier; write it again")
    return claim


def _read_claim(root: pikepdf.Object) -> PdfaClaim:
    if "/Metadata" not in root:
        raise PdfaViolation("the document has no XMP metadata; write it again")
    if str(root.Metadata.get("/Type")) != "/Metadata" or str(root.Metadata.get("/Subtype")) != "/XML":
        raise PdfaViolation("the metadata do not say that they are XML; write the document again")
    packet = read_stream(root.Metadata, role="the XMP metadata")
    part, conformance = _CLAIM_PART.search(packet), _CLAIM_CONFORMANCE.search(packet)
    if part is None or conformance is None:
        raise PdfaViolation("the XMP metadata does not claim PDF/A; write the document again")
    try:
        # Only well-formedness is asked; a packet of ours declares no entities that could be expanded.
        expat.ParserCreate().Parse(packet, True)  # noqa: FBT003 - expat knows this argument by place only
    except expat.ExpatError as exc:
        raise PdfaViolation("the XMP metadata is no well-formed XML; write the document again") from exc
    claim = PdfaClaim(part=int(part.group(1)), conformance=conformance.group(1).decode("ascii"))
    if claim != PdfaClaim(part=2, conformance="U"):
        raise PdfaViolation(f"the document claims PDF/A-{claim.part}{claim.conformance.lower()}, 2u was expected")
    return claim


def _check_output_intent(root: pikepdf.Object) -> None:
    intents = [intent for intent in root.get("/OutputIntents", []) if str(intent.get("/S")) == "/GTS_PDFA1"]
    if len(intents) != 1 or "/DestOutputProfile" not in intents[0]:
        raise PdfaViolation(f"{len(intents)} PDF/A output intents with a profile, one is needed; write it again")
    profile = intents[0].DestOutputProfile
    if read_stream(profile, role="the colour profile")[36:40] != _ICC_SIGNATURE or int(profile.get("/N", 0)) != 3:
        raise PdfaViolation("the colour profile is none of three colours; write the document again")


def _check_catalogue(root: pikepdf.Object) -> None:
    for key in _FORBIDDEN_ROOT_KEYS:
        if key in root:
            raise PdfaViolation(f"the catalogue holds {key}, which acts by itself; write the document again")
    for key in _FORBIDDEN_NAMES:
        if key in root.get("/Names", pikepdf.Dictionary()):
            raise PdfaViolation(f"the name tree holds {key}; write the document again")
    # A certification signature stands there; PDF/A-2 allows it and nothing else that we write (ISO 19005-2, 6.1.12).
    if not set(root.get("/Perms", pikepdf.Dictionary()).keys()) <= {"/DocMDP"}:
        raise PdfaViolation("the permissions name more than a certification signature; write the document again")
    form = root.get("/AcroForm", pikepdf.Dictionary())
    if "/XFA" in form or form.get("/NeedAppearances", False):
        raise PdfaViolation("the form is dynamic (XFA or NeedAppearances); write the document again")


def _pages_below(node: pikepdf.Object, *, depth: int) -> Iterator[pikepdf.Object]:
    """Walk the page tree as it stands: pikepdf's own list repairs what a stranger's reader would stumble over."""
    kind = str(node.get("/Type"))
    if kind == "/Page":
        yield node
    elif kind == "/Pages" and depth < _MAX_TREE_DEPTH:
        for kid in node.Kids:
            yield from _pages_below(kid, depth=depth + 1)
    else:
        raise PdfaViolation("the page tree holds something that is no page; write the document again")


def _check_page(page: pikepdf.Object, *, page_number: int, checked: set[tuple[int, int]]) -> frozenset[int]:
    role = f"page {page_number}"
    if "/AA" in page:
        raise PdfaViolation(f"{role} acts by itself; write the document again")
    left, bottom, right, top = (float(side) for side in page.MediaBox)
    if not all(_LEAST_SIDE <= side <= _LARGEST_SIDE for side in (right - left, top - bottom)):
        raise PdfaViolation(f"{role} is too small or too large for PDF/A; write the document again")
    resources = page.get("/Resources", pikepdf.Dictionary())
    _check_resources(resources, role=role, checked=checked)
    for annotation in page.get("/Annots", pikepdf.Array()):
        _check_annotation(annotation, role=role, checked=checked)
    return check_content(pikepdf.Page(page), resources=resources, role=role)


def _check_resources(resources: pikepdf.Object, *, role: str, checked: set[tuple[int, int]]) -> None:
    for font in resources.get("/Font", pikepdf.Dictionary()).values():
        if font.objgen not in checked:
            check_font(font, role=role)
            checked.add(font.objgen)
    for drawn in resources.get("/XObject", pikepdf.Dictionary()).values():
        if str(drawn.get("/Subtype")) == "/Image":
            _check_image(drawn, role=role)
        else:
            _check_form(drawn, role=role, checked=checked)


def _check_image(image: pikepdf.Object, *, role: str) -> None:
    if "/Alternates" in image or "/OPI" in image or image.get("/Interpolate", False):
        raise PdfaViolation(f"an image of {role} has an alternate or is interpolated")
    colours = {"/DeviceGray": 1, "/DeviceRGB": 3}.get(str(image.get("/ColorSpace")))
    if colours is None or int(image.get("/BitsPerComponent", 0)) not in (1, 8):
        raise PdfaViolation(f"an image of {role} has colours that the output intent does not explain")
    if int(image.get("/Width", 0)) < 1 or int(image.get("/Height", 0)) < 1 or "/Filter" not in image:
        raise PdfaViolation(f"an image of {role} has no size or no coding; write the document again")
    if not isinstance(image, pikepdf.Stream) or not image.read_raw_bytes():
        raise PdfaViolation(f"an image of {role} is empty; write the document again")


def _check_form(form: pikepdf.Object, *, role: str, checked: set[tuple[int, int]]) -> None:
    if not isinstance(form, pikepdf.Stream) or str(form.get("/Subtype")) != "/Form" or len(form.get("/BBox", [])) != 4:
        raise PdfaViolation(f"an appearance of {role} is no form; write the document again")
    if form.objgen in checked:
        return
    checked.add(form.objgen)
    resources = form.get("/Resources", pikepdf.Dictionary())
    _check_resources(resources, role=role, checked=checked)
    check_content(form, resources=resources, role=f"an appearance of {role}")


def _check_annotation(annotation: pikepdf.Object, *, role: str, checked: set[tuple[int, int]]) -> None:
    if str(annotation.get("/Subtype")) != "/Widget":
        raise PdfaViolation(f"an annotation of {role} is no form field; write the document again")
    flags = int(annotation.get("/F", 0))
    if not flags & _PRINT_FLAG or flags & _HIDDEN_FLAGS:
        raise PdfaViolation(f"an annotation of {role} does not print or is hidden")
    if "/A" in annotation or "/AA" in annotation:
        raise PdfaViolation(f"an annotation of {role} carries an action")
    appearances = annotation.get("/AP", pikepdf.Dictionary())
    # What has no extent draws nothing and needs no appearance: a document time-stamp's field (ISO 19005-2, 6.3.3).
    if "/N" not in appearances and not _is_without_extent(annotation):
        raise PdfaViolation(f"an annotation of {role} has no appearance")
    if not set(appearances.keys()) <= {"/N"}:
        raise PdfaViolation(f"an annotation of {role} looks different when it is pressed")
    if "/N" in appearances:
        _check_form(appearances["/N"], role=role, checked=checked)


def _is_without_extent(annotation: pikepdf.Object) -> bool:
    left, bottom, right, top = (float(edge) for edge in annotation.get("/Rect", pikepdf.Array([0, 0, 1, 1])))
    return left == right and bottom == top


def _check_structure(root: pikepdf.Object, *, pages: Sequence[pikepdf.Object], marks: Sequence[frozenset[int]]) -> None:
    """Check that the marks of each page lead to an element; a reader would skip what leads nowhere."""
    if "/StructTreeRoot" not in root or not bool(root.get("/MarkInfo", pikepdf.Dictionary()).get("/Marked", False)):
        raise PdfaViolation("the document has no structure for screen readers; write it again")
    if not str(root.get("/Lang", "")):
        raise PdfaViolation("the document does not say its language; write it again")
    owners = pikepdf.NumberTree(root.StructTreeRoot.ParentTree)
    for page, marked in zip(pages, marks, strict=True):
        elements = list(owners[int(page.StructParents)])
        if marked != frozenset(range(len(elements))):
            raise PdfaViolation("marks of a page lead to no element, or elements to no mark; write it again")
        if any(str(element.get("/Type")) != "/StructElem" or "/P" not in element for element in elements):
            raise PdfaViolation("a mark of a page leads to no element; write the document again")
        if any(str(element.get("/S")) == "/Figure" and not str(element.get("/Alt", "")) for element in elements):
            raise PdfaViolation("a picture has no words for those who do not see it; write the document again")
