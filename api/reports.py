"""The papers of an answer: JSON and the XML of ETSI TS 119 102-2 for programs."""

from __future__ import annotations

import json
from typing import Any

from api.messages import LANGUAGES, Messages
from api.verdict import Answer
from signing.verify import write_report_xml


def report_json(answers: list[dict[str, Any]]) -> bytes:
    """One answer as an object, several as a list."""
    whole = answers[0] if len(answers) == 1 else answers
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()


def report_xml(answer: Answer, messages: Messages) -> bytes:
    """The validation report of one file; what the register adds stands among the facts about the file."""
    status = answer.status
    known = (
        (
            ("register", status.register.value),
            ("original", status.original.value),
            ("rendition", status.rendition.value),
        )
        if status is not None
        else ()
    )
    three = tuple((f"answer.{one.name}", one.told.value) for one in answer.answers)
    added = tuple(
        ("joined", code)
        for code in (*answer.reasons, *answer.warnings)
        if code not in {*answer.report.reasons, *answer.report.warnings}
    )
    said = tuple((f"sentence.{language}", answer.sentence(messages, language)) for language in LANGUAGES)
    authority = ("authority", answer.authority.value)
    return write_report_xml(
        answer.report, facts=(("joinedVerdict", answer.verdict.value), *known, authority, *three, *added, *said)
    )
