"""The wire between parent and child: length-prefixed JSON and raw bytes, never pickle.

A frame is a magic, the length of a JSON envelope, the envelope, then the payloads it announces. The reader trusts
nothing: a hijacked child may write what it likes.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn, Self, TypeAlias

from guard.errors import ChildCrashed

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

_MAGIC = b"VDM1"
_PREFIX = struct.Struct(">4sI")
_COPIED_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FilePayload:
    """A file on disk as a payload: it is sent piece by piece and never held whole on this side.

    The file is ours alone: nobody changes it while it is sent.
    """

    path: Path
    length: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Take a file as it is now; raises OSError when it cannot be looked at."""
        return cls(path, path.stat().st_size)

    def __len__(self) -> int:
        """How many bytes are sent."""
        return self.length

    def sha256_hex(self) -> str:
        """Read the file once for its digest."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


Payload: TypeAlias = bytes | FilePayload


def open_payload(payload: Payload) -> BinaryIO:
    """Open it to be read from its beginning, wherever it lies."""
    return io.BytesIO(payload) if isinstance(payload, bytes) else payload.path.open("rb")


def write_payload(payload: Payload, target: BinaryIO) -> None:
    """Write it into an open file; a file goes there piece by piece."""
    with open_payload(payload) as source:
        shutil.copyfileobj(source, target, _COPIED_AT_ONCE)


def sha256_hex_of(payload: Payload) -> str:
    """Give its digest; a file is read once for it and never held."""
    return hashlib.sha256(payload).hexdigest() if isinstance(payload, bytes) else payload.sha256_hex()


def bytes_of(payload: Payload) -> bytes:
    """Hold the whole of it in memory; do not ask for it when it may be large."""
    return payload if isinstance(payload, bytes) else payload.path.read_bytes()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a task answers: a JSON object and any number of byte strings."""

    header: Mapping[str, Json]
    payloads: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One message on the wire, in either direction."""

    kind: str
    body: Mapping[str, Json] = field(default_factory=dict)
    payloads: tuple[bytes, ...] = ()


def write_frame(stream: BinaryIO, frame: Frame, *, more: Sequence[Payload] = ()) -> None:
    """Write a frame and flush it; `more` payloads follow the frame's own, and may be files."""
    payloads = (*frame.payloads, *more)
    envelope = {"kind": frame.kind, "body": frame.body, "sizes": [len(payload) for payload in payloads]}
    encoded = json.dumps(envelope, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    stream.write(_PREFIX.pack(_MAGIC, len(encoded)) + encoded)
    for payload in payloads:
        if isinstance(payload, bytes):
            stream.write(payload)
        else:
            with payload.path.open("rb") as file:
                shutil.copyfileobj(file, stream, _COPIED_AT_ONCE)
    stream.flush()


def read_frame(stream: BinaryIO, *, max_bytes: int | None) -> Frame:
    """Read one frame of at most `max_bytes` altogether; None trusts the other side.

    Raises:
        EOFError: the other side closed the wire between two frames.
        ChildCrashed: what came is no frame, is cut off or is too long.
    """
    prefix = stream.read(_PREFIX.size)
    if not prefix:
        raise EOFError
    if len(prefix) < _PREFIX.size:
        raise ChildCrashed("the wire was cut inside a frame prefix")
    magic, envelope_length = _PREFIX.unpack(prefix)
    if magic != _MAGIC:
        raise ChildCrashed("the wire carried something that is not a frame")
    if max_bytes is not None and envelope_length > max_bytes:
        raise ChildCrashed(f"the child announced an envelope of {envelope_length} bytes; {max_bytes} are allowed")
    kind, body, sizes = _open_envelope(_read_exactly(stream, envelope_length))
    if max_bytes is not None and envelope_length + sum(sizes) > max_bytes:
        raise ChildCrashed(f"the child announced {sum(sizes)} bytes of payload; {max_bytes} are allowed in a frame")
    return Frame(kind, body, tuple(_read_exactly(stream, size) for size in sizes))


def _open_envelope(encoded: bytes) -> tuple[str, Mapping[str, Json], list[int]]:
    try:
        envelope = json.loads(encoded, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise ChildCrashed("the wire carried an envelope that is not JSON") from exc
    match envelope:
        case {"kind": str(kind), "body": dict(body), "sizes": list(sizes)} if all(_is_size(size) for size in sizes):
            return kind, body, sizes
    raise ChildCrashed("the wire carried an envelope of the wrong shape")


def _is_size(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and size >= 0


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    received = stream.read(length) if length else b""
    if len(received) < length:
        raise ChildCrashed(f"the wire was cut after {len(received)} of {length} bytes")
    return received
