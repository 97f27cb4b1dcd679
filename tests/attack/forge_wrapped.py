"""Universal signature forgery and signature wrapping, in every form the literature names."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.attack.forge import Forgery


def _last(pdf: bytes) -> tuple[int, int, int]:
    """Where the last signature's hole begins and ends, and where its coverage ends."""
    found = list(re.finditer(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf))[-1]
    start, second, length = (int(one) for one in found.groups())
    return start, second, second + length


def _in_hole(replacement: Callable[[int], bytes]) -> Callable[[bytes], bytes]:
    """Put something else of the same length where `/Contents` stood."""

    def make(pdf: bytes) -> bytes:
        start, end, _ = _last(pdf)
        return pdf[:start] + replacement(end - start) + pdf[end:]

    return make


def rename_contents(pdf: bytes) -> bytes:
    start, _, _ = _last(pdf)
    at = pdf.rindex(b"/Contents", 0, start)
    return pdf[:at] + b"/Contentz" + pdf[at + 9 :]


def move_second_part(pdf: bytes) -> bytes:
    """The classic wrapping: the covered tail moves down, and the room between the parts is the attacker's."""
    _, second, end = _last(pdf)
    tail = pdf[second:end]
    injected = b" /Padding <00> \n4 0 obj\n<</Length 6>>\nstream\nFORGED\nendstream\nendobj\n"
    moved = pdf[:second] + injected + tail
    return _with_second(moved, pdf, second + len(injected))


def move_second_part_behind_a_copy(pdf: bytes) -> bytes:
    """Wrapping without padding: the file goes on as before, and the covered tail follows behind it once more."""
    _, second, end = _last(pdf)
    grown = pdf[:end] + b"\n" + pdf[second:end]
    return _with_second(grown, pdf, end + 1)


def close_hole_early(pdf: bytes) -> bytes:
    """The hexadecimal string ends early; in the room that is left stands another key."""
    start, end, _ = _last(pdf)
    inside = pdf[start:end]
    cut = len(inside) - 60
    filling = b"> /Contents2 <" + b"00" * 30
    changed = inside[:cut] + filling[: len(inside) - cut - 1].ljust(len(inside) - cut - 1, b"0") + b">"
    return pdf[:start] + changed + pdf[end:]


def widen_hole_over_keys(pdf: bytes) -> bytes:
    """The range leaves out more than the string: keys of the dictionary can be exchanged unseen."""
    start, second, end = _last(pdf)
    return _with_numbers(pdf, (start - 9, second, end - second))


def _with_second(grown: bytes, pdf: bytes, second: int) -> bytes:
    start, old, end = _last(pdf)
    return _with_numbers(grown, (start, second, end - old))


def _with_numbers(pdf: bytes, numbers: tuple[int, int, int]) -> bytes:
    place = list(re.finditer(rb"/ByteRange\s*\[\s*0\s+\d+\s+\d+\s+\d+\s*\]", pdf))[-1]
    text = b"/ByteRange [0 %d %d %d]" % numbers
    room = place.end() - place.start()
    return pdf[: place.start()] + text.ljust(room)[: max(room, len(text))] + pdf[place.end() :]


WRAPPED: tuple[Forgery, ...] = (
    Forgery("Contents renamed", rename_contents),
    Forgery("Contents null", _in_hole(b"null".ljust)),
    Forgery("Contents empty", _in_hole(b"<>".ljust)),
    Forgery("Contents zero", _in_hole(lambda room: b"<" + b"0" * (room - 2) + b">")),
    Forgery("Contents one byte", _in_hole(b"<00>".ljust)),
    Forgery("Contents a name", _in_hole(b"/None".ljust)),
    Forgery("Contents in parentheses", _in_hole(lambda room: b"(" + b"A" * (room - 2) + b")")),
    Forgery("the second part moved behind injected objects", move_second_part),
    Forgery("the second part repeated behind the end", move_second_part_behind_a_copy),
    Forgery("the hole closed early", close_hole_early),
    Forgery("the hole widened over keys", widen_hole_over_keys),
)
