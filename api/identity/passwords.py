"""Password hashing with argon2id, slow on purpose and therefore never run on the event loop."""

from __future__ import annotations

import string
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import PasswordUnfit

# Verified when an account does not exist, so that an unknown name costs the same time as a wrong password.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


_LEAST_LENGTH: Final = 12
MOST_LENGTH: Final = 256
_LEAST_DIFFERENT: Final = 5
# What remains of a password when the words everybody takes are cut out of it must still be something.
_LEAST_LEFT: Final = 6
# What guesses about an office begin with: our name, its work, its country (ASVS 5.0, 6.2.11).
_CONTEXT: Final = (
    "vidimus",
    "chungthuc",
    "saoy",
    "congchuc",
    "hanhchinhcong",
    "dichvucong",
    "phuongthidu",
    "vietnam",
    "hochiminh",
    "matkhau",
    "motdepasse",
    "password",
    "qwerty",
    "azerty",
    "123456789",
    "12345678",
    "123456",
    "12345",
    "abc123",
    "admin",
    "iloveyou",
)
# Passwords that were found most often, one a line; where it comes from stands in NOTICE.
_LIST: Final = Path(__file__).with_name("common_passwords.txt")
_LOOKS_LIKE: Final = str.maketrans("0134578@$!", "oieastbasi")


@dataclass(frozen=True, slots=True)
class Password:
    """A password on its way to be hashed; its text shows in no log and no exception."""

    text: str

    def __repr__(self) -> str:
        return "Password(…)"

    __str__ = __repr__


def check_fit(password: Password, *, login: str) -> None:
    """Refuse a password that is guessed first: short, monotonous, among the most common ones, or made of context.

    Nothing else is asked of it: no kinds of letters, no change after some months (NIST SP 800-63B).

    Raises:
        PasswordUnfit: `code` says why.
    """
    text = unicodedata.normalize("NFC", password.text)
    if len(text) < _LEAST_LENGTH:
        raise PasswordUnfit("PASSWORD_SHORT", f"a password has at least {_LEAST_LENGTH} signs")
    if len(text) > MOST_LENGTH:
        # It is judged as it came or not at all: one that is cut in silence is not the one that was chosen.
        raise PasswordUnfit("PASSWORD_LONG", f"a password has at most {MOST_LENGTH} signs")
    plain = _plain(text)
    named = _plain(login)
    left = plain or text.casefold()
    for word in (*([named] if len(named) > 2 else []), *_CONTEXT):
        left = left.replace(word, "")
    monotonous = len(set(text.casefold())) < _LEAST_DIFFERENT
    if monotonous or len(left) < _LEAST_LEFT or any(_is_common(form) for form in _forms(text)):
        raise PasswordUnfit("PASSWORD_COMMON", "this is among the first that are guessed")


def _plain(text: str) -> str:
    """Letters and digits without case, accents and what stands between: "Mật-Khẩu 1" is "matkhau1"."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(sign for sign in bare if sign.isalnum())


def _forms(text: str) -> set[str]:
    """What a guesser who knows the common tricks would see in it: signs read as letters, decoration taken away."""
    plain, read = _plain(text), _plain(text.casefold().translate(_LOOKS_LIKE))
    core = text.strip(string.digits + string.punctuation)
    return {plain, read, _plain(core.casefold().translate(_LOOKS_LIKE)), plain.strip("0123456789"), _plain(core)}


def _is_common(form: str) -> bool:
    """Whether it is on the list, or something of the list over and over."""
    common = _common()
    halves = (form[:size] for size in range(4, len(form) // 2 + 1) if len(form) % size == 0)
    return form in common or any(part * (len(form) // len(part)) == form and part in common for part in halves)


@cache
def _common() -> frozenset[str]:
    return frozenset(_LIST.read_text(encoding="utf-8").split())


def hash_password(password: Password) -> str:
    """Give the argon2id string to store."""
    return PasswordHasher().hash(password.text)


def verify_password(stored: str | None, password: Password) -> bool:
    """Tell whether `password` is the stored one; an absent hash takes as long and is false."""
    try:
        PasswordHasher().verify(stored or _NOBODY, password.text)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
