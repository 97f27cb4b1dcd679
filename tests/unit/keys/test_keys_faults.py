"""Every fault the authority can show on demand ends in a clear error, over HTTP as in process; nothing passes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from cryptography.x509 import ocsp

from guard.egress import AllowedOrigin, GuardedHttp
from keys import (
    AuthorityAnswer,
    AuthorityRefused,
    AuthorityService,
    CertificateRevoked,
    EvidenceReason,
    Fault,
    FaultBoard,
    HttpRevocation,
    HttpTimestamps,
    InProcessRevocation,
    InProcessTimestamps,
    NoticedRevocation,
    RevocationRejected,
    RevocationSource,
    RevocationUnavailable,
    TimestampAuthority,
    TimestampReason,
    TimestampRejected,
    TimestampUnavailable,
    answer_http,
)
from keys.credentials import load_certificate
from keys.revocation_check import OcspQuestion
from tests.loopback import serve_on_loopback
from tests.office import BASE_URL, Office, sha256_hex

# Each asks a service that misbehaves; the fast check leaves them out.
pytestmark = pytest.mark.slow

IMPRINT = bytes(range(32))
TSA, OCSP, CRL = AuthorityService.TSA, AuthorityService.OCSP, AuthorityService.CRL


@dataclass(frozen=True, slots=True)
class Road:
    """The services of one office by one road, with the switches of its authority."""

    office: Office
    faults: FaultBoard
    timestamps: TimestampAuthority
    revocation: RevocationSource
    hasty: Road | None = None

    def under(self, fault: Fault) -> Road:
        """The same services by clients that soon give up, where the fault is to let them wait."""
        return self.hasty if fault is Fault.SLOW and self.hasty else self

    def ask_ocsp(self) -> bytes:
        officer = self.office.officer()
        return self.revocation.ocsp(officer.credential.certificate_der, self.office.authority.issuing_der)

    def ask_crl(self) -> bytes:
        return self.revocation.crl(self.office.authority.issuing_der)


@pytest.fixture(params=["in process", "over HTTP"])
def road(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("road")
    if request.param == "in process":
        office = Office(folder)
        faults = FaultBoard(folder / "authority")
        more = {"clock": office.clock, "random_bytes": office.random_bytes, "faults": faults}
        yield Road(
            office, faults, InProcessTimestamps(office.authority, **more), InProcessRevocation(office.authority, **more)
        )
        return
    offices: list[Office] = []
    faults = FaultBoard(folder / "authority")

    def answer(method: str, path: str, content_type: str, body: bytes) -> AuthorityAnswer:
        office = offices[0]
        return answer_http(
            office.authority,
            method=method,
            path=path,
            content_type=content_type,
            body=body,
            at=office.now,
            faults=faults,
        )

    with serve_on_loopback(answer) as port:
        base_url = f"http://127.0.0.1:{port}/pki"
        office = Office(folder, base_url=base_url)
        offices.append(office)
        hasty = Road(office, faults, *_over_http(office, timeout_seconds=0.2))
        yield Road(office, faults, *_over_http(office, timeout_seconds=30), hasty)


def _over_http(office: Office, *, timeout_seconds: float) -> tuple[HttpTimestamps, HttpRevocation]:
    base_url = office.authority.base_url
    http = GuardedHttp([AllowedOrigin.from_url(base_url, allow_private=True)])
    timestamps = HttpTimestamps(
        http,
        f"{base_url}/tsa",
        clock=office.clock,
        random_bytes=office.random_bytes,
        issuers_der=[office.authority.issuing_der],
        timeout_seconds=timeout_seconds,
    )
    revocation = HttpRevocation(
        http,
        clock=office.clock,
        random_bytes=office.random_bytes,
        certificates_der=[office.officer().credential.certificate_der, office.authority.issuing_der],
        timeout_seconds=timeout_seconds,
    )
    return timestamps, revocation


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SLOW, Fault.HUGE])
def test_time_stamping_service_that_gives_no_answer_is_unavailable(road: Road, fault: Fault) -> None:
    road.faults.set(TSA, fault)
    with pytest.raises(TimestampUnavailable, match="nothing was signed"):
        road.under(fault).timestamps.stamp(IMPRINT, at_sent=road.office.now)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.GARBAGE, TimestampReason.MALFORMED),
        (Fault.WRONG_NONCE, TimestampReason.NONCE),
        (Fault.WRONG_IMPRINT, TimestampReason.IMPRINT),
        (Fault.WRONG_TIME, TimestampReason.GEN_TIME),
        (Fault.FORGED, TimestampReason.SIGNATURE),
    ],
)
def test_wrong_time_stamp_is_refused_by_its_reason(road: Road, fault: Fault, reason: TimestampReason) -> None:
    road.faults.set(TSA, fault)
    with pytest.raises(TimestampRejected) as caught:
        road.timestamps.stamp(IMPRINT, at_sent=road.office.now)
    assert caught.value.reason is reason


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SLOW, Fault.HUGE])
def test_revocation_service_that_gives_no_answer_is_unavailable(road: Road, fault: Fault) -> None:
    road.faults.set(OCSP, fault)
    road.faults.set(CRL, fault)
    with pytest.raises(RevocationUnavailable, match="nothing was signed"):
        road.under(fault).ask_ocsp()
    with pytest.raises(RevocationUnavailable, match="nothing was signed"):
        road.under(fault).ask_crl()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.GARBAGE, EvidenceReason.MALFORMED),
        (Fault.WRONG_NONCE, EvidenceReason.NONCE),
        (Fault.WRONG_TIME, EvidenceReason.STALE),
        (Fault.STALE, EvidenceReason.STALE),
        (Fault.FORGED, EvidenceReason.SIGNATURE),
    ],
)
@pytest.mark.parametrize("service", [OCSP, CRL])
def test_wrong_answer_about_revocation_is_refused_by_its_reason(
    road: Road, service: AuthorityService, fault: Fault, reason: EvidenceReason
) -> None:
    if (service, fault) == (CRL, Fault.WRONG_NONCE):
        # A list carries no nonce, so it cannot have the wrong one.
        with pytest.raises(AuthorityRefused, match="cannot be"):
            road.faults.set(service, fault)
        return
    road.faults.set(service, fault)
    ask = road.ask_ocsp if service is OCSP else road.ask_crl
    with pytest.raises(RevocationRejected) as caught:
        ask()
    assert caught.value.reason is reason


def test_services_behave_again_when_the_faults_are_cleared(road: Road) -> None:
    road.faults.set(TSA, Fault.WRONG_NONCE)
    road.faults.set(OCSP, Fault.FORGED)
    road.faults.clear()
    assert road.timestamps.stamp(IMPRINT, at_sent=road.office.now).gen_time == road.office.now
    assert ocsp.load_der_ocsp_response(road.ask_ocsp()).certificate_status is ocsp.OCSPCertStatus.GOOD
    road.ask_crl()


def test_fault_that_a_service_cannot_have_is_refused(office: Office) -> None:
    board = FaultBoard(office.folder / "authority")
    with pytest.raises(AuthorityRefused, match="wrong-time"):
        board.set(CRL, Fault.WRONG_IMPRINT)
    assert board.all() == {}


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"tsa": "on strike"}'])
def test_switches_that_cannot_be_read_are_off(office: Office, content: bytes) -> None:
    (office.folder / "authority" / "faults.json").write_bytes(content)
    assert FaultBoard(office.folder / "authority").of(TSA) is None


def _get(office: Office, path: str) -> AuthorityAnswer:
    return answer_http(office.authority, method="GET", path=f"/pki{path}", content_type="", body=b"", at=office.now)


def test_ocsp_is_answered_by_get_too(office: Office) -> None:
    officer = office.officer()
    certificate = load_certificate(officer.credential.certificate_der)
    question = OcspQuestion(certificate, load_certificate(office.authority.issuing_der), bytes(16), office.now)
    asked = quote(base64.b64encode(question.request_der()).decode(), safe="")
    answer = _get(office, f"/ocsp/{asked}")
    assert (answer.status, answer.content_type) == (200, "application/ocsp-response")
    assert ocsp.load_der_ocsp_response(answer.body).serial_number == officer.serial


@pytest.mark.parametrize("path", ["/ocsp/???", "/ocsp/%%%"])
def test_ocsp_by_get_without_base64_is_a_bad_request(office: Office, path: str) -> None:
    assert _get(office, path).status == 400


def test_issuer_named_by_certificates_is_served_where_they_say(office: Office) -> None:
    assert BASE_URL.endswith("/pki")
    assert _get(office, "/issuing.cer").body == office.authority.issuing_der
    assert _get(office, "/root.cer").body == office.authority.root_der
    assert _get(office, "/issuing.key").status == 404


class Notices:
    """What the office itself holds for withdrawn."""

    def __init__(self, *certificates_der: bytes) -> None:
        self.names = {sha256_hex(der) for der in certificates_der}

    def is_withdrawn(self, certificate_sha256_hex: str) -> bool:
        return certificate_sha256_hex in self.names


def test_notice_of_the_office_is_obeyed_whatever_a_warm_cache_says(office: Office) -> None:
    notices = Notices()
    source = NoticedRevocation(office.revocation, notices=notices)
    tsa_der, issuing_der, root_der = office.authority.tsa_der, office.authority.issuing_der, office.authority.root_der
    source.ocsp(tsa_der, issuing_der)
    source.crl(root_der)
    for withdrawn in (tsa_der, issuing_der):
        notices.names = {sha256_hex(withdrawn)}
        with pytest.raises(CertificateRevoked, match="notice of this office"):
            source.ocsp(tsa_der, issuing_der)
    notices.names = {sha256_hex(root_der)}
    with pytest.raises(CertificateRevoked, match="notice of this office"):
        source.crl(root_der)


def test_notice_about_another_certificate_changes_nothing(office: Office) -> None:
    officer, other = office.officer(), office.officer()
    source = NoticedRevocation(office.revocation, notices=Notices(other.credential.certificate_der))
    source.ocsp(officer.credential.certificate_der, office.authority.issuing_der)
