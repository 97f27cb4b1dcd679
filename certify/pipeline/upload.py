"""An upload as it comes to the pipeline: in memory when it is small, else a file that is never held whole."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import BinaryIO

from guard.wire import Payload


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes as they came in, and what the sender said they are."""

    content: Payload = field(repr=False)
    declared_type: str | None

    def sha256_hex(self) -> str:
        """Its digest; a file is read once for it."""
        if isinstance(self.content, bytes):
            return hashlib.sha256(self.content).hexdigest()
        return self.content.sha256_hex()

    def open(self) -> BinaryIO:
        """Open it to be read from its beginning."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.path.open("rb")
