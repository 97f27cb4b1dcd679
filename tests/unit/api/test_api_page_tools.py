"""Work at the pages of an original: put in order, turned, left out, split, joined, replaced; never a byte of an image changed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from api.acts.separator import separator_sheet
from certify.pipeline.chunks import ChunkedReading
from ocr import render_page
from tests.running import Running
from tests.small_paper import small_scan

# Starts a whole office: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def as_tiff(*pages: bytes) -> bytes:
    """Pages as a feeder gives them: one file."""
    first, *more = [Image.open(io.BytesIO(page)).convert("RGB") for page in pages]
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=more, compression="tiff_lzw", dpi=(200, 200))
    return out.getvalue()


def blank() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 560), (252, 251, 249)).save(out, "JPEG", dpi=(200, 200))
    return out.getvalue()


def taken(running: Running, officer: httpx.Client, *files: bytes) -> str:
    """An original of these files, read."""
    kind = "image/tiff" if files[0][:2] == b"II" else "image/jpeg"
    sent = [("file", ("scan", content, kind)) for content in files]
    form = {"holder_number": "000195012345", "doc_type": "VN.BIRTH_CERT"}
    answer = officer.post("/v1/drafts", files=sent, data=form)
    assert answer.status_code == 202, answer.text
    assert running.wait(officer, answer.json()["operation_id"])["status"] == "DONE"
    item_id: str = answer.json()["operation_id"].split("-")[1]
    return item_id


def pages_page(officer: httpx.Client, item_id: str) -> str:
    answer = officer.get(f"/staff/items/{item_id}/pages", headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def send(officer: httpx.Client, item_id: str, to: str = "", **fields: str) -> httpx.Response:
    version = re.findall(r'name="version" value="(\d+)"', pages_page(officer, item_id))[0]
    form = {"csrf_token": officer.headers["X-CSRF-Token"], "version": version} | fields
    return officer.post(f"/staff/items/{item_id}/pages{to}", data=form, headers={"Accept": "text/html"})


def read_again(running: Running, item_id: str) -> None:
    assert running.services.pipeline.wait_read(item_id, timeout_seconds=120).kind.value in {"NEXT", "DONE"}


def marks(running: Running, item_id: str) -> list[str]:
    """What stands on each page, by the mark of its small paper."""
    texts = [page.text for page in running.services.pipeline.pages(item_id).pages]
    return ["".join(re.findall(r"SPECIMEN\s+(\w+)", text)) for text in texts]


def images(running: Running, item_id: str) -> list[bytes]:
    services = running.services
    return [
        one.image_bytes for one in ChunkedReading(services.pipeline.services, services.pipeline.item(item_id)).images()
    ]


ONE, TWO, THREE = (small_scan(mark=word) for word in ("SEN", "VOI", "TRE"))


def test_pages_are_put_in_order_and_no_byte_of_an_image_changes(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, ONE, TWO, THREE)
    before = images(running, item_id)
    answer = send(officer, item_id, **{"place-1": "3", "place-2": "2", "place-3": "1"})
    assert answer.status_code == 303, answer.text
    read_again(running, item_id)
    assert marks(running, item_id) == ["TRE", "VOI", "SEN"]
    assert images(running, item_id) == before[::-1]
    history = [(step.event, step.detail_code) for step in running.services.pipeline.events(item_id)]
    assert ("SCAN", "REORDER") in history


def test_an_original_put_in_order_is_certified(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, TWO, ONE)
    assert send(officer, item_id, **{"place-1": "2", "place-2": "1"}).status_code == 303
    read_again(running, item_id)
    ready = running.prepare(officer, item_id)
    told = running.wait(officer, running.approve(officer, ready).json()["operation_id"])
    assert told["item_state"] == "CERTIFIED", told


def test_a_page_is_turned_from_how_it_was_shown(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, ONE)
    before = running.services.pipeline.pages(item_id).pages[0]
    assert send(officer, item_id, **{"turns-1": "1"}).status_code == 303
    read_again(running, item_id)
    scan = running.services.pipeline.pages(item_id).scan.pages[0]
    assert scan.quarter_turns == (before.quarter_turns + 1) % 4


def test_a_blank_back_is_left_out_and_that_stands_in_the_warnings(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, ONE, blank())
    assert send(officer, item_id, **{"out-2": "BLANK"}).status_code == 303
    read_again(running, item_id)
    assert marks(running, item_id) == ["SEN"]
    assert "PAGES_LEFT_OUT" in officer.get(f"/v1/drafts/{item_id}").json()["warnings"]
    assert send(officer, item_id, "/start-over").status_code == 303
    read_again(running, item_id)
    assert len(running.services.pipeline.pages(item_id).pages) == 2
    assert "PAGES_LEFT_OUT" not in officer.get(f"/v1/drafts/{item_id}").json()["warnings"]


def test_a_page_with_words_is_not_left_out_as_blank(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, ONE, TWO)
    for reason in ("BLANK", "SEPARATOR", "TIRED"):
        assert send(officer, item_id, **{"out-2": reason}).status_code == 422
    assert marks(running, item_id) == ["SEN", "VOI"]


def test_all_pages_cannot_be_left_out_and_nothing_is_no_change(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, ONE)
    assert send(officer, item_id, **{"out-1": "SCANNED_TWICE"}).status_code == 422
    assert send(officer, item_id).status_code == 422
    assert send(officer, item_id, **{"turns-1": "9"}).status_code == 422
    assert send(officer, item_id, **{"place-1": "x"}).status_code == 422


def test_what_a_feeder_took_is_split_where_the_separator_lay(running: Running, officer: httpx.Client) -> None:
    sheet = separator_sheet(running.services, language="vi")
    picture = render_page(sheet, 0, dpi=200, sandbox=running.services.ocr_pool)
    item_id = taken(running, officer, as_tiff(ONE, picture, TWO))
    html = pages_page(officer, item_id)
    assert re.search(r'<option value="SEPARATOR" selected', html), "the sheet is proposed to be left out"
    assert re.search(r'name="begins-3" value="1" checked', html), "the page behind it is proposed to begin anew"
    answer = send(officer, item_id, **{"out-2": "SEPARATOR", "begins-3": "1", "type-3": "VN.DIPLOMA"})
    assert answer.status_code == 303, answer.text
    case_id = answer.headers["location"].rsplit("/", 1)[-1]
    items = officer.get(f"/v1/cases/{case_id}").json()["items"]
    assert [one["doc_type"] for one in items] == ["VN.BIRTH_CERT", "VN.DIPLOMA"]
    for one, mark in zip(items, ("SEN", "VOI"), strict=True):
        read_again(running, one["item_id"])
        assert marks(running, one["item_id"]) == [mark]


def test_two_originals_of_a_case_are_joined_and_the_second_is_withdrawn(
    running: Running, officer: httpx.Client
) -> None:
    item_id = taken(running, officer, ONE, TWO)
    case_id = send(officer, item_id, **{"begins-2": "1"}).headers["location"].rsplit("/", 1)[-1]
    other_id = officer.get(f"/v1/cases/{case_id}").json()["items"][1]["item_id"]
    for one in (item_id, other_id):
        read_again(running, one)
    assert send(officer, item_id, "/join", other=item_id).status_code == 422
    assert send(officer, item_id, "/join", other=other_id).status_code == 303
    read_again(running, item_id)
    assert marks(running, item_id) == ["SEN", "VOI"]
    assert running.services.pipeline.item(other_id).state.value == "WITHDRAWN"


def test_one_page_is_replaced_and_the_others_keep_their_bytes(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, ONE, TWO)
    first = images(running, item_id)[0]
    version = re.findall(r'name="version" value="(\d+)"', pages_page(officer, item_id))[0]
    form = {"csrf_token": officer.headers["X-CSRF-Token"], "version": version, "number": "2"}
    two_pages = {"scan": ("scan.tiff", as_tiff(TWO, THREE), "image/tiff")}
    address = f"/staff/items/{item_id}/pages/scan"
    assert officer.post(address, data=form, files=two_pages, headers={"Accept": "text/html"}).status_code == 422
    answer = officer.post(address, data=form, files={"scan": ("scan.jpg", THREE, "image/jpeg")})
    assert answer.status_code == 303, answer.text
    read_again(running, item_id)
    assert marks(running, item_id) == ["SEN", "TRE"]
    assert images(running, item_id)[0] == first


def test_who_looked_at_an_older_order_changes_nothing(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, ONE, TWO)
    stale = {"csrf_token": officer.headers["X-CSRF-Token"], "version": "1", "place-1": "2", "place-2": "1"}
    answer = officer.post(f"/staff/items/{item_id}/pages", data=stale, headers={"Accept": "text/html"})
    assert answer.status_code == 412
    assert marks(running, item_id) == ["SEN", "VOI"]


def test_pages_under_a_reserved_number_are_not_worked_at(running: Running, officer: httpx.Client) -> None:
    item_id = taken(running, officer, ONE)
    running.prepare(officer, item_id)
    assert officer.get(f"/staff/items/{item_id}/pages").status_code == 422


def test_the_separator_sheet_is_printed_by_a_clerk(officer: httpx.Client) -> None:
    answer = officer.get("/staff/separator.pdf")
    assert answer.content.startswith(b"%PDF-")
