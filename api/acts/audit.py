"""The auditor's questions, and the evidence of one copy as a file that anybody can check."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.proofs import Proven, check_proof, proof_of_code
from api.acts.register import own_book
from api.acts.register_papers import COLUMNS
from api.acts.staff import open_copy
from api.acts.verifier import verify_file
from api.errors import RequestInvalid
from api.services import Services
from certify import export_rows, find_approval, get_delegation, history_of, list_agencies, stands_for
from certify.annotations import annotations_of
from certify.counter import Choice, desk_rules
from certify.prepare import get_ready
from certify.register import get_number_detail
from certify.registry import (
    AuditLine,
    AuditQuestion,
    Finding,
    find_line,
    find_lines,
    find_seal_approval,
    findings,
    full_rows,
)
from guard.wire import open_payload
from vault import LogKey, NotFound, format_code, parse_code

BUNDLE_FORMAT: Final = "vidimus-evidence-1"
_MANIFEST: Final = "manifest.json"
_COPY: Final = "copy.pdf"
_PROOF: Final = "copy.pdf.proof"
_ROW: Final = "row.json"
_REASON: Final = "AUDIT"
_MOST_WORDS: Final = 200
_ASKED: Final = "asked.json"
_STAMP: Final = (1980, 1, 1, 0, 0, 0)
_LISTED: Final = 200
_MOST_BYTES: Final = 512 * 1024 * 1024
_README: Final = """\
Hồ sơ chứng cứ của một bản sao chứng thực · Evidence of one certified copy · Preuves d'une copie certifiée

copy.pdf           the copy as it lies in the vault
copy.pdf.proof     the public log holds its digest (`vidimus audit verify copy.pdf.proof copy.pdf`)
row.json           its line in the register: the eight columns, and all that is kept of it
delegation.json    by which decision the officer could certify
approval.json      what the officer (and the seal keeper) said yes to
history.json       each step of the item: who, when, from where to where
verification.json what the verifier says of the copy today (`vidimus verify copy.pdf`)
asked.json         who took this evidence, when and why; the holder reads the same
manifest.json      the SHA-256 of each file

`vidimus audit check-bundle FILE` checks that the parts belong together and fit the log.
"""


@dataclass(frozen=True, slots=True)
class AuditReason:
    """Why an auditor takes the evidence of a copy: a code of the list `audit`, and a sentence the holder reads."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class CheckedBundle:
    """A bundle whose parts belong together."""

    code: str
    sha256_hex: str
    number: str
    proven: Proven


def find(
    services: Services,
    principal: Principal,
    *,
    book_id: str | None = None,
    number: int | None = None,
    code: str | None = None,
    day: date | None = None,
    person: str | None = None,
) -> tuple[AuditLine, ...]:
    """Give the numbers of the agency, and of those it follows, that fit: at most 200, newest first.

    Raises:
        CodeMistyped: the code cannot exist.
    """
    parsed = parse_code(code) if code is not None else None
    with services.database.read() as tx:
        asked = AuditQuestion(_agencies(tx, principal), book_id, number, parsed, day, person)
        return find_lines(tx, asked, law=services.law, limit=_LISTED)


def findings_of(services: Services, principal: Principal, book_id: str) -> tuple[Finding, ...]:
    """Give what deserves a second look in a book: gaps, lost lines, voids, overrides, late seals.

    Raises:
        NotFound: the book is another agency's.
    """
    with services.database.read() as tx:
        own_book(tx, principal, book_id)
        return findings(tx, book_id)


def reasons(services: Services) -> tuple[Choice, ...]:
    """Give the reasons for which evidence may be taken today."""
    return desk_rules(services.law, at=services.clock.now()).choices["audit"]


def reason_words(services: Services) -> Mapping[str, Mapping[str, str]]:
    """Give the words of each reason as it stands in a history, also of one that is not offered any more."""
    ever = desk_rules(services.law, at=services.clock.now()).ever["audit"]
    return {f"{_REASON}_{one.code}": one.text for one in ever}


def check_own_copy(services: Services, principal: Principal, code: str) -> None:
    """Refuse a code that is no number of the agency or of one it follows; nothing is read by that.

    Raises:
        NotFound: no copy of this agency has this code.
        CodeMistyped: the code cannot exist.
    """
    if not find(services, principal, code=code):
        raise NotFound("no copy of this agency has this code")


def evidence(services: Services, principal: Principal, code: str, *, why: AuditReason) -> bytes:
    """Give everything that proves how one copy came to be, as one ZIP; the holder sees who read it, and why.

    Raises:
        RequestInvalid: no sentence says why, or it is too long for a history.
        GuardRefused: the reason is not on the list of today.
        NotFound: no copy of this agency has this code, or the log does not hold it yet.
        CodeMistyped: the code cannot exist.
    """
    # Whose copy it is comes first: a wrong reason must not tell that there is one.
    check_own_copy(services, principal, code)
    at, stated = services.clock.now(), _stated(why)
    desk_rules(services.law, at=at).choice("audit", why.code)
    record = open_copy(services, principal, code, reason=f"{_REASON}_{why.code}: {stated}")
    parsed = parse_code(code)
    services.publish_log()
    parts: dict[str, bytes] = {"README.txt": _README.encode(), _PROOF: proof_of_code(services, parsed)}
    with services.database.read() as tx:
        told = _told(services, tx, parsed)
    told[_ASKED] = {"staff_id": principal.staff_id, "reason": why.code, "words": stated, "at": _time(at)}
    # As it was certified: that file's digest is the log's and the register's, whatever was renewed since.
    certified = [one for one in record.renditions if one.sha256_hex == told[_ROW]["detail"]["sha256"]]
    if not certified:
        raise NotFound("the file that was certified is not in the vault any more")
    with services.spool.room() as room:
        content = services.blobs.fetch_recorded(certified[0].blob, room=room)
        parts["verification.json"] = _json(verify_file(services, content, file_name=_COPY).to_dict(services.messages))
        with open_payload(content) as file:
            parts[_COPY] = file.read()
    parts |= {name: _json(part) for name, part in told.items()}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(parts.items())}
    parts[_MANIFEST] = _json({"format": BUNDLE_FORMAT, "code": format_code(parsed), "files": digests})
    return _zipped(parts)


