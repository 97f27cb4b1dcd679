"""What `vidimus verify` does with an answer, whoever judged: show it, and give it its exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.cli.console import Console, Format
from api.cli.exits import Exit
from vault import CodeMistyped, parse_code


def exit_of_verdict(whole: dict[str, Any]) -> Exit:
    """The exit code of a verdict (DESIGN §4), or of what is known of a code."""
    if "verdict" not in whole:
        return Exit.OK if (whole["status"] or {}).get("register") == "FINAL" else Exit.NOT_CONFIRMED
    if whole["verdict"] == "MALFORMED":
        if "PASSWORD_PROTECTED" in whole["reasons"]:
            return Exit.ENCRYPTED
        return Exit.DAMAGED_INPUT if "NOT_A_PDF" in whole["reasons"] else Exit.VERIFICATION_FAILED
    return {
        "VALID": Exit.OK,
        "VALID_WITH_WARNING": Exit.OK,
        "NO_SIGNATURE": Exit.NO_SIGNATURE,
        "INDETERMINATE": Exit.NOT_CONFIRMED,
    }.get(whole["verdict"], Exit.VERIFICATION_FAILED)


def is_code(target: str) -> bool:
    """Whether a word is meant as the code of a copy and not as a file."""
    if Path(target).exists() or "/" in target or "." in target:
        return False
    try:
        parse_code(target)
    except CodeMistyped:
        return len(target.replace("-", "")) == 13
    return True


def show_verdict(console: Console, whole: dict[str, Any], *, form: Format, title: str) -> None:
    """Print an answer in the form that was asked for; JSON is printed when all are together."""
    if form is Format.NDJSON:
        console.result_json(whole)
    if form is not Format.TEXT:
        return
    console.result(f"{title}: {whole.get('verdict') or (whole['status'] or {}).get('register', 'UNKNOWN')}")
    console.result(f"  {whole['sentence'][console.language]}")
    for signature in whole.get("signatures", ()):
        signer = (signature["signer"] or {}).get("common_name", "?")
        sub = f" ({signature['sub_indication']})" if signature["sub_indication"] else ""
        console.result(
            f"  {signature['field']}: {signature['indication']}{sub} · {signature['level']} · {signer} · {signature['signed_at']}"
        )
    for word in (*whole.get("reasons", ()), *whole.get("warnings", ())):
        console.result(f"  {word}")
