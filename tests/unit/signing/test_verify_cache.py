"""A remembered verdict never outlives what it follows from: bytes, anchors, evidence, policy and the next date that counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from keys import Mode, TrustAnchors
from keys.anchor_scope import AnchorScope, Purpose
from signing.verify import VerdictCache, VerificationReport, verify_pdf
from signing.verify.cache import MAX_AGE, MAX_ENTRIES, VerdictKey, key_of
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.office import Office

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> SignedCopy:
    return make_signed_copy(Office(tmp_path_factory.mktemp("office")))


@pytest.fixture
def report(copy: SignedCopy) -> VerificationReport:
    return verify_pdf(copy.pdf, trust=copy.trust, at=copy.at, file_name="a.pdf")


@pytest.fixture
def key(copy: SignedCopy, report: VerificationReport) -> VerdictKey:
    return key_of(report.sha256_hex, copy.trust)


def test_verdict_is_given_back_under_the_name_and_the_moment_asked_for(
    copy: SignedCopy, report: VerificationReport, key: VerdictKey
) -> None:
    cache = VerdictCache()
    cache.put(key, report)
    later = copy.at + SECOND
    assert cache.get(key, at=later, file_name="b.pdf") == replace(report, file="b.pdf", checked_at=later)


def test_verdict_of_the_past_is_asked_for_anew(copy: SignedCopy, report: VerificationReport, key: VerdictKey) -> None:
    cache = VerdictCache()
    cache.put(key, report)
    assert cache.get(key, at=copy.at - SECOND, file_name="a.pdf") is None


def test_verdict_ends_with_its_age(copy: SignedCopy, report: VerificationReport, key: VerdictKey) -> None:
    cache = VerdictCache()
    cache.put(key, report)
    assert cache.get(key, at=copy.at + MAX_AGE, file_name="a.pdf") is None


def test_verdict_ends_with_the_next_date_that_counts(
    copy: SignedCopy, report: VerificationReport, key: VerdictKey
) -> None:
    cache = VerdictCache()
    soon = copy.at + timedelta(minutes=1)
    cache.put(key, replace(report, holds_until=soon))
    assert cache.get(key, at=soon - SECOND, file_name="a.pdf") is not None
    assert cache.get(key, at=soon, file_name="a.pdf") is None


def test_no_date_of_certificates_or_evidence_lies_before_the_end(copy: SignedCopy, report: VerificationReport) -> None:
    assert report.holds_until is not None
    assert report.holds_until > copy.at
    ends = [one.signer.not_after for one in report.signatures if one.signer and one.signer.not_after]
    assert report.holds_until <= min(ends)


def test_other_anchors_other_evidence_or_another_mode_are_another_question(
    copy: SignedCopy, key: VerdictKey, tmp_path: Path
) -> None:
    other = Office(tmp_path / "other").trust
    trust = copy.trust
    asked = [
        TrustAnchors(other.roots_der, trust.intermediates_der, trust.crls_der, trust.mode),
        TrustAnchors(trust.roots_der, (), trust.crls_der, trust.mode),
        TrustAnchors(trust.roots_der, trust.intermediates_der, (), trust.mode),
        TrustAnchors(trust.roots_der, trust.intermediates_der, trust.crls_der, Mode.TRAINING),
        replace(trust, scopes=(AnchorScope("0" * 64, frozenset({Purpose.TIMESTAMP})),)),
    ]
    assert key not in {key_of(key.pdf_sha256_hex, one) for one in asked}
    assert key_of("0" * 64, trust) != key


def test_verdict_that_was_cut_short_is_not_kept(copy: SignedCopy, report: VerificationReport, key: VerdictKey) -> None:
    cache = VerdictCache()
    cache.put(key, replace(report, holds_until=None))
    assert cache.get(key, at=copy.at, file_name="a.pdf") is None


def test_cache_is_bounded(copy: SignedCopy, report: VerificationReport, key: VerdictKey) -> None:
    cache = VerdictCache()
    cache.put(key, report)
    for number in range(MAX_ENTRIES):
        cache.put(replace(key, pdf_sha256_hex=f"{number:064x}"), report)
    assert cache.get(key, at=copy.at, file_name="a.pdf") is None
