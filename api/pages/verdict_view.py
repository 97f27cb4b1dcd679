"""The answer about a file or a code as a reader sees it: one sentence, three answers apart, then what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.acts.verifier import CodeAnswer
from api.messages import LANGUAGES
from api.pages.views import AnswerRow, Fact, Say, Tone
from api.verdict import Answer
from signing.verify import SignatureKind, SignatureVerdict, Verdict
from vault import CopyStatus, OriginalStatus, RegisterStatus, RenditionAge, format_code

_TONES: Final = {
    Verdict.VALID: Tone.GOOD,
    Verdict.VALID_WITH_WARNING: Tone.GOOD,
    Verdict.INDETERMINATE: Tone.WARN,
    Verdict.NO_SIGNATURE: Tone.NONE,
    Verdict.INVALID: Tone.BAD,
    Verdict.MALFORMED: Tone.NONE,
}
# That a copy is a specimen or was renewed does not make its answer doubtful.
_HARMLESS: Final = frozenset({"SPECIMEN", "OLDER_RENDITION"})
_SPECIMEN_MARK: Final = "MẪU – SPECIMEN "
_UNANSWERED: Final = frozenset({Verdict.NO_SIGNATURE, Verdict.MALFORMED})


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
        sentence=answer.sentence(say.messages, say.language),
        when=say("page.verify.checked", moment=say.moment(report.checked_at)),
        answers=(_unchanged(answer, say), _by_whom(answer, say), _in_force(answer.status, say, is_file=True)),
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
        sentence=answer.sentence(say.messages, say.language),
        when=say("page.verify.checked", moment=say.moment(answer.checked_at)),
        answers=(
            (
                AnswerRow(say("page.q.unchanged"), Tone.NONE, say("page.a.code_only"), say("page.why.code_only")),
                AnswerRow(say("page.q.whom"), Tone.GOOD, agency, say("page.why.code_agency")),
                _in_force(known, say, is_file=False),
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


def _unchanged(answer: Answer, say: Say) -> AnswerRow:
    question = say("page.q.unchanged")
    signatures = answer.report.signatures
    if answer.verdict in _UNANSWERED or not signatures:
        return AnswerRow(question, Tone.NONE, say("page.a.no_signature"), say("page.why.no_signature"))
    if all(signature.technically_valid for signature in signatures):
        # A stranger's signature proves only that nothing changed since the stranger signed.
        if not all(signature.trusted for signature in signatures):
            return AnswerRow(question, Tone.NONE, say("page.a.unchanged_since"), say("page.why.unchanged_since"))
        return AnswerRow(question, Tone.GOOD, say("page.a.unchanged"), say("page.why.unchanged"))
    return AnswerRow(question, Tone.BAD, say("page.a.changed"), say("page.why.changed"))


def _by_whom(answer: Answer, say: Say) -> AnswerRow:
    question = say("page.q.whom")
    signers = [one for one in answer.report.signatures if one.kind is SignatureKind.SIGNATURE]
    if not signers:
        return AnswerRow(question, Tone.NONE, say("page.a.nobody"), say("page.why.nobody"))
    # The sentence and every page say already that this is a specimen; its fold names the signers in full.
    names = "; ".join(dict.fromkeys(_name(signer).replace(_SPECIMEN_MARK, "") for signer in signers))
    if all(signer.trusted and signer.technically_valid for signer in signers):
        return AnswerRow(question, Tone.GOOD, names, say("page.why.trusted"))
    if not all(signer.cryptographically_valid for signer in signers):
        return AnswerRow(question, Tone.BAD, say("page.a.signer_wrong"), say("page.why.signer_wrong"))
    return AnswerRow(question, Tone.WARN, names, say("page.why.untrusted"))


def _in_force(known: CopyStatus | None, say: Say, *, is_file: bool) -> AnswerRow:
    question = say("page.q.force")
    if known is None or known.register is RegisterStatus.UNKNOWN:
        return AnswerRow(question, Tone.NONE, say("page.a.no_register"), say("page.why.no_register"))
    if known.register is not RegisterStatus.FINAL:
        tone = Tone.WARN if known.register is RegisterStatus.SUPERSEDED else Tone.BAD
        return AnswerRow(
            question,
            tone,
            say(f"page.a.{known.register.value}"),
            say("page.why.register", number=known.register_number or "–"),
        )
    if known.original not in {OriginalStatus.CURRENT, OriginalStatus.UNKNOWN}:
        return AnswerRow(question, Tone.WARN, say(f"page.a.original_{known.original.value}"), say("page.why.original"))
    if is_file and known.rendition is RenditionAge.UNKNOWN:
        # What is in force is the copy in the register; green here would vouch for bytes that nobody knows.
        why = say("page.why.other_file", number=known.register_number or "–")
        return AnswerRow(question, Tone.WARN, say("page.a.other_file"), why)
    return AnswerRow(
        question, Tone.GOOD, say("page.a.FINAL"), say("page.why.register", number=known.register_number or "–")
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


def _name(signature: SignatureVerdict) -> str:
    if signature.signer is None:
        return "?"
    name, organisation = signature.signer.common_name, signature.signer.organisation
    return name if not organisation or organisation == name else f"{name} ({organisation})"


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
    title = say("page.sig.stamp", name=_name(signature)) if is_stamp else say("page.sig.by", name=_name(signature))
    return SignatureFold(title, tone, tuple(facts))
