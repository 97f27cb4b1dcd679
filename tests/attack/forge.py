"""Any signed PDF in, attacked variants out: one function per class of `notes/security.md`, with the verdicts owed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from signing.verify import Verdict
from signing.verify.syntax import PdfObject, Ref
from tests.attack.pdf_surgery import Patient, stream

CAUGHT = frozenset({Verdict.INVALID, Verdict.MALFORMED})
TEXT = b"BT /F1 40 Tf 60 700 Td (FORGED) Tj ET"


@dataclass(frozen=True, slots=True)
class Forgery:
    """One attack: what it does to a file, and which verdicts are acceptable; some need a copy with all signatures."""

    name: str
    make: Callable[[bytes], bytes]
    owed: frozenset[Verdict] = CAUGHT
    needs_copy: bool = False


def _flip(pdf: bytes, at: int) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ 0x01]) + pdf[at + 1 :]


def _byte_ranges(pdf: bytes) -> list[re.Match[bytes]]:
    return list(re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf))


def _first_page(pdf: bytes, **changed: PdfObject) -> bytes:
    patient = Patient(pdf)
    page = patient.pages()[0]
    return patient.append({page: patient.entries(page) | changed})


def _catalog(pdf: bytes, **changed: PdfObject) -> bytes:
    patient = Patient(pdf)
    return patient.append({patient.root: patient.entries(patient.root) | changed})


def flip_first_bytes(pdf: bytes) -> bytes:
    return _flip(pdf, 12)


def flip_in_contents_of_page(pdf: bytes) -> bytes:
    return _flip(pdf, pdf.index(b"stream") + 20)


def flip_behind_hole(pdf: bytes) -> bytes:
    return _flip(pdf, int(_byte_ranges(pdf)[0][3]) + 30)


def flip_in_cms(pdf: bytes) -> bytes:
    """The end of a CMS without unsigned attributes is its signature value."""
    hole = _byte_ranges(pdf)[-1]
    at = len(pdf[: int(hole[3]) - 1].rstrip(b"0")) - 6
    return pdf[:at] + (b"0" if pdf[at : at + 1] != b"0" else b"1") + pdf[at + 1 :]


def transplant_cms(pdf: bytes) -> bytes:
    """Put the first signature's CMS into the last one's hole."""
    first, last = _byte_ranges(pdf)[0], _byte_ranges(pdf)[-1]
    donor = pdf[int(first[2]) + 1 : int(first[3]) - 1].rstrip(b"0") + b"00"
    start, end = int(last[2]) + 1, int(last[3]) - 1
    return pdf[:start] + donor[: end - start].ljust(end - start, b"0") + pdf[end:]


def hide_data_in_padding(pdf: bytes) -> bytes:
    end = int(_byte_ranges(pdf)[-1][3]) - 1
    return pdf[: end - 16] + b"cafecafecafecafe" + pdf[end:]


def _with_byte_range(numbers: str) -> Callable[[bytes], bytes]:
    def make(pdf: bytes) -> bytes:
        found = _byte_ranges(pdf)[-1]
        values = [int(one) for one in found.groups()]
        text = numbers.format(*values, half=values[3] // 2, less=values[1] - 10, more=values[2] + 8).encode()
        return pdf[: found.start()] + text.ljust(found.end() - found.start()) + pdf[found.end() :]

    return make


def wrap_signature(pdf: bytes) -> bytes:
    """Universal wrapping: a new dictionary with the old CMS and a ByteRange over the old bytes."""
    patient = Patient(pdf)
    page, number = patient.pages()[0], patient.field("AgencySeal")
    entries = patient.entries(number)
    value = patient.follow(entries["V"])
    assert isinstance(value, dict)
    new_value, new_content = patient.size, patient.size + 1
    return patient.append(
        {
            number: entries | {"V": Ref(new_value, 0)},
            new_value: dict(value),
            new_content: stream(TEXT),
            page: patient.entries(page) | {"Contents": Ref(new_content, 0)},
        }
    )


def replace_page_content(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    page, new = patient.pages()[0], patient.size
    return patient.append({page: patient.entries(page) | {"Contents": Ref(new, 0)}, new: stream(TEXT)})


def overwrite_content_stream(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    content = patient.entries(patient.pages()[0])["Contents"]
    assert isinstance(content, Ref)
    return patient.append({content.number: stream(TEXT)})


def free_content_stream(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    content = patient.entries(patient.pages()[0])["Contents"]
    assert isinstance(content, Ref)
    return patient.append({content.number: None})


def disguise_content_as_xref(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    content = patient.entries(patient.pages()[0])["Contents"]
    assert isinstance(content, Ref)
    return patient.append({content.number: stream(TEXT, Type="XRef")})


def add_page(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    tree = patient.entries(patient.root)["Pages"]
    assert isinstance(tree, Ref)
    entries = patient.entries(tree.number)
    kids, new = entries["Kids"], patient.size
    assert isinstance(kids, list)
    page: dict[str, PdfObject] = {"Type": "Page", "Parent": tree, "MediaBox": [0, 0, 595, 842]}
    return patient.append({tree.number: entries | {"Kids": [*kids, Ref(new, 0)], "Count": len(kids) + 1}, new: page})


def _annotate(pdf: bytes, **entries: PdfObject) -> bytes:
    patient = Patient(pdf)
    page, new = patient.pages()[0], patient.size
    old = patient.follow(patient.entries(page).get("Annots"))
    kept = old if isinstance(old, list) else []
    shape: dict[str, PdfObject] = {"Type": "Annot", "Rect": [0, 0, 595, 842], "AP": {"N": Ref(new + 1, 0)}, "F": 4}
    return patient.append(
        {
            page: patient.entries(page) | {"Annots": [*kept, Ref(new, 0)]},
            new: shape | entries,
            new + 1: stream(TEXT, Type="XObject", Subtype="Form", BBox=[0, 0, 595, 842]),
        }
    )


def annotate_over_text(pdf: bytes) -> bytes:
    return _annotate(pdf, Subtype="FreeText", Contents=b"FORGED")


def add_unsigned_visible_field(pdf: bytes) -> bytes:
    """A signature field nobody signed, as large as the page."""
    patient = Patient(_annotate(pdf, Subtype="Widget", FT="Sig", T=b"Cover"))
    form = patient.follow(patient.entries(patient.root)["AcroForm"])
    assert isinstance(form, dict)
    fields = patient.follow(form["Fields"])
    assert isinstance(fields, list)
    changed = form | {"Fields": [*fields, Ref(patient.size - 2, 0)]}
    return patient.append({patient.root: patient.entries(patient.root) | {"AcroForm": changed}})


def _form(**added: PdfObject) -> Callable[[bytes], bytes]:
    def make(pdf: bytes) -> bytes:
        patient = Patient(pdf)
        reference = patient.entries(patient.root)["AcroForm"]
        form = patient.follow(reference)
        assert isinstance(form, dict)
        if isinstance(reference, Ref):
            return patient.append({reference.number: form | added})
        return _catalog(pdf, AcroForm=form | added)

    return make


def replace_appearance_of_seal(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    appearance = patient.follow(patient.entries(patient.field("AgencySeal"))["AP"])
    assert isinstance(appearance, dict)
    normal = appearance["N"]
    assert isinstance(normal, Ref)
    return patient.append({normal.number: stream(TEXT, Type="XObject", Subtype="Form", BBox=[0, 0, 220, 100])})


def move_widget(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    number = patient.field("AgencySeal")
    return patient.append({number: patient.entries(number) | {"Rect": [0, 0, 595, 842]}})


def remove_value(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    number = patient.field("Officer")
    return patient.append({number: {key: one for key, one in patient.entries(number).items() if key != "V"}})


def remove_form(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    kept = {key: one for key, one in patient.entries(patient.root).items() if key != "AcroForm"}
    return patient.append({patient.root: kept})


def remove_field(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    return _form(Fields=[Ref(patient.field("AgencySeal"), 0)])(pdf)


def remove_dss(pdf: bytes) -> bytes:
    patient = Patient(pdf)
    kept = {key: one for key, one in patient.entries(patient.root).items() if key != "DSS"}
    return patient.append({patient.root: kept})


def append_body_without_trailer(pdf: bytes) -> bytes:
    return pdf + b"\n4 0 obj\n<</Length 5>>\nstream\nFORGE\nendstream\nendobj\n"


def append_old_startxref(pdf: bytes) -> bytes:
    old: bytes = re.findall(rb"startxref\s+(\d+)", pdf)[0]
    return pdf + b"\n4 0 obj\n<<>>\nendobj\nstartxref\n" + old + b"\n%%EOF\n"


def append_loop(pdf: bytes) -> bytes:
    return Patient(pdf).append({}, Prev=len(pdf))


def append_orphan_body(pdf: bytes) -> bytes:
    """An object in no cross-reference waits for readers that rebuild the table."""
    patient = Patient(pdf)
    page = patient.pages()[0]
    hidden = b"%d 0 obj\n<</Type/Page/Contents 99 0 R>>\nendobj\n" % page
    whole = patient.append({patient.size: {"Note": b"x"}})
    at = whole.rindex(b"xref\n", 0, whole.rindex(b"startxref"))
    shifted = whole[:at] + hidden + whole[at:]
    return shifted.replace(b"startxref\n%d\n" % at, b"startxref\n%d\n" % (at + len(hidden)))


def hide_in_hybrid_reference(pdf: bytes) -> bytes:
    """New readers follow /XRefStm and see another page; old readers do not."""
    patient = Patient(pdf)
    page = patient.pages()[0]
    out = pdf + b"\n"
    page_at = len(out)
    new = patient.size
    out += b"%d 0 obj\n<</Type/Page/Parent 1 0 R/MediaBox[0 0 9 9]>>\nendobj\n" % page
    rows = b"\x01" + page_at.to_bytes(4, "big") + b"\x00"
    hidden_at = len(out)
    out += b"%d 0 obj\n<</Type/XRef/Size %d/W[1 4 1]/Index[%d 1]/Length 6>>\nstream\n" % (new, new + 1, page)
    out += rows + b"\nendstream\nendobj\n"
    table_at = len(out)
    previous = patient.history.newest.sections[-1].offset
    out += b"xref\n0 0\ntrailer\n<</Size %d/Root %d 0 R/Prev %d/XRefStm %d>>\n" % (
        new + 1, patient.root, previous, hidden_at,
    )  # fmt: skip
    return out + b"startxref\n%d\n%%%%EOF\n" % table_at


def point_content_elsewhere(pdf: bytes) -> bytes:
    """Cross-reference only: the page's content number now leads to another object that was signed."""
    patient = Patient(pdf)
    content = patient.entries(patient.pages()[0])["Contents"]
    assert isinstance(content, Ref)
    target = patient.history.newest.objects[patient.pages()[1]].where
    previous = patient.history.newest.sections[-1].offset
    out = pdf + b"\nxref\n%d 1\n%010d 00000 n \n" % (content.number, target)
    at = len(pdf) + 1
    return out + b"trailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        patient.size, patient.root, previous, at,
    )  # fmt: skip


