"""Make the specimens with their truth: the same bytes in every run on the same library versions.

Run `python -m samples.generate OUT_DIR [--only NAME]…`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from samples.catalogue import SPECIMENS
from samples.errors import UnknownSpecimen
from samples.truth import Specimen, WrittenSpecimen, write_truth

__all__ = ["SPECIMENS", "Specimen", "WrittenSpecimen", "main", "specimen_named", "write_specimen", "write_specimens"]

_BY_NAME: Final = {specimen.name: specimen for specimen in SPECIMENS}


def _say_nothing(name: str) -> None:
    del name


def specimen_named(name: str) -> Specimen:
    """Return the specimen of that name.

    Raises:
        UnknownSpecimen: there is none; the message lists the names.
    """
    if name not in _BY_NAME:
        raise UnknownSpecimen(f"no specimen is called {name!r}; there are: {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def write_specimen(specimen: Specimen, *, folder: Path) -> WrittenSpecimen:
    """Paint one specimen, scan it, and write it with its truth into the folder."""
    rng = np.random.Generator(np.random.PCG64(specimen.seed))
    pages = specimen.paint(rng)
    written = WrittenSpecimen(
        specimen=specimen,
        folder=folder,
        lines=tuple(page.lines for page in pages),
        fields=tuple(pair for page in pages for pair in page.fields),
    )
    written.file.write_bytes(specimen.develop(pages, rng))
    write_truth(written)
    return written


def _write_named(name: str, folder: Path) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, str], ...]]:
    # A specimen holds functions made at import, which do not travel between processes; its name does.
    written = write_specimen(specimen_named(name), folder=folder)
    return written.lines, written.fields


def write_specimens(
    folder: Path,
    *,
    names: Sequence[str] | None = None,
    workers: int = 2,
    on_progress: Callable[[str], None] = _say_nothing,
) -> tuple[WrittenSpecimen, ...]:
    """Write the named specimens (all when not said) and return them in the catalogue's order.

    `on_progress` hears each name when its files are written.

    Raises:
        UnknownSpecimen: a name belongs to no specimen; nothing was written.
    """
    chosen = SPECIMENS if names is None else tuple(specimen_named(name) for name in names)
    folder.mkdir(parents=True, exist_ok=True)
    if workers < 2 or len(chosen) < 2:
        written = []
        for specimen in chosen:
            written.append(write_specimen(specimen, folder=folder))
            on_progress(specimen.name)
        return tuple(written)
    found: dict[str, WrittenSpecimen] = {}
    # Spawned, not forked: the caller may already run threads.
    with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
        # The heaviest first, so that no process waits for the other at the end.
        order = sorted(chosen, key=lambda specimen: -specimen.weight)
        waiting = {pool.submit(_write_named, specimen.name, folder): specimen for specimen in order}
        for future in as_completed(waiting):
            specimen = waiting[future]
            lines, fields = future.result()
            found[specimen.name] = WrittenSpecimen(specimen=specimen, folder=folder, lines=lines, fields=fields)
            on_progress(specimen.name)
    return tuple(found[specimen.name] for specimen in chosen)


def main(arguments: Sequence[str]) -> int:
    """Write the specimens from the command line; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m samples.generate", description="Make the specimen papers.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR")
    parser.add_argument("--only", action="append", metavar="NAME", help="make this one (may be repeated)")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(arguments)
    try:
        written = write_specimens(
            chosen.folder,
            names=chosen.only,
            workers=chosen.workers,
            on_progress=lambda name: print(f"made {name}", file=sys.stderr),
        )
    except UnknownSpecimen as exc:
        print(exc, file=sys.stderr)
        return 2
    for specimen in written:
        print(specimen.file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
