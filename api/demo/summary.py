"""What the demonstration tells in the end: one object for programs, a table for people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

_FILE: Final = "story.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class CertifiedCopy:
    """A copy the story certified; `seconds` is machine time from the upload to the deposit."""

    name: str
    path: str
    record_id: str
    register_number: str
    code: str
    seconds: float
    seconds_by_stage: dict[str, float]


@dataclass(frozen=True, slots=True)
class RefusedScan:
    """A scan that was not certified, with its code."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class CaughtForgery:
    """A file that was changed at run time, with the verdict it got."""

    name: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ReusedPaper:
    """A paper that a procedure took from the vault instead of from the citizen's hands."""

    procedure: str
    requirement: str
    outcome: str
    record_id: str | None = None
    fetched_by: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole story so far; it is kept in the home, so that an interrupted one goes on."""

    certified: tuple[CertifiedCopy, ...] = ()
    refused: tuple[RefusedScan, ...] = ()
    caught: tuple[CaughtForgery, ...] = ()
    reused: tuple[ReusedPaper, ...] = ()
    seconds: float = 0.0
    trust_dir: str = ""
    root_sha256_hex: str = field(default="")

    def to_dict(self) -> dict[str, Any]:
        """Give the object that `./demo --json` prints."""
        return asdict(self)


def save_summary(folder: Path, summary: Summary) -> None:
    """Keep the story, whole or as it was before."""
    temporary = folder / f".{_FILE}.new"
    kept = {"format": _FORMAT, "folder": str(folder)} | summary.to_dict()
    temporary.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    temporary.replace(folder / _FILE)


def load_summary(folder: Path) -> Summary:
    """Give the story of an earlier run, empty when there was none; its paths are those of today if the home was moved."""
    try:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Summary()
    before = Path(kept.get("folder", folder))

    def here(path: str) -> str:
        return str(folder / Path(path).relative_to(before)) if Path(path).is_relative_to(before) else path

    return Summary(
        certified=tuple(CertifiedCopy(**copy | {"path": here(copy["path"])}) for copy in kept["certified"]),
        refused=tuple(RefusedScan(**scan) for scan in kept["refused"]),
        caught=tuple(CaughtForgery(**forgery) for forgery in kept["caught"]),
        reused=tuple(ReusedPaper(**paper) for paper in kept["reused"]),
        seconds=kept["seconds"],
        trust_dir=here(kept["trust_dir"]),
        root_sha256_hex=kept["root_sha256_hex"],
    )
