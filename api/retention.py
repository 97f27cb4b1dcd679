"""The purge: what has served its time is destroyed class by class, and certified; what is held stays.

Working files of items, consents, lines of the access history and sessions are looked through here; backups go by
`VIDIMUS_BACKUP_KEEP_DAYS`, which may not be longer than their class allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from api.errors import RetentionUnset
from api.identity.sessions import ended_sessions, forget_sessions
from api.settings import Settings
from certify import LawPack
from certify.pipeline import Pipeline
from certify.purge import due_files
from certify.retention import (
    Certificate,
    Destroyed,
    HoldScope,
    RetentionClass,
    certificate_body,
    is_held,
    issue_certificate,
    keep_rule,
    list_decisions,
    note_destroyed,
    undecided,
)
from certify.retention.keeper import Keeper, open_keeper
from guard import Clock, RandomBytes
from keys import Ed25519Key, Mode
from vault import Database
from vault.expiry import Ended, ended_consents, forget_accesses, forget_consent, old_accesses

_AT_ONCE: Final = 200
_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What a purge would destroy now, or destroyed: by class; `certificate` when something was."""

    counts: Mapping[RetentionClass, int]
    things: tuple[Destroyed, ...]
    certificate: Certificate | None = None


class Purger:
    """Looks through every class; `__call__` is a chore of housekeeping that works once an hour."""

    def __init__(
        self,
        database: Database,
        pipeline: Pipeline,
        *,
        law: LawPack,
        mode: Mode,
        key: Ed25519Key,
        tools: tuple[Clock, RandomBytes],
    ) -> None:
        """Nothing is read before the first look."""
        self._database = database
        self._pipeline = pipeline
        self._law = law
        self._mode = mode
        self._key = key
        self._clock, self._random_bytes = tools
        self._last: datetime | None = None

    def __call__(self) -> None:
        """Purge, unless this process did within the hour."""
        at = self._clock.now()
        if self._last is None or at - self._last >= _EVERY:
            self._last = at
            self.run()

    def plan(self) -> PurgePlan:
        """Say what would be destroyed now, at most some hundred of each class; nothing is changed."""
        at = self._clock.now()
        with self._database.read() as tx:
            keeper = self._keeper(tx)
            files = due_files(tx, keeper=keeper, at=at, limit=_AT_ONCE)
            things = [Destroyed(due.kind, due.item.item_id, due.since, due.rule.source) for due in files]
            for kind in (RetentionClass.CONSENT, RetentionClass.ACCESS_LOG, RetentionClass.SESSION):
                things += _over(tx, kind, keeper=keeper, at=at)
        return PurgePlan(_counted(things), tuple(things))

    def run(self) -> PurgePlan:
        """Destroy what has served its time, and certify it."""
        self._pipeline.purge_due()
        at = self._clock.now()
        with self._database.transaction() as tx:
            keeper = self._keeper(tx)
            for kind in (RetentionClass.CONSENT, RetentionClass.ACCESS_LOG, RetentionClass.SESSION):
                _destroy(tx, _over(tx, kind, keeper=keeper, at=at), at=at)
            certificate = issue_certificate(
                tx, key=self._key, issuer=self._law.country, at=at, random_bytes=self._random_bytes
            )
        if certificate is None:
            return PurgePlan({}, ())
        from_body = _things_of(certificate)
        return PurgePlan(_counted(from_body), from_body, certificate)

    def _keeper(self, tx: Connection) -> Keeper:
        return open_keeper(tx, law=self._law, goes_by_proposals=self._mode.is_specimen)


def check_retention_decided(database: Database, *, law: LawPack, mode: Mode, settings: Settings, at: datetime) -> None:
    """Let nobody make real copies before it is decided how long everything is kept.

    Raises:
        RetentionUnset: a class is undecided, or backups would be kept longer than decided.
    """
    if mode is not Mode.PRODUCTION:
        return
    on = law.local_date(at)
    with database.read() as tx:
        missing = undecided(tx, on=on, law=law.retention)
        backups = keep_rule(RetentionClass.BACKUP, on=on, law=law.retention, decided=list_decisions(tx))
    if missing:
        raise RetentionUnset(
            f"nobody decided how long these are kept: {', '.join(kind.value for kind in missing)}; "
            "`vidimus retention set CLASS --days N --decision NO`, or `vidimus retention adopt --decision NO`"
        )
    if settings.backup_url and backups and backups.days is not None and settings.backup_keep_days > backups.days:
        raise RetentionUnset(
            f"VIDIMUS_BACKUP_KEEP_DAYS is {settings.backup_keep_days}, and backups may be kept {backups.days} days"
        )


def _over(tx: Connection, kind: RetentionClass, *, keeper: Keeper, at: datetime) -> list[Destroyed]:
    found = []
    for ended in _ended(tx, kind, before=keeper.earliest_end(kind, at=at)):
        rule = keeper.over(kind, since=ended.since, at=at)
        if rule is not None and not is_held([(HoldScope.HOLDER, ended.holder_id)], held=keeper.held):
            found.append(Destroyed(kind, ended.thing_id, ended.since, rule.source))
            if len(found) == _AT_ONCE:
                break
    return found


def _ended(tx: Connection, kind: RetentionClass, *, before: datetime) -> Iterator[Ended]:
    if kind is RetentionClass.SESSION:
        for session in ended_sessions(tx, before=before, limit=_AT_ONCE):
            yield Ended(session.name, session.account_id, session.ended_at)
        return
    read = ended_consents if kind is RetentionClass.CONSENT else old_accesses
    after = ""
    while page := read(tx, before=before, limit=_AT_ONCE, after=after):
        yield from page
        after = page[-1].thing_id


def _destroy(tx: Connection, gone: list[Destroyed], *, at: datetime) -> None:
    events = [one.thing_id for one in gone if one.kind is RetentionClass.ACCESS_LOG]
    if events:
        forget_accesses(tx, events)
    for one in gone:
        if one.kind is RetentionClass.CONSENT:
            forget_consent(tx, one.thing_id)
        note_destroyed(tx, one, at=at)
    forget_sessions(tx, {one.thing_id for one in gone if one.kind is RetentionClass.SESSION}, at=at)


def _things_of(certificate: Certificate) -> tuple[Destroyed, ...]:
    return tuple(
        Destroyed(RetentionClass(one["class"]), one["id"], datetime.fromisoformat(one["since"]), one["rule"])
        for one in certificate_body(certificate)["things"]
    )


def _counted(things: tuple[Destroyed, ...] | list[Destroyed]) -> dict[RetentionClass, int]:
    return dict(Counter(one.kind for one in things))
