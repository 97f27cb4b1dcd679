"""The nightly dry run: every signing path is walked as far as it goes without a person and without a document.

An unattended key signs a marked random text that can be no document, its answer is checked under its certificate, and
the time-stamp services and the revocation services of its whole chain are asked. A person's key is judged by its
certificate, chain and revocation; nobody is asked for a PIN at night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.credential_tables import dry_runs
from certify.credentials import CredentialStatus, InventoryEntry, list_entries
from guard.clock import Clock, RandomBytes
from guard.identifiers import new_ulid
from keys.credentials import Credential, check_signing_certificate, is_self_signed, is_signed_by, load_certificate
from keys.errors import CertificateUnusable, KeyFileUnusable, KeysError, RevocationUnavailable
from keys.keystore import KeyStore
from keys.revocation_check import check_not_on_crl
from keys.services import RevocationSource
from signing import SigningServices
from vault.canonical import Json
from vault.database import Database
from vault.log import Leaf, Tree, append
from vault.outbox import Message
from vault.outbox import put as put_message

TOPIC: Final = "office.dry_run_failed"
SERVICES_PATH: Final = "services"
OK: Final = "OK"
# It begins with a letter and not with the tag of signed attributes: no signature over it can stand in a document.
_MARK: Final = b"vidimus-dry-run-1\0"
_RANDOM_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class DryRunServices:
    """What the walk needs of the office."""

    database: Database
    keystore: KeyStore
    signing: SigningServices
    clock: Clock
    random_bytes: RandomBytes


@dataclass(frozen=True, slots=True)
class DryRunLine:
    """One step of one path; `code` is OK, or the name of what went wrong."""

    path: str
    step: str
    code: str

    @property
    def is_well(self) -> bool:
        """Whether the step went as it would in an office hour."""
        return self.code == OK


def dry_run(services: DryRunServices) -> tuple[DryRunLine, ...]:
    """Walk every path, write down how far each came, and leave a message when one is blocked."""
    run_id = new_ulid(at=services.clock.now(), random_bytes=services.random_bytes)
    with services.database.transaction() as tx:
        entries = [entry for entry in list_entries(tx) if entry.status is CredentialStatus.ACTIVE]
        # The intent stands in the log before a key is used, as for every signature.
        _log(tx, services, "DRY_RUN_INTENT", {"run": run_id, "keys": [entry.key_id for entry in entries]})
    lines = [_try(SERVICES_PATH, "TIMESTAMP", lambda: _stamp(services))]
    for entry in entries:
        lines.extend(_walk(services, entry))
    failed = [line for line in lines if not line.is_well]
    with services.database.transaction() as tx:
        at = services.clock.now()
        rows = [{"run_id": run_id, "path": line.path, "step": line.step, "code": line.code, "at": at} for line in lines]
        tx.execute(dry_runs.insert(), rows)
        _log(tx, services, "DRY_RUN_DONE", {"run": run_id, "steps": len(lines), "failed": len(failed)})
        if failed:
            put_message(tx, Message(TOPIC, run_id, {"run": run_id, "failed": str(len(failed))}), at=at)
    return tuple(lines)


def last_dry_run_at(tx: Connection) -> datetime | None:
    """Say when the paths were walked last, or None."""
    return tx.execute(sa.select(dry_runs.c.at).order_by(dry_runs.c.row_no.desc()).limit(1)).scalar_one_or_none()


def _walk(services: DryRunServices, entry: InventoryEntry) -> Iterator[DryRunLine]:
    found: list[Credential] = []
    yield _try(entry.key_id, "CERTIFICATE", lambda: found.append(_check_certificate(services, entry)))
    if not found:
        return
    (credential,) = found
    yield _try(entry.key_id, "CHAIN", lambda: _check_chain(credential))
    if services.signing.revocation is not None:
        source = services.signing.revocation
        yield _try(entry.key_id, "REVOCATION", lambda: _check_revocation(credential, source=source))
    if credential.unattended:
        yield _try(entry.key_id, "SIGNATURE", lambda: _sign(services, credential))


def _try(path: str, step: str, act: Callable[[], object]) -> DryRunLine:
    try:
        act()
    except KeysError as exc:
        return DryRunLine(path, step, type(exc).__name__)
    return DryRunLine(path, step, OK)


def _stamp(services: DryRunServices) -> None:
    imprint = hashlib.sha256(_MARK + services.random_bytes(_RANDOM_BYTES)).digest()
    if services.signing.timestamps is None:
        raise RevocationUnavailable("no time-stamping service is configured; set one")
    services.signing.timestamps.stamp(imprint, at_sent=services.clock.now())


def _check_certificate(services: DryRunServices, entry: InventoryEntry) -> Credential:
    credential = services.keystore.credential(entry.key_id)
    if hashlib.sha256(credential.certificate_der).hexdigest() != entry.certificate_sha256_hex:
        raise KeyFileUnusable(f"key {entry.key_id} has another certificate in the store than in the inventory")
    check_signing_certificate(credential.certificate_der, at=services.clock.now())
    return credential


def _check_chain(credential: Credential) -> None:
    top = (credential.certificate_der, *credential.chain_der)[-1]
    if not is_self_signed(load_certificate(top)):
        raise CertificateUnusable(f"the chain of key {credential.key_id} does not reach a root; install it whole")


def _check_revocation(credential: Credential, *, source: RevocationSource) -> None:
    for certificate_der, issuer_der in pairwise((credential.certificate_der, *credential.chain_der)):
        if certificate_der == credential.certificate_der:
            try:
                source.ocsp(certificate_der, issuer_der)
                continue
            except RevocationUnavailable:
                # Not every authority has OCSP; then its list must do, as it does when signing.
                pass
        check_not_on_crl(source.crl(issuer_der), certificate_der=certificate_der)


def _sign(services: DryRunServices, credential: Credential) -> None:
    key = services.keystore.open_unattended(credential.key_id)
    try:
        signed = _MARK + services.random_bytes(_RANDOM_BYTES)
        signature = key.sign(signed)
    finally:
        key.close()
    if not is_signed_by(credential.certificate_der, signature=signature, signed=signed):
        raise KeyFileUnusable(f"key {credential.key_id} signs, but not under its certificate; install it again")


def _log(tx: Connection, services: DryRunServices, kind: str, payload: Mapping[str, Json]) -> None:
    append(tx, Leaf(kind, payload), tree=Tree.CERTIFICATIONS, random_bytes=services.random_bytes)