def _javascript(pdf: bytes) -> bytes:
    return _catalog(pdf, OpenAction={"S": "JavaScript", "JS": b"app.alert(1)"})


FORGERIES: tuple[Forgery, ...] = (
    Forgery("a byte near the beginning flipped", flip_first_bytes),
    Forgery("a byte of a page's content flipped", flip_in_contents_of_page),
    Forgery("a byte behind a signature's hole flipped", flip_behind_hole),
    Forgery("a byte of the CMS flipped", flip_in_cms),
    Forgery("the CMS of another signature transplanted", transplant_cms, needs_copy=True),
    Forgery("data hidden in the padding", hide_data_in_padding, frozenset({Verdict.VALID_WITH_WARNING})),
    Forgery("ByteRange missing", _with_byte_range("/ByteRangs [0 0 0 0]")),
    Forgery("ByteRange null", _with_byte_range("/ByteRange null")),
    Forgery("ByteRange zero", _with_byte_range("/ByteRange [0 0 0 0]")),
    Forgery("ByteRange negative", _with_byte_range("/ByteRange [0 {1} {2} -1]")),
    Forgery("ByteRange short", _with_byte_range("/ByteRange [0 {1} {2} {half}]")),
    Forgery("ByteRange of three numbers", _with_byte_range("/ByteRange [0 {1} {2}]")),
    Forgery("ByteRange overlapping", _with_byte_range("/ByteRange [0 {2} {1} {3}]")),
    Forgery("ByteRange swapped", _with_byte_range("/ByteRange [{2} {3} 0 {1}]")),
    Forgery("ByteRange with a wider gap", _with_byte_range("/ByteRange [0 {less} {2} {3}]")),
    Forgery("ByteRange with a shifted second half", _with_byte_range("/ByteRange [0 {1} {more} {3}]")),
    Forgery("the signature wrapped into a new dictionary", wrap_signature, needs_copy=True),
    Forgery("a page's content replaced", replace_page_content),
    Forgery("a content stream overwritten", overwrite_content_stream),
    Forgery("a content stream freed", free_content_stream),
    Forgery("a content stream disguised as cross-reference", disguise_content_as_xref),
    Forgery("a page added", add_page),
    Forgery("CropBox changed", lambda pdf: _first_page(pdf, CropBox=[0, 0, 100, 100])),
    Forgery("page rotated", lambda pdf: _first_page(pdf, Rotate=180)),
    Forgery("page resources with another font", lambda pdf: _first_page(pdf, Resources={"Font": {"F1": {}}})),
    Forgery("page action added", lambda pdf: _first_page(pdf, AA={"O": {"S": "Launch", "F": b"x"}})),
    Forgery("JavaScript added", _javascript),
    Forgery("attachments added", lambda pdf: _catalog(pdf, Names={"EmbeddedFiles": {"Names": []}})),
    Forgery("layers added", lambda pdf: _catalog(pdf, OCProperties={"OCGs": [], "D": {}})),
    Forgery("document language changed", lambda pdf: _catalog(pdf, Lang=b"fr")),
    Forgery("output intents removed", lambda pdf: _catalog(pdf, OutputIntents=[])),
    Forgery("metadata replaced", lambda pdf: _catalog(pdf, Metadata=None), needs_copy=True),
    Forgery("XFA added", _form(XFA=b"<x/>")),
    Forgery("NeedAppearances added", _form(NeedAppearances=True)),
    Forgery("calculation order added", _form(CO=[])),
    Forgery("SubmitForm field added", lambda pdf: _annotate(pdf, Subtype="Widget", FT="Btn", A={"S": "SubmitForm"})),
    Forgery("an annotation over the text", annotate_over_text),
    Forgery("an unsigned visible field over the page", add_unsigned_visible_field),
    Forgery("the seal's appearance replaced", replace_appearance_of_seal),
    Forgery("the seal's widget moved", move_widget),
    Forgery("the officer's signature value removed", remove_value),
    Forgery("the form removed", remove_form),
    Forgery("fields removed from the form", remove_field),
    Forgery("the DSS removed", remove_dss, needs_copy=True),
    Forgery("a body without trailer appended", append_body_without_trailer),
    Forgery("an old startxref appended", append_old_startxref),
    Forgery("garbage behind the end", lambda pdf: pdf + b"FORGED" * 20),
    Forgery("an archive behind the end", lambda pdf: pdf + b"PK\x03\x04" + bytes(60)),
    Forgery("bytes before the header", lambda pdf: b"MZ\x00\n" + pdf),
    Forgery("two files glued", lambda pdf: pdf + pdf),
    Forgery("a cross-reference loop", append_loop),
    Forgery("an object in no cross-reference", append_orphan_body),
    Forgery("a page hidden in a hybrid reference", hide_in_hybrid_reference),
    Forgery("the content's number pointed elsewhere", point_content_elsewhere),
    Forgery("encryption added", lambda pdf: Patient(pdf).append({}, Encrypt={"Filter": "Standard", "V": 1})),
    Forgery("an impossible size", lambda pdf: Patient(pdf).append({2**31: {"A": 1}})),
    Forgery("cut in the middle", lambda pdf: pdf[: len(pdf) // 2], CAUGHT | {Verdict.NO_SIGNATURE}),
)
