"""The score of a reading: order-free by printed line, blind to leaders, strict about letters and tone marks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.ocr_pages import read_manifests
from benchmarks.ocr_scoring import score, total

LINES = ("Họ và tên: NGUYỄN THỊ MẪU", "Nơi cư trú: phường Thí Dụ")


def test_lines_in_another_order_and_with_leaders_are_no_errors() -> None:
    judged = score(LINES, "Nơi cư trú: phường Thí Dụ ......... \n\nHọ và tên: NGUYỄN THỊ MẪU")
    assert (judged.segcer, judged.wer) == (0.0, 0.0)


def test_lost_tone_mark_is_one_wrong_letter_and_one_wrong_word() -> None:
    judged = score(LINES, "Họ và tên: NGUYEN THỊ MẪU\nNơi cư trú: phường Thí Dụ")
    assert judged.wrong == 1
    assert judged.words_printed - judged.words_hit == 1


def test_line_that_was_not_read_at_all_counts_whole() -> None:
    judged = score(LINES, "")
    assert (judged.segcer, judged.wer) == (1.0, 1.0)


def test_scores_add_up_by_letters_not_by_pages() -> None:
    bad, good = score(("ab",), "xy"), score(("a" * 98,), "a" * 98)
    assert total([bad, good]).segcer == pytest.approx(0.02)


def test_folder_with_a_manifest_gives_its_files_in_their_languages(tmp_path: Path) -> None:
    (tmp_path / "one.segs.json").write_text(json.dumps(["Một dòng"]), encoding="utf-8")
    rows = [
        {"split": "vi_clean", "file": "one.jpg", "segs": "one.segs.json", "pages": 1, "lang": "vie+eng"},
        {"split": "real", "file": "two.tif", "segs": "one.segs.json", "pages": 3, "lang": "eng"},
    ]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    first, second = read_manifests(tmp_path)
    assert (first.languages, first.lines, first.path) == (("vie",), ("Một dòng",), tmp_path / "one.jpg")
    assert (second.languages, second.pages) == (("eng",), 3)
