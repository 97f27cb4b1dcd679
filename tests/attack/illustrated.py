"""A file whose pages show something: text in two fonts, an image, a layer, links and form fields; attacks must alter pixels."""

from __future__ import annotations

import io

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from keys import Mode, TrustAnchors
from signing.verify.syntax import PdfObject
from tests.attack.foreign import sign_by_hand, signed_data, stranger
from tests.blank_copies import OFFICER, SEAL

_PAGE = b"""q 0.9 0.95 1 rg 40 500 515 300 re f Q
BT /F1 32 Tf 60 740 Td (Certified copy) Tj ET
BT /F2 18 Tf 60 690 Td (Amount: 1 000 000) Tj ET
q 120 0 0 60 60 600 cm /Im1 Do Q
/OC /Layer BDC BT /F1 20 Tf 60 560 Td (Layer text) Tj ET EMC
"""


def illustrated(*, text_value: bytes | None = None) -> bytes:
    """The unsigned file: two pages, empty fields for officer and seal, two text fields and a check box."""
    pdf = pikepdf.new()
    for _ in range(2):
        pdf.add_blank_page(page_size=(595, 842))
    fonts = Dictionary(F1=_font(pdf, "Helvetica"), F2=_font(pdf, "Times-Roman"))
    image = pdf.make_stream(bytes(range(0, 192, 16)), Type=Name.XObject, Subtype=Name.Image, Width=2, Height=2)
    image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Layer")))
    pdf.Root.OCProperties = pdf.make_indirect(Dictionary(OCGs=Array([layer]), D=Dictionary(ON=Array([layer]))))
    resources = pdf.make_indirect(
        Dictionary(Font=fonts, XObject=Dictionary(Im1=image), Properties=Dictionary(Layer=layer))
    )
    for page in pdf.pages:
        page.Resources = resources
        page.Contents = pdf.make_stream(_PAGE)
    widgets = _fields(pdf, text_value)
    pdf.pages[1].Annots = Array(widgets)
    pdf.Root.AcroForm = pdf.make_indirect(
        Dictionary(Fields=Array(widgets), DR=Dictionary(Font=fonts), DA=String("/F1 12 Tf 0 g"))
    )
    target = io.BytesIO()
    pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    return target.getvalue()


def _font(pdf: pikepdf.Pdf, name: str) -> pikepdf.Object:
    return pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + name)))


def _fields(pdf: pikepdf.Pdf, text_value: bytes | None) -> list[pikepdf.Object]:
    widgets = []
    for name, rect in ((OFFICER.name, OFFICER.rect), (SEAL.name, SEAL.rect)):
        widgets.append(_widget(pdf, name, rect, FT=Name.Sig, AP=Dictionary(N=_appearance(pdf, b"", rect))))
    shown = b"" if text_value is None else b"BT /F1 12 Tf 4 6 Td (%s) Tj ET" % text_value
    for name, rect in (("Remark", (60, 300, 260, 320)), ("Other", (60, 340, 260, 360))):
        text = _widget(pdf, name, rect, FT=Name.Tx, AP=Dictionary(N=_appearance(pdf, shown, rect)))
        if text_value is not None:
            text.V = String(text_value)
        widgets.append(text)
    box = (300, 300, 320, 320)
    states = Dictionary(Off=_appearance(pdf, b"", box), Yes=_appearance(pdf, b"0 g 2 2 16 16 re f", box))
    widgets.append(_widget(pdf, "Agreed", box, FT=Name.Btn, AP=Dictionary(N=states), AS=Name.Off, V=Name.Off))
    return widgets


def _widget(pdf: pikepdf.Pdf, name: str, rect: tuple[int, ...], **entries: object) -> pikepdf.Object:
    widget = Dictionary(Type=Name.Annot, Subtype=Name.Widget, T=String(name), F=4, P=pdf.pages[1].obj)
    widget.Rect = Array(list(rect))
    for key, value in entries.items():
        widget[f"/{key}"] = value
    return pdf.make_indirect(widget)


def _appearance(pdf: pikepdf.Pdf, content: bytes, rect: tuple[int, ...]) -> pikepdf.Object:
    size = [0, 0, rect[2] - rect[0], rect[3] - rect[1]]
    fonts = Dictionary(Font=Dictionary(F1=_font(pdf, "Helvetica")))
    return pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=Array(size), Resources=fonts)


def certified(unsigned: bytes, permission: int | None) -> bytes:
    """Signed by a stranger: certified with this DocMDP permission, or approved when there is none."""
    parameters: dict[str, PdfObject] = {"Type": "TransformParams", "V": "1.2", "P": permission}
    reference: list[PdfObject] = [{"Type": "SigRef", "TransformMethod": "DocMDP", "TransformParams": parameters}]
    if permission is None:
        return sign_by_hand(unsigned, lambda content: signed_data(content).dump())
    return sign_by_hand(unsigned, lambda content: signed_data(content).dump(), Reference=reference)


TRUSTED = TrustAnchors((stranger().certificate_der,), (), (), Mode.DEMO)
"""A reader who trusts the stranger, so that only what was done to the file decides."""
