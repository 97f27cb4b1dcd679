"""Every kind of answer about a file, for the golden table of sentences (`tests/unit/api/verdict_sentences.yaml`).

`python -m tests.verdict_cases` writes the table anew; what changed is then read by a person in three languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from api.authority import Authority
from api.messages import LANGUAGES, load_messages
from api.verdict import Answer, judge
from signing.verify import SignatureVerdict, Verdict, VerificationReport
from tests.page_office import AT, SHA, signature, status
from vault import CopyStatus, OriginalStatus, RegisterStatus, RenditionAge

TABLE = Path(__file__).parent / "unit" / "api" / "verdict_sentences.yaml"
MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
OFFICE = {"vi": "UBND phường Thí Dụ", "en": "People’s Committee of Thí Dụ Ward", "fr": "Comité populaire de Thí Dụ"}
LONG = dict.fromkeys(
    LANGUAGES, "Trung tâm Phục vụ hành chính công tỉnh Minh Họa, chi nhánh liên phường Thí Dụ – Hoa Phượng"
)
_UNKNOWN = RenditionAge.UNKNOWN


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about one file."""

    verdict: Verdict = Verdict.VALID
    known: CopyStatus | None = None
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    authority: Authority = Authority.NOT_ASKED
    remarks: tuple[str, ...] = ()
    names: Mapping[str, str] | None = None
    signed_by: SignatureVerdict | None = None

    def answer(self) -> Answer:
        """Judge it."""
        unsigned = self.verdict in {Verdict.NO_SIGNATURE, Verdict.MALFORMED}
        officer = self.signed_by or signature("Lê Thị Thanh Hương")
        found = VerificationReport(
            "copy.pdf", SHA, self.verdict, AT, self.warnings, self.reasons, () if unsigned else (officer,)
        )
        names = self.names if self.names is not None else OFFICE if self.known is not None else {}
        return judge(found, status=self.known, agency_names=names, authority=self.authority, remarks=self.remarks)


_stranger = signature("Trần Văn Khác", trusted=False)
_seal = signature("UBND phường Thí Dụ")
_unnamed = replace(_seal, signer=None)
_good, _bad = status(), signature(good=False)
_R, _O = RegisterStatus, OriginalStatus

CASES: dict[str, Case] = {
    "ours": Case(known=_good, authority=Authority.AUTHORISED),
    "ours, a specimen": Case(Verdict.VALID_WITH_WARNING, _good, ("SPECIMEN",), authority=Authority.AUTHORISED),
    "ours, an office with a long name": Case(known=_good, names=LONG),
    "ours, a specimen of an office with a long name": Case(
        Verdict.VALID_WITH_WARNING, _good, ("SPECIMEN",), names=LONG
    ),
    "another office's": Case(),
    "another office's, a specimen": Case(Verdict.VALID_WITH_WARNING, warnings=("SPECIMEN",)),
    "signed by an office alone": Case(signed_by=_seal),
    "annulled": Case(known=status(_R.ANNULLED)),
    "annulled, a specimen": Case(Verdict.VALID_WITH_WARNING, status(_R.ANNULLED), ("SPECIMEN",)),
    "a void number": Case(known=status(_R.VOID)),
    "superseded": Case(known=status(_R.SUPERSEDED)),
    "the original expired": Case(known=status(original=_O.EXPIRED)),
    "the original was replaced": Case(known=status(original=_O.REPLACED)),
    "the original was revoked": Case(known=status(original=_O.REVOKED)),
    "an older rendition": Case(known=status(rendition=RenditionAge.OLDER)),
    "a file the register does not know": Case(known=status(rendition=_UNKNOWN)),
    "a code the register does not know": Case(known=status(_R.UNKNOWN, rendition=_UNKNOWN)),
    "changed": Case(Verdict.INVALID, _good, reasons=("MODIFIED_AFTER_SIGNING",), signed_by=_bad),
    "changed, a specimen": Case(Verdict.INVALID, _good, ("SPECIMEN",), ("HASH_FAILURE",), signed_by=_bad),
    "a signature was removed": Case(Verdict.INVALID, reasons=("SIGNATURE_REMOVED",)),
    "an unknown signer": Case(Verdict.INDETERMINATE, reasons=("NO_CERTIFICATE_CHAIN_FOUND",), signed_by=_stranger),
    "an unknown signer of a specimen": Case(
        Verdict.INDETERMINATE, None, ("SPECIMEN",), ("NO_CERTIFICATE_CHAIN_FOUND",), signed_by=_stranger
    ),
    "no word on revocation": Case(Verdict.INDETERMINATE, _good, reasons=("TRY_LATER",)),
    "a revoked signer": Case(Verdict.INDETERMINATE, _good, reasons=("REVOKED_NO_POE",)),
    "too slow to judge": Case(Verdict.INDETERMINATE, reasons=("TIME_LIMIT",), signed_by=_unnamed),
    "the officer's power is not shown": Case(known=_good, authority=Authority.OUTSIDE_DELEGATION),
    "another certificate than the officer's": Case(known=_good, authority=Authority.OTHER_CERTIFICATE),
    "no proof of authority is kept": Case(known=_good, authority=Authority.NO_PROOF),
    "a stale status list": Case(known=_good, remarks=("STATUS_LIST_STALE",)),
    "a stale trusted list": Case(remarks=("TRUST_LIST_STALE",)),
    "no signature": Case(Verdict.NO_SIGNATURE),
    "no PDF": Case(Verdict.MALFORMED, reasons=("NOT_A_PDF",)),
    "with a password": Case(Verdict.MALFORMED, reasons=("PASSWORD_PROTECTED",)),
}


def sentences() -> dict[str, dict[str, str]]:
    """What is said in each case, with its verdict."""
    answers = {name: case.answer() for name, case in CASES.items()}
    return {
        name: {"verdict": answer.verdict.value}
        | {language: answer.sentence(MESSAGES, language) for language in LANGUAGES}
        for name, answer in answers.items()
    }


if __name__ == "__main__":
    head = "# Golden: what every kind of file is answered with. Written by `python -m tests.verdict_cases`, read by people.\n"
    TABLE.write_text(
        head + yaml.safe_dump(sentences(), allow_unicode=True, sort_keys=False, width=200), encoding="utf-8"
    )
