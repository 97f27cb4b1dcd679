"""An invented vault as values: papers, links, who looked, a procedure and a dossier, for tests of what pages show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from api.acts.citizen import SubmissionView
from api.acts.linked import LinkedView, PartView
from api.acts.procedures import ProcedureView
from api.acts.recipient import Standing
from api.acts.vaults import OpenVault
from certify import load_law
from dossiers import (
    Answer,
    By,
    Candidate,
    HandedIn,
    ItemMode,
    Marked,
    PackageMark,
    ReachedStatus,
    Reconciled,
    Status,
    Step,
    Subject,
    Submission,
    SubmissionItem,
    WhyByHand,
    load_catalogue,
    match,
)
from dossiers.feedback import About, Feedback, FeedbackKind
from dossiers.linked import LinkedFiling
from tests.page_office import AT, CODE, SHA, id_of
from vault import (
    AccessAction,
    AccessEvent,
    AccessOutcome,
    ActorKind,
    Elaboration,
    GivenAnswer,
    HistoryEntry,
    OriginalStatus,
    Record,
    RecordStatus,
    Sensitivity,
    Share,
    ShareAnswer,
    SharePermission,
    Shelf,
    Titles,
)
from vault.delivery import Audience, Notice, Receiver
from vault.mandates import Covers, Mandate, MandateKind
from vault.twins import Twin, TwinField


def records() -> dict[str, Record]:
    """Papers of one vault."""
    wanted = (
        ("VN.BIRTH_CERT", Shelf.CERTIFIED_COPIES, Elaboration.CERTIFIED_COPY, None),
        ("VN.DIPLOMA", Shelf.CERTIFIED_COPIES, Elaboration.CERTIFIED_COPY, None),
        ("VN.RESIDENCE", Shelf.CERTIFIED_COPIES, Elaboration.CERTIFIED_COPY, date(2026, 10, 1)),
        ("VN.MARRIAGE_CERT", Shelf.CERTIFIED_COPIES, Elaboration.CERTIFIED_COPY, None),
        ("VN.BUSINESS_REG", Shelf.RESULTS, Elaboration.BORN_DIGITAL, None),
    )
    law = load_law("vn")
    made = {}
    for place, (doc_type, shelf, elaboration, until) in enumerate(wanted):
        title = law.doc_type(doc_type).title
        record_id = id_of(100 + place)
        made[record_id] = Record(
            record_id=record_id,
            uri=f"vdm:THIDU:{doc_type}:{record_id}",
            holder_id=id_of(700),
            document_id=record_id,
            agency_code="THIDU",
            doc_type=doc_type,
            titles=Titles(vi=title["vi"], en=title["en"], fr=title["fr"]),
            shelf=shelf,
            elaboration=elaboration,
            assurance_level=4 if elaboration is Elaboration.BORN_DIGITAL else 3,
            sensitivity=Sensitivity.NORMAL,
            issuer="UBND phường Thí Dụ, tỉnh Minh Họa",
            issued_on=None,
            valid_from=None,
            valid_until=until,
            status=RecordStatus.CURRENT,
            original=OriginalStatus.CURRENT,
            code=CODE,
            register_number=f"{120 + place}/01/2026-SCTĐT/BS",
            certified_at=AT - timedelta(days=place),
            deposited_at=AT - timedelta(days=place),
            provenance="COUNTER",
            renditions=(),
        )
    return made


def shares() -> tuple[Share, ...]:
    """Links in different states."""
    first = Share(
        id_of(301), id_of(700), id_of(100), "Nhận học bổng năm học 2026–2027", "Phòng Công tác sinh viên, Trường Đại học Minh Họa", SharePermission.VIEW,
        False, 10, 2, AT - timedelta(hours=3), AT + timedelta(days=3), None,
    )  # fmt: skip
    return (
        first,
        replace(first, share_id=id_of(302), record_id=id_of(101), revoked_at=AT),
        replace(first, share_id=id_of(303), expires_at=AT),
    )


def share_answers() -> dict[str, GivenAnswer]:
    """What the readers of those links said."""
    return {id_of(303): GivenAnswer(id_of(303), ShareAnswer.REFUSED, "Thiếu trang hai.", AT)}


def notices() -> tuple[Notice, ...]:
    """What a holder is told, and what an office is."""
    mine, admins = Receiver(Audience.HOLDER, id_of(700)), Receiver(Audience.ADMINS, "THIDU")
    return (
        Notice(id_of(402), mine, "COPY_ANNULLED_KEY", {"record": id_of(100), "code": CODE}, AT),
        Notice(id_of(401), mine, "CONTACT_CHANGED", {}, AT - timedelta(days=1)),
        Notice(id_of(399), admins, "WEBHOOK_FAILING", {"webhook": id_of(600)}, AT - timedelta(days=3)),
        Notice(id_of(400), admins, "KEY_EXPIRING", {"key_id": "seal-1", "days": "30"}, AT - timedelta(days=2)),
    )


def history() -> tuple[HistoryEntry, ...]:
    """Accesses of every sort."""
    wanted = (
        (
            AccessAction.FETCHED,
            ActorKind.AGENCY,
            "Xét tuyển trẻ vào lớp mẫu giáo năm học 2027",
            AccessOutcome.DONE,
            "THIDU-EDU",
        ),
        (
            AccessAction.FETCHED,
            ActorKind.AGENCY,
            "Xét tuyển trẻ vào lớp mẫu giáo năm học 2027",
            AccessOutcome.REVOKED,
            "THIDU-EDU",
        ),
        (AccessAction.SHARE_OPENED, ActorKind.SHARE, "share:x", AccessOutcome.DONE, None),
        (AccessAction.STAFF_ACCESS, ActorKind.STAFF, "COUNTER_COPY", AccessOutcome.DONE, "THIDU"),
        (AccessAction.VERIFIED_BY_CODE, ActorKind.VERIFIER, "CODE_PAGE", AccessOutcome.DONE, None),
        (AccessAction.READ, ActorKind.HOLDER, "DOWNLOAD", AccessOutcome.DONE, None),
        (AccessAction.DEPOSITED, ActorKind.SYSTEM, "CERTIFICATION", AccessOutcome.DONE, "THIDU"),
    )
    return tuple(
        HistoryEntry(
            id_of(400 + place),
            AccessEvent(
                id_of(700), action, kind, "x", AT - timedelta(hours=place), reason, outcome, id_of(100), agency
            ),
        )
        for place, (action, kind, reason, outcome, agency) in enumerate(wanted)
    )


def procedure_view() -> ProcedureView:
    """The kindergarten procedure with papers that fit, compete and miss."""
    catalogue = load_catalogue()
    procedure = catalogue.find("SAMPLE-KINDERGARTEN", on=AT.date())
    known = records()
    candidates = [
        Candidate(
            one.record_id, one.uri, SHA, one.doc_type, one.assurance_level, one.agency_code, "CURRENT", "CURRENT", one.deposited_at.date(), None,
            ("Nguyễn Thị Hoài An",),
        )
        for one in known.values()
    ]  # fmt: skip
    outcomes = match(procedure.requirements, candidates, subject=Subject("Nguyễn Thị Hoài An"), on=AT.date())
    return ProcedureView(procedure, outcomes, known)


def marks() -> tuple[Marked, ...]:
    """What stands under its package."""
    return (
        Marked(PackageMark.OFFICE, b"", SHA, AT),
        Marked(PackageMark.CERTIFICATE, b"", SHA, AT),
        Marked(PackageMark.PASSKEY, b"", SHA, AT),
    )


def standing() -> Standing:
    """A dossier that waits for a supplement, with one paper taken in by hand."""
    return Standing(
        Status.SUPPLEMENT_ASKED,
        (
            ReachedStatus(Status.RECEIVED, By.STAFF, id_of(4), "", AT),
            ReachedStatus(Status.SUPPLEMENT_ASKED, By.STAFF, id_of(4), "Thiếu sổ tiêm chủng", AT),
        ),
        (
            HandedIn(
                "who",
                WhyByHand.VAULT_DOWN,
                "",
                SHA,
                id_of(4),
                AT,
                could_reuse=True,
                reconciled=Reconciled.SAME,
                reconciled_at=AT,
            ),
        ),
    )


def submission() -> Submission:
    """A filed dossier, half answered."""
    return Submission(
        id_of(500), id_of(700), "SAMPLE-KINDERGARTEN", 1, "THIDU-EDU", id_of(501), id_of(502), "jws", Step.TRANSFER, 5, AT - timedelta(hours=5),
        (
            SubmissionItem("who", ItemMode.REFERENCE, id_of(100), "vdm:x", SHA, Answer.ACCEPTED, None, AT),
            SubmissionItem(
                "household", ItemMode.REFERENCE, id_of(102), "vdm:y", SHA, Answer.REJECTED, "Xác nhận cư trú ghi nơi ở cũ; cần bản mới.", AT
            ),
            SubmissionItem("vaccination", ItemMode.PAPER, None, None, None, None, None, None),
        ),
    )  # fmt: skip


def feedback_words() -> tuple[Feedback, ...]:
    """A complaint that waits and thanks that were answered."""
    first = Feedback(
        id_of(510), id_of(700), About.DOSSIER, id_of(500), "THIDU", FeedbackKind.COMPLAINT, "Chờ lâu.", AT, None, None
    )
    return (first, replace(first, feedback_id=id_of(511), kind=FeedbackKind.THANKS, answer="Cảm ơn.", answered_at=AT))


def linked_part_views() -> tuple[PartView, ...]:
    """Birth with what is filed together with it; the certificate of birth is awaited."""
    catalogue, views = load_catalogue(), []
    for name in ("SAMPLE-BIRTH", "SAMPLE-RESIDENCE-CHILD", "SAMPLE-HEALTH-CARD-CHILD"):
        procedure = catalogue.find(name, on=AT.date())
        outcomes = match(procedure.requirements, [], subject=Subject("Nguyễn Thị Hoài An"), on=AT.date())
        views.append(PartView(ProcedureView(procedure, outcomes, {}), {"birth": "SAMPLE-BIRTH"} if views else {}))
    return tuple(views)


def linked_view() -> LinkedView:
    """Two dossiers that one act filed; the second stopped with the first."""
    first = submission()
    second = replace(first, submission_id=id_of(505), step=Step.RECEIVE)
    ended = Standing(
        Status.STOPPED,
        (ReachedStatus(Status.STOPPED, By.SYSTEM, "linked", f"LINKED_ENDED:{first.submission_id}", AT),),
        (),
    )
    parts = (
        SubmissionView(first, (), None, standing()),
        SubmissionView(second, (), None, ended),
    )
    return LinkedView(LinkedFiling(id_of(504), AT, (first, second)), parts)


def mandates() -> tuple[OpenVault, ...]:
    """A mother's mandate, a clerk's with a scope, and one that is over."""
    parent = Mandate(
        id_of(600), id_of(700), id_of(701), MandateKind.PARENT, True, Covers.EVERYTHING, (), "KS 12/2018", "THIDU", None, AT, AT + timedelta(days=4000), None, None
    )  # fmt: skip
    clerk = replace(
        parent, kind=MandateKind.APPOINTED_USER, may_act=False, covers=Covers.RECORDS, covered=(id_of(100),)
    )
    over = replace(parent, kind=MandateKind.GUARDIAN, ends_at=None, ended_at=AT, ended_by_document="45/2026/QĐST-HNGĐ")
    return tuple(OpenVault(one, "Trần Thí Dụ") for one in (parent, clerk, over, replace(parent, ends_at=None)))


def twin() -> Twin:
    """Fields of every state."""
    return Twin(
        "VN.BIRTH_CERT",
        (
            TwinField("holder_name", "Nguyễn Thị Hoài An", 96.0, ("LABELLED",), None),
            TwinField("birth_date", "2018-05-06", 97.0, ("CALENDAR_DATE",), None),
            TwinField("document_number", "12/2018", 97.0, (), "officer-1"),
        ),
    )
