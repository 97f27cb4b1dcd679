"""Join what the file proves with what the register knows, and say it in one sentence.

Three answers stay apart (DOMAIN §5): unchanged? by whom? still in force? The worst of them decides the verdict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from api.answers import SPECIMEN_MARK, OneAnswer, three_answers
from api.authority import Authority
from api.messages import LANGUAGES, Messages
from guard import Payload
from signing.verify import SignatureKind, SignatureVerdict, Verdict, VerificationReport
from vault import CopyStatus, OriginalStatus, RegisterStatus, RenditionAge

SPECIMEN: Final = "SPECIMEN"
TRAINING: Final = "TRAINING"
# The claim stands in plain text in the XMP packet; it is only a hint which row to look at, never a proof.
_CLAIMED_CODE: Final = re.compile(rb"<vdm:code>\s*([0-9A-Za-z-]{13,20})\s*</vdm:code>")
# A claim of which the end is not read yet; or the beginning of its first mark.
_BEGUN_CLAIM: Final = re.compile(rb"<vdm:code>\s*(?:[0-9A-Za-z-]{1,20}\s*(?:<[/vdm:coe]{0,10})?)?\Z")
_CLAIM_MARK_BYTES: Final = len(b"<vdm:code>")
_SEARCHED_AT_ONCE: Final = 1 << 20
_STANDING: Final = frozenset({Verdict.VALID, Verdict.VALID_WITH_WARNING})


# The sentences that can say the person too.
_NAMED: Final = {
    "verdict.valid": "verdict.valid.named",
    "verdict.valid_other": "verdict.valid_other.named",
}
# Shown on the first screen: more words than this are not read.
MOST_WORDS: Final = 25


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer about one file; `sentence_key` names the sentence; the agency has a name in each language."""

    report: VerificationReport
    verdict: Verdict
    warnings: tuple[str, ...]
    reasons: tuple[str, ...]
    status: CopyStatus | None
    authority: Authority
    sentence_key: str
    person: str
    signer: str
    agency_names: Mapping[str, str]
    signed_at: datetime | None
    # The `.proof` of the copy the file claims to be: whoever gets the answer can check the log without us.
    proof: bytes | None = None

    @property
    def answers(self) -> tuple[OneAnswer, ...]:
        """Unchanged? by whom? still in force?"""
        return three_answers(self.report, verdict=self.verdict, status=self.status, authority=self.authority)

    def sentence(self, messages: Messages, language: str) -> str:
        """Say it in at most 25 words; a specimen's sentence begins with what it is.

        A long name gives way: first the person, who is among the three answers too, then the rest of a long office; who
        stands in its place today, in brackets behind it, is what the reader needs last to lose.
        """
        agency = (self.agency_names.get(language) or self.signer).replace(SPECIMEN_MARK, "")
        named = [_NAMED[self.sentence_key]] if self.person and self.sentence_key in _NAMED else []
        tries = [(key, agency) for key in (*named, self.sentence_key)]
        name, bracket, rest = agency.partition(" (")
        for words, behind in ((name.split(), f"{bracket}{rest}"), (agency.split(), "")):
            cut = range(len(words) - 1, 0, -1)
            tries += [(self.sentence_key, " ".join(words[:count]) + "…" + behind) for count in cut]
        said = [self._say(key, messages, language, agency=name) for key, name in tries]
        return next((text for text in said if len(text.split()) <= MOST_WORDS), said[-1])

    def _say(self, key: str, messages: Messages, language: str, *, agency: str) -> str:
        text = messages.text(
            key,
            language,
            agency=agency,
            person=self.person,
            date=messages.day(self.signed_at, language) if self.signed_at else "–",
        )
        if TRAINING in self.warnings:
            return messages.text("verdict.training", language, rest=text)
        return messages.text("verdict.specimen", language, rest=text) if SPECIMEN in self.warnings else text

    def to_dict(self, messages: Messages) -> dict[str, Any]:
        """Give the object of DESIGN §4."""
        whole = self.report.to_dict()
        return {
            "file": whole["file"],
            "sha256": whole["sha256"],
            "verdict": self.verdict.value,
            "sentence": {language: self.sentence(messages, language) for language in LANGUAGES},
            "answers": {one.name: one.to_dict(messages) for one in self.answers},
            "checked_at": whole["checked_at"],
            "warnings": list(self.warnings),
            "reasons": list(self.reasons),
            "status": status_object(self.status),
            "signatures": whole["signatures"],
            "differences": whole["differences"],
            "proof": json.loads(self.proof) if self.proof else None,
        }


def claimed_code(pdf: Payload) -> str | None:
    """The copy code that a file says it has, or None; anybody can write one."""
    if isinstance(pdf, bytes):
        found = _CLAIMED_CODE.search(pdf)
        return found.group(1).decode("ascii") if found else None
    with pdf.path.open("rb") as file:
        window = b""
        while piece := file.read(_SEARCHED_AT_ONCE):
            window += piece
            if found := _CLAIMED_CODE.search(window):
                return found.group(1).decode("ascii")
            begun = _BEGUN_CLAIM.search(window)
            window = window[begun.start() if begun else -_CLAIM_MARK_BYTES :]
    return None


def status_object(status: CopyStatus | None) -> dict[str, str] | None:
    """The three words of a status, for JSON."""
    if status is None:
        return None
    return {"register": status.register.value, "original": status.original.value, "rendition": status.rendition.value}


