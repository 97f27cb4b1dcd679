"""Readings that several people look at: made once, another for another scan, few in memory, nothing of what was erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from certify.items import Item
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.readings import Readings
from tests.journey_office import JourneyOffice, working_office
from tests.small_paper import small_scan
from vault.errors import BlobShredded

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyOffice]:
    with working_office(tmp_path_factory.mktemp("readings") / "home") as opened:
        yield opened


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the documents that were decrypted and decoded."""
    told: list[str] = []
    truly = ChunkedReading.pages

    def counted(reading: ChunkedReading) -> object:
        told.append(reading._item.document_id)
        return truly(reading)

    monkeypatch.setattr(ChunkedReading, "pages", counted)
    return told


def read(office: JourneyOffice, mark: str) -> Item:
    item = office.upload(office.declare_item(), small_scan(mark=mark))
    office.pipeline.wait_read(item.item_id, timeout_seconds=120)
    return office.item(item.item_id)


def test_reading_is_decoded_once_for_all_who_look(office: JourneyOffice, decoded: list[str]) -> None:
    item = read(office, "once")
    # The workflow that read it looked, too.
    decoded.clear()
    readings = Readings(office.services)
    first = readings.of(item)
    assert "GIẤY KHAI SINH" in first.pages.text
    assert [one.name for one in first.fields.fields] != []
    assert readings.of(item) is first
    assert decoded == [item.document_id]


def test_another_scan_is_another_reading(office: JourneyOffice) -> None:
    item, other = read(office, "one"), read(office, "two")
    readings = Readings(office.services)
    readings.of(item)
    assert "two" in readings.of(other).pages.text
    assert "one" in readings.of(item).pages.text


def test_the_longest_unseen_makes_room(office: JourneyOffice, decoded: list[str]) -> None:
    items = [read(office, mark) for mark in ("a", "b", "c")]
    size = Readings(office.services).of(items[0]).word_count
    readings = Readings(office.services, most_words=2 * size + size // 2)
    decoded.clear()
    for which in (0, 1, 0, 2, 0, 1):
        readings.of(items[which])
    # The third took the place of the second, which was looked at before the first.
    assert decoded == [items[which].document_id for which in (0, 1, 2, 1)]


def test_reading_larger_than_the_room_is_given_and_not_kept(office: JourneyOffice, decoded: list[str]) -> None:
    item = read(office, "large")
    decoded.clear()
    readings = Readings(office.services, most_words=1)
    assert readings.of(item).pages.text == readings.of(item).pages.text
    assert len(decoded) == 2


def test_nothing_of_an_erased_document_is_given_from_memory(office: JourneyOffice) -> None:
    item = read(office, "erased")
    readings = Readings(office.services)
    readings.of(item)
    office.blobs.shred(item.document_id)
    with pytest.raises(BlobShredded):
        readings.of(item)
    unread = replace(item, scan_number=item.scan_number + 1)
    with pytest.raises(BlobShredded):
        readings.of(unread)
