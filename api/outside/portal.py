"""The door to the national portal: over HTTP, or a sandbox that writes what it was told into a file and says so."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from api.outside.wire import JsonService, check_sandbox, open_json_service
from api.settings import Settings
from dossiers import Portal, PortalForm, PortalUpdate


@dataclass(frozen=True, slots=True)
class HttpPortal:
    """`Portal` over HTTP, in the portal's own fields."""

    service: JsonService
    form: PortalForm

    def push(self, update: PortalUpdate) -> None:
        """Tell one status.

        Raises:
            DoorFailed: the portal did not take it.
        """
        self.service.ask("", self.form.write(update), key=update.update_id)


@dataclass(frozen=True, slots=True)
class SandboxPortal:
    """`Portal` for trying out: every line of its file says that it is no portal."""

    path: Path
    form: PortalForm
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def push(self, update: PortalUpdate) -> None:
        """Write one status down."""
        line = json.dumps({"sandbox": True} | self.form.write(update), ensure_ascii=False)
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")


def open_portal(settings: Settings, form: PortalForm, *, is_specimen: bool) -> Portal | None:
    """Open the door that the settings name, or none.

    Raises:
        BadSetting: it cannot be opened so.
    """
    door = settings.portal
    if not door.place:
        return None
    if check_sandbox(door, is_specimen=is_specimen):
        return SandboxPortal(settings.home / "sandbox" / "portal.ndjson", form)
    return HttpPortal(open_json_service(door, settings), form)
