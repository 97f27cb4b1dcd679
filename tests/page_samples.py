"""Every page with invented content, built from the values that the handlers really get: for tests and for looking."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

from api.acts.cases import CaseView
from api.acts.handover import HandoverView
from api.acts.inspection import InspectionAsked
from api.acts.own_cases import OwnCase
from api.acts.register import RegisterPage
from api.identity import Door, LineQuestion, Reach
from api.pages.cases_view import case_page, close_rows, day_facts, tracked_facts
from api.pages.citizen_view import (
    field_rows,
    history_rows,
    mandate_rows,
    record_facts,
    role_links,
    share_rows,
    shelves,
    status_word,
)
from api.pages.comparison_view import compared_pages
from api.pages.consent_view import consent_rows, receipt_page
from api.pages.dossier_view import consent_box, dossier_page, dossier_rows
from api.pages.feedback import feedback_rows, kind_options
from api.pages.four_eyes import decision_row
from api.pages.handover_view import delivery_box
from api.pages.inspection_view import InspectionBox, ReuseBox, inspection_box, reuse_box
from api.pages.intake import NO_SCAN
from api.pages.kiosk import kiosk_finds
from api.pages.life_view import life_of
from api.pages.line_sign_in import asking_facts
from api.pages.linked_view import linked_filing_page, linked_parts
from api.pages.notices import notice_cards
from api.pages.own_cases import own_case_row, slot_options
from api.pages.payments import payment_facts
from api.pages.procedure_view import domain_groups, procedure_page, requirement_lines
from api.pages.staff_view import doc_type_options, queue_groups, refusal_options
from api.pages.views import Fact, Option, Say, page_images
from certify import Case, CaseState, Channel, ItemState, RegisterRow, load_law
from certify.actors import Actor, ActorKind
from certify.case import Delivery
from certify.case_moves import CaseStep
from certify.counter import (
    CasePerson,
    DayClose,
    DayTotals,
    Finding,
    FourEyes,
    Handover,
    Issuer,
    PersonRole,
    Power,
    Receiver,
    ReuseCheck,
    SeenBy,
    TrackedCase,
    desk_rules,
    inspection_lines,
)
from certify.outside import Payment, PaymentMethod, PaymentState
from certify.register import RegisterTotals
from dossiers import (
    ReachedStep,
    Step,
    load_catalogue,
)
from signing.verify import PageDifference, Verdict
from tests.page_console import console_samples, waiting_scans
from tests.page_desk import Sample, desk_samples
from tests.page_office import AGENCIES, AT, PROBLEM, SHA, codes, id_of, item, items, report, signature, verdicts
from tests.page_oversight import oversight_samples
from tests.page_vault import (
    feedback_words,
    history,
    linked_part_views,
    linked_view,
    mandates,
    marks,
    notices,
    procedure_view,
    records,
    share_answers,
    shares,
    standing,
    submission,
    twin,
)
from vault import (
    Consent,
)
from vault.delivery import Contact, DeliveryState

PROVIDERS = [{"provider_id": "thi-du", "name": "Định danh Thí Dụ"}]


def account(say: Say) -> dict[str, Any]:
    """The account page with something of everything."""
    when = say.moment(AT)
    session = {"session_id": id_of(1), "method": say("page.account.method.link"), "began": when, "seen": when}
    return {
        "problem": None,
        "secret": "vidimus_pat_" + "x" * 51,
        "sessions": [
            session | {"is_current": True, "may": ""},
            session | {"is_current": False, "may": ""},
            session
            | {
                "is_current": False,
                "method": say("page.account.on_line", machine="may-quay-3"),
                "may": say("page.let_in.reach.act"),
            },
        ],
        "tokens": [{"token_id": id_of(2), "label": "Sao lưu", "scopes": "vault:read", "ends": when, "used": when}],
        "scopes": [{"value": "vault:read", "label": say("page.account.scope.vault_read")}],
        "has_password": True,
        "passkeys": [{"passkey_id": "0" * 64, "made": when, "used": say("page.account.never")}],
        "providers": [PROVIDERS[0] | {"is_linked": False}, PROVIDERS[0] | {"is_linked": True}],
    }


LINE: dict[str, Any] = {"problem": None, "code": "", "asking": None, "decision": ""}


def line_facts(say: Say) -> dict[str, object]:
    """A command line that asks from elsewhere."""
    asked = LineQuestion("may-quay-3", "203.0.113.7", Reach.ACT, AT, AT + timedelta(minutes=10))
    return asking_facts(asked, say, own_address="203.0.113.8")


def inspected(say: Say) -> InspectionBox:
    """What is asked of an officer, with something of everything."""
    rules = desk_rules(load_law("vn"), at=AT)
    asked = InspectionAsked(inspection_lines(rules, "VN.LAND_CERT"), ("SECRECY_STAMP",), Issuer.HOME, "DIFFERENT", 2)
    return inspection_box(asked, say, rules=rules)


def found_in_vault(say: Say) -> ReuseBox | None:
    """A paper that the vault has already."""
    check = ReuseCheck(
        id_of(1), id_of(2), id_of(3), "x", (), Finding.COPY_IN_VAULT, id_of(4), AT, None, None, None, None
    )
    return reuse_box(check, say, rules=desk_rules(load_law("vn"), at=AT))


def payment_pages(say: Say) -> tuple[Sample, ...]:
    """The fee of an original: not asked yet, due at a gateway after a failure, and paid."""
    due = Payment(
        id_of(48), id_of(43), "THIDU", 12000, "VN-2016", PaymentState.DUE, None, "ref", "https://pay.example/1", None, None,
        AT, None, None, failures=2, failure_code="PAYER_GAVE_UP",
    )  # fmt: skip
    paid = replace(due, state=PaymentState.PAID, method=PaymentMethod.GATEWAY, receipt_number="R-1", pay_url=None)
    nothing: dict[str, Any] = {
        "problem": None,
        "item_id": id_of(43),
        "facts_rows": (),
        "pay_url": None,
        "may_ask": True,
        "is_due": False,
        "is_paid": False,
        "may_look": False,
        "is_sandbox": False,
        "methods": (Option("CASH", say("page.paid.CASH")),),
    }
    waiting = {
        "problem": PROBLEM,
        "facts_rows": payment_facts(due, say, source="sandbox"),
        "pay_url": due.pay_url,
        "is_due": True,
        "may_look": True,
        "is_sandbox": True,
    }
    done = {"facts_rows": payment_facts(paid, say, source="sandbox"), "may_ask": False, "is_paid": True}
    return (
        Sample("payment", "staff_payment.html", nothing, Door.STAFF),
        Sample("payment_due", "staff_payment.html", nothing | waiting, Door.STAFF),
        Sample("payment_paid", "staff_payment.html", nothing | done, Door.STAFF),
    )


def counter_pages(say: Say) -> tuple[Sample, ...]:
    """The pages of cases, the cashier and the tracking code."""
    law, staff = load_law("vn"), Door.STAFF
    rules = desk_rules(law, at=AT)
    case = Case(
        id_of(40), "THIDU", Channel.COUNTER, CaseState.IN_PROGRESS, id_of(41), SHA, "2345", id_of(42), AT, AT,
        tracking_code="K7PM3QWX9DHT5", claimed_by=id_of(42), claimed_at=AT, reason_code="LEGALISATION",
    )  # fmt: skip
    person = CasePerson(1, PersonRole.PRESENTER, SeenBy.ID_CARD, None, None, "2345", Power.PARENT, None, id_of(42), AT)
    step = CaseStep(1, "CLAIM", "RECEIVED", "RECEIVED", Actor(ActorKind.STAFF, id_of(42)), None, AT)
    view = CaseView(case, (person,), (item(43, ItemState.EXTRACTED),), (step,))
    tracked = TrackedCase(
        CaseState.SUPPLEMENT_REQUIRED, "THIDU", "THIDU", AT, AT, True, "LEGALISATION", Delivery.PRINT, 2, 1, None
    )
    totals = DayTotals({"BANK_TRANSFER": 4000, "CASH": 14000}, 5, 2000, 1, 12000)
    close = DayClose(id_of(44), "THIDU", id_of(42), AT, 11500, totals)
    two_people = (
        FourEyes(id_of(45), "THIDU", "7/QĐ-UBND", AT, None),
        FourEyes(id_of(46), "THIDU", "6/QĐ-UBND", AT - timedelta(days=90), AT, "VN.LAND_CERT"),
    )
    options = (Option("A", "Thí dụ"),)
    new = dict.fromkeys(("number", "name", "born", "holder_number", "holder_name", "power_paper", "doc_type"), "")
    lists = {"seen_by": options, "powers": options, "channels": options, "deliveries": options, "agreements": options}
    for name in ("email", "address", "carrier", "tracking_id", "arrived_on", "helper_id"):
        new[name] = ""
    given = Handover(
        id_of(47), id_of(40), Delivery.PRINT, Receiver(PersonRole.PRESENTER, SeenBy.ID_CARD), (), id_of(42), AT
    )
    delivery = delivery_box(
        HandoverView(
            Delivery.PRINT, has_address=False, handovers=(given,), mail_state=DeliveryState.DEAD, mail_code="X"
        ),
        CaseState.COMPLETED,
        (person,),
        say,
    )
    facts = tracked_facts(tracked, say, agency=AGENCIES["THIDU"], rules=rules)
    return (
        Sample("case_new", "staff_case_new.html", {"problem": None, "filled": new | {"copies": "1"}, "doc_types": doc_type_options(law, say), "back": "/staff", **lists}, staff, "/staff/cases/new"),
        Sample("case", "staff_case.html", {"problem": PROBLEM, "case": case_page(view, say, law=law, rules=rules, at=AT), "delivery": delivery, "back": "/staff"}, staff),
        *payment_pages(say),
        Sample("cash", "staff_cash.html", {"problem": None, "today": day_facts(totals, say), "closes": close_rows((close,), say)}, staff, "/staff/cash"),
        Sample("own_cases", "citizen_cases.html", {"problem": None, "rows": [own_case_row(OwnCase(replace(case, state=CaseState.SUBMITTED, channel=Channel.ONLINE, waits_until=AT), view.items), say, law=law, agencies={"THIDU": "UBND phường Thí Dụ"})], "agencies": (Option("THIDU", "UBND phường Thí Dụ"),), "doc_types": doc_type_options(law, say), "ways": tuple(Option(one.value, say(f"delivery.{one.value}")) for one in Delivery), "filled": {"agency": "THIDU", "doc_type": "", "copies": "1", "delivery": "VAULT", "email": "", "address": "", "day": "2026-11-30", "slot": "08:30"}, "slots": slot_options(law, at=AT)}, Door.CITIZEN, "/citizen/cases"),
        Sample("own_cases_empty", "citizen_cases.html", {"problem": PROBLEM, "rows": [], "agencies": (), "doc_types": (), "ways": (), "slots": (), "filled": dict.fromkeys(("agency", "doc_type", "copies", "delivery", "email", "address", "day", "slot"), "")}, Door.CITIZEN, "/citizen/cases"),
        Sample("four_eyes", "staff_four_eyes.html", {"problem": None, "rows": [decision_row(one, say, types={"VN.LAND_CERT": "Giấy chứng nhận quyền sử dụng đất"}, at=AT) for one in two_people], "doc_types": doc_type_options(law, say), "filled": {"decision": "", "doc_type": "", "since": "", "until": ""}}, staff, "/staff/four-eyes"),
        Sample("tracked", "tracked.html", {"problem": None, "state": say("page.case_state.SUPPLEMENT_REQUIRED"), "found": facts}),
    )  # fmt: skip


def samples(say: Say) -> tuple[Sample, ...]:
    """Every page, with content."""
    law = load_law("vn")
    catalogue = {one.procedure_id: one for one in load_catalogue().in_force(AT.date())}
    known, views, by_code, item_pages = records(), verdicts(say), codes(say), items(say, law)
    consent = Consent(
        id_of(501), id_of(700), say.pick(dict(catalogue["SAMPLE-KINDERGARTEN"].purpose)), "THIDU-EDU", (id_of(100),), None, AT, AT + timedelta(days=30), None, b"{}", SHA
    )  # fmt: skip
    steps = tuple(
        ReachedStep(step, AT - timedelta(hours=5 - n), "x")
        for n, step in enumerate((Step.GUIDE, Step.RECEIVE, Step.TRANSFER))
    )
    dossier = dossier_page(
        submission(), steps, say, procedures=catalogue, agencies=AGENCIES,
        consent=consent_box(consent, say, agencies=AGENCIES, is_active=True), marks=marks(), standing=standing(),
    )  # fmt: skip
    rows = share_rows(shares(), known, say, at=AT, answers=share_answers())
    around = mandate_rows(mandates(), say, at=AT)
    roles = role_links(mandates(), say, at=AT)
    looked = history_rows(history(), known, say, agencies=AGENCIES)
    filled = {
        "holder_number": "000195012345",
        "holder_name": "",
        "holder_birth_date": "",
        "holder_email": "",
        "doc_type": "VN.DIPLOMA",
        "copies": "2",
    }
    contact_form = {
        "contact": Contact("an@thi-du.example", "", "vi", by_email=True),
        "contact_version": 1,
        "by_office": True,
        "contact_languages": (Option("vi", "Tiếng Việt"), Option("en", "English")),
    }
    queue = [item(10 + n, state) for n, state in enumerate(ItemState)]
    lines = [
        RegisterRow(
            str(n),
            "22/11/2026",
            "Nguyễn Thị Hoài An",
            "Giấy chứng nhận quyền sử dụng đất",
            "Lê Thị Thanh Hương, Phó Chủ tịch",
            1,
            4000,
            "",
        )
        for n in range(121, 124)
    ]
    void = RegisterRow("124", "22/11/2026", "Trần Quốc Bình", "Giấy ủy quyền", "", 0, 0, "VOID DEADLINE_PASSED")
    book = RegisterPage("01KC5Z0000000000000000001", "01/2026-SCTĐT/BS", (*lines, void), AT)
    qr = base64.b16encode(b"root" * 8).decode()
    root = {"facts": (Fact(say("page.trust.name"), "CN=MẪU – SPECIMEN Root CA,O=MẪU – SPECIMEN Vidimus"), Fact(say("page.trust.fingerprint"), qr, is_code=True)), "href": "/trust/x.cer"}  # fmt: skip
    images = page_images(say, "/image/{n}.png", count=2)
    inspection, reuse = inspected(say), found_in_vault(say)
    staff, citizen = Door.STAFF, Door.CITIZEN
    pages = [
        Sample("home", "home.html", {}, current="/"),
        Sample("sign_in", "sign_in.html", {"problem": None, "login": "", "wanted": "", "providers": PROVIDERS}),
        Sample("sign_in_wrong", "sign_in.html", {"problem": PROBLEM, "login": "an", "wanted": "/citizen/history", "providers": []}),
        Sample("confirm", "confirm.html", {"problem": PROBLEM, "wanted": "/citizen/shares", "has_password": True, "has_passkey": True, "providers": PROVIDERS}, citizen),
        Sample("confirm_no_way", "confirm.html", {"problem": None, "wanted": "/staff", "has_password": False, "has_passkey": False, "providers": []}, staff),
        Sample("account", "account.html", account(say), citizen, "/citizen/account"),
        Sample("line", "line_sign_in.html", LINE | {"problem": PROBLEM}, staff, "/staff/account"),
        Sample("line_asks", "line_sign_in.html", LINE | {"code": "BCDF-GHJK", "asking": line_facts(say)}, staff, "/staff/account"),
        Sample("line_let_in", "line_sign_in.html", LINE | {"decision": "approved"}, staff, "/staff/account"),
        Sample("line_declined", "line_sign_in.html", LINE | {"decision": "declined"}, citizen, "/citizen/account"),
        Sample("verify", "verify.html", {"problem": None}, current="/verify"),
        Sample("share_open", "share_open.html", {"problem": None}),
        Sample("share_result", "share_result.html", {"view": views["valid"], "title": say.pick(known[id_of(100)].titles), "terms": rows[0].facts, "images": images, "problem": None, "fields": (Fact("Họ và tên", "Nguyễn Thị Hoài An"),), "may_download": True}),
        Sample("share_note", "share_note.html", {"view": views["valid"], "rows": rows[0].facts}),
        Sample("share_thanks", "share_thanks.html", {}),
        Sample("procedure_public", "procedure_public.html", {"procedure_id": "SAMPLE-KINDERGARTEN", "title": "Đăng ký học mẫu giáo cho con", "agency": AGENCIES["THIDU-EDU"], "domain": say("page.domain.EDUCATION"), "rows": requirement_lines(catalogue["SAMPLE-KINDERGARTEN"], say)}),
        Sample("kiosk", "kiosk.html", {"question": "", "finds": (), "domains": domain_groups(tuple(catalogue.values()), say, agencies=AGENCIES, base="/p")}, current="/kiosk"),
        Sample("kiosk_found", "kiosk.html", {"question": "đăng ký học cho con", "finds": kiosk_finds((catalogue["SAMPLE-KINDERGARTEN"],), say, agencies=AGENCIES), "domains": ()}, current="/kiosk"),
        Sample("kiosk_nothing", "kiosk.html", {"question": "xe máy", "finds": (), "domains": domain_groups(tuple(catalogue.values()), say, agencies=AGENCIES, base="/p")}, current="/kiosk"),
        Sample("trust", "trust.html", {"roots": [root]}, current="/trust"),
        Sample("problem", "problem.html", {"problem": replace(PROBLEM, status=404, title="Không tìm thấy", detail="Không có mục này, hoặc nó không thuộc về bạn."), "back": "/", "wanted": None}),
        Sample("queue", "staff_queue.html", {"groups": queue_groups(queue, say, law=law)}, staff, "/staff"),
        Sample("queue_empty", "staff_queue.html", {"groups": ()}, staff, "/staff"),
        Sample("new", "staff_new.html", {"problem": None, "filled": filled, "doc_types": doc_type_options(law, say), "can_look_up": True, "looked_up": say("page.look_up.FOUND", source="sandbox"), "blank": NO_SCAN, "waiting": waiting_scans(say)}, staff, "/staff/new"),
        Sample("refuse", "staff_refuse.html", {"problem": None, "item_id": id_of(3), "title": "Giấy khai sinh", "reasons": refusal_options(law, say)}, staff),
        Sample("refused", "staff_refused.html", {"notice": "Cơ quan từ chối chứng thực. Lý do: …", "others": [("en", "The office refuses.")], "code": "DAMAGED_ILLEGIBLE", "item_id": id_of(7)}, staff),
        Sample("register", "staff_register.html", {"book": book, "shown_at": say.moment(AT), "sums": RegisterTotals(128, 2, 131, 512000), "first": "/staff/register?book=x&after=0", "onward": "/staff/register?book=x&after=100", "note": str}, staff, "/staff/register"),
        Sample("received", "staff_submissions.html", {"rows": dossier_rows((submission(),), say, base="/staff/submissions", procedures=catalogue, agencies=AGENCIES)}, staff, "/staff/submissions"),
        Sample("received_empty", "staff_submissions.html", {"rows": ()}, staff, "/staff/submissions"),
        Sample("received_one", "staff_submission.html", {"problem": None, "dossier": dossier, "reasons": (("VAULT_DOWN", say("page.by_hand.VAULT_DOWN")),)}, staff),
        Sample("vault", "citizen_home.html", {"name": "Nguyễn Thị Hoài An", "text": "", "roles": roles, "has_papers": True, "shelves": shelves(tuple(known.values()), say, at=AT, agencies=AGENCIES, preview="/preview/{}.png".format)}, citizen, "/citizen"),
        Sample("vault_empty", "citizen_home.html", {"name": "Phạm Minh Đức", "text": "", "roles": (), "has_papers": False, "shelves": ()}, citizen, "/citizen"),
        Sample("vault_not_found", "citizen_home.html", {"name": "Phạm Minh Đức", "text": "đất", "roles": (), "has_papers": True, "shelves": ()}, citizen, "/citizen"),
        Sample("people", "citizen_people.html", {"opened": around, "acting": around}, citizen, "/citizen/people"),
        Sample("people_empty", "citizen_people.html", {"opened": (), "acting": ()}, citizen, "/citizen/people"),
        Sample("vault_of", "citizen_vault_of.html", {"row": around[0], "roles": roles, "shelves": shelves(tuple(known.values()), say, at=AT, agencies=AGENCIES)}, citizen, "/citizen/people"),
        Sample("record", "citizen_record.html", {"problem": None, "record_id": id_of(100), "title": say.pick(known[id_of(100)].titles), "word": status_word(known[id_of(100)], say, at=AT), "view": views["valid"], "facts_rows": record_facts(known[id_of(100)], say, agencies=AGENCIES), "images": images, "history": looked, "life": life_of(report(Verdict.VALID, *(replace(signature(name), signed_at=AT - timedelta(hours=7)) for name in ("Lê Thị Thanh Hương", "UBND phường Thí Dụ"))), history(), say, agencies=AGENCIES), "has_proof": True, "agency_options": (Option("THIDU", "UBND phường Thí Dụ"),), "fields": field_rows(twin(), say)}, citizen),
        Sample("share_made", "citizen_share_made.html", {"link": "http://127.0.0.1:8750/s#" + "x" * 43, "row": rows[0], "has_passcode": True}, citizen, "/citizen/shares"),
        Sample("shares", "citizen_shares.html", {"rows": rows}, citizen, "/citizen/shares"),
        Sample("shares_empty", "citizen_shares.html", {"rows": ()}, citizen, "/citizen/shares"),
        Sample("history", "citizen_history.html", {"rows": looked, "older": "/citizen/history?before=x"}, citizen, "/citizen/history"),
        Sample("notices", "notices.html", {"problem": None, "rows": notice_cards(notices(), say, own_page="/citizen/notices"), "older": "/citizen/notices?before=x", **contact_form}, citizen, "/citizen/notices"),
        Sample("notices_empty", "notices.html", {"problem": PROBLEM, "rows": (), "older": "", **contact_form}, staff, "/staff/notices"),
        Sample("procedures", "citizen_procedures.html", {"domains": domain_groups(tuple(catalogue.values()), say, agencies=AGENCIES), "rows": dossier_rows((submission(),), say, base="/citizen/submissions", procedures=catalogue, agencies=AGENCIES)}, citizen, "/citizen/procedures"),
        Sample("procedure", "citizen_procedure.html", {"action": "/citizen/procedures/x", "asked": None, "choices": ("sen xanh", "voi bạc"), "is_open": True, "problem": None, "procedure": procedure_page(procedure_view(), say, agencies=AGENCIES), "filled": {}}, citizen),
        Sample("dossier", "citizen_submission.html", {"dossier": dossier}, citizen),
        Sample("feedback", "citizen_feedback.html", {"problem": None, "rows": feedback_rows(feedback_words(), say, agencies=AGENCIES), "about": {"kind": "DOSSIER", "id": id_of(500), "word": say("page.feedback.about.DOSSIER")}, "kinds": kind_options(say), "filled": ""}, citizen, "/citizen/feedback"),
        Sample("feedback_received", "staff_feedback.html", {"problem": PROBLEM, "rows": feedback_rows(feedback_words(), say, agencies=AGENCIES)}, staff, "/staff/feedback"),
        Sample("feedback_none", "staff_feedback.html", {"problem": None, "rows": ()}, staff, "/staff/feedback"),
        Sample("linked", "citizen_linked.html", {"problem": None, "parts": linked_parts(linked_part_views(), say, agencies=AGENCIES), "filled": {}, "action": "/citizen/linked/SAMPLE-BIRTH"}, citizen),
        Sample("linked_filing", "citizen_linked_filing.html", {"problem": None, "filing": linked_filing_page(linked_view(), say, procedures=catalogue, agencies=AGENCIES)}, citizen),
        Sample("consents", "citizen_consents.html", {"rows": consent_rows((consent,), say, agencies=AGENCIES, at=AT)}, citizen, "/citizen/shares"),
        Sample("consents_none", "citizen_consents.html", {"rows": ()}, citizen, "/citizen/shares"),
        Sample("consent", "citizen_consent.html", {"receipt": receipt_page(consent, tuple(known.values()), say, agencies=AGENCIES, at=AT, signed="eyJhbGciOiJFZDI1NTE5In0.e30.c2ln" * 9)}, citizen, "/citizen/shares"),
        Sample("dossier_unsigned", "citizen_submission.html", {"dossier": dossier_page(submission(), steps, say, procedures=catalogue, agencies=AGENCIES)}, citizen),
    ]  # fmt: skip
    ways = {"approve_passkey": "PASSKEY", "approve_no_passkey": "PASSKEY", "approve_token": "IN_HAND"}
    different = compared_pages([PageDifference(1, (), (), covers_ink=True, marked=((0.1, 0.2, 0.4, 0.3),))], say)
    pages += [
        Sample(
            f"verdict_{name}",
            "verify_result.html",
            {"view": view, "compared": different if name == "invalid" else (), "ticket": "x" * 43, "may_seal": True},
            address="/verify",
        )
        for name, view in views.items()
    ]
    pages += [Sample(f"code_{name}", "code_result.html", {"view": view}) for name, view in by_code.items()]
    pages += [
        Sample(
            f"item_{name}", "staff_item.html",
            {"problem": PROBLEM if name == "approve" else None, "item": view, "words": say("page.progress.page", done=1, total=2), "outcome": "", "may_certify": True, "way": ways.get(name, "PIN"), "has_passkey": name == "approve_passkey", "may_take_fee": True, "may_scan": True, "next_href": "/staff/items/x", "signed": {"number": "123", "href": "/staff/items/y"} if name == "compare" else None, "issued": views["valid"] if name == "signed" else None, "inspection": inspection if name == "compare" else None, "reuse": reuse if name == "compare" else None},
            staff,
        )
        for name, view in (item_pages | dict.fromkeys(ways, item_pages["approve"])).items()
    ]  # fmt: skip
    compared = next(one for one in pages if one.name == "item_compare")
    no_issuer = replace(PROBLEM, field="issuer")
    pages.append(replace(compared, name="item_no_issuer", values={**compared.values, "problem": no_issuer}))
    return (*pages, *counter_pages(say), *desk_samples(say), *console_samples(say), *oversight_samples(say))
