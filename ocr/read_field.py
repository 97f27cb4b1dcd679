"""One field that was read, and all of a paper."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.field_lines import Box
from ocr.field_values import FieldCheck


@dataclass(frozen=True, slots=True)
class ReadField:
    """One field as printed, with the least confidence among its words and the box around them on its page."""

    name: str
    value: str
    page_index: int
    confidence: float
    checks: tuple[FieldCheck, ...]
    box_px: Box = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class DocumentFields:
    """The kind of paper (UNKNOWN when no known title was read) and its fields in reading order."""

    doc_type: str
    doc_type_confidence: float
    fields: tuple[ReadField, ...]
