"""One answer about a file: what it proves and what the register knows, never better than either."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml

from api.authority import Authority, judge_authority
from api.messages import LANGUAGES, load_messages
from api.verdict import claimed_code, judge
from signing.verify import Verdict, VerificationReport
from tests.page_office import AGENCIES, signature
from tests.page_office import AT as SIGNED_AT
from tests.page_office import report as report_on
from tests.page_office import status as registered
from tests.verdict_cases import CASES as GOLDEN_CASES
from tests.verdict_cases import TABLE, sentences
from vault import AuthorityProof, CopyStatus, OriginalStatus, RegisterStatus, RenditionAge

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
    assert len(sentence.split()) <= 25, sentence
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
        "answers",
        "checked_at",
        "warnings",
        "reasons",
        "status",
        "signatures",
        "differences",
        "proof",
    ]
    assert whole["status"] == {"register": "FINAL", "original": "CURRENT", "rendition": "NEWEST"}
    assert list(whole["answers"]) == ["unchanged", "by_whom", "in_force"]


def test_a_claimed_code_is_read_from_the_metadata_only() -> None:
    assert claimed_code(b"...<vdm:code>K7PM-3QWX-9DHT-5</vdm:code>...") == "K7PM-3QWX-9DHT-5"
    assert claimed_code(b"K7PM-3QWX-9DHT-5 printed on the page") is None


GOLDEN = yaml.load(TABLE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
FORBIDDEN = ("INDETERMINATE", "PAdES", "OCSP", "CRL", "hash", "chain", "digest", "{", "None")


def test_the_golden_table_holds_every_case_as_it_is_said() -> None:
    assert len(GOLDEN) >= 24
    assert sentences() == GOLDEN


@pytest.mark.parametrize("name", GOLDEN_CASES)
def test_every_golden_sentence_is_short_plain_and_never_green_by_mistake(name: str) -> None:
    row = GOLDEN[name]
    for language in LANGUAGES:
        assert len(row[language].split()) <= 25, row[language]
        assert not [word for word in FORBIDDEN if word in row[language]], row[language]
    opens_green = [row["vi"].find("Hợp lệ") >= 0, "Valid:" in row["en"], "Valide :" in row["fr"]]
    assert not any(opens_green) or row["verdict"] in {"VALID", "VALID_WITH_WARNING"}


PROOF = AuthorityProof(
    "huong", "THIDU", "d1", "45/QĐ-UBND", "KT", SIGNED_AT - timedelta(days=9), SIGNED_AT + timedelta(days=9), "5B1F09"
)
OFFICER = report_on(Verdict.VALID, signature("Lê Thị Thanh Hương"))


@pytest.mark.parametrize(
    ("proof", "found"),
    [
        (PROOF, Authority.AUTHORISED),
        (replace(PROOF, valid_until=None), Authority.AUTHORISED),
        (None, Authority.NO_PROOF),
        (replace(PROOF, certificate_serial_hex="5b1f0a"), Authority.OTHER_CERTIFICATE),
        (replace(PROOF, agency_code="THIDU-EDU"), Authority.OTHER_AGENCY),
        (replace(PROOF, valid_from=SIGNED_AT), Authority.OUTSIDE_DELEGATION),
        # The officer signed five minutes before `AT`; a delegation that ended at that instant did not cover it.
        (replace(PROOF, valid_until=SIGNED_AT - timedelta(minutes=5)), Authority.OUTSIDE_DELEGATION),
        (replace(PROOF, capacity="XX"), Authority.UNKNOWN_CAPACITY),
    ],
    ids=lambda one: one.value if isinstance(one, Authority) else "",
)
def test_the_proof_of_authority_is_held_against_the_file(proof: AuthorityProof | None, found: Authority) -> None:
    known = registered()
    authority = judge_authority(OFFICER, status=known, proof=proof)
    assert authority is found
    answer = judge(OFFICER, status=known, agency_names=AGENCIES, authority=authority)
    assert answer.verdict is {
        Authority.AUTHORISED: Verdict.VALID,
        Authority.NO_PROOF: Verdict.VALID_WITH_WARNING,
    }.get(found, Verdict.INDETERMINATE)
    told = answer.to_dict(MESSAGES)["answers"]
    # The file is as it was signed and stands in the register, whoever had power to sign it.
    assert (told["unchanged"]["answer"], told["in_force"]["answer"]) == ("YES", "YES")
    assert told["by_whom"]["answer"] == ("PARTLY" if authority.is_refuted else "YES")


def test_authority_is_not_asked_about_a_file_that_the_register_does_not_know() -> None:
    for known in (None, registered(RegisterStatus.UNKNOWN), registered(rendition=RenditionAge.UNKNOWN)):
        assert judge_authority(OFFICER, status=known, proof=PROOF) is Authority.NOT_ASKED


def test_a_proof_never_makes_a_bad_file_better() -> None:
    for bad in (Verdict.INVALID, Verdict.INDETERMINATE, Verdict.NO_SIGNATURE, Verdict.MALFORMED):
        answer = judge(report(bad), status=FINAL, agency_names=NAMES, authority=Authority.AUTHORISED)
        assert (answer.verdict, answer.reasons) == (bad, ())


def test_a_stale_list_is_amber_and_said() -> None:
    answer = judge(OFFICER, status=registered(), agency_names=NAMES, remarks=("STATUS_LIST_STALE",))
    assert (answer.verdict, answer.warnings) == (Verdict.VALID_WITH_WARNING, ("STATUS_LIST_STALE",))


def test_nothing_is_a_yes_about_a_changed_file_though_its_copy_is_in_force() -> None:
    changed = report_on(Verdict.INVALID, signature(good=False), reasons=("HASH_FAILURE",))
    told = judge(changed, status=registered(), agency_names=NAMES).to_dict(MESSAGES)["answers"]
    assert [told[name]["answer"] for name in ("unchanged", "by_whom", "in_force")] == ["NO", "NO", "PARTLY"]


def test_sentence_keeps_who_stands_in_the_place_of_an_agency_that_ended() -> None:
    long_name = "People's Committee of Thi Du Ward (now part of Great Ward)"
    answer = judge(
        report_on(Verdict.VALID_WITH_WARNING, signature(), warnings=("SPECIMEN",)),
        status=registered(),
        agency_names=dict.fromkeys(LANGUAGES, long_name),
    )
    said = answer.sentence(load_messages(ZoneInfo("Asia/Ho_Chi_Minh")), "en")
    assert "… (now part of Great Ward)" in said
    assert len(said.split()) <= 25
