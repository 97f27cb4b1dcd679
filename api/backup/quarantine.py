"""The quarantine after a restore, and the one way out of it: evidence from outside of how far the office really was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.backup.journal import journaled_books
from api.errors import EvidenceMissing, HomeQuarantined
from api.home import Home
from api.identity.tables import answers, api_tokens, login_links, sessions
from certify import list_books, skip_to, void_reserved
from certify.items import Actor, ActorKind
from certify.register import BookStatus
from guard import RandomBytes
from guard.identifiers import new_ulid
from vault import Database, Leaf, LogKey, Tree, append
from vault.backup import BackupHead, BackupPlace
from vault.log import access_size, continue_tree, published_checkpoint
from vault.log.growth import has_tree, read_head
from vault.stores import ObjectStore, open_store
from vault.tables import restores, reuse_grants, shares


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known from outside the backup.

    `published` is a copy of the public log (the `log` folder of a published site, for example); `numbers` the highest
    number of a book that somebody saw, by the book's id or its name.
    """

    published: ObjectStore | None = None
    place: BackupPlace | None = None
    numbers: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """What was continued from, and what was ended because nobody can know how it stands."""

    leaves: int
    lost_numbers: int
    voided_numbers: int
    ended_shares: int
    ended_grants: int
    ended_sessions: int


def note_restore(tx: Connection, head: BackupHead, *, at: datetime, random_bytes: RandomBytes) -> None:
    """Put the database into quarantine."""
    restore_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        restores.insert().values(restore_id=restore_id, set_id=head.set_id, taken_at=head.taken_at, restored_at=at)
    )


def check_released(database: Database) -> None:
    """Refuse to number, sign or sequence on a database that was restored and not released.

    Raises:
        HomeQuarantined: it was.
    """
    with database.read() as tx:
        waiting = tx.execute(sa.select(restores.c.set_id).where(restores.c.released_at.is_(None))).scalars().all()
    if waiting:
        raise HomeQuarantined(
            f"this office was restored from backup {waiting[0]} and is in quarantine; "
            "`vidimus db release` continues it from the published log and the highest numbers"
        )


def release(
    database: Database, home: Home, evidence: Evidence, *, log_key: LogKey, at: datetime, random_bytes: RandomBytes
) -> Released:
    """Continue log and registers from the evidence and let the office work again, all or nothing.

    Raises:
        EvidenceMissing: the highest number of an open book, or a tree's published leaves, are not known.
        LogTampered: the published log is not a continuation of the restored one.
    """
    with database.transaction() as tx:
        _check_waiting(tx)
        leaves = _continue_log(tx, home, evidence, log_key=log_key, at=at)
        voided = void_reserved(tx, actor=Actor(ActorKind.WORKER, "restore"), at=at, random_bytes=random_bytes)
        lost = _continue_books(tx, evidence, at=at, random_bytes=random_bytes)
        ended = (_end(tx, shares, at=at), _end(tx, reuse_grants, at=at), _end_sessions(tx, at=at))
        payload = {"leaves": leaves, "lost_numbers": lost, "voided_numbers": voided}
        append(tx, Leaf("OFFICE_RESTORED", payload), tree=Tree.CERTIFICATIONS, random_bytes=random_bytes)
        tx.execute(restores.update().where(restores.c.released_at.is_(None)).values(released_at=at))
    return Released(leaves, lost, voided, *ended)


def _check_waiting(tx: Connection) -> None:
    if not tx.execute(sa.select(restores.c.set_id).where(restores.c.released_at.is_(None))).first():
        raise EvidenceMissing("this office is not in quarantine; there is nothing to release")


def _continue_log(tx: Connection, home: Home, evidence: Evidence, *, log_key: LogKey, at: datetime) -> int:
    count = 0
    own = {tree: open_store(home.log / tree.value.lower()) for tree in Tree}
    public = [own[Tree.CERTIFICATIONS], *([evidence.published] if evidence.published is not None else [])]
    checkpoints = [one for store in public if (one := published_checkpoint(store, key=log_key)) is not None]
    if not checkpoints:
        raise EvidenceMissing("no published checkpoint is known; give a copy of the published log with --log")
    for store in public:
        count += continue_tree(tx, Tree.CERTIFICATIONS, store=store, key=log_key, at=at)
    count += continue_tree(tx, Tree.ACCESS, store=own[Tree.ACCESS], key=log_key, at=at)
    vouched = max(access_size(checkpoint) for checkpoint in checkpoints)
    present = read_head(tx, Tree.ACCESS).size if has_tree(tx, Tree.ACCESS) else 0
    if present < vouched:
        raise EvidenceMissing(
            f"the public checkpoint vouches for {vouched} leaves of the access log, {present} are here; put a copy of "
            f"its tiles into {home.log / 'access'} (the backups' journal keeps one), or the log would fork"
        )
    return count


def _continue_books(tx: Connection, evidence: Evidence, *, at: datetime, random_bytes: RandomBytes) -> int:
    journaled = journaled_books(evidence.place) if evidence.place is not None else {}
    told = dict(evidence.numbers or {})
    lost = 0
    for book in list_books(tx):
        given = max(told.pop(book.book_id, -1), told.pop(f"{book.agency_code}:{book.display}", -1))
        highest = max(given, journaled.get(book.book_id, -1))
        if highest < 0 and book.status is BookStatus.OPEN:
            raise EvidenceMissing(
                f"the highest number of book {book.display} of {book.agency_code} is not known; look at the newest "
                f"paper and give --number '{book.agency_code}:{book.display}=N'"
            )
        gap = skip_to(tx, book.book_id, highest=highest, at=at, random_bytes=random_bytes)
        lost += len(gap.numbers) if gap is not None else 0
    if told:
        raise EvidenceMissing(f"there is no book {', '.join(sorted(told))}; name it AGENCY:BOOK as the register does")
    return lost


def _end(tx: Connection, table: sa.Table, *, at: datetime) -> int:
    # Revoked or withdrawn since the backup? Nobody here can know; whoever gave it can give it again.
    return tx.execute(table.update().where(table.c.revoked_at.is_(None)).values(revoked_at=at)).rowcount


def _end_sessions(tx: Connection, *, at: datetime) -> int:
    count = tx.execute(sessions.delete()).rowcount + _end(tx, api_tokens, at=at)
    tx.execute(login_links.delete())
    tx.execute(answers.delete())
    return count
