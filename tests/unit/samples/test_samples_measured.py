"""The pages that reading is measured on: repeatable, fresh with another seed, and worn as the model says."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from samples.bilingual_pages import BILINGUAL_PAGES
from samples.office_pages import PAGES, print_form
from samples.reading_splits import SPLITS, make_page
from samples.worn import WELL_WORN, cheap_jpeg, wear

# Prints and scans whole pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.mark.matrix
def test_same_seed_gives_the_same_bytes_and_another_seed_fresh_words() -> None:
    first = make_page("low", number=0, seed=1)
    assert make_page("low", number=0, seed=1) == first
    fresh = make_page("low", number=0, seed=2)
    assert fresh.lines != first.lines
    assert fresh.content != first.content


def test_every_paper_names_itself_a_specimen_and_fits_its_sheet() -> None:
    for paint in (*PAGES, *BILINGUAL_PAGES):
        page = paint(np.random.default_rng(11), 75)
        assert page.lines[0] == "MẪU / SPECIMEN"
        assert len(page.lines) > 20


def test_splits_bear_each_a_name_of_their_own() -> None:
    names = [name for name, _ in SPLITS]
    assert len(set(names)) == len(names) == 9


def test_worn_sheet_is_darker_and_dirtier_than_clean_paper_but_keeps_its_size() -> None:
    rng = np.random.default_rng(5)
    sheet, back = print_form(rng, 100).image, print_form(rng, 100).image
    worn = wear(sheet, dpi=100, wear=WELL_WORN, rng=rng, back=back)
    clean_levels, worn_levels = np.asarray(sheet.convert("L")), np.asarray(worn.convert("L"))
    assert worn.size == sheet.size
    assert np.median(worn_levels) < np.median(clean_levels)
    assert (worn_levels > 250).sum() < 0.01 * (clean_levels > 250).sum()
    with Image.open(io.BytesIO(cheap_jpeg(worn, dpi=100, rng=rng))) as coded:
        assert (coded.format, coded.size) == ("JPEG", sheet.size)
