"""One answer about a file: what it proves and what the register knows, never better than either."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.messages import LANGUAGES, load_messages
from api.verdict import claimed_code, judge
from signing.verify import Verdict, VerificationReport
from vault import CopyStatus, OriginalStatus, RegisterStatus, RenditionAge

AT = datetime(2026, 11, 22, 7, 3, 11, tzinfo=UTC)
MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
NAMES = dict.fromkeys(LANGUAGES, "UBND phường Thí Dụ")


def report(verdict: Verdict, *, warnings: tuple[str, ...] = (), reasons: tuple[str, ...] = ()) -> VerificationReport:
    return VerificationReport("copy.pdf", "0" * 64, verdict, AT, warnings, reasons, ())


def status(
    register: RegisterStatus = RegisterStatus.FINAL,
    original: OriginalStatus = OriginalStatus.CURRENT,
    rendition: RenditionAge = RenditionAge.NEWEST,
) -> CopyStatus:
    return CopyStatus(register, original, rendition, "K7PM3QWX9DHT5", "THIDU", "1", AT, 2, None, None, None, AT)


FINAL = status()
CASES = [
    # what the file says, what the register says → verdict, what is added, sentence
    (report(Verdict.VALID), FINAL, Verdict.VALID, (), "verdict.valid"),
    (report(Verdict.VALID), None, Verdict.VALID, (), "verdict.valid_other"),
    (report(Verdict.VALID), status(RegisterStatus.ANNULLED), Verdict.INVALID, ("ANNULLED",), "verdict.annulled"),
    (report(Verdict.VALID), status(RegisterStatus.VOID), Verdict.INVALID, ("VOID",), "verdict.void"),
    (
        report(Verdict.VALID),
        status(RegisterStatus.SUPERSEDED),
        Verdict.VALID_WITH_WARNING,
        ("SUPERSEDED",),
        "verdict.superseded",
    ),
    (
        report(Verdict.VALID),
        status(original=OriginalStatus.EXPIRED),
        Verdict.VALID_WITH_WARNING,
        ("ORIGINAL_EXPIRED",),
        "verdict.original_expired",
    ),
    (
        report(Verdict.VALID),
        status(original=OriginalStatus.REPLACED),
        Verdict.VALID_WITH_WARNING,
        ("ORIGINAL_REPLACED",),
        "verdict.original_replaced",
    ),
    (
        report(Verdict.VALID),
        status(original=OriginalStatus.REVOKED),
        Verdict.VALID_WITH_WARNING,
        ("ORIGINAL_REVOKED",),
        "verdict.original_revoked",
    ),
    (
        report(Verdict.VALID),
        status(rendition=RenditionAge.OLDER),
        Verdict.VALID_WITH_WARNING,
        ("OLDER_RENDITION",),
        "verdict.older_rendition",
    ),
    (
        report(Verdict.VALID),
        status(rendition=RenditionAge.UNKNOWN),
        Verdict.VALID_WITH_WARNING,
        ("UNKNOWN_RENDITION",),
        "verdict.unknown_rendition",
    ),
    (
        report(Verdict.VALID),
        status(RegisterStatus.UNKNOWN),
        Verdict.VALID_WITH_WARNING,
        ("UNKNOWN_RENDITION",),
        "verdict.unknown_rendition",
    ),
    (
        report(Verdict.INVALID, reasons=("MODIFIED_AFTER_SIGNING",)),
        FINAL,
        Verdict.INVALID,
        ("MODIFIED_AFTER_SIGNING",),
        "verdict.invalid",
    ),
    (
        report(Verdict.INDETERMINATE, reasons=("TRY_LATER",)),
        FINAL,
        Verdict.INDETERMINATE,
        ("TRY_LATER",),
        "verdict.indeterminate",
    ),
    (
        report(Verdict.INDETERMINATE, reasons=("REVOKED_NO_POE",)),
        FINAL,
        Verdict.INDETERMINATE,
        ("REVOKED_NO_POE",),
        "verdict.indeterminate_revoked",
    ),
    (report(Verdict.NO_SIGNATURE), None, Verdict.NO_SIGNATURE, (), "verdict.no_signature"),
    (report(Verdict.MALFORMED, reasons=("NOT_A_PDF",)), None, Verdict.MALFORMED, ("NOT_A_PDF",), "verdict.malformed"),
    (
        report(Verdict.MALFORMED, reasons=("PASSWORD_PROTECTED",)),
        None,
        Verdict.MALFORMED,
        ("PASSWORD_PROTECTED",),
        "verdict.encrypted",
    ),
]


@pytest.mark.parametrize(
    ("found", "known", "verdict", "words", "key"), CASES, ids=[f"{case[4]}-{index}" for index, case in enumerate(CASES)]
)
def test_the_register_makes_an_answer_worse_and_never_better(
    found: VerificationReport, known: CopyStatus | None, verdict: Verdict, words: tuple[str, ...], key: str
) -> None:
    answer = judge(found, status=known, agency_names=NAMES)
    assert (answer.verdict, answer.sentence_key) == (verdict, key)
    assert (*answer.reasons, *answer.warnings) == words


@pytest.mark.parametrize("bad", [Verdict.INVALID, Verdict.INDETERMINATE, Verdict.NO_SIGNATURE, Verdict.MALFORMED])
def test_a_bad_file_stays_bad_whatever_the_register_says(bad: Verdict) -> None:
    for register in RegisterStatus:
        assert judge(report(bad), status=status(register), agency_names=NAMES).verdict is bad


@pytest.mark.parametrize("case", CASES, ids=[case[4] for case in CASES])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_is_short_and_names_no_technique(
    case: tuple[VerificationReport, CopyStatus | None, Verdict, object, str], language: str
) -> None:
    sentence = judge(case[0], status=case[1], agency_names=NAMES).sentence(MESSAGES, language)
    # Vietnamese writes each syllable apart, so its sentences have more blanks than words.
    assert len(sentence.split()) <= (34 if language == "vi" else 25), sentence
    for word in ("INDETERMINATE", "PAdES", "OCSP", "CRL", "hash", "chain", "{"):
        assert word not in sentence


def test_a_specimen_says_so_before_anything_else() -> None:
    answer = judge(report(Verdict.VALID_WITH_WARNING, warnings=("SPECIMEN",)), status=FINAL, agency_names=NAMES)
    assert answer.sentence(MESSAGES, "vi").startswith("MẪU – SPECIMEN")
    assert answer.sentence(MESSAGES, "en").startswith("SPECIMEN")
    assert answer.sentence(MESSAGES, "fr").startswith("SPÉCIMEN")


def test_the_json_object_has_the_fields_that_programs_rely_on() -> None:
    whole = judge(report(Verdict.VALID), status=FINAL, agency_names=NAMES).to_dict(MESSAGES)
    assert list(whole) == [
        "file",
        "sha256",
        "verdict",
        "sentence",
        "checked_at",
        "warnings",
        "reasons",
        "status",
        "signatures",
    ]
    assert whole["status"] == {"register": "FINAL", "original": "CURRENT", "rendition": "NEWEST"}


def test_a_claimed_code_is_read_from_the_metadata_only() -> None:
    assert claimed_code(b"...<vdm:code>K7PM-3QWX-9DHT-5</vdm:code>...") == "K7PM-3QWX-9DHT-5"
    assert claimed_code(b"K7PM-3QWX-9DHT-5 printed on the page") is None
