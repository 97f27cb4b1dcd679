"""The printable report of an answer: composed here, drawn by `ocr`, sealed by the agency, logged before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from api.acts.sealed_papers import SPECIMEN_TEXT, seal_paper
from api.answers import Told, signer_name
from api.comparison import words_for
from api.errors import RequestInvalid
from api.messages import Messages
from api.services import Services
from api.verdict import SPECIMEN, TRAINING, Answer
from certify import Agency, list_agencies
from ocr import PicturePair, ReportLine, ReportParts, write_report
from signing.verify import PageDifference, Verdict
from vault import RenditionAge, format_code

REPORT_FIELD: Final = "ReportSeal"
_GOOD: Final = (0.11, 0.42, 0.27)
_WARN: Final = (0.62, 0.42, 0.02)
_BAD: Final = (0.63, 0.15, 0.19)
_NONE: Final = (0.27, 0.32, 0.37)
_BY_TOLD: Final = {Told.YES: _GOOD, Told.PARTLY: _WARN, Told.NO: _BAD, Told.UNKNOWN: _NONE}
_BY_VERDICT: Final = {
    Verdict.VALID: _GOOD,
    Verdict.VALID_WITH_WARNING: _GOOD,
    Verdict.INDETERMINATE: _WARN,
    Verdict.INVALID: _BAD,
}
_HARMLESS: Final = frozenset({SPECIMEN, TRAINING, "OLDER_RENDITION"})


def sealed_report(
    services: Services, answer: Answer, *, language: str, differing: Sequence[PageDifference] = ()
) -> bytes:
    """Write the report as PDF/A-2u and seal it with the agency's key; without a seal there is no report.

    The log names the report. The file it is about is named only when the register knows it: nothing is kept of a
    stranger's.

    Raises:
        RequestInvalid: no agency of this home has a seal that works unattended.
        SigningError, KeysError: it could not be sealed.
    """
    agency = sealing_agency(services, certifier_of(answer))
    document = write_report(compose(services, answer, language=language, agency=agency, differing=differing))
    about = {}
    if answer.status is not None and answer.status.rendition is not RenditionAge.UNKNOWN:
        about = {"file_sha256": answer.report.sha256_hex, "verdict": answer.verdict.value}
    return seal_paper(services, document.pdf, agency=agency, field=REPORT_FIELD, what="REPORT", about=about)


def compose(
    services: Services, answer: Answer, *, language: str, agency: Agency, differing: Sequence[PageDifference] = ()
) -> ReportParts:
    """Choose the words."""
    messages, report = services.messages, answer.report
    is_specimen = SPECIMEN in answer.warnings or services.is_specimen
    names = {"vi": agency.name_vi, "en": agency.name_en, "fr": agency.name_fr}
    code = answer.status.code if answer.status is not None else None
    # A paper that knows no code leads to the page where its file can be verified, named by its digest.
    url = (
        f"{services.verify_url}/c/{format_code(code)}" if code else f"{services.verify_url}/verify#{report.sha256_hex}"
    )
    return ReportParts(
        title=messages.text("report.title", language),
        language=language,
        created_at=report.checked_at,
        lookup_url=url,
        lines=(*_head(answer, messages, language), *_details(answer, messages, language)),
        foot=messages.text("report.foot", language, agency=names[language], moment=messages.moment(report.checked_at)),
        page_label=messages.text("report.page", language),
        specimen_text=(services.specimen_text or SPECIMEN_TEXT) if is_specimen else None,
        pairs=_pairs(differing, messages, language),
    )


def _head(answer: Answer, messages: Messages, language: str) -> list[ReportLine]:
    colour = _BY_VERDICT.get(answer.verdict, _NONE)
    if answer.verdict is Verdict.VALID_WITH_WARNING and set(answer.warnings) - _HARMLESS:
        colour = _WARN
    moment = messages.moment(answer.report.checked_at)
    lines = [
        ReportLine(messages.text("report.title", language), bold=True, size_pt=17),
        ReportLine(messages.text("page.verify.checked", language, moment=moment), quiet=True, size_pt=9.5),
        ReportLine("", size_pt=20),
        ReportLine(answer.sentence(messages, language), bold=True, size_pt=13, bar=colour),
        ReportLine("", size_pt=14),
    ]
    for one in answer.answers:
        lines += [
            ReportLine(messages.text(one.question, language), quiet=True, size_pt=9.5),
            ReportLine(one.answer_text(messages, language), bold=True, size_pt=11.5, bar=_BY_TOLD[one.told]),
            ReportLine(one.why_text(messages, language)),
            ReportLine("", size_pt=9),
        ]
    return lines


def _details(answer: Answer, messages: Messages, language: str) -> list[ReportLine]:
    report = answer.report
    lines = [ReportLine(messages.text("page.verify.facts", language), bold=True, size_pt=12)]
    facts = [("page.verify.file", report.file or "–"), ("page.verify.digest", report.sha256_hex)]
    if answer.status is not None and answer.status.register_number:
        facts.append(("page.fact.number", answer.status.register_number))
    if answer.status is not None and answer.status.code:
        facts.append(("page.fact.code", format_code(answer.status.code)))
    lines += [ReportLine(f"{messages.text(key, language)}: {value}", size_pt=9.5) for key, value in facts]
    for one in report.signatures:
        when = messages.moment(one.signed_at) if one.signed_at else "–"
        sub = f" / {one.sub_indication.value}" if one.sub_indication else ""
        lines += [
            ReportLine("", size_pt=8),
            ReportLine(f"{one.field}: {signer_name(one)}", bold=True, size_pt=9.5),
            ReportLine(f"{when} · {one.level.value} · {one.indication.value}{sub} · {one.coverage.value}", size_pt=9),
        ]
    codes = dict.fromkeys((*answer.reasons, *answer.warnings))
    if codes:
        lines += [
            ReportLine("", size_pt=8),
            ReportLine(messages.text("report.remarks", language), bold=True, size_pt=9.5),
        ]
        for code in codes:
            key = f"page.remark.{code}"
            lines.append(ReportLine(f"– {messages.text(key, language) if messages.has(key) else code}", size_pt=9.5))
    if answer.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}:
        lines += [
            ReportLine("", size_pt=9),
            ReportLine(messages.text("page.verify.not_proven", language), quiet=True, size_pt=9),
        ]
    return lines


def _pairs(differing: Sequence[PageDifference], messages: Messages, language: str) -> tuple[PicturePair, ...]:
    captions = (messages.text("report.signed", language), messages.text("report.shown", language))
    return tuple(
        PicturePair(
            caption=messages.text("report.differs", language, number=page.page_number),
            captions=captions,
            pictures_jpeg=(page.before_jpeg, page.after_jpeg),
            boxes=page.marked,
            words=words_for(page, messages, language),
        )
        for page in differing
    )


def certifier_of(answer: Answer) -> str | None:
    """The code of the agency that certified a file, where the register knows it."""
    return answer.status.agency_code if answer.status is not None else None


def sealing_agency(services: Services, code: str | None) -> Agency:
    """Give the agency of this code, which certified a file, else the first that has a seal.

    Raises:
        RequestInvalid: no agency of this home has a seal.
    """
    with services.database.read() as tx:
        sealing = [one for one in list_agencies(tx) if one.seal_key_id]
    chosen = next((one for one in sealing if one.code == code), sealing[0] if sealing else None)
    if chosen is None:
        raise RequestInvalid("what is handed out is sealed, and no agency of this home has a seal", field="report")
    return chosen
