"""What reading is measured on: pages printed and damaged for the run, or a folder with a manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from samples.reading_splits import SPLITS, MeasuredPage, make_page


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """One file to read, with the printed lines of all its pages."""

    split: str
    path: Path
    lines: tuple[str, ...]
    pages: int
    languages: tuple[str, ...]


def print_pages(folder: Path, *, per_split: int, seed: int) -> list[MeasuredFile]:
    """Print, damage and scan fresh pages, two at a time, and write them into the folder."""
    wanted = [(split, number, seed) for split, _ in SPLITS for number in range(per_split)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
        return [_written(page, folder) for page in workers.map(_make, wanted)]


def read_manifests(folder: Path) -> Iterator[MeasuredFile]:
    """Read the files that `manifest*.jsonl` names: file, segs (a JSON list of lines), split, pages, lang.

    Vietnamese pages are read as the counter reads them, others in their own language.
    """
    for manifest in sorted(folder.glob("manifest*.jsonl")):
        for row in manifest.read_text(encoding="utf-8").splitlines():
            entry = json.loads(row)
            lines = json.loads((folder / entry["segs"]).read_text(encoding="utf-8"))
            languages = tuple(str(entry["lang"]).split("+"))
            yield MeasuredFile(
                split=entry["split"],
                path=folder / entry["file"],
                lines=tuple(lines),
                pages=int(entry["pages"]),
                languages=("vie",) if "vie" in languages else languages,
            )


def _make(wanted: tuple[str, int, int]) -> MeasuredPage:
    split, number, seed = wanted
    return make_page(split, number=number, seed=seed)


def _written(page: MeasuredPage, folder: Path) -> MeasuredFile:
    path = folder / f"{page.name}.{page.suffix}"
    path.write_bytes(page.content)
    return MeasuredFile(page.split, path, page.lines, 1, ("vie",))
