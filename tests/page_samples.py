"""Every page with invented content, built from the values that the handlers really get: for tests and for looking."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from api.acts.staff import RegisterPage
from api.identity import Door
from api.pages.citizen_view import history_rows, procedure_page, record_facts, share_rows, shelves, status_word
from api.pages.comparison_view import compared_pages
from api.pages.dossier_view import consent_box, dossier_page, dossier_rows
from api.pages.staff_view import doc_type_options, queue_groups, refusal_options
from api.pages.views import Fact, Say, page_images
from certify import ItemState, RegisterRow, load_law
from dossiers import (
    ReachedStep,
    Step,
    load_catalogue,
)
from signing.verify import PageDifference
from tests.page_office import AGENCIES, AT, PROBLEM, SHA, codes, id_of, item, items, verdicts
from tests.page_vault import history, procedure_view, records, shares, submission
from vault import (
    Consent,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One page to render: its template, its door, its values."""

    name: str
    template: str
    values: Mapping[str, Any] = field(repr=False)
    door: Door | None = None
    current: str = ""
    address: str = "/"


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
        consent=consent_box(consent, say, agencies=AGENCIES, is_active=True),
    )  # fmt: skip
    rows = share_rows(shares(), known, say, at=AT)
    looked = history_rows(history(), known, say, agencies=AGENCIES)
    filled = {
        "holder_number": "000195012345",
        "holder_name": "",
        "holder_birth_date": "",
        "doc_type": "VN.DIPLOMA",
        "copies": "2",
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
    book = RegisterPage("01/2026-SCTĐT/BS", (*lines, void), AT)
    qr = base64.b16encode(b"root" * 8).decode()
    root = {"facts": (Fact(say("page.trust.name"), "CN=MẪU – SPECIMEN Root CA,O=MẪU – SPECIMEN Vidimus"), Fact(say("page.trust.fingerprint"), qr, is_code=True)), "href": "/trust/x.cer"}  # fmt: skip
    images = page_images(say, "/image/{n}.png", count=2)
    staff, citizen = Door.STAFF, Door.CITIZEN
    pages = [
        Sample("home", "home.html", {}, current="/"),
        Sample("sign_in", "sign_in.html", {"problem": None, "login": "", "wanted": ""}),
        Sample("sign_in_wrong", "sign_in.html", {"problem": PROBLEM, "login": "an", "wanted": "/citizen/history"}),
        Sample("verify", "verify.html", {"problem": None}, current="/verify"),
        Sample("share_open", "share_open.html", {"problem": None}),
        Sample("share_result", "share_result.html", {"view": views["valid"], "title": say.pick(known[id_of(100)].titles), "terms": rows[0].facts, "images": images}),
        Sample("trust", "trust.html", {"roots": [root]}, current="/trust"),
        Sample("problem", "problem.html", {"problem": replace(PROBLEM, status=404, title="Không tìm thấy", detail="Không có mục này, hoặc nó không thuộc về bạn."), "back": "/", "wanted": None}),
        Sample("queue", "staff_queue.html", {"groups": queue_groups(queue, say, law=law)}, staff, "/staff"),
        Sample("queue_empty", "staff_queue.html", {"groups": ()}, staff, "/staff"),
        Sample("new", "staff_new.html", {"problem": None, "filled": filled, "doc_types": doc_type_options(law, say)}, staff, "/staff/new"),
        Sample("refuse", "staff_refuse.html", {"problem": None, "item_id": id_of(3), "title": "Giấy khai sinh", "reasons": refusal_options(law, say)}, staff),
        Sample("refused", "staff_refused.html", {"notice": "Cơ quan từ chối chứng thực. Lý do: …", "others": [("en", "The office refuses.")], "code": "DAMAGED_ILLEGIBLE"}, staff),
        Sample("register", "staff_register.html", {"book": book, "shown_at": say.moment(AT), "copies": 3, "fees": 12000}, staff, "/staff/register"),
        Sample("received", "staff_submissions.html", {"rows": dossier_rows((submission(),), say, base="/staff/submissions", procedures=catalogue, agencies=AGENCIES)}, staff, "/staff/submissions"),
        Sample("received_empty", "staff_submissions.html", {"rows": ()}, staff, "/staff/submissions"),
        Sample("received_one", "staff_submission.html", {"problem": None, "dossier": dossier}, staff),
        Sample("vault", "citizen_home.html", {"name": "Nguyễn Thị Hoài An", "shelves": shelves(tuple(known.values()), say, at=AT, agencies=AGENCIES)}, citizen, "/citizen"),
        Sample("vault_empty", "citizen_home.html", {"name": "Phạm Minh Đức", "shelves": ()}, citizen, "/citizen"),
        Sample("record", "citizen_record.html", {"problem": None, "record_id": id_of(100), "title": say.pick(known[id_of(100)].titles), "word": status_word(known[id_of(100)], say, at=AT), "view": views["valid"], "facts_rows": record_facts(known[id_of(100)], say, agencies=AGENCIES), "images": images, "history": looked, "has_proof": True}, citizen),
        Sample("share_made", "citizen_share_made.html", {"link": "http://127.0.0.1:8750/s#" + "x" * 43, "row": rows[0], "has_passcode": True}, citizen, "/citizen/shares"),
        Sample("shares", "citizen_shares.html", {"rows": rows}, citizen, "/citizen/shares"),
        Sample("shares_empty", "citizen_shares.html", {"rows": ()}, citizen, "/citizen/shares"),
        Sample("history", "citizen_history.html", {"rows": looked, "older": "/citizen/history?before=x"}, citizen, "/citizen/history"),
        Sample("procedures", "citizen_procedures.html", {"procedures": [{"href": "/citizen/procedures/x", "title": say.pick(dict(one.title)), "agency": AGENCIES[one.recipient_agency], "asks": say("page.procedures.asks", count=3)} for one in catalogue.values()], "rows": dossier_rows((submission(),), say, base="/citizen/submissions", procedures=catalogue, agencies=AGENCIES)}, citizen, "/citizen/procedures"),
        Sample("procedure", "citizen_procedure.html", {"problem": None, "procedure": procedure_page(procedure_view(), say, agencies=AGENCIES), "filled": {}}, citizen),
        Sample("dossier", "citizen_submission.html", {"dossier": dossier}, citizen),
    ]  # fmt: skip
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
            {"problem": PROBLEM if name == "approve" else None, "item": view, "words": say("page.progress.page", done=1, total=2), "outcome": "", "may_certify": True, "issued": views["valid"] if name == "signed" else None},
            staff,
        )
        for name, view in item_pages.items()
    ]  # fmt: skip
    return tuple(pages)
