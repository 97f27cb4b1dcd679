"""Scalpel and thread for forged PDFs: read any object, change it, append it as a revision like an editor would."""

from __future__ import annotations

from collections.abc import Mapping

from signing.verify.revisions import PdfHistory, read_history
from signing.verify.syntax import HexString, PdfObject, Ref, Stream

Entries = dict[str, PdfObject]


class Patient:
    """A PDF under the knife; every cut gives new bytes and leaves it as it was."""

    def __init__(self, pdf: bytes) -> None:
        self.pdf = pdf
        self.history: PdfHistory = read_history(pdf)

    @property
    def root(self) -> int:
        return _number(self.history.newest.trailer["Root"])

    @property
    def size(self) -> int:
        return max(self.history.newest.objects) + 1

    def fetch(self, number: int) -> PdfObject:
        return self.history.fetch(self.history.newest, number)

    def entries(self, number: int) -> Entries:
        value = self.fetch(number)
        entries = value.entries if isinstance(value, Stream) else value
        assert isinstance(entries, dict)
        return dict(entries)

    def follow(self, value: PdfObject) -> PdfObject:
        return self.history.resolve(self.history.newest, value)

    def pages(self) -> list[int]:
        tree = self.entries(_number(self.entries(self.root)["Pages"]))
        kids = tree["Kids"]
        assert isinstance(kids, list)
        return [_number(kid) for kid in kids]

    def field(self, name: str) -> int:
        form = self.follow(self.entries(self.root)["AcroForm"])
        assert isinstance(form, dict)
        fields = self.follow(form["Fields"])
        assert isinstance(fields, list)
        return next(_number(one) for one in fields if self.entries(_number(one))["T"] == name.encode())

    def append(self, changed: Mapping[int, PdfObject | bytes], **trailer: PdfObject) -> bytes:
        """Append one revision with these objects; None frees the object, bytes are written as they are."""
        out = bytearray(self.pdf)
        if not out.endswith(b"\n"):
            out += b"\n"
        rows: list[tuple[int, bytes]] = []
        for number, value in sorted(changed.items()):
            if value is None:
                rows.append((number, b"0000000000 00001 f \n"))
                continue
            rows.append((number, b"%010d 00000 n \n" % len(out)))
            body = value if isinstance(value, bytes) and not isinstance(value, HexString) else write(value)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        xref_at = len(out)
        out += b"xref\n" + b"".join(b"%d 1\n%s" % row for row in rows)
        newest = self.history.newest
        entries: Entries = {
            "Size": max(self.size, *(number + 1 for number in changed), 1) if changed else self.size,
            "Root": newest.trailer["Root"],
            "Prev": newest.sections[-1].offset,
        }
        entries |= {key: newest.trailer[key] for key in ("Info", "ID") if key in newest.trailer}
        entries |= trailer
        out += b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (write(entries), xref_at)
        return bytes(out)


def _number(value: PdfObject) -> int:
    assert isinstance(value, Ref)
    return value.number


def write(value: PdfObject) -> bytes:
    """Write an object the plain way."""
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int | float):
        return str(value).encode()
    if isinstance(value, str):
        return b"/" + value.encode("latin-1")
    if isinstance(value, bytes):
        return b"<" + value.hex().encode() + b">"
    if isinstance(value, Ref):
        return b"%d %d R" % value
    if isinstance(value, list):
        return b"[" + b" ".join(map(write, value)) + b"]"
    if isinstance(value, dict):
        return b"<<" + b" ".join(b"/" + key.encode("latin-1") + b" " + write(one) for key, one in value.items()) + b">>"
    return write({**value.entries, "Length": len(value.raw)}) + b"\nstream\n" + value.raw + b"\nendstream"


def stream(content: bytes, **entries: PdfObject) -> Stream:
    """A stream without filters."""
    return Stream(dict(entries), content)
