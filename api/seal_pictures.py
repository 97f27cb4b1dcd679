"""The pictures of the agencies' seals: one PNG or JPEG an agency in the home, checked when it is brought in."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Final

from api.errors import RequestInvalid
from signing import SealImage

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class SealPictures:
    """Gives an agency's picture, decoded once for as long as its file stays the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[tuple[int, int], SealImage]] = {}

    def keep(self, agency_code: str, picture: bytes) -> SealImage:
        """Check a picture and keep it in the place of an earlier one.

        Raises:
            MarkUnusable: it is no picture that a mark can show.
            RequestInvalid: the agency's code cannot name a file.
        """
        image, target = SealImage.load(picture), self._path(agency_code)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self._folder)
        with os.fdopen(handle, "wb") as file:
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
        return image

    def find(self, agency_code: str) -> SealImage | None:
        """Give the picture of an agency, or None when it has none.

        Raises:
            MarkUnusable: the file was damaged since it was brought in.
        """
        path = self._path(agency_code)
        try:
            told = path.stat()
        except FileNotFoundError:
            return None
        version = (told.st_mtime_ns, told.st_size)
        known = self._known.get(agency_code)
        if known is None or known[0] != version:
            known = (version, SealImage.load(path.read_bytes()))
            self._known[agency_code] = known
        return known[1]

    def _path(self, agency_code: str) -> Path:
        if not _CODE.fullmatch(agency_code):
            raise RequestInvalid("the agency's code cannot name a file", field="code")
        return self._folder / f"{agency_code}.image"
