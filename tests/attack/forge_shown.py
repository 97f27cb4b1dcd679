"""Forgeries that need a page which shows something: fonts, images, layers, forms, and the three shadow attacks."""

from __future__ import annotations

from signing.verify.syntax import PdfObject, Ref
from tests.attack.forge import Forgery
from tests.attack.pdf_surgery import Patient, stream, write

_FORGED_PAGE = b"BT /F1 32 Tf 60 740 Td (FORGED) Tj ET"


def _font(pdf: bytes, **changed: PdfObject) -> bytes:
    patient, number = Patient(pdf), _font_number(pdf)
    return patient.append({number: patient.entries(number) | changed})


def _resources(patient: Patient) -> tuple[int, dict[str, PdfObject]]:
    reference = patient.entries(patient.pages()[0])["Resources"]
    assert isinstance(reference, Ref)
    return reference.number, patient.entries(reference.number)


def _font_number(pdf: bytes) -> int:
    patient = Patient(pdf)
    fonts = patient.follow(_resources(patient)[1]["Font"])
    assert isinstance(fonts, dict)
    font = fonts["F1"]
    assert isinstance(font, Ref)
    return font.number


def swap_glyphs(pdf: bytes) -> bytes:
    """Type 3 glyphs in place of the font: the same codes draw something else."""
    patient, number = Patient(pdf), _font_number(pdf)
    box = patient.size
    glyphs: dict[str, PdfObject] = {
        "Type": "Font", "Subtype": "Type3", "FontBBox": [0, 0, 1, 1], "FontMatrix": [1, 0, 0, 1, 0, 0],
        "CharProcs": {"box": Ref(box, 0)}, "FirstChar": 32, "LastChar": 126, "Widths": [1] * 95,
        "Encoding": {"Differences": [32, *(["box"] * 95)]}, "Resources": {},
    }  # fmt: skip
    return patient.append({number: glyphs, box: stream(b"1 0 0 0 1 1 d1 0 0 1 1 re f")})


def replace_image(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    objects = patient.follow(_resources(patient)[1]["XObject"])
    assert isinstance(objects, dict)
    image = objects["Im1"]
    assert isinstance(image, Ref)
    return patient.append({image.number: stream(bytes(12), **(patient.entries(image.number) | {"Length": 12}))})


def hide_layer(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    number, entries = _layers(patient)
    layers = entries["OCGs"]
    return patient.append({number: entries | {"D": {"OFF": layers, "ON": []}}})


def _layers(patient: Patient) -> tuple[int, dict[str, PdfObject]]:
    reference = patient.entries(patient.root)["OCProperties"]
    assert isinstance(reference, Ref)
    return reference.number, patient.entries(reference.number)


def rename_layer_in_resources(pdf: bytes) -> bytes:
    """Hide: the page's mark now names a layer that does not exist."""
    patient = Patient(pdf)
    number, entries = _resources(patient)
    return patient.append({number: entries | {"Properties": {}}})


def _pages(patient: Patient) -> tuple[int, dict[str, PdfObject], list[PdfObject]]:
    reference = patient.entries(patient.root)["Pages"]
    assert isinstance(reference, Ref)
    entries = patient.entries(reference.number)
    kids = entries["Kids"]
    assert isinstance(kids, list)
    return reference.number, entries, kids


def swap_kids(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    number, entries, kids = _pages(patient)
    return patient.append({number: entries | {"Kids": kids[::-1]}})


def drop_page(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    number, entries, kids = _pages(patient)
    return patient.append({number: entries | {"Kids": kids[1:], "Count": len(kids) - 1}})


def new_catalog(pdf: bytes) -> bytes:
    """Hide and replace: the trailer leads to another catalog with pages of its own."""
    patient = Patient(pdf)
    root, pages, page, content = patient.size, patient.size + 1, patient.size + 2, patient.size + 3
    catalog = patient.entries(patient.root) | {"Pages": Ref(pages, 0)}
    resources = patient.entries(patient.pages()[0])["Resources"]
    shown: dict[str, PdfObject] = {
        "Type": "Page", "Parent": Ref(pages, 0), "MediaBox": [0, 0, 595, 842], "Contents": Ref(content, 0),
        "Resources": resources,
    }  # fmt: skip
    return patient.append(
        {
            root: catalog,
            pages: {"Type": "Pages", "Kids": [Ref(page, 0)], "Count": 1},
            page: shown,
            content: stream(_FORGED_PAGE),
        },
        Root=Ref(root, 0),
    )


def raise_generation(pdf: bytes) -> bytes:
    """A new generation of the page's content: some readers take the highest, some the one that is referred to."""
    patient = Patient(pdf)
    content = patient.entries(patient.pages()[0])["Contents"]
    assert isinstance(content, Ref)
    plain = patient.append({content.number: stream(_FORGED_PAGE)})
    at = plain.rindex(b"\n%d 0 obj" % content.number) + 1
    head = b"%d 0 obj" % content.number
    raised = plain[:at] + head.replace(b" 0 obj", b" 1 obj") + plain[at + len(head) :]
    row = b"%010d 00000 n" % at
    return raised.replace(row, b"%010d 00001 n" % at)


def redefine_default_font(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    reference = patient.entries(patient.root)["AcroForm"]
    assert isinstance(reference, Ref)
    other: dict[str, PdfObject] = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Symbol"}
    form = patient.entries(reference.number)
    return patient.append({reference.number: form | {"DR": {"Font": {"F1": other}}}})


def change_calculation(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    number = patient.field("Remark")
    script: dict[str, PdfObject] = {"C": {"S": "JavaScript", "JS": b"event.value=9"}}
    return patient.append({number: patient.entries(number) | {"AA": script}})


def remove_field_under_a_name(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    number = patient.field("Remark")
    return patient.append({number: patient.entries(number) | {"T": b"Officer"}})


def signature_value_null(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    number = patient.field("Officer")
    widget = {key: one for key, one in patient.entries(number).items() if key != "V"}
    return patient.append({number: b"<<" + b" ".join(_items(widget)) + b" /V null>>"})


def _items(entries: dict[str, PdfObject]) -> list[bytes]:
    return [b"/" + key.encode("latin-1") + b" " + write(one) for key, one in entries.items()]


SHOWN: tuple[Forgery, ...] = (
    Forgery("glyphs swapped", swap_glyphs),
    Forgery("encoding swapped", lambda pdf: _font(pdf, Encoding={"Differences": [65, "B", "A"]})),
    Forgery("reading order swapped by ToUnicode", lambda pdf: _font(pdf, ToUnicode="Identity-H")),
    Forgery("another font under the same name", lambda pdf: _font(pdf, BaseFont="Symbol")),
    Forgery("an image replaced", replace_image),
    Forgery("a layer switched off", hide_layer),
    Forgery("a layer's name taken from the page", rename_layer_in_resources),
    Forgery("pages in another order", swap_kids),
    Forgery("a page dropped", drop_page),
    Forgery("another catalog", new_catalog),
    Forgery("a generation raised", raise_generation),
    Forgery("default fonts redefined", redefine_default_font),
    Forgery("a script given to a field", change_calculation),
    Forgery("a form field renamed to the signature's name", remove_field_under_a_name),
    Forgery("the signature's value null", signature_value_null),
)
