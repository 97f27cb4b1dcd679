"""The papers of an answer for whoever asks: XML for programs, PDF sealed by the office; nothing of the file is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from api.acts import verifier
from api.comparison import differing_pages
from api.errors import RequestInvalid
from api.report_pdf import certifier_of, sealed_report, sealing_agency
from api.report_ticket import Carried, read_ticket, write_ticket
from api.reports import report_xml
from api.services import Services
from api.verdict import Answer
from signing.verify import PageDifference


class ReportKind(StrEnum):
    """The papers that can be asked for."""

    PDF = "pdf"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished report."""

    content: bytes
    media_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Pictured:
    """An answer with the pages that differ, and the ticket with which its reports can be asked for."""

    answer: Answer
    differing: tuple[PageDifference, ...]
    ticket: str
    may_seal: bool


def verify_and_picture(services: Services, pdf: bytes, *, file_name: str, max_pages: int) -> Pictured:
    """Judge a file as everybody's door does, with pictures of what differs; the bytes are dropped afterwards."""
    answer = verifier.verify_file(services, pdf, file_name=file_name)
    differing = differing_pages(answer, pdf, pool=services.public_pool, max_pages=max_pages)
    return Pictured(answer, differing, write_ticket(services, answer, differing=differing), may_seal(services, answer))


def report_of_file(services: Services, pdf: bytes, *, file_name: str, kind: ReportKind, language: str) -> Paper:
    """Judge a file and give the report, in one request.

    Raises:
        TooManyRequests: the hour's sealed reports are spent.
        RequestInvalid: no agency of this home has a seal.
    """
    if kind is ReportKind.PDF:
        _take(services)
    answer = verifier.verify_file(services, pdf, file_name=file_name)
    differing = differing_pages(answer, pdf, pool=services.public_pool) if kind is ReportKind.PDF else ()
    return _write(services, Carried(answer, differing), kind=kind, language=language)


def report_of_ticket(services: Services, ticket: str, *, pictures: list[str], kind: ReportKind, language: str) -> Paper:
    """Give the report of an answer that was given before.

    Raises:
        RequestInvalid: the ticket was not written here, or is too old.
        TooManyRequests: the hour's sealed reports are spent.
    """
    carried = read_ticket(services, ticket, pictures=pictures)
    if kind is ReportKind.PDF:
        _take(services)
    return _write(services, carried, kind=kind, language=language)


def may_seal(services: Services, answer: Answer) -> bool:
    """Whether a sealed report can be asked for here."""
    if not services.report_budget.is_open:
        return False
    try:
        sealing_agency(services, certifier_of(answer))
    except RequestInvalid:
        return False
    return True


def _take(services: Services) -> None:
    services.report_budget.take(at=services.clock.now())


def _write(services: Services, carried: Carried, *, kind: ReportKind, language: str) -> Paper:
    answer = carried.answer
    name = f"vidimus-report-{answer.report.sha256_hex[:12]}.{kind.value}"
    if kind is ReportKind.XML:
        return Paper(report_xml(answer, services.messages), "application/xml", name)
    sealed = sealed_report(services, answer, language=language, differing=carried.differing)
    return Paper(sealed, "application/pdf", name)
