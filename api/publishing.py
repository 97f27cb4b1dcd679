"""The static site on a timer: written anew when it is due, and a trouble of the house when it is not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from api.errors import PublicationFailed, RequestInvalid
from api.publication import MANIFEST, publish_site
from api.services import Services
from api.settings import Settings

_AGAIN_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Failure:
    at: datetime
    why: str


class SitePublisher:
    """A chore of housekeeping that publishes when the site in its folder is older than the period."""

    def __init__(self, services: Services, folder: Path) -> None:
        """Publish into `folder`, as the settings say."""
        self._services = services
        self._folder = folder
        self._failure: _Failure | None = None

    def __call__(self) -> None:
        """Publish if it is due; after a failure not before five minutes are over.

        Raises:
            PublicationFailed: the site could not be written; said in every round until it can.
        """
        settings, at = self._services.settings, self._services.clock.now()
        if self._failure is not None and at - self._failure.at < _AGAIN_AFTER:
            raise PublicationFailed(self._failure.why)
        issued_at = _issued_at(self._folder)
        if issued_at is not None and at - issued_at < timedelta(hours=settings.publish_hours):
            self._failure = None
            return
        try:
            publish_site(self._services, self._folder, lives=timedelta(days=settings.publish_days))
        except (OSError, RequestInvalid) as exc:
            self._failure = _Failure(at, f"the static site could not be written: {type(exc).__name__}")
            raise PublicationFailed(self._failure.why) from exc
        self._failure = None


def publish_on_time(services: Services) -> None:
    """Let housekeeping publish where the settings name a folder."""
    folder = services.settings.publish_dir
    if folder is not None:
        services.housekeeping.add(SitePublisher(services, folder))


def publication_trouble(settings: Settings, *, at: datetime) -> str | None:
    """Say what is wrong with the site that the timer should have written; None when all is well or nothing is asked.

    It looks at the folder, so it also finds a worker that does not run.
    """
    if settings.publish_dir is None:
        return None
    issued_at = _issued_at(settings.publish_dir)
    if issued_at is None:
        return "MISSING"
    late = min(timedelta(hours=2 * settings.publish_hours), timedelta(days=settings.publish_days))
    return "STALE" if at - issued_at >= late else None


def _issued_at(folder: Path) -> datetime | None:
    try:
        issued_at = datetime.fromisoformat(json.loads((folder / MANIFEST).read_bytes())["issued_at"])
    except (OSError, ValueError, KeyError, TypeError):
        # What cannot be read is written anew; a folder with something else in it is refused there.
        return None
    return issued_at if issued_at.tzinfo is not None else None
