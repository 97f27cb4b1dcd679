"""Several time-stamping services behind one: the first that gives a token passing every check is used."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from guard.clock import Clock
from keys.breaker import CircuitBreaker
from keys.errors import TimestampRejected, TimestampUnavailable
from keys.services import TimestampAuthority
from keys.timestamp_check import TimestampToken

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NamedTimestamps:
    """One service of several; `name` stands in messages and logs, for example its host."""

    name: str
    authority: TimestampAuthority


class FailoverTimestamps:
    """Asks the services in their order of preference and passes over those that rest; safe for threads.

    A rejected answer counts as a failure too: a service with a wrong clock is asked no more often than a dead one.
    """

    def __init__(self, members: Sequence[NamedTimestamps], *, clock: Clock) -> None:
        """Raises ValueError without a member: a source that can never answer must not be built."""
        if not members:
            raise ValueError("a time-stamp needs at least one service")
        self._clock = clock
        self._members = tuple((member, CircuitBreaker(clock=clock)) for member in members)

    @property
    def resting(self) -> tuple[str, ...]:
        """The services that are not asked at this moment."""
        return tuple(member.name for member, breaker in self._members if breaker.is_resting)

    def stamp(self, imprint_sha256: bytes, *, at_sent: datetime) -> TimestampToken:
        """Have a digest stamped by the first service that can.

        Raises:
            TimestampUnavailable: no service answered, or all of them rest.
            TimestampRejected: those that answered gave nothing usable; the reason is the last one's.
        """
        sent, rejection, told = at_sent, None, []
        for member, breaker in self._members:
            if not breaker.admits():
                told.append(f"{member.name} rests after failures")
                continue
            try:
                with breaker.watching():
                    return member.authority.stamp(imprint_sha256, at_sent=sent)
            except TimestampRejected as exc:
                rejection = exc
                told.append(f"{member.name}: {exc.reason.value}")
            except TimestampUnavailable as exc:
                told.append(f"{member.name}: {exc}")
            _LOG.warning("a time-stamping service was passed over", extra={"service": member.name})
            # The next service is judged by the moment it is asked: waiting for the first must not widen its window.
            sent = max(at_sent, self._clock.now())
        if rejection is not None:
            raise TimestampRejected(
                f"no time-stamping service gave a usable answer ({'; '.join(told)}); nothing was signed",
                reason=rejection.reason,
            ) from rejection
        raise TimestampUnavailable(
            f"no time-stamping service answered ({'; '.join(told)}); nothing was signed, try again"
        )
