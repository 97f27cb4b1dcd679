"""What anybody may ask: is this file right, does this code exist, what does the log say, what is trusted, is it well."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from PIL import ImageChops

from api.acts.proofs import check_proof, log_key
from api.app import create_app
from api.demo.forgery import change_one_byte, replace_page_content
from api.errors import RequestInvalid
from api.report_budget import ReportBudget
from api.report_ticket import read_ticket
from tests.attack.forge import replace_page_content as empty_page
from tests.running import Running, serve
from vault import CheckpointInvalid, ProofInvalid, format_code
from vault.log import LogKey, verify_checkpoint

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def anyone(running: Running) -> Iterator[httpx.Client]:
    with running.client() as client:
        yield client


@pytest.fixture(scope="module")
def copy(running: Running) -> dict[str, Any]:
    """A certified copy with its bytes."""
    with running.officer() as officer:
        told = running.certify(officer)
    with running.citizen() as an:
        told["pdf"] = an.get(f"/v1/records/{told['record_id']}/file").content
    return told


def verify(client: httpx.Client, content: bytes, *, name: str = "copy.pdf") -> httpx.Response:
    return client.post("/v1/verifications", files={"file": (name, content, "application/pdf")})


def test_a_certified_copy_verifies_with_its_status(anyone: httpx.Client, copy: dict[str, Any]) -> None:
    told = verify(anyone, copy["pdf"]).json()
    assert (told["verdict"], told["warnings"], told["reasons"]) == ("VALID_WITH_WARNING", ["SPECIMEN"], [])
    assert told["status"] == {"register": "FINAL", "original": "CURRENT", "rendition": "NEWEST"}
    assert told["sha256"] == hashlib.sha256(copy["pdf"]).hexdigest()
    assert [one["field"] for one in told["signatures"]][:2] == ["Officer", "AgencySeal"]
    assert all(one["technically_valid"] for one in told["signatures"])
    assert set(told["sentence"]) == {"vi", "en", "fr"}


@pytest.mark.parametrize("forge", [change_one_byte, replace_page_content])
def test_a_forged_copy_is_invalid(anyone: httpx.Client, copy: dict[str, Any], forge: Any) -> None:
    assert verify(anyone, forge(copy["pdf"])).json()["verdict"] == "INVALID"


@pytest.mark.parametrize(
    ("content", "verdict"), [(b"hello", "MALFORMED"), (b"%PDF-1.7\n%%EOF", "MALFORMED"), (b"\x00" * 5000, "MALFORMED")]
)
def test_what_is_no_pdf_gets_a_verdict_too(anyone: httpx.Client, content: bytes, verdict: str) -> None:
    answer = verify(anyone, content)
    assert (answer.status_code, answer.json()["verdict"]) == (200, verdict)


def test_an_empty_file_is_no_question(anyone: httpx.Client) -> None:
    answer = verify(anyone, b"")
    assert (answer.status_code, answer.json()["field"]) == (422, "file")


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\secret\\a.pdf", "<script>.pdf", "a\r\nb.pdf"])
def test_the_name_of_a_file_is_shown_and_never_a_path(anyone: httpx.Client, name: str) -> None:
    told = verify(anyone, b"hello", name=name).json()
    assert "/" not in told["file"]
    assert "\\" not in told["file"]
    assert told["file"].isprintable()


def test_what_was_verified_is_not_kept(running: Running, anyone: httpx.Client) -> None:
    home = running.services.home.folder
    before = {path for path in home.rglob("*") if path.is_file() and "log" not in path.parts}
    verify(anyone, b"%PDF-1.7 CANARY-IN-A-VERIFIED-FILE")
    after = {path for path in home.rglob("*") if path.is_file() and "log" not in path.parts}
    assert {path.name for path in after - before} <= {"vidimus.db-wal", "vidimus.db-shm"}
    assert not [path for path in after if b"CANARY-IN-A-VERIFIED-FILE" in path.read_bytes()]


REPORTS = "/v1/verifications/reports"


def boxed(copy: dict[str, Any]) -> bytes:
    """A forgery that anybody can see: what page 1 showed is gone."""
    return empty_page(copy["pdf"])


def test_report_is_given_as_xml_and_as_a_sealed_pdf(anyone: httpx.Client, copy: dict[str, Any]) -> None:
    file = {"file": ("copy.pdf", copy["pdf"], "application/pdf")}
    xml = anyone.post(REPORTS, files=file, data={"kind": "xml"})
    assert (xml.status_code, xml.headers["content-type"]) == (200, "application/xml")
    assert xml.content.count(b"<vr:SignatureValidationReport>") == 3
    pdf = anyone.post(REPORTS, files=file, data={"kind": "pdf", "lang": "fr"})
    assert pdf.headers["content-disposition"].endswith('.pdf"')
    told = verify(anyone, pdf.content, name="report.pdf").json()
    assert (told["verdict"], told["signatures"][0]["field"]) == ("VALID_WITH_WARNING", "ReportSeal")
    with pypdfium2.PdfDocument(pdf.content) as opened:
        words = opened[0].get_textpage().get_text_bounded()
        square = zxingcpp.read_barcodes(opened[0].render(scale=200 / 72).to_pil())
    assert "A-t-il été modifié ?" in words
    assert [copy["code_of_copy"] in one.text for one in square] == [True]


def test_report_on_a_forgery_boxes_what_differs_on_both_pictures(anyone: httpx.Client, copy: dict[str, Any]) -> None:
    answer = anyone.post(REPORTS, files={"file": ("f.pdf", boxed(copy))}, data={"kind": "pdf", "lang": "en"})
    with pypdfium2.PdfDocument(answer.content) as opened:
        last = opened[len(opened) - 1]
        words, picture = last.get_textpage().get_text_bounded(), last.render(scale=2).to_pil().convert("RGB")
    assert "Page 1: 1 region differs" in words
    # The upright sides of a box: columns that are red all the way down, two on each picture.
    red = picture.point([255 * (at > 140) for at in range(256)] + [255 * (at < 90) for at in range(256)] * 2)
    marked = ImageChops.darker(ImageChops.darker(*red.split()[:2]), red.split()[2])
    sides = [x for x in range(picture.width) if sum(marked.crop((x, 0, x + 1, picture.height)).tobytes()) > 255 * 150]
    middle = picture.width // 2
    assert [len([x for x in sides if x < middle]) >= 2, len([x for x in sides if x > middle]) >= 2] == [True, True]


@pytest.mark.parametrize(("data", "content"), [({"kind": "doc"}, b"%PDF"), ({}, b"%PDF"), ({"kind": "xml"}, b"")])
def test_report_of_nothing_or_of_another_kind_is_refused(
    anyone: httpx.Client, data: dict[str, str], content: bytes
) -> None:
    assert anyone.post(REPORTS, files={"file": ("a.pdf", content)}, data=data).status_code == 422


def test_sealed_reports_are_counted_and_those_in_xml_are_not(running: Running) -> None:
    with (
        serve(create_app(replace(running.services, report_budget=ReportBudget(1)))) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        file = {"file": ("a.pdf", b"hello")}
        assert client.post(REPORTS, files=file, data={"kind": "pdf"}).status_code == 200
        refused = client.post(REPORTS, files=file, data={"kind": "pdf"})
        assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
        assert client.post(REPORTS, files=file, data={"kind": "xml"}).status_code == 200


def test_nothing_of_a_strangers_file_is_in_the_log_of_its_report(running: Running, anyone: httpx.Client) -> None:
    stranger = b"%PDF-1.7 nobody knows this file"
    answer = anyone.post(REPORTS, files={"file": ("a.pdf", stranger)}, data={"kind": "pdf"})
    with running.services.database.read() as tx:
        kept = [bytes(row[0] or b"") for row in tx.execute(sa.text("SELECT opening FROM vault_log_leaves"))]
    assert [one for one in kept if hashlib.sha256(answer.content).hexdigest().encode() in one]
    assert not [one for one in kept if hashlib.sha256(stranger).hexdigest().encode() in one]


def form_of(html: str, kind: str) -> dict[str, Any]:
    """The hidden fields of one of the report's forms."""
    form = html.split(f'name="kind" value="{kind}"')[1].split("</form>", maxsplit=1)[0]
    ticket = form.split('name="ticket" value="')[1].split('"')[0]
    return {"kind": kind, "ticket": ticket, "picture": re.findall(r'name="picture" value="([^"]+)"', form)}


