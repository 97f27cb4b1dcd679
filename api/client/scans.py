"""Scans sent in parts (tus 1.0.0): begun, gone on with after a broken line, and left waiting for the counter."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Final

from api.client.problems import AnswerUnreadable
from api.client.wire import Call, Wire

_TUS: Final = {"Tus-Resumable": "1.0.0"}
_PART: Final = "application/offset+octet-stream"


@dataclass(frozen=True, slots=True)
class SentPart:
    """How far an upload is: its address at the service, and the bytes that are kept there."""

    address: str
    received: int


class Scans:
    """What a scanner's machine does."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def begin(self, *, name: str, media_type: str, byte_count: int, key: str) -> SentPart:
        """Announce a file; with the same key the same upload is given again."""
        metadata = ",".join(
            f"{word} {_in_base64(text)}" for word, text in (("filename", name), ("filetype", media_type))
        )
        headers = _TUS | {"Upload-Length": str(byte_count), "Upload-Metadata": metadata}
        answer = self._wire.send(Call("POST", "/v1/uploads", headers=headers, key=key))
        address = answer.headers.get("location", "")
        if not address.startswith("/v1/uploads/"):
            raise AnswerUnreadable("the service does not say where the upload is")
        return self.stands(address)

    def stands(self, address: str) -> SentPart:
        """Ask how far an upload is.

        Raises:
            Refused: there is none (any more).
        """
        answer = self._wire.send(Call("HEAD", address, headers=_TUS))
        return SentPart(address, _offset(answer.headers.get("upload-offset")))

    def append(self, sent: SentPart, content: bytes) -> SentPart:
        """Send the next bytes; what comes back is kept. The service refuses a part that the line has changed."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = _TUS | {
            "Upload-Offset": str(sent.received),
            "Content-Type": _PART,
            "Upload-Checksum": f"sha256 {digest}",
        }
        answer = self._wire.send(Call("PATCH", sent.address, content=content, headers=headers))
        return SentPart(sent.address, _offset(answer.headers.get("upload-offset")))


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _offset(told: str | None) -> int:
    if told is None or not (told.isascii() and told.isdigit()):
        raise AnswerUnreadable("the service does not say how far the upload is")
    return int(told)
