"""What a scan must be, how long a copy waits, how a book is called and how a refusal reads: each by its day, and no day without."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from certify.case import refuse_item
from certify.errors import LawDataInvalid
from certify.items import Actor, ActorKind, Item, advance
from certify.law_data import check_pack, load_law, read_law
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.names import declared_type_name, upload_name
from certify.prepare import mark_prepared, reserve
from certify.register import open_book
from certify.rules import LANGUAGES, LawPack, refusal_notice
from certify.staff import check_may_certify
from certify.transitions import ItemEvent
from ocr.pages import QualityCode
from tests.bureau import AGENCY_CODE, LAW, Bureau
from tests.journey_office import JourneyOffice, working_office

CHANGE = date(2027, 1, 1)
EVE = CHANGE - timedelta(days=1)
LAST_MOMENT = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)
FIRST_MOMENT = LAST_MOMENT + timedelta(seconds=1)
PATTERNS = {language: f"{language} {{text}} {{free_text}} {{remedy}} {{basis}}" for language in LANGUAGES}


def changed(law: LawPack, rows: str, *, on: date = CHANGE, **values: Any) -> LawPack:
    """The pack with a new last row of one kind from a day on, and the one before it ended on its eve."""
    *earlier, last = getattr(law, rows)
    ended = replace(last, valid_to=on - timedelta(days=1))
    return replace(law, **{rows: (*earlier, ended, replace(last, valid_from=on, **values))})


@pytest.mark.parametrize(
    ("law", "said"),
    [
        (changed(LAW, "scan_rules", least_dpi=300), lambda law, at: law.scan_rule(at).least_dpi),
        (changed(LAW, "approval_times", minutes=5), lambda law, at: law.approval_minutes(at)),
        (
            changed(LAW, "book_names", display="{suffix} {volume}"),
            lambda law, at: law.book_name(at, volume=1, suffix="BS"),
        ),
        (changed(LAW, "asking_first", basis_id="house-rule"), lambda law, at: law.databases_first(at)),
        (
            changed(LAW, "notices", text=PATTERNS),
            lambda law, at: refusal_notice(law, code="UNPAID", free_text="x", language="vi", at=at),
        ),
    ],
    ids=["scan", "approval", "book", "asking", "notice"],
)
def test_a_change_on_a_day_changes_nothing_before_it(law: LawPack, said: Callable[[LawPack, datetime], object]) -> None:
    check_pack(law)
    for moment in (LAST_MOMENT, LAST_MOMENT - timedelta(days=400)):
        assert said(law, moment) == said(replace(LAW), moment)
    assert said(law, FIRST_MOMENT) != said(LAW, FIRST_MOMENT)
    # The pack of a day answers like the pack of all days.
    for moment in (LAST_MOMENT, FIRST_MOMENT):
        assert said(law.in_force(moment), moment) == said(law, moment)


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ("scan_rules", "scan rule"),
        ("approval_times", "time for an approval"),
        ("book_names", "name of register books"),
        ("asking_first", "text about asking first"),
        ("notices", "pattern of a refusal notice"),
    ],
)
def test_a_pack_that_lacks_a_day_has_two_answers_for_one_or_names_no_text_stops_the_start(rows: str, word: str) -> None:
    law = changed(LAW, rows)
    *earlier, last = getattr(law, rows)
    late = replace(law, **{rows: (*earlier, replace(last, valid_from=CHANGE + timedelta(days=1)))})
    with pytest.raises(LawDataInvalid, match=f"no {word} holds on 2027-01-01"):
        check_pack(late)
    twice = replace(law, **{rows: (*earlier, replace(last, valid_from=EVE))})
    with pytest.raises(LawDataInvalid, match=f"two rows of {word} hold on 2026-12-31"):
        check_pack(twice)
    baseless = replace(law, **{rows: (*earlier, replace(last, basis_id="no-such-text"))})
    with pytest.raises(LawDataInvalid, match="no-such-text"):
        check_pack(baseless)


@pytest.mark.parametrize(
    ("ask", "word"),
    [
        (LAW.scan_rule, "scan rules"),
        (LAW.approval_minutes, "times for an approval"),
        (lambda at: LAW.book_name(at, volume=1, suffix="BS"), "names of register books"),
        (
            lambda at: refusal_notice(LAW, code="UNPAID", free_text="x", language="vi", at=at),
            "patterns of a refusal notice",
        ),
    ],
    ids=["scan", "approval", "book", "notice"],
)
def test_a_day_before_all_rows_is_an_error_and_no_guess(ask: Callable[[datetime], object], word: str) -> None:
    with pytest.raises(LawDataInvalid, match=f"0 {word} hold on 2001-01-01"):
        ask(datetime(2001, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("jurisdiction", lambda read: read["scan"][0].pop("valid_from"), "'valid_from' is missing"),
        ("jurisdiction", lambda read: read["approval_times"][0].update(minutes=0), "at least one minute"),
        ("jurisdiction", lambda read: read["book_names"][0].update(display="{nummer}"), "places for suffix"),
        ("jurisdiction", lambda read: read["book_names"][0].update(display="{year"), "no pattern"),
        (
            "jurisdiction",
            lambda read: read.update(scan={"least_dpi": 200, "needs_colour": True}),
            "'scan' must be a list",
        ),
        ("notices", lambda read: read[0].update(fr="Motif : {text}"), "says in each language"),
        ("notices", lambda read: read[0].pop("valid_to"), "'valid_to' is missing"),
    ],
)
def test_a_row_that_cannot_be_meant_stops_the_start(name: str, change: Callable[[Any], object], said: str) -> None:
    folder = resources.files("certify") / "law" / "vn"
    written = {
        one.name.removesuffix(".yaml"): yaml.safe_load(one.read_text("utf-8"))
        for one in folder.iterdir()
        if one.name.endswith(".yaml")
    }
    assert read_law(written, country="vn") == load_law("vn")
    change(written[name])
    with pytest.raises(LawDataInvalid, match=said):
        read_law(written, country="vn")


def test_a_copy_made_ready_before_the_change_waits_as_long_as_before(bureau: Bureau) -> None:
    today = LAW.local_date(bureau.at)
    law = changed(LAW, "approval_times", on=today + timedelta(days=1), minutes=5)
    assert waits(bureau, law) == timedelta(minutes=LAW.approval_minutes(bureau.at))
    assert waits(bureau, changed(LAW, "approval_times", on=today, minutes=5)) == timedelta(minutes=5)


def waits(bureau: Bureau, law: LawPack) -> timedelta:
    """How long a copy that is made ready now waits."""
    item = bureau.extracted_item()
    bureau.move(item, ItemEvent.COMPARE, {"pages_compared": 2, "compared_by": bureau.officer.staff_id, "compared_at": bureau.at})  # fmt: skip
    bureau.move(item, ItemEvent.RELEASE)
    actor = Actor(ActorKind.WORKER, "w1")
    with bureau.database.transaction() as tx:
        authority = check_may_certify(tx, bureau.officer.staff_id, at=bureau.at)
        ready = reserve(
            tx, item.item_id, authority=authority, law=law,
            actor=Actor(ActorKind.STAFF, bureau.officer.staff_id), random_bytes=bureau.random_bytes,
        )  # fmt: skip
        assert ready.expires_at - ready.reserved_at == timedelta(minutes=law.approval_minutes(bureau.at))
        ready = mark_prepared(tx, ready, sha256_hex="0" * 64, page_count=2, law=law, actor=actor, at=bureau.at)
    return ready.expires_at - bureau.at


def test_a_book_keeps_the_name_of_the_day_on_which_it_was_opened(bureau: Bureau) -> None:
    law = changed(LAW, "book_names", display="{suffix}/{year}/{volume}")
    with bureau.database.transaction() as tx:
        new_year = open_book(tx, agency_code=AGENCY_CODE, law=law, at=FIRST_MOMENT, random_bytes=bureau.random_bytes)
    assert (bureau.book.display, new_year.display) == ("01/2026-SCTĐT/BS", "SCTĐT/BS/2027/1")


def test_a_refusal_reads_as_on_its_day(bureau: Bureau) -> None:
    today = LAW.local_date(bureau.at)
    for on, is_new in ((today + timedelta(days=1), False), (today, True)):
        item = bureau.extracted_item()
        with bureau.database.transaction() as tx:
            refusal = refuse_item(
                tx, item.item_id, law=changed(LAW, "notices", on=on, text=PATTERNS), code="ERASED_ALTERED",
                free_text="Trang 1.", staff_id=bureau.officer.staff_id, at=bureau.at,
            )  # fmt: skip
        assert dict(refusal.notices)["vi"].startswith("vi ") is is_new


@pytest.fixture
def office(tmp_path: Path) -> Iterator[JourneyOffice]:
    with working_office(tmp_path / "home") as opened:
        yield opened


def grey_page() -> bytes:
    out = io.BytesIO()
    Image.new("L", (210, 210), 250).save(out, "TIFF", compression="tiff_lzw", dpi=(200, 200))
    return out.getvalue()


def handed_in(office: JourneyOffice, at: datetime) -> Item:
    """An item whose scan came at this instant, and that nobody has read yet."""
    item, content = office.declare_item(), grey_page()
    changes = {"scan_number": 1, "source_sha256_hex": hashlib.sha256(content).hexdigest()}
    with office.database.transaction() as tx:
        item = advance(
            tx, item.item_id, event=ItemEvent.SCAN, actor=Actor(ActorKind.STAFF, office.facts.officer_id), at=at,
            changes=changes,
        )  # fmt: skip
    office.blobs.create_keyset(item.document_id)
    office.blobs.put_first(item.document_id, declared_type_name(item, part=1), b"image/tiff")
    office.blobs.put_first(item.document_id, upload_name(item, part=1), content)
    return item


@pytest.mark.slow
def test_a_scan_is_judged_by_the_rule_of_the_day_on_which_it_came_however_late_it_is_read(
    office: JourneyOffice,
) -> None:
    came = office.clock.now()
    first_day = LAW.local_date(came) + timedelta(days=1)
    law = changed(LAW, "scan_rules", on=first_day, needs_colour=False)
    services = replace(office.services, crafts=replace(office.services.crafts, scan_rule=law.scan_rule))
    before, after = handed_in(office, came), handed_in(office, came + timedelta(days=1))
    # Both are read long after the change.
    office.clock.advance(timedelta(days=3))
    found = []
    for item in (before, after):
        reading = ChunkedReading(services, item)
        reading.read(workflow="read_item")
        (page,) = reading.pages().pages
        found.append(QualityCode.NOT_COLOUR in {reason.code for reason in page.quality.reasons})
    assert found == [True, False]
