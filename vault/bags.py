"""Packages that outlive us: BagIt in a ZIP (RFC 8493), plain files with a manifest that any archive can check.

Nothing in a bag needs Vidimus: papers are the PDFs as they were sealed, everything else is JSON or text.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from vault.errors import BagInvalid

_DECLARATION: Final = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_MANIFEST: Final = "manifest-sha256.txt"
_TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
_PAYLOAD: Final = "data/"
_LINE: Final = re.compile(r"([0-9a-f]{64})  (\S.*)\Z")
_PIECE: Final = 1 << 20
_MOST_FILES: Final = 200_000
# The same package has the same bytes: a ZIP's times are those of the bag, to two seconds and without a zone.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class BagWriter:
    """Writes a bag into an open file, payload first, manifests in `finish`."""

    def __init__(self, target: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self._digests: dict[str, str] = {}
        self._bytes = 0

    def add(self, name: str, content: bytes) -> None:
        """Add a file of the payload, by its name below `data/`."""
        self._put(_PAYLOAD + name, content)
        self._bytes += len(content)

    def finish(self, told: Mapping[str, str], *, at: datetime) -> None:
        """Write what the bag is, its manifests, and close it."""
        payload = dict(self._digests)
        info = {"Bagging-Date": f"{at:%Y-%m-%d}", "Payload-Oxum": f"{self._bytes}.{len(payload)}", **told}
        lines = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in info.items())
        self._put("bagit.txt", _DECLARATION.encode())
        self._put("bag-info.txt", lines.encode())
        self._put(_MANIFEST, _manifest(payload))
        tags = {name: digest for name, digest in self._digests.items() if name not in payload}
        self._put(_TAG_MANIFEST, _manifest(tags))
        self._zip.close()

    def _put(self, name: str, content: bytes) -> None:
        if name in self._digests:
            raise BagInvalid(f"{name} is in the package already")
        self._digests[name] = hashlib.sha256(content).hexdigest()
        self._zip.writestr(zipfile.ZipInfo(name, _EPOCH), content)


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag whose every file was held against its manifests."""

    path: Path
    info: Mapping[str, str]
    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """Give a file of the payload, held against the manifest once more.

        Raises:
            BagInvalid: it changed since the bag was opened, or there is none.
        """
        with zipfile.ZipFile(self.path) as packed:
            digests = _read_manifest(packed, _MANIFEST)
            try:
                content = packed.read(_PAYLOAD + name)
            except KeyError as error:
                raise BagInvalid(f"the package has no file {name}") from error
        if hashlib.sha256(content).hexdigest() != digests.get(_PAYLOAD + name):
            raise BagInvalid(f"{name} is not what the manifest says; take another copy of the package")
        return content


def open_bag(path: Path) -> Bag:
    """Open a bag and check all of it: nothing missing, nothing that no manifest names, every digest right.

    Raises:
        BagInvalid: it is no bag, or not a whole one.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            names = [one.filename for one in packed.infolist() if not one.is_dir()]
            if len(names) != len(set(names)) or len(names) > _MOST_FILES or any(not _is_plain(one) for one in names):
                raise BagInvalid("a name in the package stands twice or leads out of it")
            if packed.read("bagit.txt").decode() != _DECLARATION:
                raise BagInvalid("the package is no BagIt 1.0 in UTF-8")
            digests = _read_manifest(packed, _MANIFEST) | _read_manifest(packed, _TAG_MANIFEST)
            if set(digests) | {_TAG_MANIFEST} != set(names):
                raise BagInvalid("files of the package and its manifests are not the same; take another copy")
            for name, digest in digests.items():
                if _digest_of(packed, name) != digest:
                    raise BagInvalid(f"{name} is not what the manifest says; take another copy of the package")
            info = dict(
                line.split(": ", 1) for line in packed.read("bag-info.txt").decode().splitlines() if ": " in line
            )
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, OSError, NotImplementedError, RuntimeError) as error:
        raise BagInvalid(f"{path.name} is no package that can be read: {type(error).__name__}") from error
    return Bag(path, info, tuple(one.removeprefix(_PAYLOAD) for one in names if one.startswith(_PAYLOAD)))


def _manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def _read_manifest(packed: zipfile.ZipFile, name: str) -> dict[str, str]:
    found = {}
    for line in packed.read(name).decode().splitlines():
        match = _LINE.match(line)
        if match is None:
            raise BagInvalid(f"{name} has a line that is none of a manifest")
        found[match[2]] = match[1]
    return found


def _digest_of(packed: zipfile.ZipFile, name: str) -> str:
    running = hashlib.sha256()
    with packed.open(name) as content:
        while piece := content.read(_PIECE):
            running.update(piece)
    return running.hexdigest()


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and path.as_posix() == name
