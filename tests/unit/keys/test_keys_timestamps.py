"""Time-stamps: a token is used only when it answers our question, now, from a configured authority."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guard.egress import AllowedOrigin, GuardedHttp
from keys import (
    DEMO_TSA_POLICY_OID,
    AuthorityAnswer,
    HttpTimestamps,
    TimestampReason,
    TimestampRejected,
    TimestampToken,
    TimestampUnavailable,
    answer_http,
)
from keys.credentials import load_certificate
from keys.timestamp_check import TimestampQuestion, TimeStampResp, ask_timestamp, check_timestamp
from tests.loopback import serve_on_loopback
from tests.office import Office

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

IMPRINT = bytes(range(32))


def _question(office: Office) -> TimestampQuestion:
    return ask_timestamp(IMPRINT, nonce=4711, at_sent=office.now, policy_oid=DEMO_TSA_POLICY_OID)


def _check(office: Office, answer_der: bytes, *, question: TimestampQuestion | None = None) -> TimestampToken:
    return check_timestamp(
        answer_der,
        question=question or _question(office),
        received_at=office.now,
        issuers=[load_certificate(office.authority.issuing_der)],
    )


def _answer(office: Office, *, at: datetime | None = None) -> bytes:
    return office.authority.answer_timestamp(_question(office).request_der(), at=at or office.now)


def _reason_for(office: Office, answer_der: bytes) -> TimestampReason:
    with pytest.raises(TimestampRejected) as caught:
        _check(office, answer_der)
    return caught.value.reason


def test_token_stamps_our_digest_with_the_offices_time(office: Office) -> None:
    token = office.timestamps.stamp(IMPRINT, at_sent=office.now)
    assert token.gen_time == office.now
    tst_info = cms.ContentInfo.load(token.der)["content"]["encap_content_info"]["content"].parsed
    assert tst_info["message_imprint"]["hashed_message"].native == IMPRINT
    assert tst_info["policy"].dotted == DEMO_TSA_POLICY_OID
    assert tst_info["accuracy"]["seconds"].native == 1


def test_token_names_its_certificate_by_sha256(office: Office) -> None:
    token = office.timestamps.stamp(IMPRINT, at_sent=office.now)
    signer_info = cms.ContentInfo.load(token.der)["content"]["signer_infos"][0]
    attributes = {item["type"].native: item["values"] for item in signer_info["signed_attrs"]}
    assert set(attributes) == {"content_type", "message_digest", "signing_certificate_v2"}


def test_no_two_tokens_have_one_serial_number(office: Office) -> None:
    serials = set()
    for _ in range(50):
        token = cms.ContentInfo.load(office.timestamps.stamp(IMPRINT, at_sent=office.now).der)
        serials.add(token["content"]["encap_content_info"]["content"].parsed["serial_number"].native)
    assert len(serials) == 50


def test_token_is_what_asn1crypto_would_have_written(office: Office) -> None:
    answer = _answer(office)
    response = TimeStampResp.load(answer, strict=True)
    signed_data = response["time_stamp_token"]["content"]
    tst_info_der = signed_data["encap_content_info"]["content"].parsed.dump(force=True)
    assert tst_info_der == bytes(signed_data["encap_content_info"]["content"])
    again = cms.ContentInfo.load(response["time_stamp_token"].dump())
    assert again.copy().dump(force=True) in answer


def test_certificates_are_left_out_when_not_asked_for(office: Office) -> None:
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": IMPRINT},
            "nonce": 4711,
        }
    )
    answer = office.authority.answer_timestamp(request.dump(), at=office.now)
    token = TimeStampResp.load(answer)["time_stamp_token"]
    assert token["content"]["certificates"].native is None
    assert _reason_for(office, answer) is TimestampReason.CERTIFICATE


def test_replayed_answer_is_refused(office: Office) -> None:
    old = office.authority.answer_timestamp(replace(_question(office), nonce=1).request_der(), at=office.now)
    assert _reason_for(office, old) is TimestampReason.NONCE


def test_stamp_of_another_file_is_refused(office: Office) -> None:
    other = replace(_question(office), imprint_sha256=bytes(32))
    answer = office.authority.answer_timestamp(other.request_der(), at=office.now)
    assert _reason_for(office, answer) is TimestampReason.IMPRINT


def test_stamp_under_another_policy_is_refused(office: Office) -> None:
    question = replace(_question(office), policy_oid="1.2.3.4")
    answer = office.authority.answer_timestamp(replace(question, policy_oid=None).request_der(), at=office.now)
    with pytest.raises(TimestampRejected) as caught:
        _check(office, answer, question=question)
    assert caught.value.reason is TimestampReason.POLICY


@pytest.mark.parametrize("seconds", [-3600, -2, 2, 3600])
def test_clock_of_the_authority_must_agree_with_ours(office: Office, seconds: int) -> None:
    answer = _answer(office, at=office.now + timedelta(seconds=seconds))
    assert _reason_for(office, answer) is TimestampReason.GEN_TIME


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_second_of_difference_is_accepted(office: Office, seconds: int) -> None:
    moment = office.now + timedelta(seconds=seconds)
    assert _check(office, _answer(office, at=moment)).gen_time == moment


def test_stamp_of_an_authority_we_do_not_know_is_refused(office: Office, tmp_path: Path) -> None:
    stranger = Office(tmp_path / "stranger")
    assert _reason_for(office, _answer(stranger)) is TimestampReason.CERTIFICATE


def test_stamp_signed_with_an_officers_key_is_refused(office: Office) -> None:
    answer = bytearray(_answer(office))
    answer[-5] ^= 1
    assert _reason_for(office, bytes(answer)) in (TimestampReason.SIGNATURE, TimestampReason.MALFORMED)


def test_changed_time_breaks_the_signature(office: Office) -> None:
    answer = _answer(office).replace(b"20261122030000Z", b"20261122030001Z")
    assert _reason_for(office, answer) is TimestampReason.SIGNATURE


@pytest.mark.parametrize("garbage", [b"", b"\x30\x00", b"<html>", b"\x30\x80" * 2000, bytes(5000)])
def test_garbage_is_malformed(office: Office, garbage: bytes) -> None:
    assert _reason_for(office, garbage) is TimestampReason.MALFORMED


def test_refusal_of_the_authority_is_told(office: Office) -> None:
    question = replace(_question(office), policy_oid="1.2.3.4")
    answer = office.authority.answer_timestamp(question.request_der(), at=office.now)
    assert TimeStampResp.load(answer)["status"]["fail_info"].native == {"unaccepted_policy"}
    assert _reason_for(office, answer) is TimestampReason.STATUS_NOT_GRANTED


@pytest.mark.parametrize(
    ("request_der", "failure"),
    [
        (b"", "bad_data_format"),
        (b"\x30\x80" * 2000, "bad_data_format"),
        (bytes(5000), "bad_data_format"),
        (tsp.TimeStampReq({"version": "v1", "message_imprint": {"hash_algorithm": {"algorithm": "sha1"},
         "hashed_message": bytes(20)}}).dump(), "bad_alg"),
        (tsp.TimeStampReq({"version": "v1", "message_imprint": {"hash_algorithm": {"algorithm": "sha256"},
         "hashed_message": bytes(20)}}).dump(), "bad_data_format"),
        (tsp.TimeStampReq({"version": "v1", "message_imprint": {"hash_algorithm": {"algorithm": "sha256"},
         "hashed_message": bytes(32)}, "nonce": 1 << 300}).dump(), "bad_request"),
    ],
    ids=["empty", "nested", "zeros", "sha1", "short imprint", "long nonce"],
)  # fmt: skip
def test_authority_refuses_what_it_cannot_stamp(office: Office, request_der: bytes, failure: str) -> None:
    answer = TimeStampResp.load(office.authority.answer_timestamp(request_der, at=office.now))
    assert answer["status"]["status"].native == "rejection"
    assert answer["status"]["fail_info"].native == {failure}


def test_imprint_must_be_a_digest(office: Office) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        office.timestamps.stamp(b"short", at_sent=office.now)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 2000), value=st.integers(1, 255))
def test_byte_changed_anywhere_never_escapes_the_judgement(office: Office, position: int, value: int) -> None:
    answer = bytearray(_answer(office))
    answer[position] ^= value
    try:
        token = _check(office, bytes(answer))
    except TimestampRejected:
        return
    # Only what no signature covers may change: the status texts and the certificate of the issuer beside the signer's.
    assert token.gen_time == office.now


@dataclass
class _Service:
    """A time-stamping service on loopback that can be told to misbehave."""

    office: Office
    fault: AuthorityAnswer | None = None
    delay: timedelta = timedelta(0)

    def answer(self, method: str, path: str, content_type: str, body: bytes) -> AuthorityAnswer:
        if self.fault is not None:
            return self.fault
        at = self.office.now + self.delay
        return answer_http(self.office.authority, method=method, path=path, content_type=content_type, body=body, at=at)


@pytest.fixture
def service(office: Office) -> _Service:
    return _Service(office)


@pytest.fixture
def over_http(service: _Service) -> Iterator[HttpTimestamps]:
    with serve_on_loopback(service.answer) as port:
        url = f"http://127.0.0.1:{port}/pki/tsa"
        http = GuardedHttp([AllowedOrigin.from_url(url, allow_private=True)])
        yield HttpTimestamps(
            http,
            url,
            clock=service.office.clock,
            random_bytes=service.office.random_bytes,
            issuers_der=[service.office.authority.issuing_der],
        )


def test_token_comes_over_http_too(over_http: HttpTimestamps, office: Office) -> None:
    assert over_http.stamp(IMPRINT, at_sent=office.now).gen_time == office.now


def test_service_an_hour_off_is_refused(over_http: HttpTimestamps, service: _Service) -> None:
    service.delay = timedelta(hours=1)
    with pytest.raises(TimestampRejected) as caught:
        over_http.stamp(IMPRINT, at_sent=service.office.now)
    assert caught.value.reason is TimestampReason.GEN_TIME


@pytest.mark.parametrize(
    "fault",
    [
        AuthorityAnswer(500, "text/plain", b"down"),
        AuthorityAnswer(200, "text/html", b"<html>welcome to the hotel</html>"),
        AuthorityAnswer(302, "text/plain", b""),
        AuthorityAnswer(200, "application/timestamp-reply", bytes(100_000)),
    ],
    ids=["down", "captive portal", "redirect", "huge"],
)
def test_service_that_misbehaves_is_unavailable(
    over_http: HttpTimestamps, service: _Service, fault: AuthorityAnswer
) -> None:
    service.fault = fault
    with pytest.raises(TimestampUnavailable, match="nothing was signed"):
        over_http.stamp(IMPRINT, at_sent=service.office.now)


def test_service_that_is_not_there_is_unavailable(office: Office) -> None:
    url = "http://127.0.0.1:9/tsa"
    http = GuardedHttp([AllowedOrigin.from_url(url, allow_private=True)])
    source = HttpTimestamps(
        http, url, clock=office.clock, random_bytes=office.random_bytes, issuers_der=[office.authority.issuing_der]
    )
    with pytest.raises(TimestampUnavailable):
        source.stamp(IMPRINT, at_sent=office.now)


def test_time_stamps_one_after_the_other_share_a_connection_to_the_authority(service: _Service) -> None:
    opened: list[str] = []
    with serve_on_loopback(service.answer, keep_alive=True, connected=lambda: opened.append("one")) as port:
        url = f"http://127.0.0.1:{port}/pki/tsa"
        http = GuardedHttp([AllowedOrigin.from_url(url, allow_private=True)])
        office = service.office
        source = HttpTimestamps(
            http, url, clock=office.clock, random_bytes=office.random_bytes, issuers_der=[office.authority.issuing_der]
        )
        stamped = [source.stamp(bytes([number]) * 32, at_sent=office.now) for number in range(5)]
        http.close()
    assert len({token.der for token in stamped}) == 5
    assert opened == ["one"]
