"""Examples of the description, made to run against `./demo`, and the links that carry an id from one answer to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.routes.counter_examples import COUNTER_EXAMPLES, COUNTER_LINKS
from api.routes.example_shapes import Example, Link
from api.routes.examples_establishment import ESTABLISHMENT_EXAMPLES
from api.routes.examples_register import REGISTER_EXAMPLES, REGISTER_LINKS
from api.routes.examples_reuse import REUSE_EXAMPLES
from api.routes.examples_vault import VAULT_EXAMPLES, VAULT_LINKS

_CAN_BE_MADE_AGAIN: Final = {"Idempotency-Key": "quay-1-2026-11-22-0001"}
_ITEM: Final = "01KAM5X0E8Q2V7T9B3C4D5F6G7"
_DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_CHECKLIST: Final = ["ORIGINAL_SEEN", "PAGES_MATCH"]
_PIN: Final = "240226"
_PROCEDURE: Final = "SAMPLE-CIVIL-STATUS-EXTRACT"


_A_PAGE: Final = Example({"limit": 20})
_OF_ITEM: Final = Example({"item_id": _ITEM})

EXAMPLES: Final[Mapping[str, Example]] = {
    **VAULT_EXAMPLES,
    **REUSE_EXAMPLES,
    "open_session": Example(body={"login": "can-bo", "password": "mau-thu-khong-dung-that"}),
    "current_session": Example(),
    "list_sessions": Example(),
    "confirm_session": Example(body={"password": "mau-thu-khong-dung-that"}),
    "end_one_session": Example({"session_id": _ITEM}),
    "end_other_sessions": Example(),
    "list_tokens": Example(),
    "make_token": Example(body={"label": "xuất sổ hằng đêm", "scopes": ["register:read"], "days": 30}),
    "revoke_token": Example({"token_id": _ITEM}),
    # Nobody administers in the demonstration.
    "list_clients": Example(ends=403),
    "register_client": Example(
        body={
            "login": "cong-dich-vu",
            "label": "Cổng dịch vụ công",
            "agency_code": "THIDU",
            "roles": ["postal_intake"],
            "scopes": ["copies:read"],
        },
        ends=403,
    ),
    "end_client": Example({"client_id": _ITEM}, ends=403),
    "list_event_types": Example(),
    "subscribe": Example(
        body={"url": "https://systems.thi-du.example/vidimus", "events": ["copy.certified"]}, ends=403
    ),
    "list_webhooks": Example(ends=403),
    "get_webhook": Example({"webhook_id": _ITEM}, ends=403),
    "change_webhook": Example({"webhook_id": _ITEM, "if-match": '"1"'}, {"state": "DISABLED"}, ends=403),
    "unsubscribe": Example({"webhook_id": _ITEM}, ends=403),
    "renew_secret": Example({"webhook_id": _ITEM}, ends=403),
    "try_webhook": Example({"webhook_id": _ITEM}, ends=403),
    "list_sendings": Example({"webhook_id": _ITEM, "limit": 20}, ends=403),
    "replay": Example({"webhook_id": _ITEM}, {"since": "2026-11-22T00:00:00Z"}, ends=403),
    "give_token": Example(
        body={
            "grant_type": "client_credentials",
            "scope": "copies:read",
            "client_id": "01KAM5X0E8Q2V7T9B3C4D5F6G7",
            "client_secret": "khong-phai-bi-mat",
        },
        ends=401,
    ),
    "end_session": Example(),
    "list_cases": _A_PAGE,
    "get_case": Example({"case_id": _ITEM}),
    "record_proof": Example({"record_id": _ITEM}),
    "list_agencies": _A_PAGE,
    "get_agency": Example({"agency_code": "THIDU"}),
    # Nobody administers or audits in the demonstration.
    "list_people": Example({"agency": "THIDU"}, ends=403),
    "get_person": Example({"staff_id": _ITEM}, ends=403),
    "list_delegations": Example({"staff_id": _ITEM}, ends=403),
    "add_delegation": Example(
        {"Idempotency-Key": "uy-quyen-2026-11-22-0001"},
        {
            "staff_id": _ITEM,
            "capacity": "KT",
            "on_behalf_of": "Chủ tịch",
            "scope": "CERTIFY_COPIES",
            "decision_number": "12/QĐ-UBND",
            "valid_from": "2026-11-22T00:00:00+07:00",
            "valid_until": "2027-11-22T00:00:00+07:00",
        },
        ends=403,
    ),
    "end_delegation": Example({"delegation_id": _ITEM}, ends=403),
    "reform_agencies": Example(
        {"Idempotency-Key": "sap-xep-2026-11-22-0001"},
        {
            "kind": "MERGE",
            "ending": ["THIDU-EDU", "THIDU-LABOUR"],
            "following": ["THIDU"],
            "decision_number": "01/NQ-HĐND",
            "since": "2026-11-22T00:00:00+07:00",
            "dry_run": True,
        },
        ends=403,
    ),
    "read_retention": Example({"on": "2026-11-22"}, ends=403),
    "decide_retention": Example(
        {"Idempotency-Key": "luu-tru-2026-11-22-0001"},
        {"kind": "RAW_SCAN", "days": 365, "valid_from": "2099-01-01", "decision_number": "5/QĐ-UBND"},
        ends=403,
    ),
    "list_legal_holds": Example(ends=403),
    "place_legal_hold": Example(
        {"Idempotency-Key": "giu-2026-11-22-0001"},
        {"scope": "ITEM", "target_id": _ITEM, "decision_number": "9/TA"},
        ends=403,
    ),
    "lift_legal_hold": Example({"hold_id": _ITEM}, {"decision_number": "10/TA"}, ends=403),
    "purge": Example(body={"dry_run": True}, ends=403),
    "list_destructions": Example({"limit": 20}, ends=403),
    "get_destruction": Example({"certificate_id": _ITEM}, ends=403),
    "read_figures": Example({"from": "2026-11-01", "until": "2026-11-30"}, ends=403),
    "read_scorecard": Example({"from": "2026-11-01", "until": "2026-11-30"}, ends=403),
    "list_events": Example({"key": "requests_by_channel", "group": "COUNTER", "limit": 20}, ends=403),
    "draw_figure": Example({"key": "requests_by_channel"}, ends=403),
    "give_open_data": Example({"base_url": "https://du-lieu.example/vidimus"}, ends=403),
    "list_keys": Example({"limit": 20}, ends=403),
    "list_ending_keys": Example(ends=403),
    "walk_signing_paths": Example(ends=403),
    "get_key": Example({"key_id": "officer-thidu"}, ends=403),
    "revoke_key": Example({"key_id": "officer-thidu", "if-match": '"1"'}, {"reason": "keyCompromise"}, ends=403),
    "change_key": Example(
        {"key_id": "officer-thidu", "change": "suspend", "if-match": '"1"'}, {"reason": "ON_LEAVE"}, ends=403
    ),
    "take_in": Example(
        _CAN_BE_MADE_AGAIN,
        {"file": ["@giay-khai-sinh.jpg"], "holder_number": "000195012345", "doc_type": "VN.BIRTH_CERT", "copies": 1},
        body_as_json={"upload_ids": [_ITEM], "holder_number": "000195012345", "doc_type": "VN.BIRTH_CERT"},
    ),
    "tell_abilities": Example(),
    "begin_upload": Example(
        {"tus-resumable": "1.0.0", "upload-length": 6, "upload-metadata": "filename a2hhaS1zaW5oLmpwZw=="}, "@part"
    ),
    "list_uploads": Example(),
    "ask_upload": Example({"tus-resumable": "1.0.0", "upload_id": _ITEM}),
    "append_upload": Example({"tus-resumable": "1.0.0", "upload_id": _ITEM, "upload-offset": 6}, "@nothing"),
    "end_upload": Example({"tus-resumable": "1.0.0", "upload_id": _ITEM}),
    "list_drafts": _A_PAGE,
    "get_draft": _OF_ITEM,
    "scan_again": Example(
        {"item_id": _ITEM}, {"file": ["@giay-khai-sinh.jpg"]}, ends=409, body_as_json={"upload_ids": [_ITEM]}
    ),
    "page_image": Example({"item_id": _ITEM, "number": 1}),
    "worst_line": Example({"item_id": _ITEM, "number": 1, "line": 1}),
    "preview": _OF_ITEM,
    "ask_payment": Example({"item_id": _ITEM}),
    "get_payment": _OF_ITEM,
    "pay_in_sandbox": _OF_ITEM,
    "fail_in_sandbox": _OF_ITEM,
    "look_after_payment": _OF_ITEM,
    "pay_at_desk": Example({"item_id": _ITEM}, {"receipt_number": "BL-2026-000123"}, ends=409),
    "pay_back": Example({"item_id": _ITEM}, {}),
    "take_payment_news": Example(
        body={
            "payment_id": _ITEM,
            "reference": "GW-1",
            "amount": 4000,
            "state": "PAID",
            "receipt_number": "BL-2026-000123",
        },
        ends=403,
    ),
    "look_first": Example(body={"number": "000195012345"}),
    "enter_contact": Example({"item_id": _ITEM}, {"email": "an@thi-du.example", "language": "vi", "by_email": True}),
    "list_notices": _A_PAGE,
    "get_contact": Example(),
    "set_contact": Example(
        {"if-match": '"1"'}, {"email": "an@thi-du.example", "phone": "", "language": "vi", "by_email": True}
    ),
    "prepare": Example({"item_id": _ITEM, "if-match": '"3"'}, {"pages_compared": 1}),
    "compare_only": Example({"item_id": _ITEM, "if-match": '"3"'}, {"pages_compared": 1}),
    "get_ready": _OF_ITEM,
    "ready_file": _OF_ITEM,
    "ready_page": Example({"item_id": _ITEM, "number": 1}),
    "cancel_number": Example({"item_id": _ITEM, "if-match": '"5"'}),
    "refuse": Example(
        {"item_id": _ITEM, "if-match": '"3"'}, {"code": "DAMAGED_ILLEGIBLE", "free_text": "Mất góc dưới bên phải."}
    ),
    "approve": Example(
        {"Idempotency-Key": "quay-1-2026-11-22-0002"},
        {"item_id": _ITEM, "sha256": _DIGEST, "checklist": _CHECKLIST, "pin": _PIN},
    ),
    "approve_batch": Example(
        {"Idempotency-Key": "quay-1-2026-11-22-0003"},
        {"items": [{"item_id": _ITEM, "sha256": _DIGEST}], "checklist": _CHECKLIST, "pin": _PIN},
    ),
    "ask_token_to_sign": Example(body={"items": [_ITEM]}),
    "take_token_signatures": Example(body={"items": [{"item_id": _ITEM, "signature": "MEUCIQ=="}]}),
    "ask_passkey": Example(body={"items": [{"item_id": _ITEM, "sha256": _DIGEST}]}, ends=422),
    "ask_passkey_to_sign_in": Example(),
    "open_session_by_passkey": Example(body={"answer": "{}"}, ends=403),
    "ask_passkey_to_confirm": Example(),
    "confirm_by_passkey": Example(body={"answer": "{}"}, ends=403),
    "list_passkeys": Example(),
    "remove_passkey": Example({"passkey_id": _DIGEST}, ends=404),
    "list_recoveries": Example(ends=403),
    "ask_recovery": Example({"Idempotency-Key": "mat-khoa-2026-11-22-0001"}, {"login": "can-bo"}, ends=403),
    "confirm_recovery": Example({"recovery_id": _ITEM}, ends=403),
    "let_person_leave": Example({"staff_id": _ITEM}, ends=403),
    "end_sessions_of_person": Example({"staff_id": _ITEM}, ends=403),
    "change_password": Example(body={"password": "mau-thu-khong-dung-that", "current": "mau-thu-khong-dung-that"}),
    "ask_registration": Example(),
    "register_passkey": Example(body={"answer": "{}", "expires_at": "2026-11-22T07:05:00Z"}, ends=403),
    "ask_token": Example(),
    "try_token": Example(body={"pin": _PIN}),
    "get_operation": Example({"operation_id": f"read-{_ITEM}-1"}),
    "operation_events": Example({"operation_id": f"read-{_ITEM}-1"}),
    "read_register": Example({"limit": 100}),
    "list_records": _A_PAGE,
    "get_record": Example({"record_id": _ITEM}),
    "record_file": Example({"record_id": _ITEM}),
    "record_page": Example({"record_id": _ITEM, "number": 1}),
    "read_history": _A_PAGE,
    "make_share": Example(
        {"Idempotency-Key": "chia-se-2026-11-22-0001"},
        {
            "record_id": _ITEM,
            "purpose": "Xin học",
            "recipient": "Trường mầm non Hoa Phượng",
            "days": 7,
            "max_views": 3,
        },
    ),
    "list_shares": _A_PAGE,
    "close_share": Example({"share_id": _ITEM}),
    "open_share": Example(body={"token": "Q2hvIG3hu5l0IGzhuqduIHh1aSBy4bqlIGNob25n"}, ends=410),
    "shared_page": Example({"number": 1, "X-Share-Ticket": "dG9pLWtob25nLXBoYWktdmU"}, ends=401),
    "shared_file": Example({"X-Share-Ticket": "dG9pLWtob25nLXBoYWktdmU"}, ends=401),
    "answer_share": Example({"X-Share-Ticket": "dG9pLWtob25nLXBoYWktdmU"}, {"answer": "ACCEPTED"}, ends=401),
    "list_consents": _A_PAGE,
    "withdraw_consent": Example({"consent_id": _ITEM}),
    "list_procedures": Example(),
    "get_procedure": Example({"procedure_id": _PROCEDURE}),
    "procedure_qr": Example({"procedure_id": _PROCEDURE}),
    "import_procedures": Example(body={"form": "JSON", "content": '{"procedures": []}'}, ends=403),
    "match_procedure": Example({"procedure_id": _PROCEDURE}),
    "match_with_answers": Example({"procedure_id": "SAMPLE-LAND-TRANSFER"}, {"answers": {"who_files": "self"}}),
    "file_dossier": Example(
        {"Idempotency-Key": "ho-so-2026-11-22-0001"},
        {"procedure_id": _PROCEDURE, "chosen": {"birth": _ITEM}, "brought_in_person": [], "consent": True},
    ),
    "list_submissions": _A_PAGE,
    "get_submission": Example({"submission_id": _ITEM}),
    "list_received": _A_PAGE,
    "get_received": Example({"submission_id": _ITEM}),
    "fetch_item": Example({"submission_id": _ITEM, "requirement_id": "birth"}),
    "answer_item": Example(
        {"submission_id": _ITEM, "requirement_id": "birth", "if-match": '"1"'}, {"answer": "ACCEPTED"}
    ),
    "move_on": Example({"submission_id": _ITEM, "if-match": '"2"'}, {"step": "RECEIVE"}),
    "bring_status": Example(
        {"submission_id": _ITEM, "if-match": '"2"'}, {"status": 5, "reason": "Thiếu trang 2"}, ends=404
    ),
    "take_in_by_hand": Example(
        {"submission_id": _ITEM, "requirement_id": "birth"},
        {"why": "VAULT_DOWN", "note": "", "sha256": "0" * 64},
        ends=404,
    ),
    "ask_withdrawal": Example({"submission_id": _ITEM}, {"reason": ""}, ends=404),
    "verify": Example(body={"file": "@ban-sao.pdf"}),
    "report": Example(body={"file": "@ban-sao.pdf", "kind": "xml", "lang": "vi"}),
    "look_up": Example({"code": "K7PM-3QWX-9DHT-5"}),
    "copy_file": Example({"code": "K7PM-3QWX-9DHT-5", "reason": "COMPLAINT"}),
    "checkpoint": Example(),
    "read_tile": Example({"tile": "0/000.p/1"}, ends=404),
    "read_trust": Example(),
    "roots_pem": Example(),
    "read_crl": Example({"sha256_hex": _DIGEST}),
    "authority_file": Example({"name": "root.cer"}),
    "ocsp": Example(body="@question.ocsp", ends=200),
    "ocsp_by_get": Example({"question": "MAA="}),
    "time_stamp": Example(body="@question.tsq"),
    "healthz": Example(),
    "readyz": Example(),
    "metrics": Example(),
    "read_description": Example(),
    **REGISTER_EXAMPLES,
    **COUNTER_EXAMPLES,
    **ESTABLISHMENT_EXAMPLES,
}

_BODY: Final = "$response.body#"
_ETAG: Final = "$response.header.ETag"
_FOLLOW: Final = (
    Link("get_operation", {"operation_id": f"{_BODY}/operation_id"}),
    Link("operation_events", {"operation_id": f"{_BODY}/operation_id"}),
)
_THIS_ITEM: Final = {"item_id": f"{_BODY}/item_id"}
_PICKED: Final = {"item_id": f"{_BODY}/item_id", "sha256": f"{_BODY}/sha256"}

_LINKS: Final[Mapping[str, tuple[Link, ...]]] = {
    **VAULT_LINKS,
    "list_sessions": (Link("end_one_session", {"session_id": f"{_BODY}/items/0/session_id"}),),
    "make_token": (Link("revoke_token", {"token_id": f"{_BODY}/token_id"}),),
    "list_uploads": (
        Link("ask_upload", {"upload_id": f"{_BODY}/items/0/upload_id"}),
        Link("append_upload", {"upload_id": f"{_BODY}/items/0/upload_id"}),
        Link("end_upload", {"upload_id": f"{_BODY}/items/0/upload_id"}),
    ),
    "take_in": _FOLLOW,
    "scan_again": _FOLLOW,
    "get_operation": (
        Link("get_draft", _THIS_ITEM),
        Link("look_up", {"code": f"{_BODY}/code_of_copy"}),
        Link("copy_file", {"code": f"{_BODY}/code_of_copy"}),
    ),
    "get_draft": (
        Link("get_case", {"case_id": f"{_BODY}/case_id"}),
        Link("page_image", _THIS_ITEM),
        Link("worst_line", _THIS_ITEM),
        Link("preview", _THIS_ITEM),
        Link("enter_contact", _THIS_ITEM),
        Link("ask_payment", _THIS_ITEM),
        Link("ask_paper", _THIS_ITEM),
        Link("print_paper", _THIS_ITEM),
        Link("get_payment", _THIS_ITEM),
        Link("fail_in_sandbox", _THIS_ITEM),
        Link("look_after_payment", _THIS_ITEM),
        Link("pay_in_sandbox", _THIS_ITEM),
        Link("pay_at_desk", _THIS_ITEM),
        Link("pay_back", _THIS_ITEM),
        Link("scan_again", _THIS_ITEM),
        Link("prepare", _THIS_ITEM | {"if-match": _ETAG}, {"pages_compared": f"{_BODY}/pages"}),
        Link("compare_only", _THIS_ITEM | {"if-match": _ETAG}, {"pages_compared": f"{_BODY}/pages"}),
        Link("refuse", _THIS_ITEM | {"if-match": _ETAG}),
    ),
    "prepare": (
        Link("get_ready", _THIS_ITEM),
        Link("ready_file", _THIS_ITEM),
        Link("ready_page", _THIS_ITEM),
        Link("cancel_number", _THIS_ITEM | {"if-match": _ETAG}),
        Link("approve", body=_PICKED | {"checklist": f"{_BODY}/checklist"}),
        Link("approve_batch", body={"items": [_PICKED], "checklist": f"{_BODY}/checklist"}),
        Link("ask_passkey", body={"items": [_PICKED]}),
    ),
    "get_ready": (Link("cancel_number", _THIS_ITEM | {"if-match": _ETAG}),),
    "approve": _FOLLOW,
    "approve_batch": (
        Link("get_operation", {"operation_id": f"{_BODY}/items/0/operation_id"}),
        Link("ask_token_to_sign", body={"items": [f"{_BODY}/items/0/item_id"]}),
        Link(
            "take_token_signatures", body={"items": [{"item_id": f"{_BODY}/items/0/item_id", "signature": "MEUCIQ=="}]}
        ),
    ),
    "list_records": (
        Link("get_record", {"record_id": f"{_BODY}/items/0/record_id"}),
        Link("record_fields", {"record_id": f"{_BODY}/items/0/record_id"}),
        Link("record_file", {"record_id": f"{_BODY}/items/0/record_id"}),
        Link("record_page", {"record_id": f"{_BODY}/items/0/record_id"}),
        Link("record_proof", {"record_id": f"{_BODY}/items/0/record_id"}),
        Link("make_share", body={"record_id": f"{_BODY}/items/0/record_id"}),
    ),
    "get_contact": (Link("set_contact", {"if-match": _ETAG}),),
    "make_share": (Link("close_share", {"share_id": f"{_BODY}/share_id"}),),
    "open_share": tuple(
        Link(to, {"X-Share-Ticket": f"{_BODY}/ticket"}) for to in ("shared_page", "shared_file", "answer_share")
    ),
    "match_procedure": (
        Link(
            "file_dossier",
            body={
                "procedure_id": f"{_BODY}/procedure/procedure_id",
                "chosen": {"birth": f"{_BODY}/outcomes/0/candidates/0"},
            },
        ),
    ),
    "file_dossier": (
        Link("get_submission", {"submission_id": f"{_BODY}/submission_id"}),
        Link("withdraw_consent", {"consent_id": f"{_BODY}/consent_id"}),
        Link("get_received", {"submission_id": f"{_BODY}/submission_id"}),
        Link("fetch_item", {"submission_id": f"{_BODY}/submission_id"}),
    ),
    "get_received": (
        Link("fetch_item", {"submission_id": f"{_BODY}/submission_id"}),
        Link("answer_item", {"submission_id": f"{_BODY}/submission_id", "if-match": _ETAG}),
        Link("move_on", {"submission_id": f"{_BODY}/submission_id", "if-match": _ETAG}),
    ),
    "read_trust": (Link("read_crl", {"sha256_hex": f"{_BODY}/crls/0/sha256"}),),
    **REGISTER_LINKS,
}

LINKS: Final[Mapping[str, tuple[Link, ...]]] = {
    name: (*_LINKS.get(name, ()), *COUNTER_LINKS.get(name, ())) for name in (*_LINKS, *COUNTER_LINKS)
}

__all__ = ["EXAMPLES", "LINKS", "Example", "Link"]
