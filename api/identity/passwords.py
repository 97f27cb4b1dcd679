"""Password hashing with argon2id, slow on purpose and therefore never run on the event loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Verified when an account does not exist, so that an unknown name costs the same time as a wrong password.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass(frozen=True, slots=True)
class Password:
    """A password on its way to be hashed; its text shows in no log and no exception."""

    text: str

    def __repr__(self) -> str:
        return "Password(…)"

    __str__ = __repr__


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