def test_page_shows_boxes_with_words_and_its_answer_can_be_brought_back_for_a_report(
    anyone: httpx.Client, copy: dict[str, Any]
) -> None:
    shown = anyone.post("/verify?lang=en", files={"file": ("f.pdf", boxed(copy))}, headers={"Accept": "text/html"})
    assert "img-src 'self' blob: data:" in shown.headers["content-security-policy"]
    assert shown.text.count('<rect class="differs"') == 2
    assert shown.text.count('alt="What') == 2
    assert "Page 1: 1 region differs" in shown.text
    form = form_of(shown.text, "pdf")
    answer = anyone.post("/verify/report?lang=en", data=form)
    with pypdfium2.PdfDocument(answer.content) as opened:
        words = [page.get_textpage().get_text_bounded() for page in opened]
    assert ["Not valid" in words[0], "1 region differs" in words[-1]] == [True, True]
    xml = anyone.post("/verify/report", data=form_of(shown.text, "xml"))
    assert b"TOTAL-FAILED" in xml.content or b"total-failed" in xml.content
    other = form_of(shown.text, "pdf") | {"picture": [base64.b64encode(b"\xff\xd8\xff another").decode()]}
    assert anyone.post("/verify/report", data=other).status_code == 422


def test_answer_that_was_altered_or_is_old_gives_no_report(running: Running, anyone: httpx.Client) -> None:
    shown = anyone.post("/verify", files={"file": ("f.pdf", b"hello")}, headers={"Accept": "text/html"})
    form = form_of(shown.text, "xml")
    body, mark = form["ticket"].split(".")
    for ticket in (f"{body[:-4]}AAAA.{mark}", f"{body}.{mark[:-4]}AAA=", body, "", "ü.ü"):
        assert anyone.post("/verify/report", data=form | {"ticket": ticket}).status_code == 422, ticket
    late = replace(running.services, clock=LateClock(running.services.clock))
    with pytest.raises(RequestInvalid, match="too old"):
        read_ticket(late, form["ticket"])
    assert read_ticket(running.services, form["ticket"]).answer.verdict.value == "MALFORMED"


