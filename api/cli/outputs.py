"""Where commands write: no result takes the place of an input or of another one, and a refused one leaves no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from api.errors import RequestInvalid


def check_outputs(inputs: Sequence[Path], *, out_dir: Path, suffixes: Sequence[str]) -> None:
    """Refuse a run in which two results would have one name, or a result would overwrite an input.

    Raises:
        RequestInvalid: names the file that would be lost.
    """
    read = {path.resolve() for path in inputs}
    written: set[Path] = set()
    for path in inputs:
        for suffix in suffixes:
            target = (out_dir / f"{path.stem}{suffix}").resolve()
            if target in read:
                raise RequestInvalid(f"{target} would be overwritten; choose another --out-dir", field="out_dir")
            if target in written:
                raise RequestInvalid(
                    f"two files would be written as {target}; give each its own run or its own name", field="out_dir"
                )
            written.add(target)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that must not be there yet; when the block fails, no half of it stays.

    Enter it after the place that a command acts at: an address or a name that is refused then touches no disk.

    Raises:
        OSError: the file is there already, and stays as it is, or cannot be written.
    """
    with path.open("xb") as file:
        try:
            yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise
