"""The embedded authority: its certificates, its ledger, its CRLs and its refusals."""

from __future__ import annotations

import json
import multiprocessing
import secrets
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from keys import (
    DEMO_POLICY_OID,
    SPECIMEN_MARK,
    AuthorityRefused,
    AuthorityUnusable,
    CredentialKind,
    KeyExists,
    Mode,
    Pin,
    RevocationReason,
    SerialUnknown,
    Subject,
    create_authority,
    open_authority,
)
from tests.office import AGENCY, OFFICE_OPENS_AT, FrozenClock, Office, SeededBytes

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

BASE_URL = "http://127.0.0.1:8399/pki"


def _load(certificate_der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate_der)


def _all_certificates(office: Office) -> dict[str, x509.Certificate]:
    authority = office.authority
    return {
        "root": _load(authority.root_der),
        "issuing": _load(authority.issuing_der),
        "ocsp": _load(authority.ocsp_der),
        "tsa": _load(authority.tsa_der),
        "officer": _load(office.officer().credential.certificate_der),
        "seal": _load(office.seal().certificate_der),
    }


def test_every_certificate_says_that_it_is_a_specimen(office: Office) -> None:
    for certificate in _all_certificates(office).values():
        names = {attribute.rfc4514_attribute_name: str(attribute.value) for attribute in certificate.subject}
        assert names["CN"].startswith(SPECIMEN_MARK)
        assert names["O"].startswith(SPECIMEN_MARK)
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
        assert [policy.policy_identifier.dotted_string for policy in policies] == [DEMO_POLICY_OID]


def test_every_certificate_has_a_long_unique_serial_and_its_key_identifiers(office: Office) -> None:
    certificates = _all_certificates(office)
    serials = [certificate.serial_number for certificate in certificates.values()]
    assert len(set(serials)) == len(serials)
    assert all(64 <= serial.bit_length() <= 159 for serial in serials)
    issuing = certificates["issuing"].extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    for name in ("ocsp", "tsa", "officer", "seal"):
        found = certificates[name].extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        assert found.key_identifier == issuing.digest


def test_key_usage_is_what_each_part_may_do(office: Office) -> None:
    expected = {
        "root": {"key_cert_sign", "crl_sign"},
        "issuing": {"key_cert_sign", "crl_sign"},
        "ocsp": {"digital_signature"},
        "tsa": {"digital_signature"},
        "officer": {"digital_signature", "content_commitment"},
        "seal": {"digital_signature", "content_commitment"},
    }
    bits = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    bits += ["key_cert_sign", "crl_sign"]
    for name, certificate in _all_certificates(office).items():
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert {bit for bit in bits if getattr(usage.value, bit)} == expected[name]
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert constraints.value.ca == (name in ("root", "issuing"))


