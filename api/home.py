"""The home folder: where one Vidimus keeps everything, and which mode and country it was born in."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from api.errors import HomeExists, HomeMissing, NotADemoHome
from keys import Mode

_MARK: Final = "vidimus.json"
_UNFINISHED: Final = ".founding"
_FORMAT: Final = 1
DEFAULT_COUNTRY: Final = "vn"


@dataclass(frozen=True, slots=True)
class Home:
    """An initialised home; its mode and country were written once and never change."""

    folder: Path
    mode: Mode
    created_at: datetime
    country: str = DEFAULT_COUNTRY

    @property
    def keys(self) -> Path:
        """PKCS#12 files of officers and seals, and the log's key."""
        return self.folder / "keys"

    @property
    def kek(self) -> Path:
        """The key-encryption key, when it is a file."""
        return self.folder / "kek"

    @property
    def authority(self) -> Path:
        """The embedded authority (demo and training)."""
        return self.folder / "authority"

    @property
    def trust(self) -> Path:
        """Trust anchors and CRLs that verification relies on."""
        return self.folder / "trust"

    @property
    def seals(self) -> Path:
        """The pictures of the agencies' seals."""
        return self.folder / "seals"

    @property
    def spool(self) -> Path:
        """Files without a name, while they are read."""
        return self.folder / "spool"

    @property
    def log(self) -> Path:
        """Tiles and checkpoints of the transparency log."""
        return self.folder / "log"


def init_home(folder: Path, *, mode: Mode, at: datetime, country: str = DEFAULT_COUNTRY) -> Home:
    """Make the folders of a home, readable by its owner alone; it is a home once `mark_founded` wrote its mark.

    A founding that was cut short leaves no mark, and is cleared away by the next one.

    Raises:
        HomeExists: the folder is a home already or holds something else.
    """
    if (folder / _UNFINISHED).exists() and not (folder / _MARK).exists():
        shutil.rmtree(folder)
    if folder.exists() and any(folder.iterdir()):
        raise HomeExists(f"{folder} is not empty; choose another VIDIMUS_HOME (a home's mode never changes)")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / _UNFINISHED).touch(mode=0o600)
    home = Home(folder=folder, mode=mode, created_at=at, country=country)
    for place in (home.keys, home.trust, home.log):
        place.mkdir(mode=0o700)
    return home


def mark_founded(home: Home) -> Home:
    """Write the mark that makes the folder a home, with its mode, for ever."""
    mark = {
        "format": _FORMAT,
        "mode": home.mode.value,
        "created_at": home.created_at.isoformat(),
        "country": home.country,
    }
    # The mark comes last and whole: a home that has it is complete.
    temporary = home.folder / f".{_MARK}.new"
    with temporary.open("w", encoding="utf-8") as out:
        json.dump(mark, out)
        out.flush()
        os.fsync(out.fileno())
    temporary.rename(home.folder / _MARK)
    (home.folder / _UNFINISHED).unlink()
    return home


def open_home(folder: Path) -> Home:
    """Open the home at `folder`.

    Raises:
        HomeMissing: there is none, or its mark cannot be read.
    """
    try:
        mark = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        return Home(
            folder=folder,
            mode=Mode(mark["mode"]),
            created_at=datetime.fromisoformat(mark["created_at"]),
            # A home of an earlier version did not say it.
            country=str(mark.get("country", DEFAULT_COUNTRY)),
        )
    except FileNotFoundError as exc:
        raise HomeMissing(f"{folder} is no Vidimus home; `vidimus db init --mode …` makes one") from exc
    except (ValueError, KeyError, TypeError) as exc:
        raise HomeMissing(f"the mark {folder / _MARK} cannot be read; restore it from a backup") from exc


def remove_demo_home(folder: Path) -> None:
    """Remove a home that says of itself that it is a demo, and nothing else.

    Raises:
        HomeMissing: there is no home at this place.
        NotADemoHome: the home holds training or production work.
    """
    home = open_home(folder)
    if home.mode is not Mode.DEMO:
        raise NotADemoHome(f"{folder} is a {home.mode.value} home; only a demo home is ever removed by a command")
    shutil.rmtree(folder)
