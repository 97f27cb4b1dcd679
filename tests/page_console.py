"""Pages of the console with invented content: scans that wait, the work at a paper's pages, jobs, the token."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from api.acts.establishment import PersonForm
from api.acts.next_item import Job
from api.acts.operations import Operation, OperationKind, OperationStatus
from api.acts.page_tools import PageWork, Sheet
from api.acts.people_import import PersonLine
from api.acts.providers import ProviderLine
from api.identity import Door
from api.pages.intake import WaitingScan, waiting_rows
from api.pages.jobs import job_row
from api.pages.page_tools import work_page
from api.pages.staff_keys import check_row, key_row
from api.pages.staff_people import delegation_row, line_row, person_row, role_options
from api.pages.systems import Offer, system_row
from api.pages.views import Fact, Option, Say
from api.schemas.public import ReadyCheck
from certify import (
    Attestation,
    Capacity,
    Case,
    CaseState,
    Channel,
    CredentialStatus,
    Delegation,
    InventoryEntry,
    ItemState,
    KeyPlace,
    OwnerKind,
    RadarLine,
    Role,
    StaffMember,
    load_law,
)
from certify.pipeline import LeftOutPage, LeftOutWhy
from tests.page_desk import Sample
from tests.page_office import AT, PROBLEM, SHA, id_of, item
from vault import ResumableUpload
from vault.results import ProviderMarks, ResultWay


def waiting_scans(say: Say) -> tuple[WaitingScan, ...]:
    """A scan that came, one with a long name that is ticked, and one whose line broke."""
    ends = AT + timedelta(hours=20)
    sent = (
        ("scan0001.jpg", 400_000, 400_000),
        ("Giấy-chứng-nhận-quyền-sử-dụng-đất-mặt-trước-quét-lại-lần-hai.pdf", 9_400_000, 9_400_000),
        ("", 9_400_000, 3_145_728),
    )
    rows = [
        ResumableUpload(id_of(80 + n), "staff:x", size, received, ends, {"filename": name} if name else {})
        for n, (name, size, received) in enumerate(sent)
    ]
    return waiting_rows(rows, say, ticked=(id_of(81),))


def work_pages(say: Say) -> tuple[Sample, ...]:
    """Four pages with a separator among them and a blank back, after some work; and one page alone."""
    law = load_law("vn")
    case = Case(id_of(40), "THIDU", Channel.COUNTER, CaseState.IN_PROGRESS, id_of(41), SHA, "2345", id_of(42), AT, AT)
    sheets = (
        Sheet(1, is_blank=False, is_separator=False, reasons=("SKEWED",), confidence=91.0),
        Sheet(2, is_blank=True, is_separator=False, reasons=("BLANK_PAGE",), confidence=0.0),
        Sheet(3, is_blank=False, is_separator=True, reasons=("NOT_COLOUR",), confidence=80.0),
        Sheet(4, is_blank=False, is_separator=False, reasons=(), confidence=95.0),
    )
    whole = PageWork(
        item(85, ItemState.EXTRACTED),
        case,
        sheets,
        (LeftOutPage(1, 4, LeftOutWhy.BLANK),),
        (item(86, ItemState.EXTRACTED, doc_type="VN.LAND_CERT"),),
        ("REORDER+ROTATE", "LEAVE_OUT"),
    )
    one = PageWork(item(87, ItemState.EXTRACTED), case, sheets[:1], (), (), ())
    return (
        Sample("work_pages", "staff_pages.html", {"problem": PROBLEM, "work": work_page(whole, say, law=law)}, Door.STAFF),
        Sample("work_one_page", "staff_pages.html", {"problem": None, "work": work_page(one, say, law=law)}, Door.STAFF),
    )  # fmt: skip


def job_pages(say: Say) -> tuple[Sample, ...]:
    """Work that runs, work that stopped at a service, a scan that was refused; nothing; and the trial of a key."""
    law = load_law("vn")
    rows = [
        job_row(
            Job(
                Operation(f"{kind.value}-{id_of(90 + n)}-1", kind, status, item(90 + n, state), code, None, 1, 2),
                is_stopped=stopped,
            ),
            say,
            law=law,
        )
        for n, (kind, status, state, code, stopped) in enumerate(
            (
                (OperationKind.READ, OperationStatus.RUNNING, ItemState.SCANNED, None, False),
                (
                    OperationKind.CERTIFY,
                    OperationStatus.ACTION_REQUIRED,
                    ItemState.OFFICER_SIGNED,
                    "TIMESTAMP_UNAVAILABLE",
                    True,
                ),
                (OperationKind.READ, OperationStatus.FAILED, ItemState.ORIGINAL_PRESENTED, "CORRUPT_FILE", False),
            )
        )
    ]
    question = {"certificate_sha256": SHA, "to_be_signed": "MIIB", "expires_at": AT.isoformat()}
    facts = (Fact(say("page.token.key"), "officer-token", is_code=True),)
    jobs, token, staff = "staff_jobs.html", "staff_token.html", Door.STAFF
    return (
        Sample("jobs", jobs, {"problem": PROBLEM, "rows": rows, "is_working": True, "may_certify": True}, staff, "/staff/jobs"),
        Sample("jobs_none", jobs, {"problem": None, "rows": [], "is_working": False, "may_certify": False}, staff, "/staff/jobs"),
        Sample("token", token, {"problem": None, "works": True, "facts": facts, "question": question}, staff, "/staff/token"),
        Sample("token_none", token, {"problem": PROBLEM, "works": False, "facts": facts, "question": None}, staff, "/staff/token"),
    )  # fmt: skip


def giving_systems(say: Say) -> list[dict[str, Any]]:
    """A provider that fails, a system that was refused, one that works, and one that nobody heard of yet."""
    offer = Offer("Sở Giáo dục và Đào tạo tỉnh Minh Họa", "Bằng tốt nghiệp, Giấy khai sinh", "so-giao-duc:")
    good, bad = AT - timedelta(days=3), AT
    marks = (
        (ResultWay.PULL, "so-giao-duc", "", ProviderMarks("so-giao-duc", 12, 3, good, bad, "HTTP_503")),
        (
            ResultWay.PUSH,
            "push:1",
            "he-thong-ho-tich-cap-xa",
            ProviderMarks("push:1", 0, 1, None, bad, "ISSUER_MISMATCH"),
        ),
        (ResultWay.PUSH, "push:2", "he-thong-bao-hiem", ProviderMarks("push:2", 2310, 7, bad, good, "NO_SIGNATURE")),
        (ResultWay.PUSH, "push:3", "he-thong-moi", ProviderMarks("push:3")),
    )
    return [
        system_row(ProviderLine(named, way, label, "THIDU", known), say, offer=offer if way is ResultWay.PULL else None)
        for way, named, label, known in marks
    ]  # fmt: skip


def administration_pages(say: Say) -> tuple[Sample, ...]:
    """People with a table looked at ahead, one with delegations, keys that end, and an office that is not well."""
    here = StaffMember(
        id_of(95),
        "THIDU",
        "Lê Thị Thanh Hương",
        "Phó Chủ tịch",
        frozenset({Role.CERTIFIER, Role.COUNTER_CLERK}),
        "officer",
    )
    gone = StaffMember(id_of(96), "THIDU", "Trần Quốc Bình", "Văn thư", frozenset({Role.SEAL_KEEPER}), None, left_at=AT)
    form = PersonForm("le-mau", "THIDU", "Lê Văn Mẫu", "Công chức tư pháp", frozenset({Role.COUNTER_CLERK}))
    lines = [
        line_row(PersonLine(1, form, ()), say),
        line_row(PersonLine(2, form, ("LOGIN_TAKEN", "ROLE_UNKNOWN")), say),
    ]
    delegation = Delegation(
        id_of(97),
        id_of(95),
        Capacity.KT,
        "Chủ tịch UBND phường Thí Dụ",
        "CERTIFY_COPIES",
        "12/QĐ-UBND",
        AT,
        AT + timedelta(days=200),
    )
    ended = replace(delegation, delegation_id=id_of(98), ended_at=AT)
    entry = InventoryEntry(
        "officer-token", OwnerKind.PERSONAL, id_of(95), CredentialStatus.ACTIVE, KeyPlace.USB, Attestation.NONE, None,
        "RSA", "1f", SHA, AT, AT + timedelta(days=20), None, AT, AT,
    )  # fmt: skip
    line = RadarLine("officer-token", OwnerKind.PERSONAL, id_of(95), AT + timedelta(days=20), 20, 30)
    resting = replace(entry, key_id="seal", status=CredentialStatus.SUSPENDED, place=KeyPlace.PKCS12)
    shown = [
        key_row(entry, say, owner="Lê Thị Thanh Hương", ends=line),
        key_row(resting, say, owner="UBND phường Thí Dụ", ends=None),
    ]
    checks = [
        check_row(ReadyCheck(name=name, ok=ok, detail="ok" if ok else "STALE"), say)
        for name, ok in (("database", True), ("trust", False))
    ]
    steps = [{"path": "officer", "step": "TIMESTAMP", "tone": "bad", "code": "TIMESTAMP_UNAVAILABLE"}]
    two = (Option("THIDU", "UBND phường Thí Dụ"), Option("THIDU-EDU", "Phòng Giáo dục"))
    people = {
        "problem": None, "agencies": two, "chosen": "THIDU", "rows": [person_row(one, say) for one in (here, gone)],
        "roles": role_options(say), "columns": "login, agency, name, position, roles", "table": "login;name", "lines": lines,
        "may_enter": True, "entered": 0,
    }  # fmt: skip
    nobody = people | {
        "problem": PROBLEM,
        "agencies": (),
        "rows": [],
        "table": "",
        "lines": [],
        "may_enter": False,
        "entered": 3,
    }
    capacities = tuple(Option(one.value, say(f"page.capacity.{one.value}")) for one in Capacity)
    given = [delegation_row(one, say, at=AT) for one in (delegation, ended)]
    person = {
        "problem": PROBLEM,
        "person": person_row(here, say),
        "roles": role_options(say),
        "capacities": capacities,
        "delegations": given,
        "link": "http://127.0.0.1:8750/in/" + "x" * 43,
    }
    left = person | {"problem": None, "person": person_row(gone, say), "delegations": [], "link": ""}
    staff = Door.STAFF
    return (
        Sample("people_office", "staff_people.html", people, staff, "/staff/people"),
        Sample("people_office_none", "staff_people.html", nobody, staff, "/staff/people"),
        Sample("person_office", "staff_person.html", person, staff, "/staff/people"),
        Sample("person_office_left", "staff_person.html", left, staff, "/staff/people"),
        Sample("keys", "staff_keys.html", {"problem": PROBLEM, "rows": shown, "soon": 1, "may_change": True}, staff, "/staff/keys"),
        Sample("keys_none", "staff_keys.html", {"problem": None, "rows": [], "soon": 0, "may_change": False}, staff, "/staff/keys"),
        Sample("systems", "staff_systems.html", {"rows": giving_systems(say), "failing": 2}, staff, "/staff/systems"),
        Sample("systems_none", "staff_systems.html", {"rows": [], "failing": 0}, staff, "/staff/systems"),
        Sample("health", "staff_health.html", {"problem": None, "checks": checks, "steps": steps, "may_change": True}, staff, "/staff/health"),
    )  # fmt: skip


def console_samples(say: Say) -> tuple[Sample, ...]:
    """Everything of the console."""
    return (*work_pages(say), *job_pages(say), *administration_pages(say))
