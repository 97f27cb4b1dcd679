"""Identifiers that sort by the moment they were made and cannot be guessed: ULIDs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from guard.clock import RandomBytes

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_RANDOM_BYTES = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_ulid(*, at: datetime, random_bytes: RandomBytes) -> str:
    """Make a 26-character ULID: 48 bits of milliseconds since 1970, then 80 random bits, in Crockford's alphabet.

    Raises:
        ValueError: `at` carries no time zone or lies before 1970.
    """
    if at.tzinfo is None:
        msg = "a ULID needs an aware moment; pass `at` with a time zone"
        raise ValueError(msg)
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    if milliseconds < 0:
        msg = f"a ULID cannot name a moment before 1970: {at:%Y-%m-%d}"
        raise ValueError(msg)
    number = milliseconds << (8 * _RANDOM_BYTES) | int.from_bytes(random_bytes(_RANDOM_BYTES), "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
