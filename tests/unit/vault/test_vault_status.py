"""Status: one source, one shape of answer, no way back from an annulment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.vault_town import Town
from vault.errors import NotFound, StatusConflict
from vault.shapes import OriginalStatus, RegisterStatus, RenditionAge, Sensitivity
from vault.status import NewCopyStatus, add_known_rendition, holder_of_code, register_copy_status, set_status, status

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

DIGEST = "ab" * 32


@pytest.fixture
def final(town: Town) -> NewCopyStatus:
    new = town.copy_status(town.new_copy(town.enrol()))
    with town.database.transaction() as tx:
        register_copy_status(tx, new, at=town.at)
    return new


def test_final_copy_answers_by_code_and_by_file(town: Town, final: NewCopyStatus) -> None:
    with town.database.read() as tx:
        by_code = status(tx, at=town.at, code=final.code)
        by_file = status(tx, at=town.at, sha256_hex=final.sha256_hex)
        both = status(tx, at=town.at, code=final.code, sha256_hex=final.sha256_hex)
    assert (by_code.register, by_code.original) == (RegisterStatus.FINAL, OriginalStatus.CURRENT)
    assert (by_code.register_number, by_code.page_count) == (final.register_number, 2)
    assert by_code.rendition is RenditionAge.UNKNOWN
    assert by_file == both == replace(by_code, rendition=RenditionAge.NEWEST)


def test_unknown_code_and_file_answer_in_the_same_shape(town: Town, final: NewCopyStatus) -> None:
    with town.database.read() as tx:
        known = status(tx, at=town.at, code=final.code)
        unknown = status(tx, at=town.at, code="0000000000000")
        stranger = status(tx, at=town.at, sha256_hex=DIGEST)
    assert type(known) is type(unknown)
    assert unknown == stranger
    assert unknown.register is RegisterStatus.UNKNOWN


def test_file_of_another_copy_is_no_rendition_of_this_code(town: Town, final: NewCopyStatus) -> None:
    other = town.copy_status(town.new_copy(town.enrol()))
    with town.database.transaction() as tx:
        register_copy_status(tx, other, at=town.at)
        answer = status(tx, at=town.at, code=final.code, sha256_hex=other.sha256_hex)
    assert (answer.code, answer.rendition) == (final.code, RenditionAge.UNKNOWN)


def test_renewed_file_is_newest_and_the_earlier_one_older(town: Town, final: NewCopyStatus) -> None:
    with town.database.transaction() as tx:
        add_known_rendition(tx, final.code, sha256_hex=DIGEST)
        add_known_rendition(tx, final.code, sha256_hex=DIGEST)
        assert status(tx, at=town.at, sha256_hex=DIGEST).rendition is RenditionAge.NEWEST
        assert status(tx, at=town.at, sha256_hex=final.sha256_hex).rendition is RenditionAge.OLDER
        with pytest.raises(NotFound):
            add_known_rendition(tx, "0000000000000", sha256_hex="cd" * 32)


def test_type_of_a_sensitive_paper_is_not_told(town: Town) -> None:
    new = town.copy_status(town.new_copy(town.enrol()), sensitivity=Sensitivity.SENSITIVE)
    with town.database.transaction() as tx:
        register_copy_status(tx, new, at=town.at)
        assert status(tx, at=town.at, code=new.code).doc_type is None


def test_void_number_shows_as_void(town: Town) -> None:
    new = replace(town.copy_status(town.new_copy(town.enrol())), register=RegisterStatus.VOID, sha256_hex=None)
    with town.database.transaction() as tx:
        register_copy_status(tx, new, at=town.at)
        register_copy_status(tx, new, at=town.at)
        assert status(tx, at=town.at, code=new.code).register is RegisterStatus.VOID
        with pytest.raises(StatusConflict):
            register_copy_status(tx, replace(new, register=RegisterStatus.FINAL, sha256_hex=DIGEST), at=town.at)


def test_original_past_its_validity_is_expired_and_its_copy_still_final(town: Town) -> None:
    new = replace(town.copy_status(town.new_copy(town.enrol())), original_expires_at=town.at + timedelta(days=1))
    with town.database.transaction() as tx:
        register_copy_status(tx, new, at=town.at)
        assert status(tx, at=town.at, code=new.code).original is OriginalStatus.CURRENT
        later = status(tx, at=town.at + timedelta(days=1), code=new.code)
    assert (later.register, later.original) == (RegisterStatus.FINAL, OriginalStatus.EXPIRED)


def test_replaced_original_leaves_the_certification_final(town: Town, final: NewCopyStatus) -> None:
    with town.database.transaction() as tx:
        set_status(tx, final.code, at=town.at, original=OriginalStatus.REPLACED)
        answer = status(tx, at=town.at, code=final.code)
    assert (answer.register, answer.original) == (RegisterStatus.FINAL, OriginalStatus.REPLACED)


def test_annulment_needs_a_decision_and_is_for_ever(town: Town, final: NewCopyStatus) -> None:
    with town.database.transaction() as tx:
        with pytest.raises(StatusConflict, match="decision"):
            set_status(tx, final.code, at=town.at, register=RegisterStatus.ANNULLED)
        set_status(tx, final.code, at=town.at, register=RegisterStatus.ANNULLED, decision_number="5/QĐ-UBND")
        assert status(tx, at=town.at, code=final.code).decision_number == "5/QĐ-UBND"
        for register in RegisterStatus:
            with pytest.raises(StatusConflict):
                set_status(tx, final.code, at=town.at, register=register, decision_number="6", superseded_by_code="X")


def test_supersession_names_its_successor_and_survives_a_repeated_step(town: Town, final: NewCopyStatus) -> None:
    with town.database.transaction() as tx:
        with pytest.raises(StatusConflict, match="successor"):
            set_status(tx, final.code, at=town.at, register=RegisterStatus.SUPERSEDED)
        set_status(tx, final.code, at=town.at, register=RegisterStatus.SUPERSEDED, superseded_by_code="NEW")
        register_copy_status(tx, final, at=town.at)
        answer = status(tx, at=town.at, code=final.code)
    assert (answer.register, answer.superseded_by_code) == (RegisterStatus.SUPERSEDED, "NEW")


def test_one_number_and_one_file_belong_to_one_code(town: Town, final: NewCopyStatus) -> None:
    other = town.copy_status(town.new_copy(town.enrol()))
    with town.database.transaction() as tx:
        with pytest.raises(StatusConflict):
            register_copy_status(tx, replace(other, register_number=final.register_number), at=town.at)
        with pytest.raises(StatusConflict):
            register_copy_status(tx, replace(final, register_number="99"), at=town.at)
    with town.database.transaction() as tx, pytest.raises(StatusConflict):
        register_copy_status(tx, replace(other, sha256_hex=final.sha256_hex), at=town.at)
    with town.database.transaction() as tx, pytest.raises(NotFound):
        set_status(tx, "0000000000000", at=town.at, original=OriginalStatus.REVOKED)


@pytest.mark.parametrize(
    "change",
    [{"sha256_hex": None}, {"certified_at": None}, {"page_count": None}, {"register": RegisterStatus.ANNULLED}],
)
def test_incomplete_registration_is_refused(town: Town, change: dict[str, object]) -> None:
    new = replace(town.copy_status(town.new_copy(town.enrol())), **change)  # type: ignore[arg-type]  # one field each
    with town.database.transaction() as tx, pytest.raises(StatusConflict):
        register_copy_status(tx, new, at=town.at)


def test_look_up_of_a_code_belongs_into_its_holders_history(town: Town, final: NewCopyStatus) -> None:
    record = town.deposit_copy(town.enrol())
    assert record.code is not None
    with town.database.read() as tx:
        owned = holder_of_code(tx, record.code)
        assert owned is not None
        assert (owned.holder_id, owned.record_id) == (record.holder_id, record.record_id)
        assert holder_of_code(tx, final.code) is None


def test_parallel_renewals_take_different_places(town: Town, final: NewCopyStatus) -> None:
    def renew(number: int) -> None:
        with town.database.transaction() as tx:
            add_known_rendition(tx, final.code, sha256_hex=f"{number:064x}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(renew, range(12)))
    with town.database.read() as tx:
        ages = [status(tx, at=town.at, sha256_hex=f"{number:064x}").rendition for number in range(12)]
    assert ages.count(RenditionAge.NEWEST) == 1
