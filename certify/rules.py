"""The law as dated data: fees, refusal reasons, statement templates and legal bases of one country, loaded once.

No rule of a country stands in code; a change on a date is a new row, and nothing before that date changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from certify.calendar import WorkingCalendar
from certify.dated import holding, only_one
from certify.errors import LawDataInvalid, RefusalIncomplete
from certify.retention.rules import RetentionRule

LANGUAGES: Final = ("vi", "en", "fr")


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A text of law, with the days on which it holds (`valid_to` is the last one)."""

    basis_id: str
    title: str
    article: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class FeeTier:
    """The price of a page up to and with `up_to_page`; None means every further page."""

    up_to_page: int | None
    per_page: int


@dataclass(frozen=True, slots=True)
class FeeRule:
    """A fee table that holds between two days, in the smallest unit of its currency (ISO 4217)."""

    version: str
    basis_id: str
    currency: str
    valid_from: date
    valid_to: date | None
    tiers: tuple[FeeTier, ...]
    cap_per_copy: int


@dataclass(frozen=True, slots=True)
class Fee:
    """What is due, and by which rule."""

    amount: int
    currency: str
    rule_version: str
    basis_id: str


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """One reason of the closed list, in three languages, as it reads between two days."""

    code: str
    basis_id: str
    valid_from: date
    valid_to: date | None
    text: Mapping[str, str]
    remedy: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """One line of a statement with its placeholders."""

    text: str
    bold: bool
    align: str
    size_pt: float


@dataclass(frozen=True, slots=True)
class DateWords:
    """How a country's papers write a date: leading zeros, and the names of months where they are written out."""

    pad_day_below: int
    pad_month_below: int
    month_names: tuple[str, ...] | None

    def day(self, day: date) -> str:
        """The day of the month."""
        return f"{day.day:02d}" if day.day < self.pad_day_below else str(day.day)

    def month(self, day: date) -> str:
        """The month, by number or by name."""
        if self.month_names is not None:
            return self.month_names[day.month - 1]
        return f"{day.month:02d}" if day.month < self.pad_month_below else str(day.month)