def check_bundle(content: bytes, *, key: LogKey) -> CheckedBundle:
    """Judge a bundle with nothing but the log's key: its files are the manifest's, its copy the log's and the row's.

    Raises:
        RequestInvalid: it is no bundle, a file is missing, changed or added.
        CheckpointInvalid, ProofInvalid: the log does not hold the copy.
    """
    parts = _unzipped(content)
    try:
        manifest = json.loads(parts.pop(_MANIFEST))
        row = json.loads(parts[_ROW])
        expected = {str(name): str(digest) for name, digest in manifest["files"].items()}
        code, number = str(manifest["code"]), str(row["columns"]["number"])
        registered = str(row["detail"]["sha256"])
        is_ours = manifest["format"] == BUNDLE_FORMAT
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise RequestInvalid("the file is no bundle of evidence; ask for it again", field="bundle") from exc
    found = {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if not is_ours or wrong:
        raise RequestInvalid(
            f"these parts are not what the manifest says: {', '.join(wrong) or _MANIFEST}", field="bundle"
        )
    proven = check_proof(parts[_PROOF], key=key)
    copy = hashlib.sha256(parts[_COPY]).hexdigest()
    if format_code(proven.code) != code or not registered == proven.sha256_hex == copy:
        raise RequestInvalid("the row, the proof and the manifest are about different copies", field="bundle")
    return CheckedBundle(code, copy, number, proven)


def _stated(why: AuditReason) -> str:
    stated = " ".join(why.words.split())
    if not stated or len(stated) > _MOST_WORDS or not stated.isprintable():
        raise RequestInvalid(f"say in 1 to {_MOST_WORDS} characters why; the holder reads it", field="words")
    return stated


def _told(services: Services, tx: Connection, code: str) -> dict[str, Any]:
    line = find_line(tx, code)
    ready = get_ready(tx, item_id=line.item_id, attempt=line.attempt)
    approval, _ready = find_approval(tx, item_id=line.item_id, attempt=line.attempt)
    seal = find_seal_approval(tx, approval.approval_id)
    delegation = get_delegation(tx, ready.delegation_id)
    rows = export_rows(
        tx,
        line.book_id,
        law=services.law,
        requester_of=services.pipeline.requesters(line.book_id),
        after_seq_no=line.seq_no - 1,
        limit=1,
    )
    return {
        _ROW: {
            "book": line.book_display,
            "status": line.status.value,
            "columns": {name: getattr(rows[0], name) for name in COLUMNS},
            "full": [
                asdict(one)
                for one in full_rows(
                    tx,
                    line.book_id,
                    requester_of=services.pipeline.requesters(line.book_id),
                    blobs=services.blobs,
                    after_seq_no=line.seq_no - 1,
                    limit=1,
                )
            ],
            "detail": dict(get_number_detail(tx, book_id=line.book_id, seq_no=line.seq_no)),
            "annotations": [
                {
                    "kind": note.kind.value,
                    "at": _time(note.noted_at),
                    "by": note.noted_by,
                    "reason": note.reason,
                    "decision_number": note.decision_number,
                    "other_code": note.other_code,
                }
                for note in annotations_of(tx, line.book_id, lines={line.seq_no})
            ],
        },
        "delegation.json": {
            "delegation_id": delegation.delegation_id,
            "staff_id": delegation.staff_id,
            "capacity": delegation.capacity.value,
            "scope": delegation.scope,
            "decision_number": delegation.decision_number,
            "valid_from": _time(delegation.valid_from),
            "valid_until": _time(delegation.valid_until),
            "ended_at": _time(delegation.ended_at),
        },
        "approval.json": {
            "approval_id": approval.approval_id,
            "officer_id": approval.officer_id,
            "ready_copy_sha256": approval.sha256_hex,
            "checklist": list(approval.checklist),
            "approved_at": _time(approval.approved_at),
            "activations": approval.run_number,
            "seal": None
            if seal is None
            else {
                "keeper_id": seal.keeper_id,
                "file_sha256": seal.sha256_hex,
                "approved_at": _time(seal.approved_at),
            },
        },
        "history.json": [
            {
                "event": step.event,
                "from": step.from_state,
                "to": step.to_state,
                "actor": f"{step.actor.kind.value}:{step.actor.actor_id}",
                "detail": step.detail_code,
                "at": _time(step.at),
            }
            for step in history_of(tx, line.item_id)
        ],
    }


def _agencies(tx: Connection, principal: Principal) -> list[str]:
    return [one.code for one in list_agencies(tx) if stands_for(tx, one.code, agency_code=principal.agency_code)]


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _json(told: Any) -> bytes:
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in sorted(parts.items()):
            package.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _unzipped(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
            if sum(one.file_size for one in package.infolist()) > _MOST_BYTES or len(set(names)) != len(names):
                raise RequestInvalid("the bundle is too large, or names a part twice", field="bundle")
            return {name: package.read(name) for name in names}
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as exc:
        raise RequestInvalid("the file is no ZIP that can be read", field="bundle") from exc
