"""In which order the times around a signature may stand, and what each of them proves."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, core, tsp

from keys import Mode, TrustAnchors
from signing.verify import Indication, SignatureVerdict, SubIndication, TimeSource, verify_pdf
from signing.verify.policy import TIME_RULES, policy_dates, time_rules
from signing.verify.times import read_date
from tests.attack.foreign import attributes_of, sign_by_hand, signed_data, stranger, with_unsigned
from tests.blank_copies import blank_copy
from tests.office import Office

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ORDER = SubIndication.TIMESTAMP_ORDER_FAILURE
_CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
_SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
_BLANK = blank_copy(part=None)


def token(office: Office, stamped: bytes, *, at: datetime) -> bytes:
    """A time-stamp by the office's authority, whose clock the test sets."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(stamped).digest()}
    request = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True, "nonce": 7})
    answer = tsp.TimeStampResp.load(office.authority.answer_timestamp(request.dump(), at=at))
    return bytes(answer["time_stamp_token"].dump())


def attribute(oid: str, value: bytes) -> cms.CMSAttribute:
    body = core.ObjectIdentifier(oid).dump() + core.SetOf(spec=core.Any, contents=value).dump()
    return cms.CMSAttribute.load(core.Sequence(contents=body).dump())


def signed(
    office: Office,
    *,
    claimed: datetime | None = None,
    content_at: datetime | None = None,
    stamped_at: datetime | None = None,
    content: bytes | None = None,
) -> bytes:
    """A stranger's signature with a claimed time, a content-time-stamp and a signature-time-stamp, as wanted."""

    def make(covered: bytes) -> bytes:
        attributes = attributes_of(covered)
        if content_at is not None:
            stamp = token(office, covered if content is None else content, at=content_at)
            attributes.append(attribute(_CONTENT_TIMESTAMP, stamp))
        ordered = sorted(attributes, key=lambda one: bytes(one.dump()))
        whole = bytes(signed_data(covered, attributes=ordered).dump())
        if stamped_at is None:
            return whole
        signature = stranger().sign(core.SetOf(spec=core.Any, contents=b"".join(one.dump() for one in ordered)).dump())
        return with_unsigned(whole, attribute(_SIGNATURE_TIMESTAMP, token(office, signature, at=stamped_at)).dump())

    claim = None if claimed is None else f"D:{claimed:%Y%m%d%H%M%S}Z".encode()
    return sign_by_hand(_BLANK, make, M=claim)


def judge(office: Office, pdf: bytes, *, at: datetime | None = None) -> SignatureVerdict:
    known = office.trust
    trust = TrustAnchors(
        (stranger().certificate_der, *known.roots_der), known.intermediates_der, known.crls_der, Mode.DEMO
    )
    return verify_pdf(pdf, trust=trust, at=at or office.now + HOUR).signatures[0]


@pytest.mark.parametrize(
    ("claimed", "content", "stamped", "found"),
    [
        (0 * DAY, -HOUR, HOUR, None),
        (None, None, HOUR, None),
        # A claim is a clock on a desk: a day off is no contradiction, more is.
        (23 * HOUR, None, 0 * DAY, None),
        (25 * HOUR, None, 0 * DAY, ORDER),
        (0 * DAY, 23 * HOUR, 24 * HOUR, None),
        (0 * DAY, 25 * HOUR, 26 * HOUR, ORDER),
        # What is inside a signature cannot be younger than what stamps the signature.
        (None, timedelta(minutes=4), 0 * DAY, None),
        (None, HOUR, 0 * DAY, ORDER),
        # The delay of the time-stamp.
        (0 * DAY, None, 29 * DAY, None),
        (0 * DAY, None, 31 * DAY, SubIndication.SIG_CONSTRAINTS_FAILURE),
    ],
)
def test_times_around_a_signature_pass_in_their_order_only(
    office: Office,
    claimed: timedelta | None,
    content: timedelta | None,
    stamped: timedelta,
    found: SubIndication | None,
) -> None:
    start = office.now + DAY
    pdf = signed(
        office,
        claimed=None if claimed is None else start + claimed,
        content_at=None if content is None else start + content,
        stamped_at=start + stamped,
    )
    office.clock.advance(40 * DAY)
    verdict = judge(office, pdf)
    assert verdict.sub_indication is found
    assert verdict.indication is (Indication.INDETERMINATE if found else Indication.TOTAL_PASSED)
    assert verdict.technically_valid
    kinds = ["SIGNATURE_TIMESTAMP"] + ["CONTENT_TIMESTAMP"] * (content is not None)
    assert [one.kind for one in verdict.timestamps] == kinds


def test_delay_rule_is_dated() -> None:
    assert time_rules(datetime(2025, 12, 31, tzinfo=UTC)).stamp_delay is None
    assert time_rules(datetime(2026, 1, 1, tzinfo=UTC)).stamp_delay == 30 * DAY
    assert {rules.since for rules in TIME_RULES} <= policy_dates()


