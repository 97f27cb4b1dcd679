"""The catalogue of procedures is data, and bad data is found at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dossiers import CatalogueInvalid, ProcedureNotFound, load_catalogue

PROCEDURE = """
procedures:
  - id: P
    version: {version}
    valid_from: {valid_from}
    recipient_agency: A
    term_days: 30
    title: {{vi: a, en: a, fr: a}}
    purpose: {{vi: a, en: a, fr: a}}
    requirements:
      - id: who
        title: {{vi: a, en: a, {third}: a}}
        how_to_get: {{vi: a, en: a, fr: a}}
        any_of: [{{type: VN.BIRTH_CERT, min_assurance: {level}}}]
"""


def written(folder: Path, name: str, **values: object) -> None:
    (folder / name).write_text(
        PROCEDURE.format(**({"version": 1, "valid_from": "2026-01-01", "third": "fr", "level": 3} | values)),
        encoding="utf-8",
    )


def test_the_sample_catalogue_loads() -> None:
    assert len(load_catalogue().in_force(date(2026, 11, 22))) >= 3


def test_nothing_is_in_force_before_its_first_day() -> None:
    catalogue = load_catalogue()
    assert catalogue.in_force(date(2025, 12, 31)) == ()
    with pytest.raises(ProcedureNotFound, match="SAMPLE-KINDERGARTEN"):
        catalogue.find("SAMPLE-KINDERGARTEN", on=date(2025, 12, 31))


def test_a_new_version_changes_nothing_before_its_day(tmp_path: Path) -> None:
    written(tmp_path, "old.yaml")
    written(tmp_path, "new.yaml", version=2, valid_from="2026-06-01")
    catalogue = load_catalogue(tmp_path)
    assert catalogue.find("P", on=date(2026, 5, 31)).version == 1
    assert catalogue.find("P", on=date(2026, 6, 1)).version == 2


@pytest.mark.parametrize("change", [{"third": "de"}, {"level": 5}, {"level": "high"}, {"valid_from": "soon"}])
def test_a_procedure_that_cannot_be_meant_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    written(tmp_path, "bad.yaml", **change)
    with pytest.raises(CatalogueInvalid, match=r"bad\.yaml"):
        load_catalogue(tmp_path)


def test_one_version_may_not_stand_twice(tmp_path: Path) -> None:
    written(tmp_path, "one.yaml")
    written(tmp_path, "two.yaml")
    with pytest.raises(CatalogueInvalid, match="twice"):
        load_catalogue(tmp_path)