def test_services_have_their_one_purpose(office: Office) -> None:
    certificates = _all_certificates(office)
    tsa = certificates["tsa"].extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert tsa.critical
    assert list(tsa.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    ocsp = certificates["ocsp"].extensions
    assert list(ocsp.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert x509.OCSPNoCheck() in [extension.value for extension in ocsp]


def test_officers_certificate_says_where_to_ask_about_it(office: Office) -> None:
    extensions = _load(office.officer().credential.certificate_der).extensions
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert {item.access_method: item.access_location.value for item in access} == {
        AuthorityInformationAccessOID.OCSP: f"{BASE_URL}/ocsp",
        AuthorityInformationAccessOID.CA_ISSUERS: f"{BASE_URL}/issuing.cer",
    }
    points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [name.value for point in points for name in point.full_name or []] == [f"{BASE_URL}/issuing.crl"]


def test_no_certificate_outlives_its_issuer(office: Office) -> None:
    office.clock.advance(timedelta(days=3600))
    late = _load(office.officer().credential.certificate_der)
    assert late.not_valid_after_utc == _load(office.authority.issuing_der).not_valid_after_utc


def test_authority_refuses_production(tmp_path: Path) -> None:
    with pytest.raises(AuthorityRefused, match="licensed"):
        create_authority(
            tmp_path / "ca", mode=Mode.PRODUCTION, at=OFFICE_OPENS_AT, random_bytes=SeededBytes(), base_url=BASE_URL
        )
    assert not (tmp_path / "ca").exists()


def test_authority_whose_settings_were_turned_to_production_does_not_open(office: Office) -> None:
    path = office.folder / "authority" / "authority.json"
    path.write_text(path.read_text().replace('"demo"', '"production"'))
    with pytest.raises(AuthorityUnusable, match="production"):
        open_authority(office.folder / "authority", clock=office.clock, random_bytes=office.random_bytes)


@pytest.mark.parametrize("url", ["", "ftp://host/", "http://", "http://host/?q", "not a url"])
def test_base_url_must_be_one(tmp_path: Path, url: str) -> None:
    with pytest.raises(AuthorityRefused, match="base URL"):
        create_authority(tmp_path / "ca", mode=Mode.DEMO, at=OFFICE_OPENS_AT, random_bytes=SeededBytes(), base_url=url)


def test_folder_holds_one_authority(office: Office) -> None:
    with pytest.raises(KeyExists):
        create_authority(
            office.folder / "authority", mode=Mode.DEMO, at=office.now, random_bytes=SeededBytes(), base_url=BASE_URL
        )


def test_folder_and_keys_are_closed_to_others(office: Office) -> None:
    folder = office.folder / "authority"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    (folder / "root.key.pem").chmod(0o640)
    with pytest.raises(AuthorityUnusable, match="chmod"):
        open_authority(folder, clock=office.clock, random_bytes=office.random_bytes)


def test_reopened_authority_is_the_same(office: Office) -> None:
    officer = office.officer()
    office.revoke(officer)
    again = open_authority(office.folder / "authority", clock=office.clock, random_bytes=office.random_bytes)
    assert (again.root_der, again.tsa_der, again.mode) == (
        office.authority.root_der,
        office.authority.tsa_der,
        Mode.DEMO,
    )
    entry = next(entry for entry in again.issued() if entry.serial == officer.serial)
    assert entry.kind is CredentialKind.OFFICER
    assert entry.revocation_at(office.now)


@pytest.mark.parametrize("name", ["root.pem", "tsa.key.pem", "authority.json"])
def test_damaged_authority_does_not_open(office: Office, name: str) -> None:
    (office.folder / "authority" / name).write_bytes(b"{}")
    with pytest.raises(AuthorityUnusable):
        open_authority(office.folder / "authority", clock=office.clock, random_bytes=office.random_bytes)


def test_authority_with_exchanged_keys_does_not_open(office: Office) -> None:
    folder = office.folder / "authority"
    (folder / "tsa.key.pem").write_bytes((folder / "ocsp.key.pem").read_bytes())
    with pytest.raises(AuthorityUnusable, match="belong together"):
        open_authority(folder, clock=office.clock, random_bytes=office.random_bytes)


def test_authority_past_its_years_does_not_open(office: Office) -> None:
    clock = FrozenClock(office.now + timedelta(days=3700))
    with pytest.raises(AuthorityUnusable, match="not valid now"):
        open_authority(office.folder / "authority", clock=clock, random_bytes=office.random_bytes)


def test_parts_of_the_authority_are_not_issued(office: Office) -> None:
    with pytest.raises(AuthorityRefused):
        office.authority.issue(CredentialKind.TSA, subject=Subject("x", "y"), pin=Pin("123456"), at=office.now)


@pytest.mark.parametrize(
    "subject",
    [
        Subject("", AGENCY),
        Subject("x", " "),
        Subject("x" * 60, AGENCY),
        Subject("a\nb", AGENCY),
        Subject("x", AGENCY, country="Việt Nam"),
    ],
)
def test_odd_subjects_are_refused(office: Office, subject: Subject) -> None:
    with pytest.raises(AuthorityRefused):
        office.authority.issue(CredentialKind.OFFICER, subject=subject, pin=Pin("123456"), at=office.now)


def test_specimen_mark_is_put_once(office: Office) -> None:
    officer = office.officer(name=f"{SPECIMEN_MARK} Lê Văn Mẫu")
    assert officer.credential.subject_cn.count(SPECIMEN_MARK) == 1


def test_only_what_was_issued_can_be_revoked(office: Office) -> None:
    with pytest.raises(SerialUnknown):
        office.authority.revoke(12345, at=office.now, reason=RevocationReason.UNSPECIFIED)


def test_first_revocation_stands(office: Office) -> None:
    officer = office.officer()
    office.revoke(officer, reason=RevocationReason.SUPERSEDED)
    first = office.now
    office.clock.advance(timedelta(days=1))
    entry = office.authority.revoke(officer.serial, at=office.now, reason=RevocationReason.KEY_COMPROMISE)
    assert entry.revocation is not None
    assert (entry.revocation.revoked_at, entry.revocation.reason) == (first, RevocationReason.SUPERSEDED)


def test_crl_lists_the_revoked_with_reason_and_its_number_grows(office: Office) -> None:
    officer = office.officer()
    before = x509.load_der_x509_crl(office.authority.crl_der(CredentialKind.ISSUING, at=office.now))
    office.revoke(officer)
    after = x509.load_der_x509_crl(office.authority.crl_der(CredentialKind.ISSUING, at=office.now))
    assert len(list(before)) == 0
    listed = after.get_revoked_certificate_by_serial_number(officer.serial)
    assert listed is not None
    assert listed.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    numbers = [crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for crl in (before, after)]
    assert numbers == [1, 2]


def test_crl_is_kept_until_something_changes_or_an_hour_has_passed(office: Office) -> None:
    first = office.authority.crl_der(CredentialKind.ROOT, at=office.now)
    assert office.authority.crl_der(CredentialKind.ROOT, at=office.now + timedelta(minutes=59)) == first
    assert office.authority.crl_der(CredentialKind.ROOT, at=office.now + timedelta(minutes=60)) != first
    with pytest.raises(AuthorityRefused):
        office.authority.crl_der(CredentialKind.TSA, at=office.now)


def test_crl_numbers_of_two_openings_differ(office: Office) -> None:
    other = open_authority(office.folder / "authority", clock=office.clock, random_bytes=office.random_bytes)
    crls = [authority.crl_der(CredentialKind.ROOT, at=office.now) for authority in (office.authority, other)]
    numbers = [
        x509.load_der_x509_crl(crl).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for crl in crls
    ]
    assert numbers == [1, 2]


def test_revocation_by_one_process_is_seen_by_the_other(office: Office) -> None:
    officer = office.officer()
    other = open_authority(office.folder / "authority", clock=office.clock, random_bytes=office.random_bytes)
    assert not next(entry for entry in other.issued() if entry.serial == officer.serial).revocation
    office.revoke(officer)
    assert next(entry for entry in other.issued() if entry.serial == officer.serial).revocation


def test_line_cut_short_by_a_power_cut_is_passed_over_and_replaced(office: Office) -> None:
    path = office.folder / "authority" / "ledger.jsonl"
    with path.open("ab") as file:
        # Longer than the line that will replace it: what is left of it must go too.
        file.write(b'{"issued": "abc", "ki' + b"x" * 1000)
    again = open_authority(office.folder / "authority", clock=office.clock, random_bytes=office.random_bytes)
    count = len(again.issued())
    again.issue(CredentialKind.OFFICER, subject=Subject("x", "y"), pin=Pin("123456"), at=office.now, rounds=1000)
    lines = path.read_text().splitlines()
    assert all(json.loads(line) for line in lines)
    assert len(again.issued()) == count + 1


def test_altered_ledger_is_named(office: Office) -> None:
    path = office.folder / "authority" / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"issued"', b'"issue!"', 1))
    with pytest.raises(AuthorityUnusable, match="ledger"):
        open_authority(office.folder / "authority", clock=office.clock, random_bytes=office.random_bytes).issued()


def _issue_some(folder: str, count: int) -> None:
    clock = FrozenClock(OFFICE_OPENS_AT)
    authority = open_authority(Path(folder), clock=clock, random_bytes=secrets.token_bytes)
    for _ in range(count):
        authority.issue(
            CredentialKind.OFFICER, subject=Subject("x", "y"), pin=Pin("123456"), at=OFFICE_OPENS_AT, rounds=1000
        )
        authority.crl_der(CredentialKind.ISSUING, at=OFFICE_OPENS_AT)


@pytest.mark.slow
def test_processes_share_one_ledger_without_losing_a_line(office: Office) -> None:
    context = multiprocessing.get_context("spawn")
    folder = str(office.folder / "authority")
    before = len(office.authority.issued())
    processes = [context.Process(target=_issue_some, args=(folder, 10)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(office.authority.issued()) == before + 30
    lines = [json.loads(line) for line in (office.folder / "authority" / "ledger.jsonl").read_text().splitlines()]
    numbers = [line["number"] for line in lines if "crl" in line]
    assert numbers == sorted(set(numbers))
