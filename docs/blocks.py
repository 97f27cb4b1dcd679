"""The generated parts of the documentation: each function writes one block from the code that decides it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, Final, get_type_hints

import certify
import dossiers
import fonts.errors
import guard
import keys
import ocr
import signing.errors
import signing.verify.errors
import vault.errors
from api import errors
from api.cli.exits import Exit
from api.delivery.events import EVENT_TYPES
from api.demo.summary import CaughtForgery, CertifiedCopy, RefusedScan, ReusedPaper, Summary
from api.messages import load_messages
from api.problems import code_of, kind_of
from api.settings import SETTINGS
from certify import CaseState, ItemState, LawPack, RegisterRow, VoidReason, load_law
from certify.case_transitions import CASE_TRANSITIONS
from certify.transitions import FINAL_STATES, TRANSITIONS
from ocr import IntakeCode, IntakeLimits, QualityPolicy
from samples.generate import SPECIMENS
from signing.verify import Coverage, Indication, ModifiedAfter, Verdict, VerificationReport
from signing.verify.report import SignatureVerdict, Signer, TimestampVerdict

_COUNTRY: Final = "vn"
_EXIT_MEANINGS: Final = {
    Exit.OK: "done, or the file is valid (with or without a warning)",
    Exit.UNEXPECTED: "a defect of Vidimus",
    Exit.USAGE: "the command was not understood, or a code was mistyped",
    Exit.MISSING_DEPENDENCY: "a program, library or language model is not installed",
    Exit.DAMAGED_INPUT: "the input is damaged or of a kind that is not supported",
    Exit.FILE_ACCESS: "a file cannot be read or written",
    Exit.QUALITY_REFUSED: "the quality gate refused the scan",
    Exit.ENCRYPTED: "the file is encrypted",
    Exit.BAD_CONFIGURATION: "a setting, the home or a trust folder cannot be used",
    Exit.NO_SIGNATURE: "the file carries no signature",
    Exit.VERIFICATION_FAILED: "a signature or the file is invalid: it was changed, or a signature is wrong",
    Exit.NOT_CONFIRMED: "it could not be confirmed (no trust anchor, no evidence); the file may be right",
    Exit.SIGNING_REFUSED: "a signature or a certification was refused",
    Exit.CERTIFICATE_UNUSABLE: "a signing certificate is expired, revoked or unfit",
    Exit.SERVICE_UNREACHABLE: "a time-stamp or revocation service did not answer, or answered wrongly",
    Exit.NOT_AUTHENTICATED: "nobody is signed in",
    Exit.FORBIDDEN: "the one who asks may not do this",
    Exit.INTERRUPTED: "stopped from the keyboard",
}
_STORY_LINES: Final = ("certified", "refused", "reused", "verified", "caught", "done")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; a bar inside a cell is escaped."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def settings() -> str:
    """Every environment variable."""
    rows = ((f"`{one.name}`", one.meaning, f"`{one.default}`") for one in SETTINGS)
    return table(("variable", "what it decides", "when it is not set"), rows)


def exit_codes() -> str:
    """Every exit code with its meaning."""
    return table(("code", "name", "meaning"), ((str(int(code)), code.name, _EXIT_MEANINGS[code]) for code in Exit))


def item_states() -> str:
    """The life of an item as a diagram; refusing, withdrawing and voiding stand in the table below it."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> DECLARED"]
    aside = {ItemState.REFUSED, ItemState.WITHDRAWN, ItemState.VOIDED, ItemState.REUSED}
    for row in TRANSITIONS:
        if row.target in aside:
            continue
        sources = sorted(row.sources - aside, key=list(ItemState).index)
        lines += [f"    {source.value} --> {row.target.value}: {row.event.value}" for source in sources]
    ends = sorted(FINAL_STATES - aside, key=list(ItemState).index)
    return "\n".join([*lines, *(f"    {state.value} --> [*]" for state in ends), "```"])


def item_transitions() -> str:
    """Every act on an item: where it may start, where it leads, who may, what refuses it, what follows."""
    order = list(ItemState).index
    rows = (
        (
            f"`{row.event.value}`",
            _codes(state.value for state in sorted(row.sources, key=order)),
            f"`{row.target.value}`",
            _codes(sorted(row.actors)),
            _codes(row.guard_codes),
            _codes(row.effects),
        )
        for row in TRANSITIONS
    )
    return table(_TRANSITION_HEAD, rows)


_TRANSITION_HEAD: Final = ("act", "from", "to", "by", "its guard refuses with", "then")


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes) or "–"


def case_states() -> str:
    """The life of a case as a diagram; rejecting, stopping and expiring stand in the table below it."""
    aside = {CaseState.REJECTED, CaseState.STOPPED, CaseState.EXPIRED}
    order = list(CaseState).index
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> DRAFT", "    [*] --> RECEIVED"]
    for row in CASE_TRANSITIONS:
        if row.target not in aside:
            sources = sorted(row.sources - aside, key=order)
            lines += [f"    {source.value} --> {row.target.value}: {row.event.value}" for source in sources]
    return "\n".join([*lines, f"    {CaseState.ARCHIVED.value} --> [*]", "```"])


def case_transitions() -> str:
    """Every act on a case, as `item_transitions`."""
    order = list(CaseState).index
    rows = (
        (
            f"`{row.event.value}`",
            _codes(state.value for state in sorted(row.sources, key=order)),
            f"`{row.target.value}`",
            _codes(sorted(row.actors)),
            _codes((row.guard_code,)),
            _codes(row.effects),
        )
        for row in CASE_TRANSITIONS
    )
    return table(_TRANSITION_HEAD, rows)


