"""The rules of PDF/A-2u that hold for every object of a file, whatever it is for, and for content streams.

`pdfa_check` knows what a document of ours consists of; here stands what no object of any document may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pikepdf

from ocr.errors import PdfaViolation

# The filters we and our signatures write; LZWDecode is forbidden by name (ISO 19005-2, 6.1.7.2), Crypt with it.
_FILTERS = {"/FlateDecode", "/DCTDecode", "/CCITTFaxDecode"}
_EXTERNAL_KEYS = ("/F", "/FFilter", "/FDecodeParms")
_ACTING_KEYS = ("/AA", "/JS", "/EF", "/XFA", "/PresSteps")
_LARGEST_INTEGER = 2**31 - 1  # ISO 19005-2, 6.1.13
_LONGEST_NAME = 127
_LONGEST_STRING = 32_767
_MAX_DEPTH = 28
_MAX_SAVES = 28
# ISO 32000-1, annex A, without inline images, shadings, Type 3 glyphs, PostScript and CMYK, which we never write.
_OPERATORS = frozenset(
    ("b", "B", "b*", "B*", "BDC", "BMC", "BT", "c", "cm", "cs", "CS", "d", "Do", "EMC", "ET", "f", "F", "f*", "g", "G", "gs",
     "h", "i", "j", "J", "l", "m", "M", "MP", "DP", "n", "q", "Q", "re", "rg", "RG", "ri", "s", "S", "sc", "SC", "scn", "SCN",
     "T*", "Tc", "Td", "TD", "Tf", "Tj", "TJ", "TL", "Tm", "Tr", "Ts", "Tw", "Tz", "v", "w", "W", "W*", "y", "'", '"')
)  # fmt: skip


def check_objects(document: pikepdf.Pdf) -> None:
    """Check limits, names, filters and actions of every object that the file holds.

    Raises:
        PdfaViolation: a rule is broken.
    """
    for item in document.objects:
        for part in _parts_of(item):
            _check_value(part)
            if isinstance(part, pikepdf.Stream):
                _check_stream(part)
            if isinstance(part, (pikepdf.Stream, pikepdf.Dictionary)):
                acting = next((key for key in _ACTING_KEYS if key in part), None)
                if acting is not None:
                    raise PdfaViolation(f"an object holds {acting}, which acts by itself; write the document again")


def read_stream(stream: pikepdf.Object, *, role: str) -> bytes:
    """Return what a stream holds.

    Raises:
        PdfaViolation: it is no stream or does not decode.
    """
    if not isinstance(stream, pikepdf.Stream):
        raise PdfaViolation(f"{role} is no stream; write the document again")
    try:
        return bytes(stream.read_bytes())
    except pikepdf.PdfError as exc:
        raise PdfaViolation(f"{role} does not decode; write the document again") from exc


def check_content(content: pikepdf.Object | pikepdf.Page, *, resources: pikepdf.Object, role: str) -> frozenset[int]:
    """Check the operators of a page or form, and return the marks it carries.

    Raises:
        PdfaViolation: an operator is unknown or forbidden, names a resource that is not there, or opens what it
            does not close.
    """
    try:
        instructions = pikepdf.parse_content_stream(content)
    except pikepdf.PdfError as exc:
        raise PdfaViolation(f"the content of {role} does not parse; write the document again") from exc
    marks: set[int] = set()
    saves = open_marks = 0
    for instruction in instructions:
        operator = str(instruction.operator)
        if operator not in _OPERATORS:
            raise PdfaViolation(f"the content of {role} uses an operator that PDF/A or we do not know")
        saves += {"q": 1, "Q": -1}.get(operator, 0)
        open_marks += {"BMC": 1, "BDC": 1, "EMC": -1}.get(operator, 0)
        if not 0 <= saves <= _MAX_SAVES or open_marks < 0:
            raise PdfaViolation(f"the content of {role} nests its states or marks wrongly")
        match operator, *instruction.operands:
            case "Tf", font, _:
                _check_named(resources, "/Font", font, role=role)
            case "Do", drawn:
                _check_named(resources, "/XObject", drawn, role=role)
            case "BDC", _, properties if isinstance(properties, pikepdf.Dictionary) and "/MCID" in properties:
                marks.add(int(properties["/MCID"]))
    if saves or open_marks:
        raise PdfaViolation(f"the content of {role} leaves a state or a mark open")
    return frozenset(marks)


def _check_named(resources: pikepdf.Object, kind: str, name: object, *, role: str) -> None:
    if str(name) not in resources.get(kind, pikepdf.Dictionary()):
        raise PdfaViolation(f"the content of {role} names a resource in {kind} that is not there")


def _parts_of(item: pikepdf.Object) -> Iterator[object]:
    """Walk the direct parts of one object; indirect ones come by themselves."""
    pending: list[tuple[object, int]] = [(item, 0)]
    while pending:
        part, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise PdfaViolation("an object is nested too deeply; write the document again")
        yield part
        children: list[object] = []
        if isinstance(part, (pikepdf.Stream, pikepdf.Dictionary)):
            # A pikepdf dictionary is no mapping: iterating over it does not give its keys.
            for key in part.keys():  # noqa: SIM118
                _check_name(key)
                children.append(part[key])
        elif isinstance(part, pikepdf.Array):
            children = list(part)
        pending += [
            (child, depth + 1) for child in children if not (isinstance(child, pikepdf.Object) and child.is_indirect)
        ]


def _check_value(value: object) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, (int, Decimal)) and not -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER:
        raise PdfaViolation("a number is larger than PDF/A allows; write the document again")
    if isinstance(value, pikepdf.Name):
        _check_name(str(value))
    elif isinstance(value, pikepdf.String) and len(bytes(value)) > _LONGEST_STRING:
        raise PdfaViolation("a string is longer than PDF/A allows; write the document again")


def _check_name(name: str) -> None:
    if len(name.encode()) - 1 > _LONGEST_NAME:
        raise PdfaViolation("a name is longer than PDF/A allows; write the document again")


def _check_stream(stream: pikepdf.Stream) -> None:
    if any(key in stream for key in _EXTERNAL_KEYS):
        raise PdfaViolation("a stream keeps its bytes in another file; write the document again")
    filters = stream.get("/Filter", pikepdf.Array())
    names = list(filters) if isinstance(filters, pikepdf.Array) else [filters]
    if not all(isinstance(name, pikepdf.Name) and str(name) in _FILTERS for name in names):
        raise PdfaViolation("a stream is coded with a filter that PDF/A forbids or nobody here writes")
    if str(stream.get("/Subtype", "")) != "/Image":
        read_stream(stream, role="a stream")
