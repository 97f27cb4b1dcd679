"""A PIN that cannot be shown, formatted, copied or pickled by accident."""

from __future__ import annotations

import unicodedata
from typing import NoReturn

from keys.errors import PinRefused

_MAX_CHARACTERS = 256


class Pin:
    """A secret typed by a person, or the passphrase of an unattended key.

    It compares by identity, so that no test for equality leaks how much of it was right.
    """

    __slots__ = ("__secret",)

    def __init__(self, secret: str) -> None:
        """Keep the secret, in NFC so that one keyboard's Vietnamese equals another's.

        Raises:
            PinRefused: empty or longer than any PIN.
        """
        if not secret or len(secret) > _MAX_CHARACTERS:
            raise PinRefused(f"a PIN has 1 to {_MAX_CHARACTERS} characters; type it again")
        self.__secret = unicodedata.normalize("NFC", secret)

    def reveal(self) -> bytes:
        """Give the secret to the key store; call it inline, never keep the answer in a variable."""
        return self.__secret.encode()

    def __repr__(self) -> str:
        """Hide the secret."""
        return "Pin(…)"

    def __format__(self, format_spec: str) -> str:
        """Hide the secret whatever the format."""
        return repr(self)

    def __getstate__(self) -> NoReturn:
        """Refuse to be copied."""
        raise TypeError("a PIN is never copied or stored")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be pickled."""
        raise TypeError("a PIN is never copied or stored")
