"""Three questions answered apart: unchanged? by whom? still in force? The same for programs, pages and papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from api.authority import Authority
from api.messages import LANGUAGES, Messages
from signing.verify import SignatureKind, SignatureVerdict, Verdict, VerificationReport
from vault import CopyStatus, OriginalStatus, RegisterStatus, RenditionAge

SPECIMEN_MARK: Final = "MẪU – SPECIMEN "
_UNANSWERED: Final = frozenset({Verdict.NO_SIGNATURE, Verdict.MALFORMED})


class Told(StrEnum):
    """What an answer comes to; UNKNOWN is never a yes."""

    YES = "YES"
    PARTLY = "PARTLY"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class OneAnswer:
    """One question with its answer and why; `says` is either a key of messages or, with `is_plain`, words as they are."""

    name: str
    told: Told
    question: str
    says: str
    why: str
    is_plain: bool = False
    values: Mapping[str, str] = field(default_factory=dict)

    def answer_text(self, messages: Messages, language: str) -> str:
        """The answer in words."""
        return self.says if self.is_plain else messages.text(self.says, language)

    def why_text(self, messages: Messages, language: str) -> str:
        """Why it is so, in words."""
        return messages.text(self.why, language, **self.values)

    def to_dict(self, messages: Messages) -> dict[str, Any]:
        """The answer for programs."""
        return {
            "answer": self.told.value,
            "text": {language: self.answer_text(messages, language) for language in LANGUAGES},
            "why": {language: self.why_text(messages, language) for language in LANGUAGES},
        }


def three_answers(
    report: VerificationReport, *, verdict: Verdict, status: CopyStatus | None, authority: Authority
) -> tuple[OneAnswer, OneAnswer, OneAnswer]:
    """Answer the three questions about a file."""
    first = unchanged(report, verdict=verdict)
    last = in_force(status, is_file=True)
    if first.told is Told.NO and last.told is Told.YES:
        # What is in force is the copy in the register, not what was made of it.
        last = _force(Told.PARTLY, "other_file", "other_file", **dict(last.values))
    return first, by_whom(report, authority=authority), last


def unchanged(report: VerificationReport, *, verdict: Verdict) -> OneAnswer:
    """Answer from the signatures alone."""
    signatures = report.signatures
    if verdict in _UNANSWERED or not signatures:
        return _unchanged(Told.UNKNOWN, "no_signature")
    if not all(signature.technically_valid for signature in signatures):
        return _unchanged(Told.NO, "changed")
    # A stranger's signature proves only that nothing changed since the stranger signed.
    if not all(signature.trusted for signature in signatures):
        return _unchanged(Told.UNKNOWN, "unchanged_since")
    return _unchanged(Told.YES, "unchanged")


def by_whom(report: VerificationReport, *, authority: Authority) -> OneAnswer:
    """Answer from the signatures, their anchors and the proof of authority."""
    signers = [one for one in report.signatures if one.kind is SignatureKind.SIGNATURE]
    if not signers:
        return _whom(Told.UNKNOWN, "page.a.nobody", "page.why.nobody")
    if not all(signer.cryptographically_valid for signer in signers):
        return _whom(Told.NO, "page.a.signer_wrong", "page.why.signer_wrong")
    # The sentence and every page say already that this is a specimen.
    names = "; ".join(dict.fromkeys(signer_name(signer).replace(SPECIMEN_MARK, "") for signer in signers))
    if not all(signer.trusted and signer.technically_valid for signer in signers):
        return _whom(Told.PARTLY, names, "page.why.untrusted", is_plain=True)
    if authority.is_refuted:
        return _whom(Told.PARTLY, names, "page.why.not_authorised", is_plain=True)
    is_shown = authority is Authority.AUTHORISED
    return _whom(Told.YES, names, "page.why.authorised" if is_shown else "page.why.trusted", is_plain=True)


def in_force(known: CopyStatus | None, *, is_file: bool) -> OneAnswer:
    """Answer from the register alone."""
    if known is None or known.register is RegisterStatus.UNKNOWN:
        return _force(Told.UNKNOWN, "no_register", "no_register")
    number = known.register_number or "–"
    if known.register is not RegisterStatus.FINAL:
        told = Told.PARTLY if known.register is RegisterStatus.SUPERSEDED else Told.NO
        return _force(told, known.register.value, "register", number=number)
    if known.original not in {OriginalStatus.CURRENT, OriginalStatus.UNKNOWN}:
        return _force(Told.PARTLY, f"original_{known.original.value}", "original")
    if is_file and known.rendition is RenditionAge.UNKNOWN:
        # What is in force is the copy in the register; a yes here would vouch for bytes that nobody knows.
        return _force(Told.PARTLY, "other_file", "other_file", number=number)
    return _force(Told.YES, "FINAL", "register", number=number)


def signer_name(signature: SignatureVerdict) -> str:
    """The person and the office in a certificate's words."""
    if signature.signer is None:
        return "?"
    name, organisation = signature.signer.common_name, signature.signer.organisation
    return name if not organisation or organisation == name else f"{name} ({organisation})"


def _unchanged(told: Told, key: str) -> OneAnswer:
    return OneAnswer("unchanged", told, "page.q.unchanged", f"page.a.{key}", f"page.why.{key}")


def _whom(told: Told, says: str, why: str, *, is_plain: bool = False) -> OneAnswer:
    return OneAnswer("by_whom", told, "page.q.whom", says, why, is_plain=is_plain)


def _force(told: Told, key: str, why: str, **values: str) -> OneAnswer:
    return OneAnswer("in_force", told, "page.q.force", f"page.a.{key}", f"page.why.{why}", values=values)