def test_content_time_stamp_over_something_else_is_reported_and_proves_nothing(office: Office) -> None:
    start = office.now
    verdict = judge(office, signed(office, content_at=start, stamped_at=start, content=b"something else"))
    assert [(one.kind, one.valid) for one in verdict.timestamps] == [
        ("SIGNATURE_TIMESTAMP", True),
        ("CONTENT_TIMESTAMP", False),
    ]
    assert verdict.indication is Indication.TOTAL_PASSED


def test_time_stamp_by_somebody_nobody_knows_proves_nothing_and_spoils_the_verdict(office: Office) -> None:
    pdf = signed(office, stamped_at=office.now)
    alone = TrustAnchors((stranger().certificate_der,), (), (), Mode.DEMO)
    assert judge(office, pdf).indication is Indication.TOTAL_PASSED
    report = verify_pdf(pdf, trust=alone, at=office.now + HOUR)
    assert [one.indication for one in report.signatures] == [Indication.INDETERMINATE]
    assert "TIMESTAMP_NOT_TRUSTED" in report.reasons
    assert [one.time_source for one in report.signatures] == [TimeSource.CLAIMED]


def test_certificate_expired_is_a_failure_only_where_a_content_time_stamp_proves_it(tmp_path: Path) -> None:
    # The stranger's certificate ends with 2029.
    for at, found in ((datetime(2029, 12, 1, tzinfo=UTC), None), (datetime(2030, 2, 1, tzinfo=UTC), "EXPIRED")):
        office = Office(tmp_path / f"{at:%Y}", at=at)
        verdict = judge(office, signed(office, content_at=at), at=datetime(2030, 2, 2, tzinfo=UTC))
        if found:
            assert (verdict.indication, verdict.sub_indication) == (Indication.TOTAL_FAILED, SubIndication.EXPIRED)
        else:
            assert verdict.indication is Indication.INDETERMINATE
            assert verdict.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE


def test_signature_proven_to_be_older_than_its_certificate_fails(tmp_path: Path) -> None:
    # The stranger's certificate begins with 2026.
    early = datetime(2025, 12, 1, tzinfo=UTC)
    office = Office(tmp_path / "early", at=early)
    verdict = judge(office, signed(office, stamped_at=early))
    assert (verdict.indication, verdict.sub_indication) == (Indication.TOTAL_FAILED, SubIndication.NOT_YET_VALID)
    unproven = judge(office, signed(office))
    assert unproven.indication is Indication.INDETERMINATE
    assert unproven.sub_indication is SubIndication.NOT_YET_VALID


def archived(office: Office, pdf: bytes, *, at: datetime, field: str = "AgencySeal") -> bytes:
    """A document time-stamp over everything so far."""
    return sign_by_hand(pdf, lambda covered: token(office, covered, at=at), subfilter="ETSI.RFC3161", field=field)


def test_signature_time_stamp_younger_than_the_archive_time_stamp_over_it_is_a_contradiction(office: Office) -> None:
    for lead, found in ((timedelta(minutes=4), None), (HOUR / 2, ORDER)):
        pdf = archived(office, signed(office, stamped_at=office.now + lead), at=office.now)
        verdict = judge(office, pdf)
        assert verdict.sub_indication is found
        assert verdict.indication is (Indication.INDETERMINATE if found else Indication.TOTAL_PASSED)


def test_older_archive_time_stamp_with_a_later_time_is_a_contradiction(office: Office) -> None:
    office.clock.advance(DAY)
    for lead, found in ((-HOUR, None), (timedelta(minutes=4), None), (HOUR / 2, ORDER)):
        older = archived(office, _BLANK, at=office.now + lead, field="Officer")
        report = verify_pdf(archived(office, older, at=office.now), trust=office.trust, at=office.now + HOUR)
        assert [one.sub_indication for one in report.signatures] == [found, None]


def test_claimed_time_of_the_dictionary_is_shown_as_a_claim(office: Office) -> None:
    claimed = datetime(2026, 11, 22, 3, 0, 5, tzinfo=UTC)
    verdict = judge(office, signed(office, claimed=claimed))
    assert (verdict.signed_at, verdict.time_source) == (claimed, TimeSource.CLAIMED)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"D:20261122100000+07'00'", datetime(2026, 11, 22, 3, tzinfo=UTC)),
        (b"D:20261122030000Z", datetime(2026, 11, 22, 3, tzinfo=UTC)),
        (b"D:20261122013000-01'30", datetime(2026, 11, 22, 3, tzinfo=UTC)),
        (b"D:20261122030000", datetime(2026, 11, 22, 3, tzinfo=UTC)),
        (b"D:20261322030000Z", None),
        (b"D:20261122030000+99'00'", None),
        (b"D:00010101000000+07'00'", None),
        (b"yesterday", None),
        (None, None),
    ],
)
def test_dates_of_dictionaries_are_read_or_are_none(text: bytes | None, found: datetime | None) -> None:
    assert read_date(text) == found
