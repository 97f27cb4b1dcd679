"""Cursors: a page of a list costs the same anywhere, and nobody goes on in a list with the cursor of another."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from api.errors import RequestInvalid
from api.routes.cursors import Cursors, Paging

OURS = Cursors(b"k" * 32)
IDS = [f"{number:04d}" for number in range(7)]


def after(last_id: str | None, limit: int) -> Sequence[str]:
    return [one for one in IDS if last_id is None or one > last_id][:limit]


def read_whole(limit: int) -> list[str]:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        shown, cursor = Paging(OURS, cursor, limit).page("list", "owner", read=after, id_of=str)
        seen += shown
        if cursor is None:
            return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 100])
def test_a_list_is_read_without_gap_or_repetition_whatever_the_size_of_its_pages(limit: int) -> None:
    assert read_whole(limit) == IDS


def test_a_list_that_ends_with_its_page_has_no_next_page() -> None:
    assert Paging(OURS, None, len(IDS)).page("list", "owner", read=after, id_of=str) == (IDS, None)


def test_a_page_asks_for_one_entry_more_than_it_shows_and_for_no_others() -> None:
    asked: list[tuple[str | None, int]] = []

    def read(last_id: str | None, limit: int) -> Sequence[str]:
        asked.append((last_id, limit))
        return after(last_id, limit)

    _, cursor = Paging(OURS, None, 2).page("list", "owner", read=read, id_of=str)
    Paging(OURS, cursor, 2).page("list", "owner", read=read, id_of=str)
    assert asked == [(None, 3), ("0001", 3)]


@pytest.mark.parametrize("place", [("shares", "an"), ("records", "chau"), ("records", "an", "x"), ("recordsan",)])
def test_a_cursor_of_another_list_owner_or_choice_is_refused(place: tuple[str, ...]) -> None:
    _, cursor = Paging(OURS, None, 2).page("records", "an", read=after, id_of=str)
    with pytest.raises(RequestInvalid):
        Paging(OURS, cursor, 2).page(*place, read=after, id_of=str)


@pytest.mark.parametrize("cursor", ["", "x", "MTo", "é", "A" * 22, "A" * 400, "=", "AAAA AAAA"])
def test_what_nobody_wrote_here_is_no_cursor(cursor: str) -> None:
    with pytest.raises(RequestInvalid):
        OURS.read("list", cursor)


def test_a_cursor_of_another_office_is_refused() -> None:
    with pytest.raises(RequestInvalid):
        OURS.read("list", Cursors(b"j" * 32).write("list", "0001"))


def test_a_cursor_with_a_changed_letter_is_refused() -> None:
    cursor = OURS.write("list", "0001")
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "E")
    with pytest.raises(RequestInvalid):
        OURS.read("list", changed)
