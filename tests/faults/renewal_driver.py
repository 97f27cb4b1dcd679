"""One process of the office years later, for crash tests: renews its one copy, or dies where it is told.

`python -m tests.faults.renewal_driver FOLDER DATABASE_URL MINUTE POINT`. With a crash point the process waits for its death.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

from certify.pipeline import CrashPoints, KillAt
from certify.renewal import get_protected
from tests.bureau import AT
from tests.journey_office import JourneyOffice
from vault.owners import HolderOwner
from vault.records import list_for_holder

PATIENCE_SECONDS = 90
# The certificate of the first time-stamp ends in three months.
NEARLY_OVER = timedelta(days=5 * 365 - 90)


def open_years_later(folder: Path, database_url: str, *, minute: int, crash_hook: CrashPoints) -> JourneyOffice:
    """Open the office when its copy is due for renewal."""
    at = AT + NEARLY_OVER + timedelta(minutes=minute)
    return JourneyOffice(folder, database_url, crash_hook=crash_hook, at=at)


def renewed_times(office: JourneyOffice) -> int:
    """How often the one copy was renewed."""
    with office.database.read() as tx:
        (record,) = list_for_holder(tx, HolderOwner(office.facts.holder_id))
        known = get_protected(tx, record.record_id)
    return known.renewed if known else 0


def main(arguments: list[str]) -> int:
    """Renew until the process is killed; 1 when nothing killed it."""
    folder, database_url, minute, point = arguments
    office = open_years_later(Path(folder), database_url, minute=int(minute), crash_hook=KillAt(point))
    try:
        office.pipeline.start()
        office.pipeline.renew_due()
        time.sleep(PATIENCE_SECONDS)
        return 1
    finally:
        office.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
