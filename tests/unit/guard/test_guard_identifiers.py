"""Identifiers: their form, order and refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guard import new_ulid

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def zeros(length: int) -> bytes:
    return bytes(length)


def test_ulid_has_the_published_form() -> None:
    # The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41.
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1469918176385)
    assert new_ulid(at=at, random_bytes=zeros) == "01ARYZ6S41" + "0" * 16


def test_random_part_fills_the_last_sixteen_characters() -> None:
    assert new_ulid(at=AT, random_bytes=lambda n: b"\xff" * n).endswith("Z" * 16)


def test_later_ulids_sort_after_earlier_ones() -> None:
    earlier = new_ulid(at=AT, random_bytes=lambda n: b"\xff" * n)
    assert earlier < new_ulid(at=AT + timedelta(milliseconds=1), random_bytes=zeros)


def test_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        new_ulid(at=AT.replace(tzinfo=None), random_bytes=zeros)


def test_moment_before_1970_is_refused() -> None:
    with pytest.raises(ValueError, match="1970"):
        new_ulid(at=AT - timedelta(days=36500), random_bytes=zeros)
