"""Where bytes lie: a folder that survives a power cut, or a bucket; names are only ever written once.

The local store of obstore does not call fsync, so a certified copy could be acknowledged and lost in a power cut. The
folder here writes beside, syncs, links into place and syncs the folder. Buckets go through obstore.
"""

from __future__ import annotations

import errno
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, TypeAlias

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import from_url

from vault.errors import NotFound, StoreFull, StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Bucket

_SEGMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_TEMPORARY_PREFIX: Final = ".new-"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


Writing: TypeAlias = Callable[[BinaryIO], None]
"""Writes the content of an object into a file that is open for it."""


class AlreadyStored(Exception):
    """An object of this name exists; `put_new` left it as it is."""


class ObjectStore(Protocol):
    """Named immutable bytes. A path is made from ids and fixed words, never from a file name."""

    def put_new(self, path: str, content: bytes) -> None:
        """Store durably, or raise `AlreadyStored` and leave the first content in place."""
        ...

    def put_new_from(self, path: str, write: Writing) -> None:
        """As `put_new`, with the content written piece by piece, so that it is never held whole."""
        ...

    def replace(self, path: str, content: bytes) -> None:
        """Store durably in place of what was there: a reader sees the old or the new, never a part."""
        ...

    def get(self, path: str) -> bytes:
        """Give the content, or raise `NotFound`."""
        ...

    def open(self, path: str) -> BinaryIO:
        """Open the content to be read piece by piece, or raise `NotFound`."""
        ...

    def exists(self, path: str) -> bool:
        """Say whether an object of this name is there."""
        ...

    def delete(self, path: str) -> None:
        """Remove the object; removing what is not there changes nothing."""
        ...

    def list_paths(self, prefix: str = "") -> tuple[str, ...]:
        """List the objects below a folder, or all of them, in the order of their names."""
        ...

    def list_folders(self) -> tuple[str, ...]:
        """List the first words of all paths that have more than one, in their order."""
        ...


class FolderStore:
    """Objects as files below one folder, readable by the service account alone."""

    __slots__ = ("_root",)

    def __init__(self, root: Path) -> None:
        self._root = root
        with _folder_errors(root):
            _make_folder(root)

    def put_new(self, path: str, content: bytes) -> None:
        """Store durably, as `put_new_from`."""
        self.put_new_from(path, _all_of(content))

    def put_new_from(self, path: str, write: Writing) -> None:
        """Write beside, sync, then link: a hard link fails when the name is taken, a rename would overwrite."""
        target = self._target(path)
        with _folder_errors(target):
            _make_folder(target.parent)
            temporary = _write_beside(target, write)
            try:
                os.link(temporary, target)
            except FileExistsError as error:
                raise AlreadyStored(path) from error
            finally:
                temporary.unlink()
            _sync_folder(target.parent)

    def replace(self, path: str, content: bytes) -> None:
        """Write beside, sync, rename."""
        target = self._target(path)
        with _folder_errors(target):
            _make_folder(target.parent)
            _write_beside(target, _all_of(content)).replace(target)
            _sync_folder(target.parent)

    def get(self, path: str) -> bytes:
        """Read the whole file."""
        target = self._target(path)
        with _folder_errors(target):
            try:
                return target.read_bytes()
            except FileNotFoundError as error:
                raise NotFound(f"no stored object {path}") from error

    def open(self, path: str) -> BinaryIO:
        """Open the file."""
        target = self._target(path)
        with _folder_errors(target):
            try:
                return target.open("rb")
            except FileNotFoundError as error:
                raise NotFound(f"no stored object {path}") from error

    def exists(self, path: str) -> bool:
        """Look for the file."""
        return self._target(path).is_file()

    def delete(self, path: str) -> None:
        """Remove the file and make the removal durable."""
        target = self._target(path)
        with _folder_errors(target):
            try:
                target.unlink()
            except FileNotFoundError:
                return
            _sync_folder(target.parent)

    def list_paths(self, prefix: str = "") -> tuple[str, ...]:
        """List the files below the prefix; what an interrupted write left behind is no object."""
        folder = self._target(prefix) if prefix else self._root
        found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        return tuple(sorted(path.relative_to(self._root).as_posix() for path in found))

    def list_folders(self) -> tuple[str, ...]:
        """List the folders at the top; one whose files were all deleted may be among them."""
        return tuple(sorted(path.name for path in self._root.iterdir() if path.is_dir() and path.name[0] != "."))

    def _target(self, path: str) -> Path:
        return self._root.joinpath(*checked_segments(path))