def test_more_files_than_places_are_told_to_come_back(running: Running, anyone: httpx.Client) -> None:
    places = running.app.state.verification_places
    taken = 0
    while places.acquire(blocking=False):
        taken += 1
    try:
        answer = verify(anyone, b"hello")
    finally:
        for _ in range(taken):
            places.release()
    assert (answer.status_code, answer.json()["code"]) == (429, "POOL_BUSY")
    assert answer.headers["retry-after"]
    assert verify(anyone, b"hello").status_code == 200


def test_a_burst_of_strangers_is_answered_or_sent_away_and_never_broken(running: Running, copy: dict[str, Any]) -> None:
    def ask(_number: int) -> int:
        with running.client() as client:
            return verify(client, copy["pdf"]).status_code

    with ThreadPoolExecutor(24) as crowd:
        statuses = list(crowd.map(ask, range(24)))
    assert set(statuses) <= {200, 429}
    assert 200 in statuses


def test_a_code_tells_the_copy_and_no_name(running: Running, anyone: httpx.Client, copy: dict[str, Any]) -> None:
    told = anyone.get(f"/v1/copies/{copy['code_of_copy']}")
    assert told.json()["status"]["register"] == "FINAL"
    assert told.json()["specimen"] is True
    assert "Hoài An" not in told.text
    assert "000195012345" not in told.text


def test_a_code_nobody_knows_has_the_same_fields(anyone: httpx.Client, copy: dict[str, Any]) -> None:
    known = anyone.get(f"/v1/copies/{copy['code_of_copy']}").json()
    for code in ("0000-0000-0000-0", "nonsense", "K" * 400, "%27%20OR%201=1"):
        answer = anyone.get(f"/v1/copies/{code}")
        assert answer.status_code == 200
        assert set(answer.json()) == set(known)
        assert answer.json()["register_number"] is None


def test_proof_travels_with_the_answer_for_a_code_and_with_the_holders_file(
    running: Running, anyone: httpx.Client, copy: dict[str, Any]
) -> None:
    running.services.publish_log()
    told = anyone.get(f"/v1/copies/{copy['code_of_copy']}").json()["proof"]
    key = log_key(running.services)
    proven = check_proof(json.dumps(told).encode(), key=key)
    assert format_code(proven.code) == copy["code_of_copy"]
    assert proven.sha256_hex == hashlib.sha256(copy["pdf"]).hexdigest()
    with running.citizen() as an:
        address = f"/citizen/records/{copy['record_id']}"
        held = an.get(f"{address}/paper.proof")
        assert f'href="{address}/paper.proof"' in an.get(address).text
    assert held.headers["content-disposition"].endswith('.proof"')
    assert check_proof(held.content, key=key).code == proven.code
    with running.citizen("binh") as binh:
        assert binh.get(f"{address}/paper.proof").status_code == 404


