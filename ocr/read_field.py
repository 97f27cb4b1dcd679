"""One field that was read, and all of a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

    def as_json(self) -> dict[str, Any]:
        """Give the plain values that the copy's machine-readable twin and `vidimus ocr` write."""
        return {
            "doc_type": self.doc_type,
            "doc_type_confidence": self.doc_type_confidence,
            "fields": [
                {
                    "name": field.name,
                    "value": field.value,
                    "page_index": field.page_index,
                    "box_px": list(field.box_px),
                    "confidence": field.confidence,
                    "checks": [check.value for check in field.checks],
                }
                for field in self.fields
            ],
        }