def judge(
    report: VerificationReport,
    *,
    status: CopyStatus | None,
    agency_names: Mapping[str, str],
    authority: Authority = Authority.NOT_ASKED,
    remarks: Sequence[str] = (),
) -> Answer:
    """Give the one answer: the file's verdict, made worse (never better) by what the register knows.

    `status` is None when the file claims no code of ours, or no register was asked; without names the certificate's
    own word for the office is said. `remarks` are warnings about what the answer rests on (a stale list).
    """
    warnings, reasons = list(report.warnings), list(report.reasons)
    verdict = report.verdict
    if status is not None and verdict in _STANDING:
        verdict, status_words = _with_status(verdict, status)
        (reasons if verdict is Verdict.INVALID else warnings).extend(status_words)
    if verdict in _STANDING:
        verdict, authority_words = _with_authority(verdict, authority)
        (reasons if verdict is Verdict.INDETERMINATE else warnings).extend(authority_words)
    if remarks and verdict in _STANDING:
        verdict = Verdict.VALID_WITH_WARNING
        warnings.extend(remarks)
    signed = [one for one in report.signatures if one.kind is SignatureKind.SIGNATURE]
    signer = signed[-1].signer if signed else None
    return Answer(
        report=report,
        verdict=verdict,
        warnings=tuple(warnings),
        reasons=tuple(reasons),
        status=status,
        authority=authority,
        sentence_key=_sentence_key(verdict, warnings=warnings, reasons=reasons, is_ours=status is not None),
        person=_person(signed),
        signer=(signer.organisation or signer.common_name) if signer else "",
        agency_names=agency_names,
        signed_at=signed[-1].signed_at if signed else None,
    )


def _person(signed: Sequence[SignatureVerdict]) -> str:
    """The first signer who is not the office itself."""
    signers = [one.signer for one in signed if one.signer is not None and one.signer.organisation]
    names = [
        (one.common_name.replace(SPECIMEN_MARK, ""), one.organisation.replace(SPECIMEN_MARK, "")) for one in signers
    ]
    return next((name for name, office in names if name != office), "")


def _with_authority(verdict: Verdict, authority: Authority) -> tuple[Verdict, list[str]]:
    if authority.is_refuted:
        # The file is as it was signed; that this person could certify then is not shown.
        return Verdict.INDETERMINATE, [f"AUTHORITY_{authority.value}"]
    if authority is Authority.NO_PROOF:
        return Verdict.VALID_WITH_WARNING, ["AUTHORITY_NO_PROOF"]
    return verdict, []


def _with_status(verdict: Verdict, status: CopyStatus) -> tuple[Verdict, list[str]]:
    # (1) an act that was undone is not valid, however intact its file
    if status.register in {RegisterStatus.ANNULLED, RegisterStatus.VOID}:
        return Verdict.INVALID, [status.register.value]
    words = []
    # (2) a newer copy replaced this one, or something happened to the original
    if status.register is RegisterStatus.SUPERSEDED:
        words.append(status.register.value)
    if status.original not in {OriginalStatus.CURRENT, OriginalStatus.UNKNOWN}:
        words.append(f"ORIGINAL_{status.original.value}")
    # (3) the register knows other bytes under this code
    if status.register is RegisterStatus.UNKNOWN or status.rendition is RenditionAge.UNKNOWN:
        words.append("UNKNOWN_RENDITION")
    elif status.rendition is RenditionAge.OLDER:
        words.append("OLDER_RENDITION")
    return (Verdict.VALID_WITH_WARNING if words else verdict), words


# The first of these that is among warnings or reasons decides the sentence.
_BY_WORD: Final = {
    "ANNULLED": "verdict.annulled",
    "VOID": "verdict.void",
    "SUPERSEDED": "verdict.superseded",
    "ORIGINAL_REVOKED": "verdict.original_revoked",
    "ORIGINAL_REPLACED": "verdict.original_replaced",
    "ORIGINAL_EXPIRED": "verdict.original_expired",
    "UNKNOWN_RENDITION": "verdict.unknown_rendition",
    "STATUS_LIST_STALE": "verdict.status_stale",
    "TRUST_LIST_STALE": "verdict.trust_stale",
    "AUTHORITY_NO_PROOF": "verdict.authority_no_proof",
    "OLDER_RENDITION": "verdict.older_rendition",
}
_BY_VERDICT: Final = {
    Verdict.INVALID: "verdict.invalid",
    Verdict.INDETERMINATE: "verdict.indeterminate",
    Verdict.NO_SIGNATURE: "verdict.no_signature",
    Verdict.MALFORMED: "verdict.malformed",
}


def _sentence_key(verdict: Verdict, *, warnings: list[str], reasons: list[str], is_ours: bool) -> str:
    if "PASSWORD_PROTECTED" in reasons:
        return "verdict.encrypted"
    if verdict is Verdict.INDETERMINATE and any("REVOKED" in reason for reason in reasons):
        return "verdict.indeterminate_revoked"
    if any(reason.startswith("AUTHORITY_") for reason in reasons):
        return "verdict.not_authorised"
    for word, key in _BY_WORD.items():
        if word in warnings or word in reasons:
            return key
    return _BY_VERDICT.get(verdict) or ("verdict.valid" if is_ours else "verdict.valid_other")
