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
    pages: int
    verify_url: str
    mode: Mode


def compose_copy(words: CopyWords, *, law: LawPack, template: StatementTemplate) -> CopyParts:
    """Compose the parts of a copy; the same words give the same parts.

    A template names its places by the words below; one in capitals is written in capitals.
    """
    local = law.local_time(words.converted_at)
    code = format_code(words.code) if words.code is not None else template.blank_number
    fields = {
        "register_number": words.number or template.blank_number,
        "book": words.book_display,
        "day": template.dates.day(local.date()),
        "month": template.dates.month(local.date()),
        "year": str(local.year),
        "capacity": words.delegation.capacity.value,
        "on_behalf_of": words.delegation.on_behalf_of,
        "ON_BEHALF_OF": words.delegation.on_behalf_of.upper(),
        "position": words.officer.position,
        "POSITION": words.officer.position.upper(),
        "officer_name": words.officer.display_name,
        "agency_name": words.agency.name_on_papers,
        "pages": str(words.pages),
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
        specimen_text=_specimen_text(words.mode, template),
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


def _without_scheme(url: str) -> str:
    return url.rstrip("/").removeprefix("https://").removeprefix("http://")


def _specimen_text(mode: Mode, template: StatementTemplate) -> str | None:
    if mode is Mode.TRAINING:
        return template.training_text
    return template.specimen_text if mode.is_specimen else None
