"""Other keys for the officer of a served office, for as long as a block lasts: guarded by a passkey, or in hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from api.demo.office import OFFICER_LOGIN
from api.identity import find_account
from certify import StaffMember, get_staff
from certify.tables import staff
from keys import Attendance, CredentialKind, IssuedCredential, Pin, Subject
from keys.files import write_new_file
from tests.running import Running

PASSPHRASE = "canary passphrase of the guarded key"


@contextmanager
def guarded_key(running: Running) -> Iterator[None]:
    """The officer's key is one that a passkey guards."""
    member, keystore = _officer(running), running.services.keystore
    if "guarded" not in keystore.key_ids():
        issued = issue(running, member.display_name)
        keystore.install("guarded", pkcs12=issued.pkcs12, pin=Pin(PASSPHRASE), attendance=Attendance.BY_PASSKEY)
    with _with_key(running, member, "guarded"):
        yield


@contextmanager
def key_in_hand(running: Running) -> Iterator[IssuedCredential]:
    """The officer's key is in the officer's own machine; gives the key, which the office does not have."""
    member, services = _officer(running), running.services
    issued = issue(running, member.display_name)
    key_id = f"in-hand-{len(services.keystore.key_ids())}"
    services.keystore.link(
        key_id,
        location="agent:",
        attendance=Attendance.BY_PERSON,
        certificates_der=(issued.certificate_der, *chain_of(running)),
    )
    with _with_key(running, member, key_id):
        yield issued


@contextmanager
def unreadable_key(running: Running) -> Iterator[None]:
    """The officer's key is named by a link that says nothing."""
    write_new_file(running.services.keystore.folder / "unreadable.link", b"under the doormat")
    with _with_key(running, _officer(running), "unreadable"):
        yield


def chain_of(running: Running) -> tuple[bytes, bytes]:
    """The certificates above an officer's, the issuer's first."""
    authority = running.services.authority
    assert authority is not None
    return authority.issuing_der, authority.root_der


def issue(running: Running, name: str) -> IssuedCredential:
    """Have the office's authority issue an officer's key under `PASSPHRASE`."""
    services = running.services
    assert services.authority is not None
    return services.authority.issue(
        CredentialKind.OFFICER,
        subject=Subject(name, "UBND phường Thí Dụ"),
        pin=Pin(PASSPHRASE),
        at=services.clock.now(),
        rounds=1000,
    )


def _officer(running: Running) -> StaffMember:
    with running.services.database.read() as tx:
        return get_staff(tx, find_account(tx, OFFICER_LOGIN).subject_id)


@contextmanager
def _with_key(running: Running, member: StaffMember, key_id: str) -> Iterator[None]:
    _give_key(running, member.staff_id, key_id)
    try:
        yield
    finally:
        _give_key(running, member.staff_id, member.key_id or "")


def _give_key(running: Running, staff_id: str, key_id: str) -> None:
    with running.services.database.transaction() as tx:
        tx.execute(sa.update(staff).where(staff.c.staff_id == staff_id).values(key_id=key_id))
