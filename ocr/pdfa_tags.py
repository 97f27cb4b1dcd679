"""Gives a document its logical structure: what a screen reader speaks, in which order, and what it passes over.

One Document of one Sect a page; in it the scan as a Figure, each block of recognised text as a P whose lines are
marked one by one, the words of the statement, and the signature fields (ISO 32000-1, 14.7 and 14.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name

FIGURE = "Figure"
PARAGRAPH = "P"
HEADING = "H1"
FORM = "Form"
END = "EMC"
ARTIFACT = "/Artifact BMC"
FOOTER = "/Artifact <</Type /Pagination /Subtype /Footer>> BDC"

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""


@dataclass(frozen=True, slots=True)
class Element:
    """To which element of its page something drawn belongs; equal values are one element."""

    role: str
    key: str


@dataclass(slots=True)
class MarkedElement:
    """An element in the making: the marked contents it holds, or the annotation it stands for."""

    role: str
    mcids: list[int] = field(default_factory=list)
    alt: str | None = None
    box: Box | None = None
    annotation: pikepdf.Object | None = None


class PageMarks:
    """Counts the marked contents of one page and remembers to which element each belongs."""

    def __init__(self) -> None:
        self.elements: list[MarkedElement] = []
        self._count = 0

    @property
    def content_count(self) -> int:
        """How many contents of the page are marked."""
        return self._count

    def figure(self, alt: str, *, box: Box) -> str:
        """Return the operator that opens a picture with the words spoken in its place."""
        self.elements.append(MarkedElement(FIGURE, alt=alt, box=box))
        return self.again()

    def open(self, role: str) -> str:
        """Return the operator that opens the first content of a new element."""
        self.elements.append(MarkedElement(role))
        return self.again()

    def again(self) -> str:
        """Return the operator that opens one more content of the newest element."""
        element = self.elements[-1]
        element.mcids.append(self._count)
        self._count += 1
        return f"/{element.role} <</MCID {element.mcids[-1]}>> BDC"

    def form(self, annotation: pikepdf.Object) -> None:
        """Add a form field, which is reached through its annotation and not through the content."""
        self.elements.append(MarkedElement(FORM, annotation=annotation))


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """A finished page with its marks."""

    page: pikepdf.Object
    marks: PageMarks


def write_structure(pdf: pikepdf.Pdf, pages: Sequence[MarkedPage]) -> None:
    """Write the structure tree of all pages, and the way back from each mark to its element."""
    tree = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    document = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=tree))
    parents: list[pikepdf.Object | int] = []
    # Annotations count on behind the pages, so that a page's number is its index.
    next_key = len(pages)
    annotated: list[tuple[int, pikepdf.Object]] = []
    sections = []
    for index, marked in enumerate(pages):
        section = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Sect, P=document))
        owners: list[pikepdf.Object] = [section] * marked.marks.content_count
        children = []
        for element in marked.marks.elements:
            written = pdf.make_indirect(_element(element, parent=section, page=marked.page))
            for mcid in element.mcids:
                owners[mcid] = written
            if element.annotation is not None:
                element.annotation["/StructParent"] = next_key
                annotated.append((next_key, written))
                next_key += 1
            children.append(written)
        section["/K"] = Array(children)
        sections.append(section)
        marked.page["/StructParents"] = index
        parents += [index, pdf.make_indirect(Array(owners))]
    for key, owner in annotated:
        parents += [key, owner]
    document["/K"] = Array(sections)
    tree["/K"] = Array([document])
    tree["/ParentTree"] = pdf.make_indirect(Dictionary(Nums=Array(parents)))
    tree["/ParentTreeNextKey"] = next_key
    pdf.Root["/StructTreeRoot"] = tree
    pdf.Root["/MarkInfo"] = Dictionary(Marked=True)


def _element(element: MarkedElement, *, parent: pikepdf.Object, page: pikepdf.Object) -> pikepdf.Dictionary:
    written = Dictionary(Type=Name.StructElem, S=Name("/" + element.role), P=parent, Pg=page)
    if element.annotation is not None:
        written["/K"] = Dictionary(Type=Name.OBJR, Obj=element.annotation, Pg=page)
    else:
        written["/K"] = element.mcids[0] if len(element.mcids) == 1 else Array(element.mcids)
    if element.alt is not None:
        written["/Alt"] = pikepdf.String(element.alt)
    if element.box is not None:
        box = Array([round(side) for side in element.box])
        written["/A"] = Dictionary(O=Name.Layout, Placement=Name.Block, BBox=box)
    return written
