"""Evidence about the log from outside: witnesses that cosign its checkpoints, time-stamps in batches.

One token stands for everything certified since the one before, so its cost goes by time, not by documents.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Final

from api.errors import BadSetting
from api.home import Home
from api.settings import Settings
from guard import AllowedOrigin, Clock, EgressFailed, EgressRefused, GuardedHttp, HttpAnswer
from keys import TimestampAuthority
from vault import CheckpointInvalid, Database, LogKey, NoteSigner, ObjectStore, Tree, open_store
from vault.log import published_checkpoint
from vault.log.exported import STAMPED
from vault.log.merkle import consistency_path
from vault.log.proofs import stored_node_reader
from vault.log.tiles import CHECKPOINT_NAME, publish_object
from vault.log.witness import WitnessKey, with_cosignature, witness_request

_LOG: Final = logging.getLogger(__name__)
_MAX_BYTES: Final = 1 << 14
_TIMEOUT_SECONDS: Final = 10.0
_CONFLICT: Final = 409


class WitnessDoor:
    """One witness at its address (`add-checkpoint` of c2sp.org/tlog-witness)."""

    def __init__(self, url: str, key: WitnessKey, *, allow_private: bool) -> None:
        self.key = key
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._http = GuardedHttp([AllowedOrigin.from_url(url, allow_private=allow_private)])
        self._seen_size = 0

    def cosign(self, database: Database, note: str, *, size: int) -> str:
        """Give the checkpoint with the witness's line on it.

        Raises:
            CheckpointInvalid: the witness refused, or answered something else than a cosignature.
            EgressFailed, EgressRefused: it was not reached.
        """
        answer = self._send(database, note, size)
        told = answer.body.decode("ascii", errors="replace").strip()
        if answer.status == _CONFLICT and told.isdigit() and int(told) <= size:
            # It saw more than we thought (a restart of ours): go on from there.
            self._seen_size = int(told)
            answer = self._send(database, note, size)
        if answer.status != 200:
            raise CheckpointInvalid(f"the witness {self.key.name} answered {answer.status} and signed nothing")
        cosigned = with_cosignature(note, answer.body, key=self.key)
        self._seen_size = size
        return cosigned

    def _send(self, database: Database, note: str, size: int) -> HttpAnswer:
        return self._http.fetch(
            self._url,
            method="POST",
            body=witness_request(note, old_size=self._seen_size, path=self._path(database, size)),
            content_type="text/plain",
            max_bytes=_MAX_BYTES,
            timeout_seconds=_TIMEOUT_SECONDS,
        )

    def _path(self, database: Database, size: int) -> tuple[bytes, ...]:
        if self._seen_size in {0, size}:
            return ()
        with database.read() as tx:
            node = stored_node_reader(tx, Tree.CERTIFICATIONS, size=size)
            return consistency_path(self._seen_size, new_size=size, node=node)


class LogEvidence:
    """A chore: let witnesses sign the newest checkpoint, and have one stamped from time to time."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        key: LogKey,
        *,
        witnesses: tuple[WitnessDoor, ...],
        timestamps: TimestampAuthority | None,
        every: timedelta,
        clock: Clock,
    ) -> None:
        self._database = database
        self._store = store
        self._key = key
        self._witnesses = witnesses
        self._timestamps = timestamps
        self._every = every
        self._clock = clock
        self._stamped_at: datetime | None = None
        self._cosigned_size = -1

    def __call__(self) -> None:
        """Do what is due; a witness or a service that does not answer is asked again in the next round."""
        checkpoint = published_checkpoint(self._store, key=self._key)
        if checkpoint is None:
            return
        if self._witnesses and checkpoint.size > max(self._cosigned_size, 0):
            self._ask_witnesses(checkpoint.note, size=checkpoint.size)
        if self._timestamps is not None and checkpoint.size > 0 and self._is_due():
            self._stamp(self._timestamps, checkpoint.note, size=checkpoint.size)

    def _ask_witnesses(self, note: str, *, size: int) -> None:
        signed = note
        for witness in self._witnesses:
            try:
                signed = witness.cosign(self._database, signed, size=size)
            except (CheckpointInvalid, EgressFailed, EgressRefused) as exc:
                _LOG.warning("a witness did not sign", extra={"witness": witness.key.name, "error": type(exc).__name__})
        newest = published_checkpoint(self._store, key=self._key)
        # The sequencer may have published a newer one meanwhile; that one is asked about in the next round.
        if signed != note and newest is not None and newest.size == size:
            self._store.replace(CHECKPOINT_NAME, signed.encode())
            self._cosigned_size = size

    def _is_due(self) -> bool:
        return self._stamped_at is None or self._clock.now() - self._stamped_at >= self._every

    def _stamp(self, timestamps: TimestampAuthority, note: str, *, size: int) -> None:
        name = f"{STAMPED}/{size}"
        if f"{name}.tsr" in self._store.list_paths(STAMPED):
            self._stamped_at = self._clock.now()
            return
        # Only our own signature is stamped: cosignatures may come later, and the note must stay the same.
        publish_object(self._store, f"{name}.note", _own(note, self._key).encode())
        imprint = hashlib.sha256(_own(note, self._key).encode()).digest()
        token = timestamps.stamp(imprint, at_sent=self._clock.now())
        publish_object(self._store, f"{name}.tsr", token.der)
        self._stamped_at = self._clock.now()


def open_log_evidence(
    settings: Settings,
    home: Home,
    database: Database,
    signer: NoteSigner,
    *,
    timestamps: TimestampAuthority | None,
    clock: Clock,
) -> LogEvidence:
    """Make the chore for the public tree of a home.

    Raises:
        BadSetting: the file of witnesses has a line that is none.
    """
    minutes = settings.vault.log_stamp_minutes
    return LogEvidence(
        database,
        open_store(home.log / Tree.CERTIFICATIONS.value.lower()),
        LogKey(signer.name, signer.public_key),
        witnesses=_witnesses(settings),
        timestamps=timestamps if minutes else None,
        every=timedelta(minutes=minutes),
        clock=clock,
    )


def _witnesses(settings: Settings) -> tuple[WitnessDoor, ...]:
    if settings.vault.log_witnesses_file is None:
        return ()
    found = []
    for line in settings.vault.log_witnesses_file.read_text(encoding="utf-8").splitlines():
        url, _, key = line.strip().partition(" ")
        if not url or url.startswith("#"):
            continue
        try:
            found.append(WitnessDoor(url, WitnessKey.read(key), allow_private=settings.services_may_be_private))
        except (CheckpointInvalid, EgressRefused) as exc:
            raise BadSetting(f"VIDIMUS_LOG_WITNESSES has a line that is no `URL KEY`: {exc}") from exc
    return tuple(found)


def _own(note: str, key: LogKey) -> str:
    body, _, signatures = note.partition("\n\n")
    own = [line for line in signatures.splitlines() if line.startswith(f"\u2014 {key.name} ")]
    return f"{body}\n\n{own[0]}\n"
