"""Where an encrypting stream writes to: it closes what it is given, and forgets why a write failed."""

from __future__ import annotations

import hashlib
import io
from typing import Any, BinaryIO


class KeptBytes(io.BytesIO):
    """A buffer that keeps its content when the encrypting stream closes it."""

    kept = b""

    def close(self) -> None:
        """Keep the content, then close."""
        if not self.closed:
            self.kept = self.getvalue()
        super().close()


class LeftOpen(io.RawIOBase):
    """A file to write into that stays open when the encrypting stream closes it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """Say that it is there to be written."""
        return True

    def write(self, piece: Any) -> int:
        """Hand a piece on, and remember why that failed."""
        try:
            return self._file.write(bytes(piece))
        except OSError as error:
            self.failure = error
            raise


class DigestOnly(io.RawIOBase):
    """A file that keeps nothing of what is written into it but its digest and length."""

    def __init__(self) -> None:
        self.running = hashlib.sha256()
        self.byte_count = 0

    def writable(self) -> bool:
        """Say that it is there to be written."""
        return True

    def write(self, piece: Any) -> int:
        """Take a piece."""
        self.running.update(piece)
        self.byte_count += len(piece)
        return len(piece)
