"""The answer about a file or a code as a reader sees it: one sentence, three answers apart, then what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.acts.verifier import CodeAnswer
from api.answers import OneAnswer, Told, in_force, signer_name
from api.messages import LANGUAGES
from api.pages.views import AnswerRow, Fact, Say, Tone
from api.verdict import Answer
from signing.verify import SignatureKind, SignatureVerdict, Verdict
from vault import CopyStatus, OriginalStatus, RegisterStatus, format_code

_TONES: Final = {
    Verdict.VALID: Tone.GOOD,
    Verdict.VALID_WITH_WARNING: Tone.GOOD,
    Verdict.INDETERMINATE: Tone.WARN,
    Verdict.NO_SIGNATURE: Tone.NONE,
    Verdict.INVALID: Tone.BAD,
    Verdict.MALFORMED: Tone.NONE,
}
# That a copy is a specimen or was renewed does not make its answer doubtful.
_HARMLESS: Final = frozenset({"SPECIMEN", "TRAINING", "OLDER_RENDITION"})


@dataclass(frozen=True, slots=True)
class OtherSentence:
    """The sentence in another language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class SignatureFold:
    """One signature field, for those who want to know."""

    title: str
    tone: Tone
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A whole answer; `next_steps` say what the reader can do."""

    tone: Tone
    word: str
    sentence: str
    when: str
    answers: tuple[AnswerRow, ...]
    remarks: tuple[str, ...]
    next_steps: tuple[str, ...]
    signatures: tuple[SignatureFold, ...]
    facts: tuple[Fact, ...]
    others: tuple[OtherSentence, ...]


def verdict_view(answer: Answer, say: Say) -> VerdictView:
    """Lay the answer about a file out."""
    tone = _tone(answer)
    remarks = tuple(say.word("page.remark", code) for code in (*answer.reasons, *answer.warnings))
    report = answer.report
    named = (Fact(say("page.verify.file"), report.file),) if report.file else ()
    facts = (*named, Fact(say("page.verify.digest"), report.sha256_hex, is_code=True))
    return VerdictView(
        tone=tone,
        word=say(f"page.verdict.{_word(answer.verdict, tone)}"),
        sentence=say.tidy(answer.sentence(say.messages, say.language)),
        when=say("page.verify.checked", moment=say.moment(report.checked_at)),
        answers=tuple(_row(one, say) for one in answer.answers),
        remarks=tuple(dict.fromkeys(remarks)),
        next_steps=_next_steps(f"page.next.{answer.verdict.value}", tone, say),
        signatures=tuple(_fold(signature, say) for signature in report.signatures),
        facts=facts,
        others=tuple(
            OtherSentence(language, answer.sentence(say.messages, language))
            for language in LANGUAGES
            if language != say.language
        ),
    )


def code_view(answer: CodeAnswer, say: Say) -> VerdictView:
    """Lay the answer about a code out; no person is named in it."""
    known = answer.status
    register = known.register if known else RegisterStatus.UNKNOWN
    tone = {
        RegisterStatus.FINAL: Tone.GOOD,
        RegisterStatus.SUPERSEDED: Tone.WARN,
        RegisterStatus.UNKNOWN: Tone.NONE,
    }.get(register, Tone.BAD)
    if (
        tone is Tone.GOOD
        and known is not None
        and known.original not in {OriginalStatus.CURRENT, OriginalStatus.UNKNOWN}
    ):
        tone = Tone.WARN
    word = "code_mistyped" if answer.code is None else f"code_{register.value}"
    agency = dict(answer.agency_names).get(say.language, "")
    is_known = known is not None and register is not RegisterStatus.UNKNOWN
    return VerdictView(
        tone=tone,
        word=say(f"page.verdict.{word}"),
        sentence=say.tidy(answer.sentence(say.messages, say.language)),
        when=say("page.verify.checked", moment=say.moment(answer.checked_at)),
        answers=(
            (
                AnswerRow(say("page.q.unchanged"), Tone.NONE, say("page.a.code_only"), say("page.why.code_only")),
                AnswerRow(say("page.q.whom"), Tone.GOOD, agency, say("page.why.code_agency")),
                _row(in_force(known, is_file=False), say),
            )
            if is_known
            else ()
        ),
        remarks=(),
        next_steps=_next_steps("page.next.code" if is_known else "page.next.code_unknown", tone, say),
        signatures=(),
        facts=_code_facts(answer.code, known, agency, say) if is_known and known is not None else (),
        others=tuple(
            OtherSentence(language, answer.sentence(say.messages, language))
            for language in LANGUAGES
            if language != say.language
        ),
    )


def _tone(answer: Answer) -> Tone:
    if answer.verdict is Verdict.VALID_WITH_WARNING and set(answer.warnings) - _HARMLESS:
        return Tone.WARN
    return _TONES[answer.verdict]


def _word(verdict: Verdict, tone: Tone) -> str:
    return "VALID" if verdict is Verdict.VALID_WITH_WARNING and tone is Tone.GOOD else verdict.value


def _next_steps(key: str, tone: Tone, say: Say) -> tuple[str, ...]:
    chosen = f"{key}.{tone.value}" if say.messages.has(f"{key}.{tone.value}") else key
    return tuple(line for line in say(chosen).split("|") if line)


_TOLD: Final = {Told.YES: Tone.GOOD, Told.PARTLY: Tone.WARN, Told.NO: Tone.BAD, Told.UNKNOWN: Tone.NONE}


def _row(one: OneAnswer, say: Say) -> AnswerRow:
    messages, language = say.messages, say.language
    return AnswerRow(
        say(one.question),
        _TOLD[one.told],
        say.tidy(one.answer_text(messages, language)),
        say.tidy(one.why_text(messages, language)),
    )


def _code_facts(code: str | None, known: CopyStatus, agency: str, say: Say) -> tuple[Fact, ...]:
    facts = [Fact(say("page.fact.code"), format_code(code or ""), is_code=True)]
    rows = (
        ("page.fact.agency", agency),
        ("page.fact.number", known.register_number),
        ("page.fact.certified", say.date(known.certified_at) if known.certified_at else None),
        ("page.fact.pages", str(known.page_count) if known.page_count else None),
    )
    return (*facts, *(Fact(say(label), value) for label, value in rows if value))


def _fold(signature: SignatureVerdict, say: Say) -> SignatureFold:
    is_stamp = signature.kind is SignatureKind.DOCUMENT_TIMESTAMP
    good = signature.technically_valid and signature.trusted
    tone = Tone.GOOD if good else Tone.WARN if signature.technically_valid else Tone.BAD
    indication = signature.indication.value + (
        f" / {signature.sub_indication.value}" if signature.sub_indication else ""
    )
    facts = [
        Fact(say("page.sig.indication"), indication, is_code=True),
        Fact(say("page.sig.level"), signature.level.value),
        Fact(say("page.sig.time"), say.moment(signature.signed_at)),
        Fact(say("page.sig.time_source"), say(f"page.sig.source.{signature.time_source.value}")),
        Fact(say("page.sig.coverage"), f"{signature.coverage.value} · {signature.modified_after.value}", is_code=True),
        Fact(say("page.sig.field"), f"{signature.field} · {signature.subfilter}", is_code=True),
    ]
    if signature.signer is not None:
        facts += [
            Fact(say("page.sig.issuer"), signature.signer.issuer),
            Fact(say("page.sig.serial"), signature.signer.serial_hex, is_code=True),
        ]
    title = (
        say("page.sig.stamp", name=signer_name(signature))
        if is_stamp
        else say("page.sig.by", name=signer_name(signature))
    )
    return SignatureFold(title, tone, tuple(facts))
