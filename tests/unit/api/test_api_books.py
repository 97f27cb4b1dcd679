"""Register books at the doors: exports with right sums, a closing that is signed once, and what refuses to close."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from certify.registry import COLUMNS
from samples.cast import CAST
from signing.verify import verify_in_child
from tests.running import Running

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        running.certify(client)
        yield client


def the_book(client: httpx.Client) -> dict[str, Any]:
    found: list[dict[str, Any]] = client.get("/v1/register/books").raise_for_status().json()["items"]
    return found[0]


def place(client: httpx.Client) -> str:
    return f"/v1/register/books/{the_book(client)['book_id']}"


def trust_verdict(running: Running, pdf: bytes) -> str:
    services = running.services
    report = verify_in_child(pdf, trust=services.trust.anchors(), at=services.clock.now(), sandbox=services.verify_pool)
    return report.verdict.value


def test_export_has_eight_columns_and_the_same_sums_in_each_form(running: Running, officer: httpx.Client) -> None:
    told = the_book(officer)
    assert told["totals"] == {"numbers": 1, "voided": 0, "copies": 1, "fee_vnd": 2000}
    table = officer.get(f"{place(officer)}/export", params={"form": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table)))
    assert [len(row) for row in rows] == [8, 8, 8]
    assert (rows[1][0], rows[2][5], rows[2][6]) == ("1", "1", "2000")
    workbook = officer.get(f"{place(officer)}/export", params={"form": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(workbook.content)) as package:
        assert b"<v>2000</v>" in package.read("xl/worksheets/sheet1.xml")
    paper = officer.get(f"{place(officer)}/export", params={"form": "pdf"})
    assert trust_verdict(running, paper.content) == "VALID_WITH_WARNING"


def test_whole_line_says_who_sealed_with_which_certificate_through_which_channel_and_by_what_law(
    running: Running, officer: httpx.Client
) -> None:
    export = f"{place(officer)}/export"
    (line,) = officer.get(export, params={"form": "json"}).raise_for_status().json()["lines"]
    assert set(line) == set(COLUMNS)
    unknown = {name for name, value in line.items() if value is None}
    # Nothing was exempt, void or superseded; what the paper did not say of itself is not made up.
    assert unknown <= {
        "exemption", "void_reason", "supersedes", "original_issuer", "original_number", "original_issued_on", "log_leaf",
    }  # fmt: skip
    assert (line["channel"], line["status"], line["sealer"]) == ("COUNTER", "FINAL", "BY_DECISION")
    assert (line["pdfa_level"], line["pades_levels"]) == ("PDF/A-2u", "PAdES-B-LTA, PAdES-B-LTA")
    assert line["legal_basis"] == running.services.law.template(running.services.clock.now()).basis_id
    assert (line["fee_amount"], line["fee_currency"], line["copies"]) == (2000, "VND", 1)
    assert line["requester_id_last4"] == CAST["an"].id_number[-4:]
    assert CAST["an"].id_number not in str(line)
    table = officer.get(export, params={"form": "csv", "columns": "all"}).content.decode("utf-8-sig")
    head, cells = csv.reader(io.StringIO(table))
    told = dict(zip(head, cells, strict=True))
    assert told["signer_certificate_serial"] == line["signer_certificate_serial"]
    assert told["void_reason"] == ""
    refused = officer.get(export, params={"form": "pdf", "columns": "all"})
    assert (refused.status_code, refused.json()["code"]) == (422, "REQUEST_INVALID")


def test_lines_of_a_book_are_read_page_by_page(officer: httpx.Client) -> None:
    lines = officer.get(f"{place(officer)}/lines", params={"limit": 1}).json()
    assert [line["number"] for line in lines["items"]] == ["1"]
    assert lines["items"][0]["note"] == ""


def test_books_of_another_agency_do_not_exist(running: Running, officer: httpx.Client) -> None:
    with running.recipient() as stranger:
        assert stranger.get("/v1/register/books").json()["items"] == []
        assert stranger.get(place(officer)).status_code == 404
        assert stranger.get(f"{place(officer)}/export").status_code == 404


def test_book_does_not_close_behind_a_number_that_was_not_seen(officer: httpx.Client) -> None:
    refused = officer.post(f"{place(officer)}/closing", json={"last_number": 7})
    assert (refused.status_code, refused.json()["code"]) == (409, "BOOK_NOT_CLOSABLE")
    assert the_book(officer)["status"] == "OPEN"


def test_open_book_has_no_closing_document(officer: httpx.Client) -> None:
    refused = officer.get(f"{place(officer)}/closing/document")
    assert (refused.status_code, refused.json()["code"]) == (409, "NUMBER_CONFLICT")


def test_second_book_is_refused_and_the_error_names_the_first(officer: httpx.Client) -> None:
    refused = officer.post("/v1/register/books", json={"volume": 2})
    assert (refused.status_code, refused.json()["code"]) == (409, "TWO_OPEN_BOOKS")
