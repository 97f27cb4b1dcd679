"""The words of a certification: statement, bands and conversion mark, from the template of the day.

`certify` composes the words, `ocr` draws the page; nobody writes a legal sentence anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from certify.agencies import Agency
from certify.rules import LawPack, StatementTemplate
from certify.staff import Delegation, StaffMember
from keys.mode import Mode
from ocr.pdfa_copy import CopyParts
from ocr.pdfa_statement import Align, StatementLine, StatementPage
from vault.codes import format_code

OFFICER_FIELD: Final = "Officer"
SEAL_FIELD: Final = "AgencySeal"
_LEADING_ZERO_BELOW_DAY: Final = 10
_LEADING_ZERO_BELOW_MONTH: Final = 3


@dataclass(frozen=True, slots=True)
class CopyWords:
    """Everything that decides the words on a copy; `number` and `code` are None in a preview."""

    title: str
    agency: Agency
    officer: StaffMember
    delegation: Delegation
    book_display: str
    number: str | None
    code: str | None
    converted_at: datetime
    source_sha256_hex: str
    verify_url: str
    mode: Mode


def compose_copy(words: CopyWords, *, law: LawPack, template: StatementTemplate) -> CopyParts:
    """Compose the parts of a copy; the same words give the same parts.

    Vietnamese official dates write days below 10 and the months January and February with a leading zero.
    """
    local = law.local_time(words.converted_at)
    code = format_code(words.code) if words.code is not None else template.blank_number
    fields = {
        "register_number": words.number or template.blank_number,
        "book": words.book_display,
        "day": _padded(local.day, below=_LEADING_ZERO_BELOW_DAY),
        "month": _padded(local.month, below=_LEADING_ZERO_BELOW_MONTH),
        "year": str(local.year),
        "capacity_line": f"{words.delegation.capacity.value}. {words.delegation.on_behalf_of}".upper(),
        "position_line": words.officer.position.upper(),
        "officer_name": words.officer.display_name,
        "agency_name": words.agency.name_vi,
        "code": code,
        "verify_url": _without_scheme(words.verify_url),
        "converted_at": local.isoformat(timespec="seconds"),
    }
    lines = tuple(
        StatementLine(text=line.text.format(**fields), bold=line.bold, align=Align(line.align), size_pt=line.size_pt)
        for line in template.lines
    )
    return CopyParts(
        title=words.title,
        language=template.language,
        created_at=words.converted_at,
        document_code=code,
        lookup_url=lookup_url(words.verify_url, words.code),
        band_lines=tuple(line.format(**fields) for line in template.band_lines),
        specimen_text=template.specimen_text if words.mode.is_specimen else None,
        statement=StatementPage(
            heading=template.heading,
            lines=lines,
            officer_caption=tuple(line.format(**fields) for line in template.officer_caption),
            seal_caption=tuple(line.format(**fields) for line in template.seal_caption),
        ),
        officer_field=OFFICER_FIELD,
        seal_field=SEAL_FIELD,
        conversion_note=template.conversion_note.format(**fields),
        source_sha256_hex=words.source_sha256_hex,
        xmp_extra={
            "agency": words.agency.code,
            "register_number": f"{fields['register_number']} {words.book_display}",
            "code": code,
            "converted_at": fields["converted_at"],
        },
    )


def lookup_url(verify_url: str, code: str | None) -> str:
    """The address in the QR: it names the code and nothing about a person."""
    base = verify_url.rstrip("/")
    return base if code is None else f"{base}/c/{code}"


def _padded(number: int, *, below: int) -> str:
    return f"{number:02d}" if number < below else str(number)


def _without_scheme(url: str) -> str:
    return url.rstrip("/").removeprefix("https://").removeprefix("http://")
