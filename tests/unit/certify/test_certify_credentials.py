"""The inventory of credentials: only an active key signs, and what the office itself says counts at the next look."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify import (
    Act,
    Attestation,
    CredentialEvent,
    CredentialNotUsable,
    CredentialStateConflict,
    CredentialStatus,
    CredentialUnknown,
    KeyPlace,
    NewCredential,
    OwnerKind,
    SealNotAllowed,
    SqlNotices,
    add_notice,
    change_credential,
    check_may_certify,
    check_may_seal,
    count_by_kind,
    find_entry,
    get_entry,
    install_credential,
    lift_notice,
    list_entries,
    radar,
    request_credential,
    tell_radar,
)
from certify.credential_tables import credential_events
from keys import CertificateUnusable
from tests.bureau import AGENCY_CODE, AT, Bureau
from tests.office import Office, sha256_hex
from vault.log.tables import log_leaves
from vault.outbox import claim

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

SUSPEND, RESUME, RETIRE, REVOKE = (
    CredentialEvent.SUSPEND,
    CredentialEvent.RESUME,
    CredentialEvent.RETIRE,
    CredentialEvent.REVOKE,
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


@pytest.fixture
def certificate_der(office: Office) -> bytes:
    return office.officer().credential.certificate_der


def _act(bureau: Bureau, *, reason: str | None = None) -> Act:
    return Act("admin", AT, bureau.random_bytes, reason=reason)


def _install(bureau: Bureau, certificate_der: bytes, *, key_id: str | None = None) -> str:
    key_id = key_id or bureau.officer.key_id or ""
    new = NewCredential(key_id, OwnerKind.PERSONAL, bureau.officer.staff_id, attestation=Attestation.SOFTWARE)
    with bureau.database.transaction() as tx:
        install_credential(tx, new, certificate_der=certificate_der, act=_act(bureau))
    return key_id


def _change(bureau: Bureau, key_id: str, event: CredentialEvent, *, reason: str | None = None) -> CredentialStatus:
    with bureau.database.transaction() as tx:
        return change_credential(tx, key_id, event=event, act=_act(bureau, reason=reason)).status


def _may_certify(bureau: Bureau) -> None:
    with bureau.database.read() as tx:
        check_may_certify(tx, bureau.officer.staff_id, at=AT)


def test_installed_key_stands_in_the_inventory_with_its_certificate(bureau: Bureau, certificate_der: bytes) -> None:
    key_id = _install(bureau, certificate_der)
    with bureau.database.read() as tx:
        entry = get_entry(tx, key_id)
        assert list_entries(tx) == (entry,)
    assert (entry.status, entry.place) == (CredentialStatus.ACTIVE, KeyPlace.PKCS12)
    assert entry.certificate_sha256_hex == sha256_hex(certificate_der)
    assert entry.attestation is Attestation.SOFTWARE
    assert entry.not_after is not None


def test_requested_key_becomes_active_when_its_certificate_comes(bureau: Bureau, certificate_der: bytes) -> None:
    new = NewCredential("officer-new", OwnerKind.PERSONAL, bureau.officer.staff_id)
    with bureau.database.transaction() as tx:
        entry = request_credential(tx, new, act=_act(bureau))
    assert (entry.status, entry.serial_hex) == (CredentialStatus.REQUESTED, None)
    with bureau.database.transaction() as tx:
        entry = install_credential(tx, new, certificate_der=certificate_der, act=_act(bureau))
    assert (entry.status, entry.serial_hex is not None) == (CredentialStatus.ACTIVE, True)


def test_key_is_requested_and_installed_once_only(bureau: Bureau, certificate_der: bytes) -> None:
    key_id = _install(bureau, certificate_der)
    with pytest.raises(CredentialStateConflict, match=key_id):
        _install(bureau, certificate_der)
    new = NewCredential(key_id, OwnerKind.PERSONAL, bureau.officer.staff_id)
    with pytest.raises(CredentialStateConflict, match=key_id), bureau.database.transaction() as tx:
        request_credential(tx, new, act=_act(bureau))


def test_certificate_that_cannot_be_read_leaves_no_entry(bureau: Bureau) -> None:
    with pytest.raises(CertificateUnusable):
        _install(bureau, b"no certificate", key_id="other")
    with bureau.database.read() as tx:
        assert find_entry(tx, "other") is None


@pytest.mark.parametrize("event", [SUSPEND, RETIRE, REVOKE])
def test_officer_cannot_certify_with_a_key_the_office_took_out_of_use(
    bureau: Bureau, certificate_der: bytes, event: CredentialEvent
) -> None:
    _may_certify(bureau)
    key_id = _install(bureau, certificate_der)
    _may_certify(bureau)
    _change(bureau, key_id, event)
    with pytest.raises(CredentialNotUsable, match=key_id):
        _may_certify(bureau)


def test_resumed_key_signs_again(bureau: Bureau, certificate_der: bytes) -> None:
    key_id = _install(bureau, certificate_der)
    _change(bureau, key_id, SUSPEND)
    assert _change(bureau, key_id, RESUME) is CredentialStatus.ACTIVE
    _may_certify(bureau)


def test_agency_cannot_seal_with_a_key_the_office_took_out_of_use(bureau: Bureau, office: Office) -> None:
    with bureau.database.read() as tx:
        key_id = check_may_seal(tx, AGENCY_CODE, at=AT).key_id
    new = NewCredential(key_id, OwnerKind.AGENCY, AGENCY_CODE)
    with bureau.database.transaction() as tx:
        install_credential(tx, new, certificate_der=office.seal().certificate_der, act=_act(bureau))
    _change(bureau, key_id, SUSPEND)
    with bureau.database.read() as tx, pytest.raises(SealNotAllowed, match="out of use"):
        check_may_seal(tx, AGENCY_CODE, at=AT)


@pytest.mark.parametrize(
    ("before", "event"),
    [
        ((REVOKE,), RESUME),
        ((REVOKE,), RETIRE),
        ((REVOKE,), SUSPEND),
        ((REVOKE,), REVOKE),
        ((RETIRE,), RESUME),
        ((RETIRE,), SUSPEND),
        ((SUSPEND,), SUSPEND),
        ((), RESUME),
    ],
)
def test_credential_moves_only_along_its_table(
    bureau: Bureau, certificate_der: bytes, before: tuple[CredentialEvent, ...], event: CredentialEvent
) -> None:
    key_id = _install(bureau, certificate_der)
    for earlier in before:
        _change(bureau, key_id, earlier)
    with pytest.raises(CredentialStateConflict, match=key_id):
        _change(bureau, key_id, event)


def test_retired_key_can_still_be_revoked(bureau: Bureau, certificate_der: bytes) -> None:
    key_id = _install(bureau, certificate_der)
    _change(bureau, key_id, RETIRE)
    assert _change(bureau, key_id, REVOKE, reason="keyCompromise") is CredentialStatus.REVOKED


def test_key_that_is_not_in_the_inventory_cannot_be_changed(bureau: Bureau) -> None:
    with pytest.raises(CredentialUnknown):
        _change(bureau, "nobody", SUSPEND)


def test_every_change_is_an_event_and_a_leaf_of_the_log(bureau: Bureau, certificate_der: bytes) -> None:
    key_id = _install(bureau, certificate_der)
    _change(bureau, key_id, SUSPEND, reason="LOST_TOKEN")
    _change(bureau, key_id, REVOKE, reason="keyCompromise")
    with bureau.database.read() as tx:
        rows = tx.execute(sa.select(credential_events).order_by("event_no")).all()
        written = tx.execute(sa.select(sa.func.count()).select_from(log_leaves)).scalar_one()
    assert [(row.event, row.from_status, row.to_status, row.reason) for row in rows] == [
        ("INSTALL", None, "ACTIVE", None),
        ("SUSPEND", "ACTIVE", "SUSPENDED", "LOST_TOKEN"),
        ("REVOKE", "SUSPENDED", "REVOKED", "keyCompromise"),
    ]
    assert {row.actor_id for row in rows} == {"admin"}
    assert written == 3


def test_suspension_is_a_notice_until_it_is_lifted(bureau: Bureau, certificate_der: bytes) -> None:
    notices, name = SqlNotices(bureau.database), sha256_hex(certificate_der)
    key_id = _install(bureau, certificate_der)
    assert not notices.is_withdrawn(name)
    _change(bureau, key_id, SUSPEND)
    assert notices.is_withdrawn(name)
    _change(bureau, key_id, RESUME)
    assert not notices.is_withdrawn(name)
    _change(bureau, key_id, REVOKE)
    assert notices.is_withdrawn(name)


def test_notice_can_name_a_certificate_that_is_in_no_inventory(bureau: Bureau, office: Office) -> None:
    name = sha256_hex(office.authority.tsa_der)
    with bureau.database.transaction() as tx:
        add_notice(tx, certificate_sha256_hex=name, serial_hex="1", reason="keyCompromise", noticed_by="admin", at=AT)
        add_notice(tx, certificate_sha256_hex=name, serial_hex="1", reason="superseded", noticed_by="admin", at=AT)
    assert SqlNotices(bureau.database).is_withdrawn(name)
    with bureau.database.transaction() as tx:
        lift_notice(tx, name, at=AT)
    assert not SqlNotices(bureau.database).is_withdrawn(name)


def test_credentials_are_counted_by_kind_and_state(bureau: Bureau, certificate_der: bytes) -> None:
    key_id = _install(bureau, certificate_der)
    _install(bureau, certificate_der, key_id="officer-2")
    _change(bureau, key_id, SUSPEND)
    with bureau.database.read() as tx:
        counts = count_by_kind(tx)
    assert counts[OwnerKind.PERSONAL][CredentialStatus.ACTIVE] == 1
    assert counts[OwnerKind.PERSONAL][CredentialStatus.SUSPENDED] == 1
    assert sum(counts[OwnerKind.CITIZEN].values()) == 0


@pytest.mark.parametrize(
    ("days_left", "band"), [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-5, 0)]
)
def test_radar_sees_a_key_in_the_narrowest_band_that_holds_its_end(
    bureau: Bureau, certificate_der: bytes, days_left: int, band: int | None
) -> None:
    key_id = _install(bureau, certificate_der)
    with bureau.database.read() as tx:
        ends = get_entry(tx, key_id).not_after
        assert ends is not None
        lines = radar(tx, at=ends - timedelta(days=days_left))
    assert [line.band_days for line in lines] == ([] if band is None else [band])


def test_radar_does_not_watch_keys_that_are_out_of_use(bureau: Bureau, certificate_der: bytes) -> None:
    key_id = _install(bureau, certificate_der)
    _change(bureau, key_id, RETIRE)
    with bureau.database.read() as tx:
        assert radar(tx, at=AT + timedelta(days=10_000)) == ()


def test_each_band_is_told_once(bureau: Bureau, certificate_der: bytes) -> None:
    key_id = _install(bureau, certificate_der)
    with bureau.database.transaction() as tx:
        ends = get_entry(tx, key_id).not_after
        assert ends is not None
        for days in (90, 60, 30, 29, 7):
            tell_radar(tx, at=ends - timedelta(days=days))
    with bureau.database.transaction() as tx:
        told = claim(tx, topic="credential.expiring", sender="test", at=ends)
    assert [message.message.payload["band_days"] for message in told] == ["90", "30", "7"]
    assert {message.message.payload["key"] for message in told} == {key_id}
