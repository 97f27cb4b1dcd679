"""The sheet that a clerk puts between two originals before the feeder takes them all."""

from __future__ import annotations

from typing import Final

from api.acts.page_tools import SEPARATOR_CODE
from api.messages import LANGUAGES
from api.services import Services
from ocr import ReportLine, ReportParts, write_report

_GAP: Final = ReportLine("", size_pt=30)


def separator_sheet(services: Services, *, language: str) -> bytes:
    """Draw the sheet: a square that the recogniser knows, and what the sheet is for in every language."""
    say = services.messages
    lines = [ReportLine(say.text("separator.title", language), bold=True, size_pt=30), _GAP]
    lines += [ReportLine(say.text("separator.text", one), size_pt=16) for one in LANGUAGES]
    return write_report(
        ReportParts(
            title=say.text("separator.title", language),
            language=language,
            created_at=services.clock.now(),
            lookup_url=SEPARATOR_CODE,
            lines=tuple(lines),
            foot=say.text("separator.foot", language),
            page_label=say.text("report.page", language),
            specimen_text=services.specimen_text,
        )
    ).pdf
