"""The checks that the law turns into tests (DOMAIN section 8), each by its name.

Most were written where their subject is tested; here each has its name once, so that a lawyer finds it and no change of a
module's tests can drop one unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.figures.scorecard import load_scorecard, points
from certify.rules import fee
from tests.bureau import AT, LAW, Bureau
from tests.journey_office import JourneyOffice, working_office
from tests.unit.certify import (
    test_certify_calendar,
    test_certify_looks,
    test_certify_pipeline,
    test_certify_register,
    test_certify_rules,
    test_certify_staff,
    test_certify_statement,
)
from tests.unit.dossiers import test_dossiers_matching
from tests.unit.ocr import test_ocr_quality
from tests.unit.vault import test_vault_grants, test_vault_status
from tests.unit.vault.test_vault_grants import Story
from tests.vault_town import Town, build_town
from vault.database import Database
from vault.holders import read_identity
from vault.shapes import ASSURANCE_LEVELS, Elaboration
from vault.status import NewCopyStatus
from vault.tables import history

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow
story, final = test_vault_grants.story, test_vault_status.final


@pytest.fixture
def town(tmp_path: Path, database: Database) -> Town:
    return build_town(tmp_path / "town", database)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[JourneyOffice]:
    with working_office(tmp_path / "home") as opened:
        yield opened


def test_01_the_list_of_refusals_is_closed() -> None:
    test_certify_rules.test_refusal_list_is_closed()


def test_02_the_five_fees_and_the_cap_are_those_of_the_circular() -> None:
    owed = {1: 2_000, 2: 4_000, 3: 5_000, 10: 12_000, 198: 200_000, 900: 200_000}
    assert {pages: fee(LAW, pages=pages, copies=1, at=AT).amount for pages in owed} == owed


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "2026-11-24"),
        (datetime(2026, 11, 24, 8, 1, tzinfo=UTC), "2026-11-25"),
        (datetime(2026, 11, 27, 9, 0, tzinfo=UTC), "2026-11-30"),
        (datetime(2026, 4, 29, 9, 0, tzinfo=UTC), "2026-05-04"),
    ],
    ids=["at 15:00", "after 15:00", "Friday afternoon", "before holidays"],
)
def test_03_what_comes_after_three_is_due_on_the_next_working_day(received: datetime, due: str) -> None:
    assert LAW.local_date(LAW.calendar.due_at(received)).isoformat() == due
    test_certify_calendar.test_saturday_that_is_worked_by_decree_is_a_working_day()


def test_04_fifty_officers_at_once_get_fifty_different_numbers(bureau: Bureau) -> None:
    test_certify_register.test_fifty_concurrent_officers_get_fifty_different_numbers_without_a_gap(bureau)


def test_05_a_void_leaves_no_gap(bureau: Bureau) -> None:
    test_certify_register.test_void_keeps_its_line_and_its_reason_and_leaves_no_gap(bureau)


def test_06_no_seal_without_an_officers_signature(office: JourneyOffice, tmp_path: Path) -> None:
    test_certify_pipeline.test_file_without_an_officers_signature_is_never_sealed(office, tmp_path)


def test_07_a_signer_without_delegation_at_that_instant_is_refused(bureau: Bureau) -> None:
    test_certify_staff.test_signer_without_delegation_at_that_instant_is_refused(bureau)


@pytest.mark.parametrize(("dpi", "codes"), [(199.0, ["RESOLUTION_TOO_LOW"]), (200.0, []), (None, ["SCALE_UNKNOWN"])])
def test_08_199_dpi_grey_or_rescaled_is_refused_and_200_dpi_colour_accepted(
    dpi: float | None, codes: list[str]
) -> None:
    test_ocr_quality.test_resolution_below_200_dpi_or_unknown_is_refused(dpi, codes)
    test_ocr_quality.test_grey_page_is_refused()


def test_09_statement_true_copy_and_digitisation_stand_where_the_law_wants_them() -> None:
    test_certify_looks.test_certification_stands_on_the_last_page()
    test_certify_looks.test_true_copy_stands_top_right_in_ten_points_without_a_picture_and_with_the_offset()
    test_certify_looks.test_digitisation_stands_top_left_with_name_and_time()


def test_10_the_mark_of_conversion_is_visible_and_in_xmp(bureau: Bureau) -> None:
    test_certify_statement.test_mark_of_conversion_names_office_and_time_visibly_and_in_xmp(bureau)


def test_11_a_born_digital_file_is_not_certified_but_stored_as_issued(office: JourneyOffice) -> None:
    test_certify_pipeline.test_pdf_signed_elsewhere_is_kept_byte_exact_and_stored_as_issued(office)


def test_12_a_consent_has_one_purpose_and_its_withdrawal_stops_the_next_fetch(story: Story) -> None:
    changes: tuple[dict[str, object], ...] = ({"purposes": ()}, {"purposes": ("one", "two")})
    for change in changes:
        test_vault_grants.test_consent_without_one_purpose_a_recipient_papers_and_a_short_term_is_refused(story, change)
    test_vault_grants.test_withdrawn_consent_stops_the_next_fetch_and_the_refusal_is_in_the_history(story)


def test_13_the_access_log_holds_no_content(story: Story) -> None:
    test_vault_grants.test_recipient_fetches_the_very_bytes_and_the_holder_sees_it(story)
    with story.town.database.read() as tx:
        told = repr(tx.execute(sa.select(history)).all())
    with story.town.database.read() as tx:
        holder = read_identity(tx, story.record.holder_id, vault=story.town.vault)
    for secret in (holder.name, holder.number):
        assert secret not in told
    assert set(history.c.keys()).isdisjoint({"text", "content", "title", "name", "number"})


def test_14_a_self_upload_never_satisfies_level_three() -> None:
    assert ASSURANCE_LEVELS[Elaboration.SELF_UPLOADED] == 0
    test_dossiers_matching.test_a_paper_that_does_not_do_is_rejected_with_its_reason(
        {"assurance_level": 0}, "LEVEL_TOO_LOW(0<3)"
    )


def test_15_an_annulled_copy_says_so_for_ever(town: Town, final: NewCopyStatus) -> None:
    test_vault_status.test_annulment_needs_a_decision_and_is_for_ever(town, final)


def test_16_the_register_has_eight_columns_and_right_totals(bureau: Bureau) -> None:
    test_certify_register.test_export_has_eight_columns_and_totals_that_leave_voids_out(bureau)


def test_17_two_open_books_are_an_error_that_names_them(bureau: Bureau) -> None:
    test_certify_register.test_two_open_books_that_exist_all_the_same_are_an_error_that_names_them(bureau)


@pytest.mark.parametrize(
    ("part", "whole", "owed"),
    [(80, 100, "2.00"), (100, 100, "2.00"), (79, 100, "1.98"), (40, 100, "1.00"), (0, 100, "0.00"), (None, 0, None)],
    ids=["at 80 %", "above", "just below", "half of it", "none", "not known"],
)
def test_18_line_4_3_of_the_scorecard_is_two_points_at_eighty_percent(
    part: int | None, whole: int, owed: str | None
) -> None:
    card = load_scorecard("vn", on=LAW.local_date(AT))
    assert card is not None
    line = next(one for one in card.lines if one.code == "4.3")
    found = points(line, part=part, whole=whole)
    assert found == (None if owed is None else Decimal(owed))
