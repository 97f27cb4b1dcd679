"""Search: the holder's words, without accents, in an index nobody else opens and nothing erased stays in."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.vault_town import Town
from vault.details import PaperDetails, put_details, read_details
from vault.errors import NotFound, RecordRefused
from vault.holder_tables import search_indexes
from vault.holders import Holder
from vault.papers import Record
from vault.record_filter import RecordFilter
from vault.records import NewRendition, deposit, list_for_holder
from vault.retention import erase_paper
from vault.search import fold_words, padded, search_papers
from vault.shapes import Elaboration, RecordStatus, RenditionKind
from vault.status import register_copy_status

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


def deposit_text(town: Town, holder: Holder, text: str, **changes: object) -> Record:
    town.clock.advance(timedelta(seconds=1))
    new = town.new_copy(holder)
    blob = town.vault.put(new.record_id, "text.txt", text.encode())
    twin = town.vault.put(
        new.record_id, "fields.json", json.dumps({"fields": [{"name": "x", "value": "Quang"}]}).encode()
    )
    details = put_details(town.vault, new.record_id, PaperDetails("BC-7781", None, {"HTDT": "Z9931"}))
    new = replace(
        new,
        renditions=(
            *new.renditions,
            NewRendition(blob, RenditionKind.TEXT),
            NewRendition(twin, RenditionKind.FIELDS_JSON),
            details,
        ),
        **changes,  # type: ignore[arg-type]
    )
    with town.database.transaction() as tx:
        if new.code is not None:
            register_copy_status(tx, town.copy_status(new), at=town.at)
        return deposit(tx, new)


def search(town: Town, holder: Holder, text: str) -> tuple[str, ...]:
    return search_papers(
        town.database, town.owner(holder), text, vault=town.vault, at=town.at, random_bytes=town.random_bytes
    )


def test_words_are_found_without_accents_by_their_beginning_and_all_of_them(town: Town) -> None:
    holder = town.enrol()
    land, birth = deposit_text(town, holder, "Thửa đất số 45 Đường Láng"), deposit_text(town, holder, "Nơi sinh: Huế")
    assert search(town, holder, "duong lang") == (land.record_id,)
    assert search(town, holder, "ĐƯỜNG") == (land.record_id,)
    assert search(town, holder, "sinh hu") == (birth.record_id,)
    assert search(town, holder, "hue lang") == ()
    assert search(town, holder, "quang") == search(town, holder, "BC-7781") == (birth.record_id, land.record_id)
    assert search(town, holder, " . ") == ()
    with town.database.read() as tx:
        details = read_details(tx, town.owner(holder), land.record_id, vault=town.vault)
    assert (details.original_number, dict(details.external_codes)) == ("BC-7781", {"HTDT": "Z9931"})


def test_words_of_one_holder_are_not_found_by_another(town: Town) -> None:
    an, chau = town.enrol(), town.enrol()
    deposit_text(town, an, "bí mật")
    assert search(town, chau, "mat") == ()
    assert search(town, an, "mat") != ()


def test_index_of_an_erased_paper_cannot_be_opened_any_more(town: Town) -> None:
    holder = town.enrol()
    gone, kept = deposit_text(town, holder, "ung thư"), deposit_text(town, holder, "bằng lái")
    search(town, holder, "ung")
    with town.database.read() as tx:
        old = tx.execute(sa.select(search_indexes.c.document_id)).scalar_one()
    erase_paper(
        town.database,
        town.owner(holder),
        gone.record_id,
        vault=town.vault,
        reason="ERASURE",
        at=town.at,
        random_bytes=town.random_bytes,
    )
    assert town.vault.is_shredded(old)
    assert search(town, holder, "ung") == ()
    assert search(town, holder, "bang") == (kept.record_id,)


def test_a_thief_sees_sizes_of_powers_of_two_and_no_word(town: Town) -> None:
    holder = town.enrol()
    deposit_text(town, holder, "bạch cầu")
    search(town, holder, "bach")
    deposit_text(town, holder, "hồng cầu " * 50)
    search(town, holder, "hong")
    with town.database.read() as tx:
        document_id = tx.execute(sa.select(search_indexes.c.document_id)).scalar_one()
    assert len(town.vault.get(document_id, "search-index")) == 1 << 16
    assert [len(padded(b"x" * size)) for size in (0, 1 << 16, (1 << 16) + 1)] == [1 << 16, 1 << 16, 1 << 17]
    stored = b"".join(path.read_bytes() for path in (town.folder / "blobs").rglob("*") if path.is_file())
    assert b"bach" not in stored


def test_folding_joins_composed_and_decomposed_letters() -> None:
    assert fold_words("Nguyễn") == fold_words("Nguyễn") == {"nguyen"}


def test_papers_are_listed_by_status_level_and_validity(town: Town) -> None:
    holder = town.enrol()
    born = {"elaboration": Elaboration.BORN_DIGITAL, "code": None, "register_number": None}
    over = deposit_text(town, holder, "a", **born, valid_until=date(2026, 1, 31))
    later = deposit_text(town, holder, "b", **born, valid_from=date(2027, 1, 1))
    copy = deposit_text(town, holder, "c")
    today = date(2026, 11, 22)

    def listed(**wanted: object) -> list[str]:
        with town.database.read() as tx:
            chosen = RecordFilter(today, **wanted)  # type: ignore[arg-type]
            return [one.record_id for one in list_for_holder(tx, town.owner(holder), wanted=chosen)]

    assert listed(status=RecordStatus.EXPIRED) == [over.record_id]
    assert listed(status=RecordStatus.CURRENT) == [copy.record_id, later.record_id]
    assert listed(least_level=4) == [later.record_id, over.record_id]
    assert listed(valid_on=today) == [copy.record_id]
    assert listed(status=RecordStatus.ANNULLED) == listed(doc_type="VN.NONE") == listed(record_ids=()) == []


def test_a_newer_version_supersedes_the_one_before_and_nothing_else(town: Town) -> None:
    holder, other = town.enrol(), town.enrol()
    born = {"elaboration": Elaboration.BORN_DIGITAL, "code": None, "register_number": None}
    first, foreign = deposit_text(town, holder, "1", **born), deposit_text(town, other, "1", **born)
    second = deposit_text(town, holder, "2", **born, supersedes=first.record_id)
    assert second.supersedes == first.record_id
    with town.database.read() as tx:
        assert [one.status for one in list_for_holder(tx, town.owner(holder))] == [
            RecordStatus.CURRENT,
            RecordStatus.SUPERSEDED,
        ]
    for wrong in (first.record_id, foreign.record_id):
        with pytest.raises(RecordRefused, match="supersede"):
            deposit_text(town, holder, "3", **born, supersedes=wrong)
    with town.database.read() as tx, pytest.raises(NotFound):
        read_details(tx, town.owner(other), first.record_id, vault=town.vault)
