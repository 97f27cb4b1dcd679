"""What is known of the copies' archive time-stamps: surveyed once, planned from rows, looked at again in good time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from certify.pipeline.services import PipelineServices
from certify.renewal import (
    ERASED,
    ProtectedRecord,
    RenewalPlan,
    RenewalPolicy,
    list_unsurveyed,
    note_problem,
    note_protection,
    plan_renewals,
)
from signing import read_protection
from signing.errors import SigningError
from vault.delivery import place_of_record
from vault.errors import BlobShredded
from vault.owners import HolderOwner
from vault.records import get_for_owner
from vault.shapes import RenditionKind

_SURVEYED_AT_ONCE: Final = 50
# A copy is due months before anything ends: nobody needs to look every few seconds.
_QUIET: Final = timedelta(minutes=10)
_FAR_AWAY: Final = datetime(9999, 1, 1, tzinfo=UTC)


class Renewals:
    """The survey and the plan; `Pipeline` submits what comes out of it."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services
        self._quiet_until: datetime | None = None

    def survey(self, *, limit: int | None = None) -> int:
        """Read what the newest renditions rest on that were never looked at; gives how many."""
        done = 0
        while limit is None or done < limit:
            with self._services.database.read() as tx:
                unknown = list_unsurveyed(tx, limit=_SURVEYED_AT_ONCE)
            if not unknown:
                break
            for record_id in unknown:
                self._survey(record_id)
            done += len(unknown)
        return done

    def plan(
        self, *, policy: RenewalPolicy, at: datetime, limit: int, agencies: Collection[str] | None = None
    ) -> RenewalPlan:
        """Say what is due, as `certify.renewal.plan_renewals` does."""
        with self._services.database.read() as tx:
            return plan_renewals(tx, policy=policy, at=at, limit=limit, agencies=agencies)

    def due_now(self) -> tuple[ProtectedRecord, ...]:
        """Give the next few records to renew; when there are none, nobody looks again for a while."""
        services = self._services
        at = services.clock.now()
        if self._quiet_until is not None and at < self._quiet_until:
            return ()
        surveyed = self.survey(limit=_SURVEYED_AT_ONCE)
        plan = self.plan(policy=services.renewal, at=at, limit=services.renewal.per_round)
        if not plan.due and not surveyed:
            self._quiet_until = at + _QUIET
        return tuple(one.record for one in plan.due)

    def give_up_attempt(self, record: ProtectedRecord) -> None:
        """Note that an attempt broke off in a way nobody foresaw; the next one is another job."""
        services = self._services
        with services.database.transaction() as tx:
            retry_at = services.clock.now() + services.renewal.retry
            note_problem(tx, record.record_id, code="JOB_BROKE_OFF", retry_at=retry_at)

    def _survey(self, record_id: str) -> None:
        """Read what a record's newest rendition rests on and write it down."""
        services = self._services
        with services.database.read() as tx:
            # Whose it is now, not whose case it was: a misdelivered copy lies with somebody else.
            holder_id = place_of_record(tx, record_id).holder_id
            record = get_for_owner(tx, HolderOwner(holder_id), record_id)
        newest = record.newest(RenditionKind.SIGNED_PDF)
        try:
            with services.spool.room() as room:
                protection = read_protection(services.blobs.fetch_recorded(newest.blob, room=room))
        except BlobShredded:
            found = ProtectedRecord(record_id, holder_id, newest.sha256_hex, (), _FAR_AWAY, problem_code=ERASED)
        except SigningError as exc:
            # It stays due and visible: a copy that cannot be read is a matter for a person.
            found = ProtectedRecord(
                record_id,
                holder_id,
                newest.sha256_hex,
                (),
                services.clock.now(),
                problem_code=type(exc).__name__,
                retry_at=services.clock.now() + services.renewal.retry,
            )
        else:
            found = ProtectedRecord(record_id, holder_id, newest.sha256_hex, protection.algorithms, protection.ends_at)
        with services.database.transaction() as tx:
            note_protection(tx, found, at=services.clock.now())
