"""What the office does once a night: walk every signing path, and tell which keys end soon."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from certify import DryRunServices, LawPack, dry_run, last_dry_run_at, tell_radar

# Nobody signs at two, and whoever is on duty at seven can still renew a key or call the service.
_FROM_HOUR: Final = 2


class Nightly:
    """A chore of housekeeping that has something to do in one round a day."""

    def __init__(self, services: DryRunServices, *, law: LawPack, founded_at: datetime) -> None:
        """A home founded today is left in peace: its first night is the next one."""
        self._services = services
        self._law = law
        self._founded_at = founded_at

    def __call__(self) -> None:
        """Do the night's work unless it was done, by this process or another, since two o'clock."""
        at = self._services.clock.now()
        if not self._is_due(at):
            return
        # Told first: a blocked path must not keep the radar from being read.
        with self._services.database.transaction() as tx:
            tell_radar(tx, at=at)
        dry_run(self._services)

    def _is_due(self, at: datetime) -> bool:
        local = self._law.local_time(at)
        if local.hour < _FROM_HOUR or self._law.local_date(self._founded_at) >= local.date():
            return False
        with self._services.database.read() as tx:
            last = last_dry_run_at(tx)
        return last is None or self._law.local_date(last) < local.date()
