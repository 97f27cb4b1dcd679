"""Reads trusted lists behind walls: hostile XML, its signature, and what it grants; `guard.child` imports it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guard.child import Task
from guard.errors import TaskRefused
from guard.wire import Reply
from keys.errors import TrustedListRefused
from keys.trusted_list_xml import parse_trusted_list


def read(_header: dict[str, Any], payloads: tuple[bytes, ...]) -> Reply:
    """Read the first payload; the others are the certificates that may have signed it."""
    try:
        return Reply(parse_trusted_list(payloads[0], signers_der=payloads[1:]).to_dict())
    except TrustedListRefused as exc:
        raise TaskRefused(exc.reason.value, str(exc)) from exc


TASKS: Mapping[str, Task] = {"read": read}
