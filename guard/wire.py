"""The wire between parent and child: length-prefixed JSON and raw bytes, never pickle.

A frame is a magic, the length of a JSON envelope, the envelope, then the payloads it announces. The reader trusts
nothing: a hijacked child may write what it likes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn, TypeAlias

from guard.errors import ChildCrashed

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

_MAGIC = b"VDM1"
_PREFIX = struct.Struct(">4sI")


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


def write_frame(stream: BinaryIO, frame: Frame) -> None:
    """Write a frame and flush it."""
    envelope = {"kind": frame.kind, "body": frame.body, "sizes": [len(payload) for payload in frame.payloads]}
    encoded = json.dumps(envelope, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    stream.write(_PREFIX.pack(_MAGIC, len(encoded)) + encoded)
    for payload in frame.payloads:
        stream.write(payload)
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
