"""Two forgeries of a certified copy, made before the user's eyes to be caught: a changed byte, a replaced page."""

from __future__ import annotations

import re
from typing import Final

# One object from its number to its end: whoever reads on over the next `endobj` gives one object another's number.
_DICTIONARY: Final = re.compile(rb"(\d+) 0 obj\s*(<<(?:(?!endobj|stream).)*>>)\s*endobj", re.DOTALL)
_FIRST_KID: Final = re.compile(rb"/Kids\s*\[\s*(\d+)\s+0\s+R")


def change_one_byte(pdf: bytes) -> bytes:
    """Flip one bit in the middle of the first signed range, where the page image lies."""
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)", pdf)
    if found is None:
        raise ValueError("the file carries no signature to forge under")
    position = int(found.group(1)) + int(found.group(2)) // 2
    return pdf[:position] + bytes([pdf[position] ^ 1]) + pdf[position + 1 :]


def replace_page_content(pdf: bytes) -> bytes:
    """Append a revision in which page 1 shows something else, as a forger with an editor would; no signed byte changes."""
    page_number, page = _first_page(pdf)
    size = max(int(number) for number in re.findall(rb"/Size\s+(\d+)", pdf))
    root = re.findall(rb"/Root\s+(\d+)\s+0\s+R", pdf)[-1].decode()
    previous = re.findall(rb"startxref\s+(\d+)", pdf)[-1].decode()
    content = b"0.9 0.2 0.2 rg 100 400 300 120 re f"
    forged_page = re.sub(rb"/Contents\s*(\[[^\]]*\]|\d+\s+\d+\s+R)", b"/Contents %d 0 R" % size, page)
    body = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    page_offset = len(body)
    body += b"%d 0 obj\n%s\nendobj\n" % (page_number, forged_page)
    content_offset = len(body)
    body += b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (size, len(content), content)
    table_offset = len(body)
    body += b"xref\n%d 1\n%010d 00000 n \n%d 1\n%010d 00000 n \n" % (page_number, page_offset, size, content_offset)
    body += f"trailer\n<< /Size {size + 1} /Root {root} 0 R /Prev {previous} >>\nstartxref\n{table_offset}\n%%EOF\n".encode()
    return body


def _first_page(pdf: bytes) -> tuple[int, bytes]:
    """Find page 1 as it is now: a later revision may have written it again, and it need not be the first in the file."""
    objects = {int(one[1]): one[2] for one in _DICTIONARY.finditer(pdf)}
    trees = [one for one in objects.values() if re.search(rb"/Type\s*/Pages\b", one)]
    first = next((one for one in map(_FIRST_KID.search, trees) if one), None)
    number = int(first[1]) if first else 0
    if b"/Contents" not in objects.get(number, b""):
        raise ValueError("the file has no page that could be replaced")
    return number, objects[number]