def test_proof_that_was_altered_or_is_another_logs_shows_nothing(
    running: Running, anyone: httpx.Client, copy: dict[str, Any]
) -> None:
    running.services.publish_log()
    key = log_key(running.services)
    told = anyone.get(f"/v1/copies/{copy['code_of_copy']}").json()["proof"]
    other_file = told["event"].replace(hashlib.sha256(copy["pdf"]).hexdigest(), "0" * 64)
    for changed in (
        {"event": other_file},
        {"leaf_index": told["leaf_index"] + 1},
        {"path": [*told["path"], "A" * 43 + "="]},
        {"salt": "A" * 43 + "="},
        {"checkpoint": told["checkpoint"].replace("\n", "\n\n", 1)},
    ):
        with pytest.raises((ProofInvalid, CheckpointInvalid)):
            check_proof(json.dumps(told | changed).encode(), key=key)
    with pytest.raises(CheckpointInvalid):
        check_proof(json.dumps(told).encode(), key=LogKey(key.name, bytes(32)))
    for content in (b"", b"{}", b"[]", b"null", json.dumps(told | {"format": "2"}).encode()):
        with pytest.raises(RequestInvalid):
            check_proof(content, key=key)


def test_the_log_is_published_for_everybody(running: Running, anyone: httpx.Client, copy: dict[str, Any]) -> None:
    running.services.publish_log()
    note = anyone.get("/log/checkpoint")
    signer = running.services.log_signer
    checkpoint = verify_checkpoint(note.text, key=LogKey(signer.name, signer.public_key))
    assert checkpoint.size > 0
    tile = anyone.get(f"/log/tile/0/000.p/{checkpoint.size}")
    assert len(tile.content) == 32 * checkpoint.size
    assert "immutable" in tile.headers["cache-control"]
    assert anyone.get(f"/log/tile/entries/000.p/{checkpoint.size}").status_code == 200
    assert (
        copy["code_of_copy"].replace("-", "").encode()
        not in anyone.get(f"/log/tile/entries/000.p/{checkpoint.size}").content
    )


@pytest.mark.parametrize("tile", ["0/001", "9/000", "0/000.p/0", "0/000.p/999", "entries", "0/..%2f..%2fcheckpoint"])
def test_a_tile_that_is_not_there_is_not_found(anyone: httpx.Client, tile: str) -> None:
    assert anyone.get(f"/log/tile/{tile}").status_code == 404


def test_the_trust_roots_can_be_taken_away(running: Running, anyone: httpx.Client) -> None:
    told = anyone.get("/v1/trust").json()
    pem = anyone.get("/v1/trust/roots.pem")
    root = x509.load_pem_x509_certificate(pem.content)
    assert root.fingerprint(hashes.SHA256()).hex() == told["roots"][0]["sha256"]
    crl = x509.load_der_x509_crl(anyone.get(told["crls"][0]["href"]).content)
    assert crl.issuer.rfc4514_string() == told["crls"][0]["issuer"]
    assert anyone.get("/v1/trust/crls/nonsense.crl").status_code == 404


def test_the_demo_authority_answers_where_its_certificates_say(running: Running, anyone: httpx.Client) -> None:
    root = x509.load_der_x509_certificate(anyone.get("/authority/root.cer").content)
    issuing = x509.load_der_x509_certificate(anyone.get("/authority/issuing.cer").content)
    assert issuing.issuer == root.subject
    assert x509.load_der_x509_crl(anyone.get("/authority/issuing.crl").content).issuer == issuing.subject
    question = ocsp.OCSPRequestBuilder().add_certificate(issuing, root, hashes.SHA256()).build()
    answer = anyone.post(
        "/authority/ocsp",
        content=question.public_bytes(serialization.Encoding.DER),
        headers={"Content-Type": "application/ocsp-request"},
    )
    assert answer.headers["content-type"] == "application/ocsp-response"
    assert ocsp.load_der_ocsp_response(answer.content) is not None
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(b"x").digest()}
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True}).dump()
    stamped = anyone.post("/authority/tsa", content=asked, headers={"Content-Type": "application/timestamp-query"})
    assert tsp.TimeStampResp.load(stamped.content)["status"]["status"].native == "granted"
    assert anyone.post("/authority/tsa", content=asked).status_code == 415
    assert anyone.get("/authority/root.key").status_code == 404


def test_production_has_no_authority_of_its_own(running: Running) -> None:
    app = create_app(replace(running.services, authority=None))
    with serve(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/authority/root.cer").status_code == 404
        assert client.post("/authority/tsa", content=b"").status_code == 404


def test_the_service_says_that_it_is_well(running: Running, anyone: httpx.Client) -> None:
    assert anyone.get("/healthz").json() == {"status": "ok"}
    told = anyone.get("/readyz")
    checks = {check["name"]: check["ok"] for check in told.json()["checks"]}
    assert set(checks) == {"database", "trust", "isolation", "chores", "couriers", "publication"}
    assert (checks["database"], checks["trust"]) == (True, True)
    assert told.status_code == (200 if running.services.isolation.network_isolated else 503)


class LateClock:
    """A clock a year ahead of the revocation lists."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def now(self) -> Any:
        return self.real.now() + timedelta(days=365)
