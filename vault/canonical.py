"""One spelling of a JSON value, so that its digest means the same to everybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from vault.errors import RecordRefused

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None


def canonical_json(value: Json) -> bytes:
    """Spell the value as UTF-8 JSON with sorted ASCII keys, no blanks and no floating-point numbers.

    For such values it is the form of RFC 8785 (JCS).

    Raises:
        RecordRefused: a float, a foreign type or a key outside ASCII is inside.
    """
    return json.dumps(_checked(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def canonical_sha256_hex(value: Json) -> str:
    """Digest the canonical spelling of the value."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _checked(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) and key.isascii() for key in value):
            raise RecordRefused("a key of a logged value is no ASCII text; rename it")
        return {key: _checked(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_checked(item) for item in value]
    raise RecordRefused(f"a {type(value).__name__} has no single JSON spelling; use text or whole numbers")
