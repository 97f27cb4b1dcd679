"""The nightly dry run finds a blocked path before an officer does, and uses no person's key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.nightly import Nightly
from certify import (
    Act,
    CredentialEvent,
    NewCredential,
    OwnerKind,
    SqlNotices,
    change_credential,
    dry_run,
    install_credential,
)
from certify.credential_tables import dry_runs
from certify.dry_run import DryRunServices
from keys import AuthorityService, Fault, FaultBoard, InProcessRevocation, InProcessTimestamps, NoticedRevocation
from signing import SigningServices
from tests.bureau import AGENCY_CODE, AT, LAW, Bureau
from tests.office import Office, OfficerCredentials
from vault.log.tables import log_leaves
from vault.outbox import claim

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


class Night:
    """An office with a seal and an officer in its inventory, at night."""

    def __init__(self, bureau: Bureau, office: Office) -> None:
        self.bureau, self.office = bureau, office
        self.faults = FaultBoard(office.folder / "authority")
        more = {"clock": office.clock, "random_bytes": office.random_bytes, "faults": self.faults}
        revocation = NoticedRevocation(
            InProcessRevocation(office.authority, **more), notices=SqlNotices(bureau.database)
        )
        self.services = DryRunServices(
            database=bureau.database,
            keystore=office.keystore,
            signing=SigningServices(timestamps=InProcessTimestamps(office.authority, **more), revocation=revocation),
            clock=office.clock,
            random_bytes=bureau.random_bytes,
        )
        self.officer: OfficerCredentials = office.officer()
        seal = office.seal()
        with bureau.database.transaction() as tx:
            act = Act("admin", AT, bureau.random_bytes)
            personal = NewCredential(self.officer.key_id, OwnerKind.PERSONAL, bureau.officer.staff_id)
            install_credential(tx, personal, certificate_der=self.officer.credential.certificate_der, act=act)
            agency = NewCredential(seal.key_id, OwnerKind.AGENCY, AGENCY_CODE)
            install_credential(tx, agency, certificate_der=seal.certificate_der, act=act)

    def walk(self) -> dict[tuple[str, str], str]:
        return {(line.path, line.step): line.code for line in dry_run(self.services)}

    def blocked(self) -> dict[tuple[str, str], str]:
        return {step: code for step, code in self.walk().items() if code != "OK"}


@pytest.fixture
def night(bureau: Bureau, tmp_path: Path) -> Night:
    return Night(bureau, Office(tmp_path / "office"))


def test_every_path_is_walked_as_far_as_it_goes_without_a_person(night: Night) -> None:
    key_id = night.officer.key_id
    assert night.walk() == dict.fromkeys(
        [
            ("services", "TIMESTAMP"),
            *((key_id, step) for step in ("CERTIFICATE", "CHAIN", "REVOCATION")),
            *(("seal", step) for step in ("CERTIFICATE", "CHAIN", "REVOCATION", "SIGNATURE")),
        ],
        "OK",
    )


@pytest.mark.parametrize(
    ("service", "fault", "blocked"),
    [
        (AuthorityService.TSA, Fault.DOWN, {("services", "TIMESTAMP"): "TimestampUnavailable"}),
        (AuthorityService.TSA, Fault.WRONG_TIME, {("services", "TIMESTAMP"): "TimestampRejected"}),
        (
            AuthorityService.OCSP,
            Fault.FORGED,
            {("officer-1", "REVOCATION"): "RevocationRejected", ("seal", "REVOCATION"): "RevocationRejected"},
        ),
        (
            AuthorityService.CRL,
            Fault.STALE,
            {("officer-1", "REVOCATION"): "RevocationRejected", ("seal", "REVOCATION"): "RevocationRejected"},
        ),
    ],
)
def test_bad_service_is_found(
    night: Night, service: AuthorityService, fault: Fault, blocked: dict[tuple[str, str], str]
) -> None:
    night.faults.set(service, fault)
    assert night.blocked() == blocked


def test_certificate_revoked_by_its_authority_is_found(night: Night) -> None:
    night.office.revoke(night.officer)
    assert night.blocked() == {(night.officer.key_id, "REVOCATION"): "CertificateRevoked"}


def test_expired_certificate_is_found(night: Night) -> None:
    night.office.clock.advance(timedelta(days=731))
    codes = night.blocked()
    assert codes[(night.officer.key_id, "CERTIFICATE")] == "CertificateExpired"


def test_key_that_has_left_the_store_is_found(night: Night) -> None:
    (night.office.folder / "keys" / "seal.p12").unlink()
    # The store of a process that starts in the morning has read nothing yet.
    night.services = DryRunServices(
        database=night.services.database,
        keystore=type(night.office.keystore)(night.office.folder / "keys", mode=night.office.mode),
        signing=night.services.signing,
        clock=night.services.clock,
        random_bytes=night.services.random_bytes,
    )
    assert night.blocked() == {("seal", "CERTIFICATE"): "KeyNotFound"}


def test_seal_whose_passphrase_is_wrong_is_found(night: Night) -> None:
    other = night.office.folder / "keys" / "seal.pass"
    other.write_bytes(b"not the passphrase")
    assert night.blocked() == {("seal", "SIGNATURE"): "KeyFileUnusable"}


def test_key_out_of_use_is_not_walked(night: Night) -> None:
    with night.bureau.database.transaction() as tx:
        act = Act("admin", AT, night.bureau.random_bytes)
        change_credential(tx, "seal", event=CredentialEvent.SUSPEND, act=act)
    assert not any(path == "seal" for path, _step in night.walk())


def test_dry_run_is_written_down_logged_before_and_after_and_told_when_blocked(night: Night) -> None:
    with night.bureau.database.read() as tx:
        before = tx.execute(sa.select(sa.func.count()).select_from(log_leaves)).scalar_one()
    night.faults.set(AuthorityService.TSA, Fault.DOWN)
    walked = night.walk()
    with night.bureau.database.transaction() as tx:
        rows = tx.execute(sa.select(dry_runs)).all()
        after = tx.execute(sa.select(sa.func.count()).select_from(log_leaves)).scalar_one()
        told = claim(tx, topic="office.dry_run_failed", sender="test", at=AT)
    assert {(row.path, row.step): row.code for row in rows} == walked
    assert len({row.run_id for row in rows}) == 1
    assert after - before == 2
    assert [message.message.payload["failed"] for message in told] == ["1"]


def _runs(night: Night) -> int:
    with night.bureau.database.read() as tx:
        return len(set(tx.execute(sa.select(dry_runs.c.run_id)).scalars()))


def test_night_work_is_done_once_a_day_after_two(night: Night) -> None:
    clock = night.office.clock
    nightly = Nightly(night.services, law=LAW, founded_at=clock.now() - timedelta(days=1))
    local = LAW.local_time(clock.now())
    clock.advance(
        timedelta(days=1) - timedelta(hours=local.hour, minutes=local.minute) + timedelta(hours=1, minutes=59)
    )
    nightly()
    assert _runs(night) == 0
    clock.advance(timedelta(minutes=1))
    nightly()
    nightly()
    assert _runs(night) == 1
    clock.advance(timedelta(days=1))
    nightly()
    assert _runs(night) == 2


def test_home_founded_today_has_its_first_night_tomorrow(night: Night) -> None:
    nightly = Nightly(night.services, law=LAW, founded_at=night.office.now)
    nightly()
    assert _runs(night) == 0