class BucketStore:
    """Objects in an S3-compatible bucket (or any store obstore speaks to)."""

    __slots__ = ("_bucket",)

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def put_new(self, path: str, content: bytes) -> None:
        """Put with "create only": the bucket itself refuses a second content."""
        checked_segments(path)
        try:
            obstore.put(self._bucket, path, content, mode="create")
        except AlreadyExistsError as error:
            raise AlreadyStored(path) from error
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"object {path} could not be stored in the bucket; try again") from error

    def put_new_from(self, path: str, write: Writing) -> None:
        """Write a file without a name first, then put it: the bucket wants to know the whole length."""
        checked_segments(path)
        try:
            with tempfile.TemporaryFile() as file:
                write(file)
                file.seek(0)
                obstore.put(self._bucket, path, file, mode="create")
        except AlreadyExistsError as error:
            raise AlreadyStored(path) from error
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"object {path} could not be stored in the bucket; try again") from error

    def replace(self, path: str, content: bytes) -> None:
        """Put over the old content."""
        checked_segments(path)
        try:
            obstore.put(self._bucket, path, content)
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"object {path} could not be stored in the bucket; try again") from error

    def get(self, path: str) -> bytes:
        """Fetch the whole object."""
        checked_segments(path)
        try:
            return bytes(obstore.get(self._bucket, path).bytes())
        except FileNotFoundError as error:
            raise NotFound(f"no stored object {path}") from error
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"object {path} could not be read from the bucket; try again") from error

    def open(self, path: str) -> BinaryIO:
        """Fetch the object in pieces."""
        checked_segments(path)
        try:
            return io.BufferedReader(_BucketReader(obstore.open_reader(self._bucket, path)))
        except FileNotFoundError as error:
            raise NotFound(f"no stored object {path}") from error
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"object {path} could not be read from the bucket; try again") from error

    def exists(self, path: str) -> bool:
        """Ask the bucket."""
        checked_segments(path)
        try:
            obstore.head(self._bucket, path)
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"the bucket did not answer about object {path}; try again") from error
        return True

    def delete(self, path: str) -> None:
        """Delete the object."""
        checked_segments(path)
        try:
            obstore.delete(self._bucket, path)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"object {path} could not be deleted from the bucket; try again") from error

    def list_paths(self, prefix: str = "") -> tuple[str, ...]:
        """List the bucket below the prefix."""
        if prefix:
            checked_segments(prefix)
        try:
            batches = list(obstore.list(self._bucket, prefix=prefix or None))
        except (BaseError, OSError) as error:
            raise StoreUnavailable("the bucket could not be listed; try again") from error
        return tuple(sorted(meta["path"] for batch in batches for meta in batch))

    def list_folders(self) -> tuple[str, ...]:
        """Ask the bucket for what its names begin with."""
        try:
            found = obstore.list_with_delimiter(self._bucket)["common_prefixes"]
        except (BaseError, OSError) as error:
            raise StoreUnavailable("the bucket could not be listed; try again") from error
        return tuple(sorted(path.rstrip("/") for path in found))


class _BucketReader(io.RawIOBase):
    """An object of a bucket as a file that is read from its beginning."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readable(self) -> bool:
        """Say that it is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fetch the next piece."""
        piece = bytes(self._reader.read(len(buffer)))
        buffer[: len(piece)] = piece
        return len(piece)


def open_store(place: str | Path) -> ObjectStore:
    """Open a folder, or a bucket by its URL (`s3://…`; `memory:///` for trials).

    Raises:
        StoreUnavailable: the folder cannot be made or the URL is not understood.
    """
    if isinstance(place, Path) or "://" not in place:
        return FolderStore(Path(place))
    try:
        return BucketStore(from_url(place))
    except (BaseError, ValueError, OSError) as error:
        raise StoreUnavailable(f"the store {place.split('://')[0]}://… cannot be opened; check its address") from error


def checked_segments(path: str) -> tuple[str, ...]:
    """Split a path into its parts and refuse any that could climb out, hide or collide.

    Raises:
        StoreUnavailable: a part is empty, begins with a dot, is too long or holds another character.
    """
    segments = tuple(path.split("/"))
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise StoreUnavailable("an object name may hold only letters, digits, dot, hyphen and underscore")
    return segments


@contextmanager
def _folder_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        kind = StoreFull if exc.errno in _FULL else StoreUnavailable
        raise kind(f"{path.name} could not be stored or read ({exc.strerror}); check disk space and rights") from exc


def _make_folder(folder: Path) -> None:
    missing = [folder, *folder.parents]
    for path in reversed([path for path in missing if not path.is_dir()]):
        # Another process may be faster; its folder is as good as ours.
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        _sync_folder(path.parent)


def _all_of(content: bytes) -> Writing:
    def write(file: BinaryIO) -> None:
        file.write(content)

    return write


def _write_beside(target: Path, write: Writing) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY_PREFIX, dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        # A full disk must not keep half a file, nor whoever writes and gives up.
        temporary.unlink()
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
