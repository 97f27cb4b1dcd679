"""The order of a scan's pages by itself: what is written down, what is read together, and what does not decode."""

from __future__ import annotations

import json

import pytest

from certify.pipeline import Arrangement, LeftOutPage, LeftOutWhy, PageAct, PlacedPage, Upload
from certify.pipeline.arrangement import as_they_came, read_arrangement
from certify.pipeline.kept_scans import digest_of_scan
from ocr import PagesUnreadable, joined_sha256_hex


def test_what_is_written_down_is_read_again_without_what_was_done_last() -> None:
    left_out = (LeftOutPage(1, 1, LeftOutWhy.BLANK),)
    pages = (PlacedPage(2, 0, 3), PlacedPage(1, 0))
    assert read_arrangement(Arrangement(pages, left_out, (PageAct.ROTATE,)).as_bytes()) == Arrangement(pages, left_out)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps({"version": 2, "pages": [[1, 0, 0]], "left_out": []}).encode(),
        json.dumps({"version": 1, "pages": [], "left_out": []}).encode(),
        json.dumps({"version": 1, "pages": [[1, -1, 0]], "left_out": []}).encode(),
        json.dumps({"version": 1, "pages": [[1, "0", 0]], "left_out": []}).encode(),
        json.dumps({"version": 1, "pages": [[1, 0, 0, 0]], "left_out": []}).encode(),
        json.dumps({"version": 1, "pages": [[1, 0, 0]], "left_out": [[1, 1, "TIRED"]]}).encode(),
    ],
)
def test_what_does_not_decode_is_never_taken_for_the_order_in_which_the_pages_came(stored: bytes) -> None:
    with pytest.raises(PagesUnreadable):
        read_arrangement(stored)


def test_pages_that_follow_each_other_in_one_file_are_read_together() -> None:
    pages = (PlacedPage(1, 0), PlacedPage(1, 1, 2), PlacedPage(2, 2), PlacedPage(1, 2), PlacedPage(1, 4))
    runs = [(run.part, run.place, run.start, run.turns) for run in Arrangement(pages).runs()]
    assert runs == [(1, 0, 0, (0, 2)), (2, 2, 2, (0,)), (1, 3, 2, (0,)), (1, 4, 4, (0,))]


def test_what_nobody_touched_is_one_run_a_file() -> None:
    runs = [(run.part, run.place, run.start, len(run.turns)) for run in as_they_came((2, 1, 3)).runs()]
    assert runs == [(1, 0, 0, 2), (2, 2, 0, 1), (3, 3, 0, 3)]


def test_another_order_of_the_same_files_is_another_scan() -> None:
    parts = [Upload(b"a", None), Upload(b"b", None)]
    one = Arrangement((PlacedPage(1, 0), PlacedPage(2, 0)))
    other = Arrangement((PlacedPage(2, 0), PlacedPage(1, 0)))
    digests = {digest_of_scan(parts, arrangement) for arrangement in (None, one, other)}
    assert len(digests) == 3
    assert digest_of_scan(parts, None) == joined_sha256_hex([part.sha256_hex() for part in parts])