@dataclass(frozen=True, slots=True)
class StatementTemplate:
    """The words of a certification statement that hold between two days."""

    version: str
    basis_id: str
    valid_from: date
    valid_to: date | None
    language: str
    heading: str
    lines: tuple[TemplateLine, ...]
    officer_caption: tuple[str, ...]
    seal_caption: tuple[str, ...]
    dates: DateWords
    blank_number: str
    band_lines: tuple[str, ...]
    conversion_note: str
    specimen_text: str
    training_text: str


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One sentence an officer confirms by hand, between two days."""

    code: str
    valid_from: date
    valid_to: date | None
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DocType:
    """A type of paper; a sensitive one is not told to strangers. `title` has the language of papers, too."""

    code: str
    sensitive: bool
    valid_from: date
    valid_to: date | None
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ScanRule:
    """What a scan must be to be certified that is handed in between two days."""

    basis_id: str
    valid_from: date
    valid_to: date | None
    least_dpi: int
    needs_colour: bool


@dataclass(frozen=True, slots=True)
class ApprovalTime:
    """How many minutes a copy that is made ready between two days waits for its officer."""

    basis_id: str
    valid_from: date
    valid_to: date | None
    minutes: int


@dataclass(frozen=True, slots=True)
class BookName:
    """How a register book is called that is opened between two days, with its places for volume, year and suffix."""

    basis_id: str
    valid_from: date
    valid_to: date | None
    display: str


@dataclass(frozen=True, slots=True)
class AskingFirst:
    """By which text vault and databases are asked before a paper is, between two days."""

    basis_id: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class NoticePattern:
    """How the notice of a refusal reads between two days, in three languages."""

    basis_id: str
    valid_from: date
    valid_to: date | None
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LawPack:
    """Everything one country's law says to this office, of all times; `in_force` gives what holds at an instant."""

    country: str
    is_sample: bool
    timezone: ZoneInfo
    language: str
    """The language that papers are written in."""
    ocr_languages: tuple[str, ...]
    scan_rules: tuple[ScanRule, ...]
    book_kind: str
    book_names: tuple[BookName, ...]
    approval_times: tuple[ApprovalTime, ...]
    asking_first: tuple[AskingFirst, ...]
    retention: tuple[RetentionRule, ...]
    calendar: WorkingCalendar
    legal_bases: tuple[LegalBasis, ...]
    fee_rules: tuple[FeeRule, ...]
    refusals: tuple[RefusalReason, ...]
    notices: tuple[NoticePattern, ...]
    templates: tuple[StatementTemplate, ...]
    checklist: tuple[ChecklistLine, ...]
    doc_types: tuple[DocType, ...]

    def local_time(self, at: datetime) -> datetime:
        """The instant on the office's clock, with its offset."""
        return at.astimezone(self.timezone)

    def local_date(self, at: datetime) -> date:
        """The calendar day of the instant in the office."""
        return self.local_time(at).date()

    def in_force(self, at: datetime) -> LawPack:
        """The pack with only those rows that hold on the office's day of this instant."""
        on = self.local_date(at)
        return replace(
            self,
            scan_rules=holding(self.scan_rules, on=on),
            book_names=holding(self.book_names, on=on),
            approval_times=holding(self.approval_times, on=on),
            asking_first=holding(self.asking_first, on=on),
            notices=holding(self.notices, on=on),
            legal_bases=holding(self.legal_bases, on=on),
            fee_rules=holding(self.fee_rules, on=on),
            refusals=holding(self.refusals, on=on),
            templates=holding(self.templates, on=on),
            checklist=holding(self.checklist, on=on),
            doc_types=holding(self.doc_types, on=on),
        )

    def scan_rule(self, at: datetime) -> ScanRule:
        """What a scan must be that is handed in at this instant."""
        return only_one(self.scan_rules, on=self.local_date(at), what="scan rules")

    def approval_minutes(self, at: datetime) -> int:
        """How long a copy that is made ready at this instant waits for its officer."""
        return only_one(self.approval_times, on=self.local_date(at), what="times for an approval").minutes

    def databases_first(self, at: datetime) -> str:
        """The id of the text by which vault and databases are asked before a paper is."""
        return only_one(self.asking_first, on=self.local_date(at), what="texts about asking first").basis_id

    def book_name(self, at: datetime, *, volume: int, suffix: str) -> str:
        """How a book is called that is opened at this instant, for the year it is in the office."""
        on = self.local_date(at)
        name = only_one(self.book_names, on=on, what="names of register books")
        return name.display.format(volume=volume, year=on.year, suffix=suffix)

    def paper_title(self, code: str) -> str:
        """The title of a type of paper as it is written on papers."""
        return self.doc_type(code).title[self.language]

    def legal_basis(self, basis_id: str) -> LegalBasis:
        """The text of this id.

        Raises:
            LawDataInvalid: the pack has no such text.
        """
        for basis in self.legal_bases:
            if basis.basis_id == basis_id:
                return basis
        raise LawDataInvalid(f"legal basis {basis_id} is not in the {self.country} pack; add it to legal_bases.yaml")

    def doc_type(self, code: str) -> DocType:
        """The type of paper of this code, as it was last; an unknown code is "other", which is kept from strangers."""
        for doc_type in reversed(self.doc_types):
            if doc_type.code == code:
                return doc_type
        return self.doc_types[-1]

    def refusal(self, code: str) -> RefusalReason:
        """The reason of this code on the closed list, as it last read.

        Raises:
            RefusalIncomplete: the list has no such reason.
        """
        for reason in reversed(self.refusals):
            if reason.code == code:
                return reason
        raise RefusalIncomplete(f"refusal code {code!r} is not on the closed list; choose one of it")

    def template(self, at: datetime) -> StatementTemplate:
        """The statement template that holds at this instant."""
        return only_one(self.templates, on=self.local_date(at), what="statement templates")

    def template_version(self, version: str) -> StatementTemplate:
        """The statement template of this version, whether it still holds or not."""
        for template in self.templates:
            if template.version == version:
                return template
        raise LawDataInvalid(f"statement template {version} is not in the {self.country} pack")


def fee(pack: LawPack, *, pages: int, copies: int, at: datetime) -> Fee:
    """Say what certifying costs: pages of the original, times copies, by the table of that day.

    Raises:
        LawDataInvalid: no table holds on that day, or the counts are not positive.
    """
    if pages < 1 or copies < 1:
        raise LawDataInvalid(f"a fee needs at least one page and one copy, not {pages} and {copies}")
    rule = only_one(pack.fee_rules, on=pack.local_date(at), what="fee tables")
    amount = 0
    counted = 0
    for tier in rule.tiers:
        last_page = pages if tier.up_to_page is None else min(pages, tier.up_to_page)
        amount += max(0, last_page - counted) * tier.per_page
        counted = max(counted, last_page)
    return Fee(min(amount, rule.cap_per_copy) * copies, rule.currency, rule.version, rule.basis_id)


def refusal_notice(pack: LawPack, *, code: str, free_text: str, language: str, at: datetime) -> str:
    """Compose the notice a citizen receives, in one of the three languages, by the pattern of that day.

    Raises:
        LawDataInvalid: not exactly one pattern holds on that day.
        RefusalIncomplete: the code is not on the list or the officer wrote nothing.
    """
    reason = pack.refusal(code)
    if not free_text.strip():
        raise RefusalIncomplete(f"refusal {code} needs a sentence of the officer that says what was seen")
    basis = pack.legal_basis(reason.basis_id)
    pattern = only_one(pack.notices, on=pack.local_date(at), what="patterns of a refusal notice")
    return pattern.text[language].format(
        text=reason.text[language],
        free_text=free_text.strip(),
        remedy=reason.remedy[language],
        basis=f"{basis.title}, {basis.article}",
    )
