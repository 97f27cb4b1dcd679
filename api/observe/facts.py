"""The facts of an office as numbers, read from its database, its keys, its trust folder and its backups."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from cryptography import x509
from sqlalchemy.engine import Connection

from api.backup.opened import place_of
from api.backup.scrub import read_scrub_state
from api.home import Home
from api.settings import Settings
from certify.tables import approvals, item_events, items, numbers, ready_copies, renewals
from certify.transitions import ItemState
from certify.workers import list_workers
from keys import KeysError, OfficeKeyStore, load_trust_folder, read_certificate_facts
from vault import Database, StoreUnavailable
from vault.delivery import count_deliveries
from vault.log.tables import log_leaves, log_trees
from vault.tables import outbox, records, restores

RENEW_WITHIN: Final = timedelta(days=30)
_DAY: Final = 86_400.0
# A set's id is a ULID: its first ten letters are the milliseconds it was begun at.
_ULID_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_LETTERS: Final = 10


@dataclass(frozen=True, slots=True)
class Fact:
    """One number with its labels."""

    name: str
    value: float
    labels: Mapping[str, str]


def database_facts(database: Database, *, at: datetime) -> Iterator[Fact]:
    """Read what the rows say, in one state of them."""
    with database.read() as tx:
        yield from _counted(tx, "vidimus_items", items.c.state, "state")
        yield from _counted(tx, "vidimus_numbers", numbers.c.status, "status")
        yield _fact("vidimus_records", tx.execute(sa.select(sa.func.count()).select_from(records)).scalar_one())
        yield from _jobs(tx, at=at)
        for one in list_workers(tx):
            yield _fact("vidimus_worker_alive", one.is_alive, worker=one.name)
        yield from _log(tx)
        yield from _outbox(tx, at=at)
        for (channel, state), count in count_deliveries(tx).items():
            yield _fact("vidimus_deliveries", count, channel=channel.value, state=state.value)
        due = sa.select(sa.func.count()).where(renewals.c.ends_at <= at + RENEW_WITHIN)
        yield _fact("vidimus_renewals_due", tx.execute(due).scalar_one())
        failed = sa.select(sa.func.count()).where(renewals.c.problem_code.is_not(None))
        yield _fact("vidimus_renewal_problems", tx.execute(failed).scalar_one())
        waiting = sa.select(sa.func.count()).where(restores.c.released_at.is_(None))
        yield _fact("vidimus_quarantined", min(tx.execute(waiting).scalar_one(), 1))


def home_facts(settings: Settings, home: Home, *, at: datetime) -> Iterator[Fact]:
    """Read what keys, trust folder, scrub, disk and backups say; what cannot be read has no number, and that alerts."""
    yield _fact("vidimus_disk_free_bytes", shutil.disk_usage(home.folder).free)
    yield from _keys(home, at=at)
    yield from _trust(home, at=at)
    state = read_scrub_state(home)
    yield _fact("vidimus_scrub_lost_documents", len(state.lost))
    since = datetime.fromisoformat(state.ended_at) if state.ended_at else home.created_at
    yield _fact("vidimus_scrub_age_seconds", (at - since).total_seconds())
    if settings.backup_url:
        try:
            sets = place_of(settings).set_ids()
        except StoreUnavailable:
            return
        taken_at = set_time(sets[-1]) if sets else home.created_at
        yield _fact("vidimus_backup_age_seconds", (at - taken_at).total_seconds())


def set_time(set_id: str) -> datetime:
    """Say when a backup was begun, from its id."""
    milliseconds = 0
    for letter in set_id[:_TIME_LETTERS]:
        milliseconds = milliseconds * 32 + _ULID_LETTERS.index(letter)
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def key_label(key_id: str) -> str:
    """Name a key without its id, which people choose and which may hold a name."""
    return hashlib.sha256(key_id.encode()).hexdigest()[:12]


def _fact(name: str, value: float, **labels: str) -> Fact:
    return Fact(name, float(value), labels)


def _counted(tx: Connection, name: str, column: sa.Column[str], label: str) -> Iterator[Fact]:
    for word, count in tx.execute(sa.select(column, sa.func.count()).group_by(column)):
        yield _fact(name, count, **{label: word})


def _jobs(tx: Connection, *, at: datetime) -> Iterator[Fact]:
    scanned = ItemState.SCANNED.value
    # A paper that was scanned again waits since its last scan.
    since = (
        sa.select(sa.func.max(item_events.c.at).label("at"))
        .join(items, items.c.item_id == item_events.c.item_id)
        .where(items.c.state == scanned, item_events.c.to_state == scanned)
        .group_by(item_events.c.item_id)
        .subquery()
    )
    unread = tx.execute(sa.select(sa.func.count(), sa.func.min(since.c.at))).one()
    working = [ItemState.AWAITING_SIGNATURE.value, ItemState.OFFICER_SIGNED.value, ItemState.SEALED.value]
    unsigned = tx.execute(
        sa.select(sa.func.count(), sa.func.min(approvals.c.approved_at))
        .select_from(approvals)
        .join(ready_copies, ready_copies.c.ready_id == approvals.c.ready_id)
        .join(items, sa.and_(items.c.item_id == ready_copies.c.item_id, items.c.attempt == ready_copies.c.attempt))
        .where(items.c.state.in_(working))
    ).one()
    for job, (count, oldest) in (("read", unread), ("certify", unsigned)):
        yield _fact("vidimus_jobs_waiting", count, job=job)
        yield _fact("vidimus_job_oldest_seconds", (at - oldest).total_seconds() if oldest else 0, job=job)


def _log(tx: Connection) -> Iterator[Fact]:
    waiting = tx.execute(
        sa.select(log_leaves.c.tree, sa.func.count())
        .where(log_leaves.c.leaf_index.is_(None))
        .group_by(log_leaves.c.tree)
    )
    unnumbered = {row[0]: row[1] for row in waiting}
    for row in tx.execute(sa.select(log_trees.c.tree, log_trees.c.size, log_trees.c.published_size)):
        yield _fact("vidimus_log_size", row.size, tree=row.tree)
        yield _fact("vidimus_log_waiting", unnumbered.get(row.tree, 0), tree=row.tree)
        yield _fact("vidimus_log_unpublished", row.size - row.published_size, tree=row.tree)


def _outbox(tx: Connection, *, at: datetime) -> Iterator[Fact]:
    count, oldest = tx.execute(
        sa.select(sa.func.count(), sa.func.min(outbox.c.put_at)).where(outbox.c.acknowledged_at.is_(None))
    ).one()
    yield _fact("vidimus_outbox_waiting", count)
    yield _fact("vidimus_outbox_oldest_seconds", (at - oldest).total_seconds() if oldest else 0)


def _keys(home: Home, *, at: datetime) -> Iterator[Fact]:
    store = OfficeKeyStore(home.keys, mode=home.mode)
    try:
        for key_id in store.key_ids():
            ends = read_certificate_facts(store.credential(key_id).certificate_der).not_after
            yield _fact("vidimus_key_days_left", (ends - at).total_seconds() / _DAY, key=key_label(key_id))
    except KeysError:
        return


def _trust(home: Home, *, at: datetime) -> Iterator[Fact]:
    try:
        anchors = load_trust_folder(home.trust, mode=home.mode)
    except KeysError:
        return
    ends = [x509.load_der_x509_certificate(der).not_valid_after_utc for der in anchors.roots_der]
    if ends:
        yield _fact("vidimus_anchor_days_left", (min(ends) - at).total_seconds() / _DAY)
    updates = [x509.load_der_x509_crl(der).next_update_utc for der in anchors.crls_der]
    known = [one for one in updates if one is not None]
    if known:
        yield _fact("vidimus_crl_seconds_left", (min(known) - at).total_seconds())
    yield _fact("vidimus_trusted_list_stale", len(anchors.stale_lists(at=at)))
