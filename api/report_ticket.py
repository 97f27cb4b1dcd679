"""An answer that its reader carries: signed by us, so that a report can be made of it later though nothing was kept.

The ticket holds what the answer says, never the file. Pictures of pages that differ travel beside it and are named in
it by their digests.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from api.authority import Authority
from api.errors import RequestInvalid
from api.services import Services
from api.verdict import Answer
from signing.verify import PageDifference, Verdict, VerificationReport
from vault import CopyStatus, OriginalStatus, RegisterStatus, RenditionAge

_CONTEXT: Final = b"vidimus-report-1\0"
_LIFETIME: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Carried:
    """What came back: the answer, and the pages that differ with their pictures."""

    answer: Answer
    differing: tuple[PageDifference, ...]


def write_ticket(services: Services, answer: Answer, *, differing: Sequence[PageDifference] = ()) -> str:
    """Write an answer down and sign it; it can be brought back for half an hour."""
    whole = {
        "until": (services.clock.now() + _LIFETIME).isoformat(),
        "report": answer.report.to_dict(),
        "answer": {
            "verdict": answer.verdict.value,
            "warnings": list(answer.warnings),
            "reasons": list(answer.reasons),
            "authority": answer.authority.value,
            "sentence_key": answer.sentence_key,
            "person": answer.person,
            "signer": answer.signer,
            "agency_names": dict(answer.agency_names),
            "signed_at": _told(answer.signed_at),
        },
        "status": _status_told(answer.status),
        "pages": [
            {
                "page_number": page.page_number,
                "marked": page.marked,
                "pictures": [_digest(page.before_jpeg), _digest(page.after_jpeg)],
            }
            for page in differing
        ],
    }
    body = base64.urlsafe_b64encode(zlib.compress(json.dumps(whole, ensure_ascii=False).encode(), 9)).decode("ascii")
    return f"{body}.{_mark(services, body)}"


def read_ticket(services: Services, ticket: str, *, pictures: Sequence[str] = ()) -> Carried:
    """Give the answer back; nothing of it is read before its signature is checked.

    Raises:
        RequestInvalid: it was not written here, is too old, or other pictures came with it.
    """
    body, _, mark = ticket.strip().partition(".")
    if not hmac.compare_digest(mark.encode(), _mark(services, body).encode()):
        raise RequestInvalid("this answer was not written here; verify the file again", field="ticket")
    whole = json.loads(zlib.decompress(base64.urlsafe_b64decode(body)))
    if datetime.fromisoformat(whole["until"]) <= services.clock.now():
        raise RequestInvalid("this answer is too old; verify the file again", field="ticket")
    told = whole["answer"]
    answer = Answer(
        report=VerificationReport.from_dict(whole["report"]),
        verdict=Verdict(told["verdict"]),
        warnings=tuple(told["warnings"]),
        reasons=tuple(told["reasons"]),
        status=_status(whole["status"]),
        authority=Authority(told["authority"]),
        sentence_key=told["sentence_key"],
        person=told["person"],
        signer=told["signer"],
        agency_names=told["agency_names"],
        signed_at=_moment(told["signed_at"]),
    )
    return Carried(answer, _pages(whole["pages"], pictures))


def _pages(told: Sequence[Any], pictures: Sequence[str]) -> tuple[PageDifference, ...]:
    if not pictures:
        # A reader without room for them gets the report without pictures.
        return ()
    try:
        given = {_digest(one): one for one in (base64.b64decode(text, validate=True) for text in pictures)}
        return tuple(
            PageDifference(
                page["page_number"],
                boxes=(),
                outside=(),
                covers_ink=False,
                marked=tuple(map(tuple, page["marked"])),
                before_jpeg=given[page["pictures"][0]],
                after_jpeg=given[page["pictures"][1]],
            )
            for page in told
        )
    except (KeyError, binascii.Error) as exc:
        raise RequestInvalid(
            "these pictures are not those of the answer; verify the file again", field="picture"
        ) from exc


def _status_told(status: CopyStatus | None) -> dict[str, Any] | None:
    if status is None:
        return None
    return asdict(status) | {"certified_at": _told(status.certified_at), "checked_at": status.checked_at.isoformat()}


def _status(told: dict[str, Any] | None) -> CopyStatus | None:
    if told is None:
        return None
    return CopyStatus(
        **told
        | {
            "register": RegisterStatus(told["register"]),
            "original": OriginalStatus(told["original"]),
            "rendition": RenditionAge(told["rendition"]),
            "certified_at": _moment(told["certified_at"]),
            "checked_at": datetime.fromisoformat(told["checked_at"]),
        }
    )


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mark(services: Services, body: str) -> str:
    # Ed25519 signatures are deterministic (RFC 8032), so the mark is checked by making it again.
    return base64.urlsafe_b64encode(services.manifest_key.sign(_CONTEXT + body.encode())).decode("ascii")
