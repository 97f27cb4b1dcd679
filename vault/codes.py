"""The code printed on every page of a certified copy: twelve random symbols and one that catches a slip of the pen.

The symbols are Crockford's base32, read as elements of the field GF(32). The thirteen symbols, each multiplied by its
own power of a generator, sum to zero. Because the powers differ, every single wrong symbol and every swap of any two
symbols breaks the sum: they are answered without a look-up.
"""

from __future__ import annotations

from typing import Final

from guard.clock import RandomBytes
from vault.errors import CodeMistyped

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS: Final = 12
CODE_LENGTH: Final = RANDOM_SYMBOLS + 1
_GROUP: Final = 4
# Letters that look like digits, as Crockford reads them. U is no symbol at all.
_LOOK_ALIKES: Final = str.maketrans("OIL", "011")
_IGNORED: Final = str.maketrans("", "", "- \t\u2010\u2011\u2012\u2013\u00a0")
# x^5 + x^2 + 1 is primitive over GF(2): its root generates all 31 non-zero elements.
_FIELD_POLYNOMIAL: Final = 0b100101
_FIELD_BIT: Final = 0b100000


def new_code(random_bytes: RandomBytes) -> str:
    """Draw a code with 60 random bits, for example `K7PM3QWX9DHT5`."""
    drawn = int.from_bytes(random_bytes(8), "big") >> 4
    values = [(drawn >> (5 * place)) & 31 for place in reversed(range(RANDOM_SYMBOLS))]
    return "".join(ALPHABET[value] for value in (*values, _check_value(values)))


def format_code(code: str) -> str:
    """Write a code in groups for people: `K7PM-3QWX-9DHT-5`."""
    return "-".join(code[start : start + _GROUP] for start in range(0, CODE_LENGTH, _GROUP))


def parse_code(text: str) -> str:
    """Read what a person typed or scanned: any case, with or without hyphens, O for 0 and I or L for 1.

    Raises:
        CodeMistyped: wrong length, a letter that is no symbol, or a check symbol that does not fit.
    """
    code = text.translate(_IGNORED).upper().translate(_LOOK_ALIKES)
    if len(code) != CODE_LENGTH:
        raise CodeMistyped(f"a code has {CODE_LENGTH} symbols, this text has {len(code)}; type it as printed")
    values = [ALPHABET.find(symbol) for symbol in code]
    if -1 in values:
        raise CodeMistyped("a code holds only digits and the letters A–Z without I, L, O, U; type it as printed")
    if _check_value(values[:-1]) != values[-1]:
        raise CodeMistyped("the check symbol does not fit; one symbol is wrong or two are swapped")
    return code


def _check_value(values: list[int]) -> int:
    # Horner's rule: the first symbol gets the highest power of the generator, the check symbol the power zero.
    total = 0
    for value in values:
        total = _times_generator(total ^ value)
    return total


def _times_generator(value: int) -> int:
    doubled = value << 1
    return doubled ^ _FIELD_POLYNOMIAL if doubled & _FIELD_BIT else doubled
