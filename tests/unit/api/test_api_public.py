"""What anybody may ask: is this file right, does this code exist, what does the log say, what is trusted, is it well."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from api.app import create_app
from api.demo.forgery import change_one_byte, replace_page_content
from api.housekeeping import Housekeeping
from api.routes.health import readyz
from guard import Isolation, IsolationReport
from tests.running import Running, serve
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
    assert set(checks) == {"database", "trust", "isolation", "chores"}
    assert (checks["database"], checks["trust"]) == (True, True)
    assert told.status_code == (200 if running.services.isolation.network_isolated else 503)


class TrustNobody:
    """A shelf without a root."""

    def anchors(self) -> Any:
        return replace(self.real, roots_der=())

    def __init__(self, real: Any) -> None:
        self.real = real


class LateClock:
    """A clock a year ahead of the revocation lists."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def now(self) -> Any:
        return self.real.now() + timedelta(days=365)


@pytest.mark.parametrize("missing", ["trust-empty", "trust-stale", "isolation", "chores"])
def test_work_is_not_sent_to_a_service_that_lacks_something(running: Running, missing: str) -> None:
    services, isolated = running.services, IsolationReport(Isolation.BUBBLEWRAP, network_isolated=True, detail="")
    services = replace(services, isolation=isolated, housekeeping=replace_trouble(None))
    assert readyz(None, services).status_code == 200  # type: ignore[arg-type]
    changed: dict[str, Any] = {
        "trust-empty": {"trust": TrustNobody(services.trust.anchors())},
        "trust-stale": {"clock": LateClock(services.clock)},
        "isolation": {"isolation": IsolationReport(Isolation.RLIMITS, network_isolated=False, detail="")},
        "chores": {"housekeeping": replace_trouble("LOG_TAMPERED")},
    }
    answer = readyz(None, replace(services, **changed[missing]))  # type: ignore[arg-type]
    assert answer.status_code == 503
    assert b"/tmp" not in bytes(answer.body)
    assert str(Path.home()).encode() not in bytes(answer.body)


def replace_trouble(trouble: str | None) -> Any:
    keeper = Housekeeping(())
    keeper.trouble = trouble
    return keeper
