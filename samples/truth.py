"""What a specimen is, what it says, and what the counter should answer to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from samples.sheet import Page

CERTIFIED = "CERTIFIED"

Painter = Callable[[np.random.Generator], tuple[Page, ...]]
Developer = Callable[[Sequence[Page], np.random.Generator], bytes]


@dataclass(frozen=True, slots=True)
class Title:
    """The name of a paper in the three languages of the doors."""

    vi: str
    en: str
    fr: str


@dataclass(frozen=True, slots=True)
class Specimen:
    """One specimen: how it is printed, how it is scanned, and what should happen to it.

    `paint` prints the pages, `develop` turns them into the bytes of the file. `dpi` is None when the file does
    not tell its true scale. `expected` is CERTIFIED or the quality code it must be refused with;
    `also_expected` are further codes that are right for the same file. `weight` is about how long it takes to make.
    """

    name: str
    suffix: str
    doc_type: str
    holder: str
    title: Title
    seed: int
    paint: Painter
    develop: Developer
    dpi: int | None = 300
    expected: str = CERTIFIED
    also_expected: tuple[str, ...] = ()
    purpose: str = ""
    to_be_signed: bool = False
    weight: int = 1

    @property
    def file_name(self) -> str:
        """The name of the specimen's file."""
        return f"{self.name}.{self.suffix}"

    @property
    def is_certifiable(self) -> bool:
        """Whether a counter should certify it."""
        return self.expected == CERTIFIED


@dataclass(frozen=True, slots=True)
class WrittenSpecimen:
    """A specimen as it lies in a folder: the file and the two files of its truth."""

    specimen: Specimen
    folder: Path
    lines: tuple[tuple[str, ...], ...]
    fields: tuple[tuple[str, str], ...]

    @property
    def file(self) -> Path:
        """The scan itself."""
        return self.folder / self.specimen.file_name

    @property
    def text_file(self) -> Path:
        """Its text in reading order, one printed line a line, a form feed between pages."""
        return self.folder / f"{self.specimen.name}.txt"

    @property
    def truth_file(self) -> Path:
        """Its facts as JSON."""
        return self.folder / f"{self.specimen.name}.json"


def write_truth(written: WrittenSpecimen) -> None:
    """Write NAME.txt and NAME.json beside the specimen."""
    specimen = written.specimen
    text = "\f".join("\n".join(lines) + "\n" for lines in written.lines)
    written.text_file.write_text(text, encoding="utf-8")
    facts = {
        "name": specimen.name,
        "file": specimen.file_name,
        "doc_type": specimen.doc_type,
        "pages": len(written.lines),
        "dpi": specimen.dpi,
        "holder": specimen.holder,
        "title": {"vi": specimen.title.vi, "en": specimen.title.en, "fr": specimen.title.fr},
        "fields": dict(written.fields),
        "expected": specimen.expected,
        "also_expected": list(specimen.also_expected),
        "certifiable": specimen.is_certifiable,
        "to_be_signed": specimen.to_be_signed,
        "purpose": specimen.purpose,
    }
    written.truth_file.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
