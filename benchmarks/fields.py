"""Precision and recall of fields and kinds of paper, on fresh invented papers and on the specimens.

    .venv/bin/python -m benchmarks.fields [--json] [--quick] [--seed N]

Precision is the share of offered values that are right, recall the share of printed values that were offered right. A
value counts as right when it is spelled as printed, case, spaces and the place of tone marks aside.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.field_papers import MAKERS, FieldPaper, make_paper
from guard import Isolation, SandboxPool
from ocr import DocumentFields, accept_scan, ocr_sandbox, read_codes, read_fields, read_pages
from ocr.field_rules import fields_of
from ocr.syllables import same_spelling
from samples.generate import SPECIMENS, write_specimens

FULL_SEEDS, QUICK_SEEDS = 6, 1


@dataclass(slots=True)
class Tally:
    """Counts of one field: printed, offered, offered right."""

    printed: int = 0
    offered: int = 0
    right: int = 0

    @property
    def precision(self) -> float | None:
        """None when nothing was offered."""
        return self.right / self.offered if self.offered else None

    @property
    def recall(self) -> float | None:
        """None when nothing was printed."""
        return self.right / self.printed if self.printed else None


@dataclass(slots=True)
class Score:
    """Counts of a run by field, and which kind was taken for which."""

    fields: dict[str, Tally] = field(default_factory=dict)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    pages: int = 0

    def add(self, doc_type: str, truth: Mapping[str, str], found: DocumentFields) -> None:
        """Count one paper; a value offered for a field that is not printed is wrong."""
        self.pages += 1
        self.kinds[doc_type, found.doc_type] += 1
        offered = {one.name: one.value for one in found.fields}
        for name in sorted({*truth, *offered}):
            tally = self.fields.setdefault(name, Tally())
            tally.printed += name in truth
            tally.offered += name in offered
            if name in truth and name in offered and is_same(truth[name], offered[name]):
                tally.right += 1
            elif name in offered:
                # Invented people only: these may be shown.
                self.wrong.append(f"{doc_type} {name}: {offered[name]!r} for {truth.get(name)!r}")

    def summary(self) -> dict[str, object]:
        """Give the figures as plain values."""
        total = Tally(
            sum(one.printed for one in self.fields.values()),
            sum(one.offered for one in self.fields.values()),
            sum(one.right for one in self.fields.values()),
        )
        sure = sum(count for (_, found), count in self.kinds.items() if found != "UNKNOWN")
        right = sum(count for (printed, found), count in self.kinds.items() if printed == found)
        wrong = sum(count for (printed, found), count in self.kinds.items() if found not in (printed, "UNKNOWN"))
        return {
            "papers": self.pages,
            "kinds_right": right,
            "kinds_wrong": wrong,
            "kinds_unknown": self.pages - sure,
            "precision": _share(total.precision),
            "recall": _share(total.recall),
            "wrong_values": self.wrong,
            "fields": {
                name: {"printed": one.printed, "offered": one.offered, "right": one.right,
                       "precision": _share(one.precision), "recall": _share(one.recall)}
                for name, one in sorted(self.fields.items())
            },
        }  # fmt: skip


def is_same(printed: str, offered: str) -> bool:
    """Tell whether a value was read as printed."""
    return same_spelling(printed.replace(" ", ""), offered.replace(" ", "")) or same_spelling(printed, offered)


def fresh_score(papers: Iterable[FieldPaper], *, pool: SandboxPool) -> Score:
    """Read fresh papers and count."""
    score = Score()
    for paper in papers:
        score.add(paper.doc_type, paper.truth, _read(paper.jpeg, pool=pool))
    return score


def specimen_score(*, pool: SandboxPool) -> Score:
    """Read the specimens that a counter certifies and count the fields that the rules of their kind name."""
    score = Score()
    names = [one.name for one in SPECIMENS if one.is_certifiable]
    with tempfile.TemporaryDirectory(prefix="specimens-") as folder:
        for written in write_specimens(Path(folder), names=names, workers=1):
            found = _read(written.file.read_bytes(), pool=pool)
            named = {rule.name for rule in fields_of(written.specimen.doc_type).rules}
            truth = {name: value.split(" / ")[0] for name, value in written.fields if name in named}
            noted = {name for name, _ in written.fields}
            kept = tuple(one for one in found.fields if one.name in noted)
            score.add(written.specimen.doc_type, truth, DocumentFields(found.doc_type, found.doc_type_confidence, kept))
    return score


def _read(scan_bytes: bytes, *, pool: SandboxPool) -> DocumentFields:
    scan = accept_scan(scan_bytes, declared_type=None, sandbox=pool)
    return read_fields(read_codes(read_pages(scan, sandbox=pool), sandbox=pool))


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _papers(seeds: range) -> Iterator[FieldPaper]:
    for seed in seeds:
        for place in range(len(MAKERS)):
            yield make_paper(place, seed=seed)


def _table(name: str, summary: Mapping[str, object]) -> Iterator[str]:
    yield f"{name}: {summary['papers']} papers, precision {summary['precision']}, recall {summary['recall']}"
    yield (
        f"kinds: {summary['kinds_right']} right, {summary['kinds_wrong']} wrong, {summary['kinds_unknown']} called unknown"
    )
    yield "| field | printed | offered | right | precision | recall |"
    yield "|---|---|---|---|---|---|"
    fields = summary["fields"]
    if isinstance(fields, dict):
        for field_name, one in fields.items():
            yield (
                f"| `{field_name}` | {one['printed']} | {one['offered']} | {one['right']} | {one['precision']} | {one['recall']} |"
            )
    wrong = summary["wrong_values"]
    if isinstance(wrong, list):
        yield from (f"wrong: {one}" for one in wrong)


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fields", description="Fields: precision and recall.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="one paper of each kind, no specimens")
    parser.add_argument("--seed", type=int, default=20_261_122, help="another seed makes other people and damage")
    chosen = parser.parse_args(arguments)
    seeds = range(chosen.seed, chosen.seed + (QUICK_SEEDS if chosen.quick else FULL_SEEDS))
    started = time.monotonic()
    with ocr_sandbox(2, Isolation.BUBBLEWRAP) as pool:
        told = {"fresh": fresh_score(_papers(seeds), pool=pool).summary()}
        if not chosen.quick:
            told["specimens"] = specimen_score(pool=pool).summary()
    seconds = round(time.monotonic() - started, 1)
    if chosen.json:
        print(json.dumps({"benchmark": "fields", "seed": chosen.seed, "seconds": seconds, **told}, ensure_ascii=False))
    else:
        print("\n".join(line for name, summary in told.items() for line in _table(name, summary)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
