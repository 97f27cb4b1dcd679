"""Several key-encryption keys at once, while secrets move from one to the next: the first wraps, all of them open."""

from __future__ import annotations

from keys.errors import UnwrapFailed
from keys.kek import KeyEncryptionKey


class KekRing:
    """A current key and those before it; each wrapped secret says by its form and tag which one opens it."""

    __slots__ = ("_keys",)

    def __init__(self, current: KeyEncryptionKey, *before: KeyEncryptionKey) -> None:
        self._keys = (current, *before)

    @property
    def kek_id(self) -> str:
        """The id of the key that wraps."""
        return self._keys[0].kek_id

    def wrap(self, secret: bytes, associated_data: bytes) -> bytes:
        """Encrypt a secret with the current key; raises as that key does."""
        return self._keys[0].wrap(secret, associated_data)

    def unwrap(self, wrapped: bytes, associated_data: bytes) -> bytes:
        """Decrypt with whichever key opens it.

        Raises:
            UnwrapFailed: none does.
        """
        for key in self._keys:
            try:
                return key.unwrap(wrapped, associated_data)
            except UnwrapFailed:
                continue
        names = ", ".join(key.kek_id for key in self._keys)
        raise UnwrapFailed(f"a wrapped secret opens with none of the keys {names}; restore the key it was wrapped with")

    def __repr__(self) -> str:
        return f"KekRing({self.kek_id})"
