"""Checks quickly, before a signature, that a finished document still is what PDF/A-2u demands.

A structural check in milliseconds; the full judgement is veraPDF's, in the conformance tests.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pikepdf

from ocr.errors import PdfaViolation

_CLAIM_PART = re.compile(rb"pdfaid:part(?:>|=\")(\d)")
_CLAIM_CONFORMANCE = re.compile(rb"pdfaid:conformance(?:>|=\")([A-Z])")
_FORBIDDEN_ROOT_KEYS = ("/OpenAction", "/AA", "/NeedsRendering", "/Requirements")
_FORBIDDEN_NAMES = ("/JavaScript", "/EmbeddedFiles", "/AlternatePresentations")
_FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_HIDDEN_FLAGS = 1 << 0 | 1 << 1 | 1 << 5  # Invisible, Hidden, NoView
_PRINT_FLAG = 1 << 2


@dataclass(frozen=True, slots=True)
class PdfaClaim:
    """What a document claims to be, found consistent with its structure: a claim, not a proof."""

    part: int
    conformance: str


def check_pdfa(pdf: bytes) -> PdfaClaim:
    """Return the claim of a document written here.

    Raises:
        PdfaViolation: a rule is broken, the first one found; the document must not be signed.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return _check_document(document)
    except pikepdf.PasswordError as exc:
        raise PdfaViolation("the document is encrypted, which PDF/A forbids; write it again") from exc
    except pikepdf.PdfError as exc:
        raise PdfaViolation("the document does not open; write it again") from exc


def _check_document(document: pikepdf.Pdf) -> PdfaClaim:
    root = document.Root
    # (1) nothing hides the content from a reader of the future
    if document.is_encrypted:
        raise PdfaViolation("the document is encrypted, which PDF/A forbids; write it again")
    # (2) the claim stands in the metadata
    claim = _read_claim(root)
    # (3) colours have one meaning
    _check_output_intent(root)
    # (4) nothing in it acts by itself
    _check_catalogue(root)
    # (5) every page can be drawn and its text copied without the machine's fonts
    if len(document.pages) == 0:
        raise PdfaViolation("the document has no pages; write it again")
    for index, page in enumerate(document.pages):
        _check_page(page.obj, page_number=index + 1)
    return claim


def _read_claim(root: pikepdf.Object) -> PdfaClaim:
    if "/Metadata" not in root:
        raise PdfaViolation("the document has no XMP metadata; write it again")
    packet = root.Metadata.read_bytes()
    part, conformance = _CLAIM_PART.search(packet), _CLAIM_CONFORMANCE.search(packet)
    if part is None or conformance is None:
        raise PdfaViolation("the XMP metadata does not claim PDF/A; write the document again")
    claim = PdfaClaim(part=int(part.group(1)), conformance=conformance.group(1).decode("ascii"))
    if claim != PdfaClaim(part=2, conformance="U"):
        raise PdfaViolation(f"the document claims PDF/A-{claim.part}{claim.conformance.lower()}, 2u was expected")
    return claim


def _check_output_intent(root: pikepdf.Object) -> None:
    intents = [intent for intent in root.get("/OutputIntents", []) if intent.get("/S") == pikepdf.Name.GTS_PDFA1]
    if len(intents) != 1 or "/DestOutputProfile" not in intents[0]:
        raise PdfaViolation(f"{len(intents)} PDF/A output intents with a profile, one is needed; write it again")


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


def _check_page(page: pikepdf.Object, *, page_number: int) -> None:
    if "/AA" in page:
        raise PdfaViolation(f"page {page_number} acts by itself; write the document again")
    resources = page.get("/Resources", pikepdf.Dictionary())
    for font in resources.get("/Font", pikepdf.Dictionary()).values():
        _check_font(font, page_number=page_number)
    for image in resources.get("/XObject", pikepdf.Dictionary()).values():
        if "/Alternates" in image or "/OPI" in image or image.get("/Interpolate", False):
            raise PdfaViolation(f"an image of page {page_number} has an alternate or is interpolated")
    for annotation in page.get("/Annots", pikepdf.Array()):
        _check_annotation(annotation, page_number=page_number)


def _check_font(font: pikepdf.Object, *, page_number: int) -> None:
    if "/ToUnicode" not in font:
        raise PdfaViolation(f"a font of page {page_number} has no ToUnicode map; its text could not be copied")
    for descriptor in _descriptors(font):
        if not any(key in descriptor for key in _FONT_FILES):
            raise PdfaViolation(f"a font of page {page_number} is not embedded; embed it with fonts.embed")


def _descriptors(font: pikepdf.Object) -> Iterator[pikepdf.Object]:
    descendants: Iterable[pikepdf.Object] = font.get("/DescendantFonts", pikepdf.Array([font]))
    for descendant in descendants:
        yield descendant.get("/FontDescriptor", pikepdf.Dictionary())


def _check_annotation(annotation: pikepdf.Object, *, page_number: int) -> None:
    flags = int(annotation.get("/F", 0))
    if not flags & _PRINT_FLAG or flags & _HIDDEN_FLAGS:
        raise PdfaViolation(f"an annotation of page {page_number} does not print or is hidden")
    if "/A" in annotation or "/AA" in annotation:
        raise PdfaViolation(f"an annotation of page {page_number} carries an action")
    # What has no extent draws nothing and needs no appearance: a document time-stamp's field (ISO 19005-2, 6.3.3).
    if "/N" not in annotation.get("/AP", pikepdf.Dictionary()) and not _is_without_extent(annotation):
        raise PdfaViolation(f"an annotation of page {page_number} has no appearance")


def _is_without_extent(annotation: pikepdf.Object) -> bool:
    left, bottom, right, top = (float(edge) for edge in annotation.get("/Rect", pikepdf.Array([0, 0, 1, 1])))
    return left == right and bottom == top
