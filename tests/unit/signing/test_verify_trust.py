"""Whom the verifier believes, and when: anchors, revocation, time-stamps, modes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keys import Mode, RevocationReason, TrustAnchors
from signing import PadesLevel, SignRequest, sign_field
from signing.verify import BaselineLevel, Indication, SubIndication, TimeSource, Verdict, VerificationReport, verify_pdf
from tests.attack.make_signed import OFFICER_FIELD, certify, make_signed_copy, seal, services
from tests.blank_copies import blank_copy
from tests.office import Office, OfficerCredentials, sha256_hex

MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=365)


def sign(office: Office, officer: OfficerCredentials, level: PadesLevel) -> bytes:
    pdf = blank_copy()
    request = SignRequest(field=OFFICER_FIELD, level=level, signed_at=office.now)
    signer = office.activated_signer(officer, sha256_hex(pdf))
    return sign_field(pdf, request=request, signer=signer, services=services(office)).pdf


def judge(office: Office, pdf: bytes, *, trust: TrustAnchors | None = None) -> VerificationReport:
    return verify_pdf(pdf, trust=trust or office.trust, at=office.now + MINUTE)


@pytest.mark.parametrize(
    ("level", "found"),
    [
        (PadesLevel.B_B, BaselineLevel.B_B),
        (PadesLevel.B_T, BaselineLevel.B_T),
        (PadesLevel.B_LT, BaselineLevel.B_LT),
        (PadesLevel.B_LTA, BaselineLevel.B_LTA),
    ],
)
def test_level_found_is_the_level_made(office: Office, level: PadesLevel, found: BaselineLevel) -> None:
    report = judge(office, sign(office, office.officer(), level))
    assert report.signatures[0].level is found
    assert report.verdict is Verdict.VALID_WITH_WARNING
    assert report.warnings == ("SPECIMEN",)


def test_without_anchors_a_signature_is_technically_valid_and_nothing_more(office: Office) -> None:
    report = judge(office, make_signed_copy(office).pdf, trust=TrustAnchors((), (), (), Mode.DEMO))
    assert report.verdict is Verdict.INDETERMINATE
    assert {one.sub_indication for one in report.signatures} == {SubIndication.NO_CERTIFICATE_CHAIN_FOUND}
    assert all(one.technically_valid and not one.trusted for one in report.signatures)


def test_specimen_is_never_trusted_in_production(office: Office) -> None:
    # The anchors themselves refuse specimens in production; here an office got around that.
    trust = office.trust
    object.__setattr__(trust, "mode", Mode.PRODUCTION)
    report = judge(office, make_signed_copy(office).pdf, trust=trust)
    assert report.verdict is Verdict.INDETERMINATE
    assert "SPECIMEN" in report.warnings


def test_signature_without_revocation_evidence_is_indeterminate(office: Office) -> None:
    bare = replace(office.trust, crls_der=())
    report = judge(office, sign(office, office.officer(), PadesLevel.B_T), trust=bare)
    assert report.verdict is Verdict.INDETERMINATE
    assert "TRY_LATER" in report.reasons or "GENERIC" in report.reasons


def test_stale_revocation_list_is_no_evidence(office: Office) -> None:
    signed = sign(office, office.officer(), PadesLevel.B_B)
    trust = office.trust
    office.clock.advance(timedelta(days=100))
    report = judge(office, signed, trust=trust)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE


def test_certificate_revoked_without_time_stamp_is_never_valid(office: Office) -> None:
    officer = office.officer()
    signed = sign(office, officer, PadesLevel.B_B)
    office.clock.advance(MINUTE)
    office.revoke(officer)
    report = judge(office, signed)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.REVOKED_NO_POE


def test_certificate_revoked_before_the_time_stamp_fails(office: Office) -> None:
    # Signing refuses a revoked officer, so the withdrawal is dated back as a court would.
    officer = office.officer()
    signed = sign(office, officer, PadesLevel.B_T)
    office.authority.revoke(officer.serial, at=office.now - MINUTE, reason=RevocationReason.KEY_COMPROMISE)
    report = judge(office, signed)
    assert report.verdict is Verdict.INVALID
    assert report.signatures[0].sub_indication is SubIndication.REVOKED


def test_certificate_revoked_after_the_time_stamp_does_no_harm(office: Office) -> None:
    officer = office.officer()
    signed = sign(office, officer, PadesLevel.B_LTA)
    office.clock.advance(timedelta(hours=1))
    office.revoke(officer)
    report = judge(office, signed)
    assert report.verdict is Verdict.VALID_WITH_WARNING, report.to_dict()


def test_expired_certificate_stays_valid_under_a_time_stamp_with_evidence(office: Office) -> None:
    copy = make_signed_copy(office)
    office.clock.advance(3 * YEAR)
    report = verify_pdf(copy.pdf, trust=copy.trust, at=office.now)
    assert report.signatures[0].signer is not None
    assert report.signatures[0].signer.not_after is not None
    assert report.signatures[0].signer.not_after < office.now
    assert report.signatures[0].indication is Indication.TOTAL_PASSED, report.to_dict()


def test_expired_certificate_without_a_time_stamp_is_indeterminate(office: Office) -> None:
    signed = sign(office, office.officer(), PadesLevel.B_B)
    office.clock.advance(3 * YEAR)
    report = judge(office, signed)
    assert report.signatures[0].sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE
    assert report.verdict is Verdict.INDETERMINATE


def test_signature_from_the_future_is_not_trusted(office: Office) -> None:
    signed = sign(office, office.officer(), PadesLevel.B_T)
    report = verify_pdf(signed, trust=office.trust, at=office.now - timedelta(days=30))
    assert report.verdict is Verdict.INDETERMINATE


def test_time_comes_from_the_time_stamp_where_there_is_one(office: Office) -> None:
    officer = office.officer()
    claimed = judge(office, sign(office, officer, PadesLevel.B_B)).signatures[0]
    stamped = judge(office, sign(office, officer, PadesLevel.B_T)).signatures[0]
    assert (claimed.time_source, stamped.time_source) == (TimeSource.CLAIMED, TimeSource.TIMESTAMP)
    assert stamped.signed_at == office.now


def test_time_stamping_certificate_revoked_for_compromise_proves_nothing(office: Office) -> None:
    copy = make_signed_copy(office)
    office.clock.advance(timedelta(hours=1))
    tsa = next(entry for entry in office.authority.issued() if "TSA" in entry.kind.name or "TIME" in entry.kind.name)
    office.authority.revoke(tsa.serial, at=office.now, reason=RevocationReason.KEY_COMPROMISE)
    report = judge(office, copy.pdf)
    assert report.verdict is Verdict.INDETERMINATE


def test_seal_alone_at_level_t_is_judged_with_the_offices_lists(office: Office) -> None:
    report = judge(office, seal(office, certify(office, blank_copy()), level=PadesLevel.B_T))
    assert [one.level for one in report.signatures] == [BaselineLevel.B_T, BaselineLevel.B_T]
    assert report.verdict is Verdict.VALID_WITH_WARNING
