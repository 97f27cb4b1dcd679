"""The courier: a thread that spreads what happened, then carries what is due, one sending after the other.

What it carries is acknowledged after the receiver has it. Killed in between, it carries it again under the same id.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from api.errors import NotDelivered
from api.housekeeping import ENDED
from certify import CertifyError
from guard import Clock
from keys import KeysError
from vault import Database, DatabaseUnavailable, StoreUnavailable
from vault.delivery import Channel, Delivery, DeliveryState, claim_due, note_failed, note_sent

_LOG: Final = logging.getLogger(__name__)
_EVERY_SECONDS: Final = 5.0
# These pass by themselves: the next round tries again.
_PASSING: Final = (DatabaseUnavailable, StoreUnavailable, CertifyError, KeysError)


class Carrier(Protocol):
    """One way out of the house."""

    def carry(self, delivery: Delivery) -> None:
        """Bring one sending to its receiver; when this returns, the receiver has it.

        Raises:
            NotDelivered: it has not; `is_final` says whether another attempt is of use.
        """
        ...


@contextlib.contextmanager
def running_together(couriers: Sequence[Courier]) -> Iterator[None]:
    """Let several couriers work in the background until the block ends."""
    with contextlib.ExitStack() as stack:
        for courier in couriers:
            stack.enter_context(courier.running())
        yield


class Courier:
    """Carries sendings by the ways that are configured; what waits for another way is left waiting."""

    def __init__(
        self,
        database: Database,
        *,
        spread: Callable[[], object],
        carriers: Mapping[Channel, Carrier],
        clock: Clock,
        name: str,
        every_seconds: float = _EVERY_SECONDS,
    ) -> None:
        """Take the ways out; nothing is sent before the first round."""
        self._database = database
        self._spread = spread
        self._carriers = carriers
        self._clock = clock
        self._name = name
        self._every_seconds = every_seconds
        self._stopping = threading.Event()
        self.trouble: str | None = None

    def round(self) -> int:
        """Spread what happened and carry everything that is due now; gives how many attempts were made."""
        self._spread()
        attempts = 0
        while not self._stopping.is_set():
            # One at a time: what is claimed and not yet begun would be late when the one before it is slow.
            with self._database.transaction() as tx:
                due = claim_due(tx, tuple(self._carriers), sender=self._name, at=self._clock.now(), limit=1)
            if not due:
                break
            self._carry(due[0])
            attempts += 1
        return attempts

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Do the rounds in the background until the block ends."""
        thread = threading.Thread(target=self._work, name="courier", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join(timeout=60)

    def _work(self) -> None:
        try:
            while not self._stopping.wait(self._every_seconds):
                try:
                    self.round()
                    self.trouble = None
                except _PASSING as exc:
                    self.trouble = type(exc).__name__
                    _LOG.warning("the courier stopped and starts again", extra={"error": type(exc).__name__})
        finally:
            if not self._stopping.is_set():
                # As with the chores: the process is not ready any more, and a watchdog starts it anew.
                self.trouble = ENDED

    def _carry(self, delivery: Delivery) -> None:
        told = {"delivery_id": delivery.delivery_id, "channel": delivery.channel.value, "attempt": delivery.attempts}
        try:
            self._carriers[delivery.channel].carry(delivery)
        except NotDelivered as exc:
            state = self._note_failed(delivery, exc, at=self._clock.now())
            _LOG.warning("a sending did not arrive", extra=told | {"code": exc.code, "state": state.value})
            return
        with self._database.transaction() as tx:
            note_sent(tx, delivery, at=self._clock.now())
        _LOG.info("a sending arrived", extra=told)

    def _note_failed(self, delivery: Delivery, error: NotDelivered, *, at: datetime) -> DeliveryState:
        with self._database.transaction() as tx:
            return note_failed(tx, delivery, error.code, at=at, is_final=error.is_final)
