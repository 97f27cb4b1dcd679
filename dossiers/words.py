"""Codes of two easy words that two screens show, so that two people can see that they stand before the same thing."""

from __future__ import annotations

import hashlib
from typing import Final

from guard import RandomBytes

# Short, without homophones, easy to say in every region; none is a name or could offend.
_FIRST: Final = (
    "sen", "lúa", "tre", "mây", "nắng", "mưa", "gió", "sóng", "núi", "sông", "biển", "rừng", "sao", "trăng", "hạc", "voi",
    "ong", "bướm", "cá", "chim", "trâu", "mèo", "ngựa", "nai", "cam", "xoài", "dừa", "mít", "bưởi", "chuối", "ổi", "táo",
)  # fmt: skip
_SECOND: Final = (
    "xanh", "đỏ", "vàng", "trắng", "tím", "hồng", "nâu", "bạc", "sớm", "chiều", "xuân", "hạ", "thu", "đông", "cao", "thấp",
    "tròn", "dài", "ngọt", "chua", "mới", "cũ", "nhanh", "chậm", "to", "nhỏ", "gần", "xa", "ấm", "mát", "vui", "lành",
)  # fmt: skip
_OTHERS: Final = 2


def two_words(random_bytes: RandomBytes) -> str:
    """Draw a code of two words, one of 1,024."""
    first, second = random_bytes(2)
    return f"{_FIRST[first % len(_FIRST)]} {_SECOND[second % len(_SECOND)]}"


def other_words(seed: str, *, but: str) -> tuple[str, ...]:
    """Give two more codes that are not the one, always the same for a seed: looking again tells nobody which is right."""
    found: list[str] = []
    counter = 0
    while len(found) < _OTHERS:
        digest = hashlib.sha256(f"{seed}:{but}:{counter}".encode()).digest()
        counter += 1
        code = f"{_FIRST[digest[0] % len(_FIRST)]} {_SECOND[digest[1] % len(_SECOND)]}"
        if code != but and code not in found:
            found.append(code)
    return tuple(found)
