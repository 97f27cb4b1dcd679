"""The embedded authority outlives its services: near their end they get successors, and nothing earlier is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from keys import AuthorityUnusable, CredentialKind, EmbeddedAuthority, InProcessTimestamps, open_authority
from tests.office import FrozenClock, Office

FIVE_YEARS = timedelta(days=1826)


def reopened(office: Office, *, after: timedelta) -> EmbeddedAuthority:
    clock = FrozenClock(office.now + after)
    return open_authority(office.folder / "authority", clock=clock, random_bytes=office.random_bytes)


def end_of(certificate_der: bytes) -> datetime:
    return x509.load_der_x509_certificate(certificate_der).not_valid_after_utc


def successors(office: Office) -> list[str]:
    return sorted(path.name for path in (office.folder / "authority" / "successors").glob("*.pem"))


def test_service_with_years_ahead_keeps_its_certificate(office: Office) -> None:
    again = reopened(office, after=timedelta(days=1400))
    assert (again.tsa_der, again.ocsp_der) == (office.authority.tsa_der, office.authority.ocsp_der)
    assert not (office.folder / "authority" / "successors").exists()


def test_service_in_its_last_year_gets_one_successor_that_is_recorded_and_kept(office: Office) -> None:
    later = FIVE_YEARS - timedelta(days=180)
    again = reopened(office, after=later)
    assert end_of(again.tsa_der) > end_of(office.authority.tsa_der) + timedelta(days=4 * 365)
    assert end_of(again.ocsp_der) > end_of(office.authority.ocsp_der) + timedelta(days=4 * 365)
    assert reopened(office, after=later + timedelta(days=1)).tsa_der == again.tsa_der
    assert successors(office) == ["ocsp-2.key.pem", "ocsp-2.pem", "tsa-2.key.pem", "tsa-2.pem"]
    serial = x509.load_der_x509_certificate(again.tsa_der).serial_number
    assert [entry.kind for entry in again.issued() if entry.serial == serial] == [CredentialKind.TSA]
    assert (office.folder / "authority" / "tsa.pem").is_file()


def test_successor_stamps_and_its_time_stamps_pass_every_check(office: Office) -> None:
    office.clock.advance(FIVE_YEARS + timedelta(days=1))
    again = reopened(office, after=timedelta(0))
    source = InProcessTimestamps(again, clock=office.clock, random_bytes=office.random_bytes)
    assert source.stamp(bytes(32), at_sent=office.now).gen_time == office.now


def test_succession_ends_with_the_issuing_authority(office: Office) -> None:
    nine_years = timedelta(days=9 * 365)
    assert end_of(reopened(office, after=nine_years).tsa_der) == end_of(office.authority.issuing_der)
    before = successors(office)
    reopened(office, after=nine_years + timedelta(days=200))
    assert successors(office) == before
    with pytest.raises(AuthorityUnusable, match="not valid now"):
        reopened(office, after=timedelta(days=3700))


def test_succession_that_a_power_cut_broke_off_begins_anew(office: Office) -> None:
    later = FIVE_YEARS - timedelta(days=180)
    reopened(office, after=later)
    lost: Path = office.folder / "authority" / "successors" / "tsa-2.pem"
    lost.unlink()
    again = reopened(office, after=later)
    assert successors(office) == ["ocsp-2.key.pem", "ocsp-2.pem", "tsa-2.key.pem", "tsa-3.key.pem", "tsa-3.pem"]
    assert reopened(office, after=later).tsa_der == again.tsa_der


def test_damaged_successor_is_refused_and_not_passed_over(office: Office) -> None:
    later = FIVE_YEARS - timedelta(days=180)
    reopened(office, after=later)
    (office.folder / "authority" / "successors" / "tsa-2.pem").write_bytes(b"{}")
    with pytest.raises(AuthorityUnusable, match="successor of TSA"):
        reopened(office, after=later)
