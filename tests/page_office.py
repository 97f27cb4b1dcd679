"""An invented office as values: answers about files and codes, and items at each step, for tests of what pages show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from api.acts.staff import ItemView
from api.acts.verifier import CodeAnswer
from api.pages.staff_view import item_page
from api.pages.verdict_view import code_view, verdict_view
from api.pages.views import Say
from api.problems import Problem
from api.verdict import judge as judge_answer
from certify import Case, Channel, Item, ItemState, LawPack, ReadyCopy
from certify.case_transitions import CaseState
from certify.register import NumberStatus, ReservedNumber
from ocr import PageQuality, QualityCode, QualityReason, QualityVerdict, ReadField, ReadPage, Word
from signing.verify import (
    BaselineLevel,
    Coverage,
    Indication,
    ModifiedAfter,
    SignatureKind,
    SignatureVerdict,
    Signer,
    SubIndication,
    TimeSource,
    Verdict,
    VerificationReport,
)
from tests.reading_room import jpeg_image, pages_of
from vault import (
    CopyStatus,
    Identity,
    OriginalStatus,
    RegisterStatus,
    RenditionAge,
)

AT: Final = datetime(2026, 11, 22, 7, 3, 11, tzinfo=UTC)
CODE: Final = "K7PM3QWX9DHT5"
AGENCIES: Final = {
    "THIDU": "UBND phường Thí Dụ",
    "THIDU-EDU": "Trường mầm non Hoa Phượng, phường Thí Dụ",
    "THIDU-JUSTICE": "Phòng Tư pháp phường Thí Dụ",
    "THIDU-LABOUR": "Trung tâm Dịch vụ việc làm tỉnh Minh Họa",
}
SHA: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PROBLEM: Final = Problem(
    422, "urn:vidimus:problem:wrong-pin", "WRONG_PIN", "Sai PIN", "PIN không mở được khóa. Chưa ký gì.", None, None
)


def id_of(number: int) -> str:
    return f"01KC5Z0000000000000000{number:04d}"


def signature(
    name: str = "MẪU – SPECIMEN Lê Thị Thanh Hương", *, good: bool = True, trusted: bool = True
) -> SignatureVerdict:
    return SignatureVerdict(
        field="Officer",
        kind=SignatureKind.SIGNATURE,
        subfilter="ETSI.CAdES.detached",
        indication=Indication.TOTAL_PASSED
        if good and trusted
        else Indication.INDETERMINATE
        if good
        else Indication.TOTAL_FAILED,
        sub_indication=None
        if good and trusted
        else SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        if good
        else SubIndication.HASH_FAILURE,
        level=BaselineLevel.B_LTA,
        cryptographically_valid=good,
        coverage=Coverage.ENTIRE_REVISION,
        modified_after=ModifiedAfter.LTA_UPDATE if good else ModifiedAfter.OTHER,
        technically_valid=good,
        trusted=trusted,
        signer=Signer(
            name,
            "MẪU – SPECIMEN UBND phường Thí Dụ",
            "MẪU – SPECIMEN Issuing CA",
            "5b1f09",
            AT - timedelta(days=9),
            AT + timedelta(days=900),
            SHA,
        ),
        signed_at=AT - timedelta(minutes=5),
        time_source=TimeSource.TIMESTAMP,
        timestamps=(),
    )


def status(register: RegisterStatus = RegisterStatus.FINAL, **changes: Any) -> CopyStatus:
    known = CopyStatus(
        register=register,
        original=OriginalStatus.CURRENT,
        rendition=RenditionAge.NEWEST,
        code=CODE,
        agency_code="THIDU",
        register_number="123/01/2026-SCTĐT/BS",
        certified_at=AT - timedelta(minutes=4),
        page_count=2,
        doc_type="VN.BIRTH_CERT",
        superseded_by_code=None,
        decision_number=None,
        checked_at=AT,
    )
    return replace(known, **changes)


def report(
    verdict: Verdict, *signatures: SignatureVerdict, warnings: tuple[str, ...] = (), reasons: tuple[str, ...] = ()
) -> VerificationReport:
    return VerificationReport(
        "giay-khai-sinh-ban-sao-co-chung-thuc.pdf", SHA, verdict, AT, warnings, reasons, signatures
    )


def verdicts(say: Say) -> dict[str, Any]:
    """One answer of every kind."""
    seal = replace(signature("MẪU – SPECIMEN UBND phường Thí Dụ"), field="AgencySeal")
    both = (signature(), seal)
    office = AGENCIES["THIDU"]
    answers = {
        "valid": judge_answer(
            report(Verdict.VALID_WITH_WARNING, *both, warnings=("SPECIMEN",)),
            status=status(),
            agency_names=dict.fromkeys(("vi", "en", "fr"), office),
        ),
        "warning": judge_answer(
            report(Verdict.VALID, *both),
            status=status(original=OriginalStatus.REPLACED),
            agency_names=dict.fromkeys(("vi", "en", "fr"), office),
        ),
        "superseded": judge_answer(
            report(Verdict.VALID, *both),
            status=status(RegisterStatus.SUPERSEDED),
            agency_names=dict.fromkeys(("vi", "en", "fr"), office),
        ),
        "annulled": judge_answer(
            report(Verdict.VALID, *both),
            status=status(RegisterStatus.ANNULLED),
            agency_names=dict.fromkeys(("vi", "en", "fr"), office),
        ),
        "invalid": judge_answer(
            report(Verdict.INVALID, signature(good=False), reasons=("HASH_FAILURE", "MODIFIED_AFTER_SIGNING")),
            status=status(rendition=RenditionAge.UNKNOWN),
            agency_names=dict.fromkeys(("vi", "en", "fr"), office),
        ),
        "unknown": judge_answer(
            report(
                Verdict.INDETERMINATE,
                signature("Sở Tư pháp tỉnh Khác", trusted=False),
                reasons=("NO_CERTIFICATE_CHAIN_FOUND",),
            ),
            status=None,
            agency_names={},
        ),
        "unsigned": judge_answer(report(Verdict.NO_SIGNATURE), status=None, agency_names={}),
        "malformed": judge_answer(report(Verdict.MALFORMED, reasons=("NOT_A_PDF",)), status=None, agency_names={}),
    }
    return {name: verdict_view(answer, say) for name, answer in answers.items()}


def codes(say: Say) -> dict[str, Any]:
    """One answer of every kind about a code."""
    names = tuple((language, AGENCIES["THIDU"]) for language in ("vi", "en", "fr"))
    return {
        "known": code_view(CodeAnswer(CODE, status(), "verdict.code_known", AT, names, is_specimen=True), say),
        "void": code_view(
            CodeAnswer(
                CODE,
                status(RegisterStatus.VOID, certified_at=None, page_count=None),
                "verdict.void",
                AT,
                names,
                is_specimen=True,
            ),
            say,
        ),
        "unknown": code_view(
            CodeAnswer(CODE, status(RegisterStatus.UNKNOWN), "verdict.code_unknown", AT, (), is_specimen=False), say
        ),
        "mistyped": code_view(CodeAnswer(None, None, "verdict.code_mistyped", AT, (), is_specimen=False), say),
    }


def item(number: int, state: ItemState, **changes: Any) -> Item:
    item = Item(
        item_id=id_of(number),
        case_id=id_of(900),
        position=1,
        state=state,
        version=4,
        document_id=id_of(number),
        scan_number=1,
        attempt=1,
        copies=1,
        doc_type="VN.BIRTH_CERT",
        title="Giấy khai sinh",
        page_count=2,
        source_sha256_hex=SHA,
        scan_pdf_sha256_hex=SHA,
        quality_verdict="GOOD",
        problem_code=None,
        warnings=(),
        scanned_by="binh",
        compared_by=None,
        compared_at=None,
        pages_compared=None,
        refusal_code=None,
        record_id=None,
    )
    return replace(item, **changes)


def read_page(index: int, *, verdict: QualityVerdict = QualityVerdict.WARN) -> ReadPage:
    rows = (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập – Tự do – Hạnh phúc",
        "GIẤY KHAI SINH",
        "Họ, chữ đệm, tên: NGUYỄN THỊ HOÀI AN",
        "Ngày, tháng, năm sinh: 14/03/1995 ghi bằng chữ: mười bốn tháng ba",
        "Nơi sinh: Trạm y tế phường Thí Dụ, tỉnh Minh Họa",
        "Số định danh cá nhân: 000195012345",
    )
    words = []
    for line, row in enumerate(rows):
        for place, text in enumerate(row.split()):
            left, top = 180 + place * 190, 300 + line * 220
            doubt = 41.0 if text in {"Trạm", "Độc"} else 94.0
            words.append(Word(text, (left, top, left + 175, top + 60), doubt, block=line // 3, line=line))
    reason = QualityReason(
        QualityCode.BLURRED if verdict is QualityVerdict.REFUSE else QualityCode.HARD_TO_READ, verdict, "figures"
    )
    return ReadPage(index, 0, 0.2, 300.0, 2480, 3508, 0.04, tuple(words), PageQuality(verdict, (reason,), 88.0, 0.11))


def view(item: Item, *, pages: int = 0, verdict: QualityVerdict = QualityVerdict.WARN) -> ItemView:
    case = Case(
        id_of(900),
        "THIDU",
        Channel.COUNTER,
        CaseState.IN_PROGRESS,
        id_of(700),
        SHA,
        "2345",
        "binh",
        AT - timedelta(hours=1),
        AT + timedelta(hours=7),
    )
    image = jpeg_image()
    read = pages_of(*((read_page(n, verdict=verdict), image) for n in range(pages))) if pages else None
    fields = (
        ReadField("holder_name", "Nguyễn Thị Hoài An", 0, 91.0, ()),
        ReadField("id_number", "000195012345", 0, 95.0, ()),
        ReadField("birth_date", "14/03/1995", 0, 88.0, ()),
    )
    holder = Identity("Nguyễn Thị Hoài An", "000195012345", date(1995, 3, 14))
    return ItemView(item=item, case=case, holder=holder, number=None, pages=read, fields=fields if pages else ())


def ready(item: Item) -> ReadyCopy:
    number = ReservedNumber(id_of(1), "01/2026-SCTĐT/BS", 123, NumberStatus.RESERVED, item.item_id, 1, AT, None)
    return ReadyCopy(
        id_of(2),
        item.item_id,
        1,
        number,
        CODE,
        "huong",
        id_of(3),
        "VN-COPY-1",
        AT,
        AT,
        AT + timedelta(minutes=30),
        SHA,
        2,
        None,
    )


def items(say: Say, law: LawPack) -> dict[str, Any]:
    """The page of an item at each step."""
    prepared, done = item(5, ItemState.PREPARED), item(6, ItemState.CERTIFIED, record_id=id_of(2))
    return {
        "rescan": item_page(
            view(item(1, ItemState.ORIGINAL_PRESENTED, page_count=None, problem_code="RESOLUTION_TOO_LOW")),
            say,
            law=law,
            ready=None,
        ),
        "reading": item_page(view(item(2, ItemState.SCANNED, page_count=None)), say, law=law, ready=None),
        "compare": item_page(view(item(3, ItemState.EXTRACTED), pages=2), say, law=law, ready=None),
        "blurred": item_page(
            view(item(4, ItemState.EXTRACTED), pages=1, verdict=QualityVerdict.REFUSE), say, law=law, ready=None
        ),
        "approve": item_page(view(prepared, pages=2), say, law=law, ready=ready(prepared)),
        "done": item_page(view(done, pages=2), say, law=law, ready=ready(done)),
        "signed": item_page(
            view(item(8, ItemState.ORIGINAL_PRESENTED, page_count=None, problem_code="ALREADY_SIGNED")),
            say,
            law=law,
            ready=None,
        ),
        "refused": item_page(
            view(item(7, ItemState.REFUSED, refusal_code="DAMAGED_ILLEGIBLE")), say, law=law, ready=None
        ),
    }
