"""What schemathesis cannot know: how bytes travel, that a scan is a picture, and what our codes of refusal mean."""

from __future__ import annotations

import os
from typing import Any, Final

import schemathesis

from tests.small_paper import small_scan

# Refused for its form, which the description tells; every other code is a refusal for what it means or names.
OF_FORM: Final = frozenset({"REQUEST_INVALID", "MEDIA_TYPE_REFUSED", "METHOD_NOT_ALLOWED"})
# Operations whose own acts refuse by REQUEST_INVALID what no schema can say; why stands beside each.
BY_MEANING: Final[dict[str, str]] = {
    "take_in": "a holder who has no vault yet needs name and birth date, and no form knows who has one",
    "scan_again": "an upload that is named must be the caller's own and whole",
}
SCAN = small_scan(mark="schemathesis")


@schemathesis.serializer("application/offset+octet-stream", "application/ocsp-request", "application/timestamp-query")
def as_bytes(_context: schemathesis.SerializationContext, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Half of the scans that are sent are scans: without one no draft ever begins."""
    path = context.operation.path if context.operation else ""
    if isinstance(body, dict) and "file" in body and path.startswith("/v1/drafts"):
        is_list = isinstance(body["file"], list)
        return body | {"file": [SCAN] if is_list else SCAN}
    return body


@schemathesis.hook
def before_load_schema(_context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Where the session is given in a header for every call, take the doors out of the description.

    Else the judge would leave their cookie out as a wrong form, and wonder that the call, which has it, is answered.
    """
    if os.environ.get("JUDGED_AS_SIGNED_IN"):
        for methods in raw_schema["paths"].values():
            for operation in methods.values():
                operation.pop("security", None)
        raw_schema["components"].pop("securitySchemes", None)


@schemathesis.check
def a_right_form_is_read(_context: Any, response: Any, case: Any) -> None:
    """What is right by the description is never refused for its form.

    The judge's own check (`positive_data_acceptance`) asks for more: that it is accepted. A form is more than its fields: a
    number names nobody, a code has check letters, a paper lies with somebody else. Such refusals have codes of their own.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if not response.headers.get("content-type", [""])[0].startswith("application/problem+json"):
        return
    operation_id = case.operation.definition.raw.get("operationId", "")
    told = response.json()
    if told["code"] in OF_FORM and operation_id not in BY_MEANING:
        raise AssertionError(f"{operation_id} refuses for its form what is right by the description: {told}")
