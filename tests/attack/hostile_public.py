"""Files that strangers send to keep a verifier busy: each is cheap to make and dear to read."""

from __future__ import annotations

import zlib

from signing.verify.syntax import PdfObject, Ref
from tests.attack.illustrated import certified, illustrated
from tests.attack.pdf_surgery import Patient, stream


def many_fields(pdf: bytes, count: int = 4_000) -> bytes:
    """Thousands of signature fields that share one signature."""
    patient = Patient(pdf)
    value = patient.entries(patient.field("Officer"))["V"]
    first = patient.size
    added: dict[int, PdfObject | bytes] = {
        first + at: {"FT": "Sig", "T": b"F%d" % at, "V": value} for at in range(count)
    }
    reference = patient.entries(patient.root)["AcroForm"]
    assert isinstance(reference, Ref)
    fields: list[PdfObject] = [Ref(first + at, 0) for at in range(count)]
    return patient.append(added | {reference.number: patient.entries(reference.number) | {"Fields": fields}})


def many_revisions(pdf: bytes, count: int = 200) -> bytes:
    """One tiny revision after another."""
    for at in range(count):
        patient = Patient(pdf)
        pdf = patient.append({patient.size: {"At": at}})
    return pdf


def deep_pages(pdf: bytes, depth: int = 5_000) -> bytes:
    """A page tree as deep as it has nodes."""
    patient = Patient(pdf)
    first = patient.size
    nodes: dict[int, PdfObject | bytes] = {
        first + at: {"Type": "Pages", "Kids": [Ref(first + at + 1, 0)], "Count": 1} for at in range(depth)
    }
    nodes[first + depth] = {"Type": "Page", "MediaBox": [0, 0, 10, 10]}
    return patient.append(nodes | {patient.root: patient.entries(patient.root) | {"Pages": Ref(first, 0)}})


def inflating_objects(pdf: bytes) -> bytes:
    """An object stream that grows to what one stream may be."""
    patient = Patient(pdf)
    content = zlib.compress(b"9 0 " + b" " * (31 * 1024 * 1024), 9)
    packed = stream(content, Type="ObjStm", N=1, First=4, Filter="FlateDecode")
    return patient.append({patient.size: packed})


def heavy_drawing(pdf: bytes, *, strokes: int = 400_000) -> bytes:
    """A filled field whose appearance draws for ever: only a renderer finds out."""
    patient = Patient(pdf)
    number, new = patient.field("Remark"), patient.size
    drawn = zlib.compress(b"q 0 0 200 20 re W n 200 0 0 20 0 0 cm 0 0 1 1 re f Q\n" * strokes, 9)
    return patient.append(
        {
            number: patient.entries(number) | {"V": b"x", "AP": {"N": Ref(new, 0)}},
            new: stream(drawn, Type="XObject", Subtype="Form", BBox=[0, 0, 200, 20], Filter="FlateDecode"),
        }
    )


def hostile_files(*, strokes: int = 20_000) -> dict[str, bytes]:
    """One of each; `strokes` say how long the drawing keeps a renderer."""
    signed = certified(illustrated(), 2)
    return {
        "many fields": many_fields(signed),
        "many revisions": many_revisions(signed, 60),
        "deep pages": deep_pages(signed),
        "inflating objects": inflating_objects(signed),
        "heavy drawing": heavy_drawing(signed, strokes=strokes),
        "comments without end": b"%PDF-1.7\n" + b"%" * 4_000_000 + b"\nstartxref\n9\n%%EOF",
        "opened and never closed": b"%PDF-1.7\n1 0 obj\n" + b"[<<" * 300_000 + b"\nstartxref\n9\n%%EOF",
    }
