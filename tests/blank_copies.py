"""Small PDF files for the tests of signing: an empty certified copy, and what an attacker or a stranger would bring."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import ImageCms

PDFA_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>{conformance}</pdfaid:conformance></rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


@dataclass(frozen=True, slots=True)
class BlankField:
    """An empty signature field on the last page."""

    name: str
    rect: tuple[int, int, int, int]


OFFICER = BlankField("Officer", (320, 120, 540, 220))
SEAL = BlankField("AgencySeal", (60, 120, 280, 220))


def blank_copy(
    *,
    fields: tuple[BlankField, ...] = (OFFICER, SEAL),
    part: int | None = 2,
    object_streams: bool = False,
    pages: int = 2,
    filler: bytes = b"",
) -> bytes:
    """A PDF/A-2u of blank pages with empty signature fields, the shape that `ocr.write_copy` gives."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    profile = pdf.make_stream(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
    pdf.Root.OutputIntents = Array(
        [
            Dictionary(
                Type=Name.OutputIntent,
                S=Name.GTS_PDFA1,
                OutputConditionIdentifier=String("sRGB"),
                DestOutputProfile=profile,
            )
        ]
    )
    if part is not None:
        packet = PDFA_XMP.format(part=part, conformance="U" if part > 1 else "B").encode()
        pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    if filler:
        pdf.pages[0].Contents = pdf.make_stream(b"% " + filler.hex().encode())
    page = pdf.pages[-1]
    widgets = []
    for field in fields:
        left, bottom, right, top = field.rect
        empty = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, right - left, top - bottom])
        widget = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String(field.name), F=4)
        widget.Rect = Array(list(field.rect))
        widget.P = page.obj
        widget.AP = Dictionary(N=empty)
        widgets.append(pdf.make_indirect(widget))
    if widgets:
        page.Annots = Array(widgets)
        pdf.Root.AcroForm = Dictionary(Fields=Array(widgets))
    return _saved(pdf, object_streams=object_streams)


def encrypted_copy() -> bytes:
    """A copy that opens without a password, but is encrypted."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(blank_copy(part=None))) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(owner="owner", user=""))
    return target.getvalue()


def hybrid_copy() -> bytes:
    """A copy with a cross-reference table and a stream beside it, so that old and new readers see two files."""
    plain = blank_copy()
    at = int(plain.rsplit(b"startxref", 1)[1].split()[0])
    size = int(plain.rsplit(b"/Size", 1)[1].split()[0])
    rows = b"\x01\x00\x00\x00\x0f\x00"
    header = f"{size} 0 obj\n<< /Type /XRef /Size {size + 1} /W [1 4 1] /Index [{size} 1] /Length {len(rows)} >>\n"
    stream_at = len(plain)
    stream = header.encode() + b"stream\n" + rows + b"\nendstream\nendobj\n"
    table_at = stream_at + len(stream)
    table = f"xref\n0 0\ntrailer << /Size {size + 1} /Root 1 0 R /Prev {at} /XRefStm {stream_at} >>\n"
    return plain + stream + table.encode() + f"startxref\n{table_at}\n%%EOF\n".encode()


def _saved(pdf: pikepdf.Pdf, *, object_streams: bool) -> bytes:
    target = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if object_streams else pikepdf.ObjectStreamMode.disable
    pdf.save(target, object_stream_mode=mode, deterministic_id=True)
    return target.getvalue()