def void_reasons() -> str:
    """Why a reserved number can end without a copy."""
    return ", ".join(f"`{reason.value}`" for reason in VoidReason)


def register_columns() -> str:
    """The columns of the register export."""
    rows = ((str(number), f"`{one.name}`") for number, one in enumerate(dataclasses.fields(RegisterRow), 1))
    return table(("column", "field"), rows)


def _shape(kind: Any) -> str:
    hints = get_type_hints(kind)
    rows = ((f"`{one.name}`", f"`{_type_name(hints[one.name])}`") for one in dataclasses.fields(kind))
    return table(("field", "type"), rows)


def _type_name(hint: Any) -> str:
    name = hint.__name__ if inspect.isclass(hint) and not getattr(hint, "__args__", None) else str(hint)
    for module in ("api.demo.summary.", "signing.verify.report.", "datetime."):
        name = name.replace(module, "")
    return name


def verification_report() -> str:
    """The fields of a report, of a signature in it, of its signer and of its time-stamps."""
    kinds = (("The report", VerificationReport), ("Each of `signatures`", SignatureVerdict))
    more = (("Its `signer`", Signer), ("Each of its `timestamps`", TimestampVerdict))
    return "\n\n".join(f"{title}:\n\n{_shape(kind)}" for title, kind in (*kinds, *more))


def verification_words() -> str:
    """The closed lists a report uses."""
    lists: tuple[type[Enum], ...] = (Verdict, Indication, Coverage, ModifiedAfter)
    return table(("list", "values"), ((kind.__name__, ", ".join(f"`{one.value}`" for one in kind)) for kind in lists))


def demo_summary() -> str:
    """The fields of the object that `./demo --json` prints."""
    kinds = (Summary, CertifiedCopy, RefusedScan, CaughtForgery, ReusedPaper)
    return "\n\n".join(f"`{kind.__name__}`:\n\n{_shape(kind)}" for kind in kinds)


def demo_story(language: str) -> str:
    """What the demonstration says on the way, in its own words, with dots for what differs from run to run."""
    messages = load_messages(_law().timezone)
    certified = [one for one in SPECIMENS if one.is_certifiable]
    refused = next(one for one in SPECIMENS if one.expected == "BLURRED")
    values: dict[str, dict[str, object]] = {
        "certified": {"name": certified[0].name, "number": "…", "seconds": "…"},
        "refused": {"name": refused.name, "code": refused.expected},
        "reused": {"agency": "THIDU-JUSTICE", "procedure": "SAMPLE-CIVIL-STATUS-EXTRACT"},
        "verified": {"count": len(certified)},
        "caught": {"name": "page-replaced", "verdict": Verdict.INVALID.value},
        "done": {"seconds": "…"},
    }
    lines = [messages.text("demo.title", language), messages.text("demo.specimens", language, count=len(SPECIMENS))]
    lines += [messages.text(f"demo.{key}", language, **values[key]) for key in _STORY_LINES]
    return "\n".join(["```text", *lines, "```"])


def specimens() -> str:
    """Every specimen with what the counter must answer."""
    rows = ((f"`{one.file_name}`", one.title.en, f"`{one.expected}`") for one in SPECIMENS)
    return table(("file", "paper", "answer"), rows)


def webhook_events() -> str:
    """Every type of event with its fields."""
    rows = [
        (f"`{one.type}`", one.when, one.to, "<br>".join(f"`{name}`: {text}" for name, text in one.fields.items()))
        for one in EVENT_TYPES
    ]
    return table(("type", "when", "told to", "`data`"), rows)


def problem_codes() -> str:
    """Every exception that a door can meet, with its HTTP status and the sentence a reader is given."""
    messages = load_messages(_law().timezone)
    rows = []
    for error in sorted(_exceptions(), key=code_of):
        kind = kind_of(error)
        rows.append((f"`{code_of(error)}`", str(kind.status), messages.text(f"problem.{kind.message}.title", "en")))
    return table(("code", "status", "title (en)"), rows)


def _exceptions() -> set[type[Exception]]:
    modules = (guard, fonts.errors, ocr, keys, signing.errors, signing.verify.errors, vault.errors, certify, dossiers)
    bases = (
        guard.GuardError,
        fonts.errors.FontError,
        ocr.OcrError,
        keys.KeysError,
        signing.errors.SigningError,
        signing.verify.errors.VerifyError,
        vault.errors.VaultError,
        certify.CertifyError,
        dossiers.DossierError,
        errors.ApiError,
    )
    members = (member for module in (*modules, errors) for member in vars(module).values())
    return {member for member in members if inspect.isclass(member) and issubclass(member, bases)}


def intake_codes() -> str:
    """Every code with which an upload can be refused or warned about."""
    return ", ".join(f"`{code.value}`" for code in IntakeCode)


def intake_limits() -> str:
    """What staff intake accepts."""
    rows = ((f"`{name}`", f"{value:,}") for name, value in dataclasses.asdict(IntakeLimits()).items())
    return table(("limit", "value"), rows)


def quality_policy() -> str:
    """The thresholds of the quality gate."""
    rows = ((f"`{name}`", f"{value:g}") for name, value in dataclasses.asdict(QualityPolicy()).items())
    return table(("threshold", "value"), rows)


def refusal_reasons() -> str:
    """The closed list of refusals."""
    rows = ((f"`{reason.code}`", reason.text["vi"], reason.text["en"], reason.basis_id) for reason in _law().refusals)
    return table(("code", "vi", "en", "legal basis"), rows)


def _law() -> LawPack:
    return load_law(_COUNTRY)
