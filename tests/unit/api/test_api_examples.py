"""Every example of the description is sent to a served demonstration, and its answer held against the description."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import jsonschema_rs
import pytest
from asn1crypto import algos, tsp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder

from api.demo.office import OFFICER_KEY
from api.routes.examples import EXAMPLES
from tests.running import READ_SECONDS, Running
from tests.small_paper import small_scan

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow

TO_DRAFT = ("take_in", "get_operation", "get_draft")
STORIES: dict[str, tuple[str, ...]] = {
    "a clerk comes in": (
        *("open_session", "current_session", "list_sessions", "confirm_session", "end_one_session"),
        *("end_other_sessions", "end_session", "make_token", "list_tokens", "revoke_token"),
        *("list_clients", "register_client", "end_client", "give_token"),
        *("list_event_types", "subscribe", "list_webhooks", "get_webhook", "change_webhook", "unsubscribe"),
        *("renew_secret", "try_webhook", "list_sendings", "replay"),
    ),
    "a copy is certified": (
        *TO_DRAFT,
        *(
            "operation_events",
            "get_case",
            "page_image",
            "worst_line",
            "preview",
            "enter_contact",
            "look_first",
            *("ask_payment", "fail_in_sandbox", "look_after_payment"),
            *("ask_payment", "get_payment", "pay_in_sandbox", "pay_at_desk", "pay_back", "take_payment_news"),
            "list_drafts",
            "prepare",
            "get_ready",
            "ready_file",
        ),
        *("ready_page", "ask_passkey", "approve", "get_operation", "look_up", "copy_file", "scan_again"),
        "read_register",
    ),
    "a file comes in parts": (
        *("tell_abilities", "begin_upload", "list_uploads", "ask_upload", "append_upload", "end_upload"),
    ),
    "an original is refused": (*TO_DRAFT, "refuse", "refusal_notice"),
    "a case is received": (
        *("list_choices", "open_case", "see_case", "act_on_case", "case_slip", "track_case"),
        *("submit_own_case", "list_own_cases", "see_own_case", "ask_own_case_back"),
        *("see_delivery", "choose_delivery", "hand_copies_over", "collection_sheet"),
        *("go_on_leave", "see_cash_day", "close_cash_day", "list_cash_closes"),
    ),
    "the vault is asked first": (
        *(*TO_DRAFT, "ask_reuse", "see_reuse", "answer_reuse", "see_inspection"),
        *("ask_payment", "pay_in_sandbox", "set_ground", "see_transfer"),
    ),
    "sheets of paper are wanted": (*TO_DRAFT, "ask_paper", "print_paper"),
    "an original waits for a batch": (*TO_DRAFT, "compare_only"),
    "a number is given up": (*TO_DRAFT, "prepare", "cancel_number"),
    "several are approved": (
        *(*TO_DRAFT, "prepare", "approve_batch", "get_operation"),
        *("ask_token_to_sign", "take_token_signatures"),
    ),
    "a key is tried": ("ask_registration", "register_passkey", "ask_token", "try_token"),
    "the holder uses the copy": (
        "publish the log",
        *(
            "list_records",
            "get_record",
            "record_fields",
            "record_file",
            "record_page",
            "record_proof",
            "make_share",
            "list_shares",
            "close_share",
        ),
        *(
            "open_share",
            "shared_page",
            "shared_file",
            "answer_share",
            "list_procedures",
            "match_procedure",
            "file_dossier",
            "get_submission",
        ),
        *("list_submissions", "list_received", "get_received", "fetch_item", "answer_item", "get_received"),
        *(
            "move_on",
            "list_consents",
            "withdraw_consent",
            "read_history",
            "list_notices",
            "get_contact",
            "set_contact",
            "verify",
            "report",
        ),
    ),
    "people around a vault": ("enter_mandate", "end_mandate", "enter_identity_change", "enter_death"),
    "a stranger looks": (
        *("read_description", "healthz", "readyz", "read_trust", "read_crl", "roots_pem", "authority_file"),
        *("ocsp", "ocsp_by_get", "time_stamp", "checkpoint", "read_tile"),
    ),
}


# Operations of no story are called by themselves.
ALONE = "each is called alone"


class Teller:
    """Tells one story: each call with its example, ids taken from the answers before by their links."""

    def __init__(self, running: Running, number: int) -> None:
        self.running = running
        self.number = number
        self.told: list[tuple[dict[str, Any], httpx.Response]] = []
        self.by_id = {
            one["operationId"]: (path, method, one)
            for path, methods in running.truth.described["paths"].items()
            for method, one in methods.items()
        }

    def tell(self, name: str) -> None:
        if name == "publish the log":
            self.running.services.publish_log()
            return
        path, method, operation = self.by_id[name]
        values, body = self.example(operation)
        link, before = self.link_to(name)
        values |= {key: found(before, text) for key, text in link.get("parameters", {}).items()}
        if "requestBody" in link and isinstance(body, dict):
            body |= found(before, link["requestBody"])
        with self.client(operation) as client:
            for _ in range(int(READ_SECONDS)):
                answer = self.send(client, method, path, operation, values, body)
                if name != "get_operation" or answer.json()["status"] != "RUNNING":
                    break
                time.sleep(0.5)
        ends = operation.get("x-vidimus-example-ends")
        expected = {ends} if ends else {200, 201, 202, 204} | ({503} if name == "readyz" else set())
        assert answer.status_code in expected, f"{name}: {answer.status_code} {answer.text}"
        self.told.append((operation, answer))

    def example(self, operation: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        values = {
            one["name"]: one["examples"]["demo"]["value"]
            for one in operation.get("parameters", ())
            if "examples" in one
        }
        if "Idempotency-Key" in values:
            values["Idempotency-Key"] += f"-{self.number}"
        contents = list(operation.get("requestBody", {}).get("content", {}).values())
        body = contents[0]["examples"]["demo"]["value"] if contents else None
        return values, dict(body) if isinstance(body, dict) else body

    def link_to(self, name: str) -> tuple[dict[str, Any], httpx.Response | None]:
        for operation, answer in reversed(self.told):
            links = operation["responses"].get(str(answer.status_code), {}).get("links", {})
            if name in links:
                return links[name], answer
        return {}, None

    @contextmanager
    def client(self, operation: dict[str, Any]) -> Iterator[httpx.Client]:
        roles = operation["x-vidimus-roles"]
        if roles == ["anyone"]:
            client = self.running.client()
        elif roles == ["citizen"]:
            client = self.running.citizen()
        else:
            client = self.running.recipient() if operation["x-vidimus-owner"] == "RECIPIENT" else self.running.officer()
        with client:
            yield client

    def send(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        operation: dict[str, Any],
        values: dict[str, Any],
        body: Any,
    ) -> httpx.Response:
        where = {one["name"]: one["in"] for one in operation.get("parameters", ())}
        address = re.sub(r"\{(\w+)\}", lambda hit: str(values[hit[1]]), path)
        query = {name: value for name, value in values.items() if where[name] == "query"}
        headers = {name: str(value) for name, value in values.items() if where[name] == "header"}
        media_type = next(iter(operation.get("requestBody", {}).get("content", {})), "")
        how: dict[str, Any] = {}
        if media_type == "application/json":
            how["json"] = body
        elif media_type == "application/x-www-form-urlencoded":
            how["data"] = body
        elif media_type == "multipart/form-data":
            parts = [
                (name, part) for name, value in body.items() for part in (value if type(value) is list else [value])
            ]
            how["files"] = [(name, self.part(part)) for name, part in parts]
        elif media_type:
            headers["Content-Type"] = media_type
            how["content"] = self.file(body)
        return client.request(method.upper(), address, params=query, headers=headers, **how)

    def part(self, value: Any) -> tuple[str | None, Any, str] | tuple[None, str]:
        if not str(value).startswith("@"):
            return (None, str(value))
        kind = "image/jpeg" if value.endswith(".jpg") else "application/pdf"
        return (value[1:], self.file(value), kind)

    def file(self, name: str) -> bytes:
        services = self.running.services
        if name in {"@part", "@nothing"}:
            return b"abcdef" if name == "@part" else b""
        if name == "@giay-khai-sinh.jpg":
            return small_scan(mark=str(self.number))
        if name == "@ban-sao.pdf":
            return next(answer.content for one, answer in self.told if one["operationId"] == "record_file")
        if name == "@question.tsq":
            return time_stamp_question()
        certificate = x509.load_der_x509_certificate(services.keystore.credential(OFFICER_KEY).certificate_der)
        assert services.authority is not None
        issuer = x509.load_der_x509_certificate(services.authority.issuing_der)
        question = OCSPRequestBuilder().add_certificate(certificate, issuer, SHA256()).build()
        return question.public_bytes(Encoding.DER)


def time_stamp_question() -> bytes:
    imprint = tsp.MessageImprint(
        {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": bytes(32)}
    )
    question = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True})
    content: bytes = question.dump()
    return content


def found(answer: httpx.Response | None, text: Any) -> Any:
    """The value of a runtime expression (OpenAPI 3.1, 4.8.20.4), also inside an object or a list."""
    if isinstance(text, dict):
        return {name: found(answer, value) for name, value in text.items()}
    if isinstance(text, list):
        return [found(answer, value) for value in text]
    assert answer is not None
    if not isinstance(text, str) or not text.startswith("$response."):
        return text
    if text.startswith("$response.header."):
        return answer.headers[text.removeprefix("$response.header.")]
    value = answer.json()
    for step in text.removeprefix("$response.body#/").split("/"):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@pytest.fixture(scope="module")
def told(running: Running) -> dict[str, list[str]]:
    """What went wrong in each story; they are told in their order, once."""
    wrong: dict[str, list[str]] = {}
    for number, (title, names) in enumerate(STORIES.items()):
        teller = Teller(running, number)
        wrong[title] = []
        for name in names:
            wrong[title] += tell(teller, name)
    named = {name for names in STORIES.values() for name in names}
    teller = Teller(running, len(STORIES))
    wrong[ALONE] = [said for name in teller.by_id if name not in named for said in tell(teller, name)]
    return wrong


def tell(teller: Teller, name: str) -> list[str]:
    try:
        teller.tell(name)
    except (AssertionError, KeyError, IndexError, TypeError, StopIteration) as exc:
        return [f"{name}: {type(exc).__name__}: {exc}"]
    return []


@pytest.mark.parametrize("title", [*STORIES, ALONE])
def test_the_examples_run_when(told: dict[str, list[str]], title: str) -> None:
    assert told[title] == []


def test_every_operation_has_an_example(running: Running) -> None:
    operations = [one for methods in running.truth.described["paths"].values() for one in methods.values()]
    assert {one["operationId"] for one in operations} - set(EXAMPLES) == set()


def test_every_example_is_what_its_schema_says(running: Running) -> None:
    described = running.truth.described
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            places = list(one.get("parameters", ())) + list(one.get("requestBody", {}).get("content", {}).values())
            for place in places:
                schema = place["schema"] | {"components": described["components"]}
                for example in place.get("examples", {}).values():
                    validator = jsonschema_rs.Draft202012Validator(schema)
                    wrong = next(validator.iter_errors(example["value"]), None)
                    assert wrong is None, f"{method} {path}: {wrong}"
