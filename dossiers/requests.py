"""An agency asks a holder for the papers of one procedure; the holder approves or declines. Four ways lead there.

ASKED: by the number, the holder answers within days. COUNTER_QR: the counter shows a QR, a phone takes it. HOLDER_QR: the
phone shows a QR, the counter takes it. ASSISTED: for a person without a phone, by a clerk and a helper together. A QR
works once, for two minutes, for one session of one clerk and one dossier; the same two words stand on both screens, and
the phone must choose them among others: whoever photographs a QR and sends it on cannot send the counter's screen along.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from dossiers.errors import CounterCodeRefused, RequestClosed, RequestNotFound
from dossiers.tables import paper_requests
from dossiers.words import other_words, two_words
from guard import RandomBytes, new_ulid
from vault import HolderOwner
from vault.outbox import Message
from vault.outbox import put as put_message

MADE: Final = "papers.asked"
DECLINED: Final = "papers.declined"
ASSISTED_OFTEN: Final = "consent.assisted_often"
ASKED_TERM: Final = timedelta(days=7)
COUNTER_TERM: Final = timedelta(minutes=2)
# What one clerk does with helpers in an hour at a busy counter; more of it is for a superior to look at.
ASSISTED_AN_HOUR: Final = 10
_TOKEN_BYTES: Final = 32


class Way(StrEnum):
    """How a request comes to its holder."""

    ASKED = "ASKED"
    COUNTER_QR = "COUNTER_QR"
    HOLDER_QR = "HOLDER_QR"
    ASSISTED = "ASSISTED"


class RequestState(StrEnum):
    """How a request stands; OPEN waits for the other side of a QR, EXPIRED is never stored."""

    OPEN = "OPEN"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    CLOSED = "CLOSED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for which procedure: a member of staff of an agency, in one session."""

    agency_code: str
    staff_id: str
    session_id: str
    procedure_id: str


@dataclass(frozen=True, slots=True)
class PaperRequest:
    """A request as both sides see it; `words` is the code of two words, empty where there is no second screen."""

    request_id: str
    way: Way
    state: RequestState
    agency_code: str | None
    staff_id: str | None
    session_id: str | None
    holder_id: str | None
    procedure_id: str | None
    words: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    submission_id: str | None
    reason: str | None = field(repr=False)


def ask_holder(
    tx: Connection, holder_id: str, asking: Asking, *, way: Way, at: datetime, random_bytes: RandomBytes
) -> PaperRequest:
    """Ask a holder who is known; the holder is told by a notice."""
    term = ASKED_TERM if way is Way.ASKED else timedelta(minutes=30)
    row = _values(way, RequestState.PENDING, at=at, term=term, random_bytes=random_bytes)
    row |= {"holder_id": holder_id, **_asking(asking)}
    made = _insert(tx, row)
    if way is Way.ASKED:
        told = {"request": made.request_id, "holder": holder_id, "agency": asking.agency_code}
        put_message(tx, Message(MADE, made.request_id, told), at=at)
    return made


def show_at_counter(
    tx: Connection, asking: Asking, *, at: datetime, random_bytes: RandomBytes
) -> tuple[PaperRequest, str]:
    """Begin a request whose QR the counter shows; gives the secret of the QR, this once."""
    row = _values(Way.COUNTER_QR, RequestState.OPEN, at=at, term=COUNTER_TERM, random_bytes=random_bytes)
    return _with_token(tx, row | _asking(asking), random_bytes)


def show_on_phone(
    tx: Connection, owner: HolderOwner, *, at: datetime, random_bytes: RandomBytes
) -> tuple[PaperRequest, str]:
    """Begin a request whose QR the holder shows; gives the secret of the QR, this once."""
    row = _values(Way.HOLDER_QR, RequestState.OPEN, at=at, term=COUNTER_TERM, random_bytes=random_bytes)
    return _with_token(tx, row | {"holder_id": owner.holder_id}, random_bytes)


def take_from_counter(tx: Connection, owner: HolderOwner, token: str, *, at: datetime) -> PaperRequest:
    """The holder's phone takes the counter's QR; it works once.

    Raises:
        CounterCodeRefused: unknown, too old, or taken before.
    """
    return _take(tx, token, Way.COUNTER_QR, {"holder_id": owner.holder_id}, at=at)


def take_from_phone(tx: Connection, asking: Asking, token: str, *, at: datetime) -> PaperRequest:
    """The counter takes the QR that a holder's phone shows; it works once.

    Raises:
        CounterCodeRefused: unknown, too old, or taken before.
    """
    return _take(tx, token, Way.HOLDER_QR, _asking(asking), at=at)


def choices_of(request: PaperRequest) -> tuple[str, ...]:
    """The codes between which the phone lets its holder choose, the right one among them, in the same order each time."""
    if not request.words:
        return ()
    return tuple(sorted((request.words, *other_words(request.request_id, but=request.words))))


def open_for_decision(tx: Connection, owner: HolderOwner, request_id: str, *, at: datetime) -> PaperRequest:
    """Hold a request of this holder still until the decision is written.

    Raises:
        RequestNotFound: no such request of this holder.
        RequestClosed: decided, closed or over.
    """
    tx.execute(
        sa.select(paper_requests.c.request_id).where(paper_requests.c.request_id == request_id).with_for_update()
    )
    request = get_request_of_holder(tx, owner, request_id, at=at)
    if request.state is not RequestState.PENDING:
        raise RequestClosed(f"request {request_id} is {request.state.value}; ask the agency for a new one")
    return request


def close_as_relayed(tx: Connection, request: PaperRequest, *, at: datetime) -> None:
    """Close a request whose two words were chosen wrongly: the one who approves does not see the counter's screen."""
    _decide(tx, request.request_id, RequestState.CLOSED, at=at, reason="WORDS_WRONG")


def approve(tx: Connection, request: PaperRequest, *, submission_id: str, at: datetime) -> None:
    """Write that a request led to this dossier; many assisted ones of one clerk within an hour are told to superiors."""
    _decide(tx, request.request_id, RequestState.APPROVED, at=at, submission_id=submission_id)
    if request.way is Way.ASSISTED and request.staff_id and request.agency_code:
        count = count_assisted(tx, request.staff_id, since=at - timedelta(hours=1))
        if count > ASSISTED_AN_HOUR:
            told = {"staff": request.staff_id, "agency": request.agency_code, "count": str(count)}
            put_message(tx, Message(ASSISTED_OFTEN, f"{request.staff_id}:{at:%Y%m%d%H}", told), at=at)


def decline(tx: Connection, owner: HolderOwner, request_id: str, *, reason: str, at: datetime) -> PaperRequest:
    """Say no; the agency is told that, and the reason when one was given. Nothing of the vault is opened.

    Raises:
        RequestNotFound, RequestClosed: as `open_for_decision`.
    """
    request = open_for_decision(tx, owner, request_id, at=at)
    _decide(tx, request_id, RequestState.DECLINED, at=at, reason=reason.strip()[:300] or None)
    told = {"request": request_id, "agency": request.agency_code or ""}
    put_message(tx, Message(DECLINED, request_id, told), at=at)
    return get_request_of_holder(tx, owner, request_id, at=at)


def count_assisted(tx: Connection, staff_id: str, *, since: datetime) -> int:
    """Count what a clerk approved with helpers since then."""
    chosen = sa.and_(
        paper_requests.c.staff_id == staff_id,
        paper_requests.c.way == Way.ASSISTED.value,
        paper_requests.c.state == RequestState.APPROVED.value,
        paper_requests.c.decided_at > since,
    )
    return int(tx.execute(sa.select(sa.func.count()).select_from(paper_requests).where(chosen)).scalar_one())


def get_request_of_holder(tx: Connection, owner: HolderOwner, request_id: str, *, at: datetime) -> PaperRequest:
    """Read one request of a holder.

    Raises:
        RequestNotFound: there is none, or it is another's.
    """
    return _one(tx, request_id, paper_requests.c.holder_id == owner.holder_id, at=at)


def get_request_of_agency(tx: Connection, agency_code: str, request_id: str, *, at: datetime) -> PaperRequest:
    """Read one request that this agency made.

    Raises:
        RequestNotFound: there is none, or another agency's.
    """
    return _one(tx, request_id, paper_requests.c.agency_code == agency_code, at=at)


def requests_of_holder(tx: Connection, owner: HolderOwner, *, at: datetime) -> tuple[PaperRequest, ...]:
    """The requests made of a holder that an agency has part in, newest first."""
    asked = sa.and_(paper_requests.c.holder_id == owner.holder_id, paper_requests.c.agency_code.is_not(None))
    return _load(tx, asked, at=at)


def requests_of_agency(tx: Connection, agency_code: str, *, at: datetime) -> tuple[PaperRequest, ...]:
    """The newest requests of an agency."""
    return _load(tx, paper_requests.c.agency_code == agency_code, at=at)


def _asking(asking: Asking) -> dict[str, object]:
    return {
        "agency_code": asking.agency_code,
        "staff_id": asking.staff_id,
        "session_id": asking.session_id or None,
        "procedure_id": asking.procedure_id,
    }


def _values(
    way: Way, state: RequestState, *, at: datetime, term: timedelta, random_bytes: RandomBytes
) -> dict[str, object]:
    return {
        "request_id": new_ulid(at=at, random_bytes=random_bytes),
        "way": way.value,
        "state": state.value,
        "words": two_words(random_bytes) if way in {Way.COUNTER_QR, Way.HOLDER_QR} else "",
        "created_at": at,
        "expires_at": at + term,
    }


def _with_token(tx: Connection, row: dict[str, object], random_bytes: RandomBytes) -> tuple[PaperRequest, str]:
    token = base64.urlsafe_b64encode(random_bytes(_TOKEN_BYTES)).decode().rstrip("=")
    return _insert(tx, row | {"token_sha256_hex": _digest(token)}), token


def _take(tx: Connection, token: str, way: Way, taker: dict[str, object], *, at: datetime) -> PaperRequest:
    # One conditional update: of two phones only one can be first, and an old QR is no QR.
    taken = tx.execute(
        paper_requests.update()
        .where(
            paper_requests.c.token_sha256_hex == _digest(token),
            paper_requests.c.way == way.value,
            paper_requests.c.state == RequestState.OPEN.value,
            paper_requests.c.expires_at > at,
        )
        .values(state=RequestState.PENDING.value, **taker)
    ).rowcount
    if not taken:
        raise CounterCodeRefused("the code is too old or was used; let the other side show a new one")
    return _load(tx, paper_requests.c.token_sha256_hex == _digest(token), at=at)[0]


def _decide(
    tx: Connection,
    request_id: str,
    state: RequestState,
    *,
    at: datetime,
    submission_id: str | None = None,
    reason: str | None = None,
) -> None:
    changed = tx.execute(
        paper_requests.update()
        .where(paper_requests.c.request_id == request_id, paper_requests.c.state == RequestState.PENDING.value)
        .values(state=state.value, decided_at=at, submission_id=submission_id, reason=reason)
    ).rowcount
    if not changed:
        raise RequestClosed(f"request {request_id} was decided meanwhile")


def _insert(tx: Connection, row: dict[str, object]) -> PaperRequest:
    tx.execute(paper_requests.insert().values(**row))
    return _request(tx.execute(paper_requests.select().where(paper_requests.c.request_id == row["request_id"])).one())


def _one(tx: Connection, request_id: str, owned: sa.ColumnElement[bool], *, at: datetime) -> PaperRequest:
    found = _load(tx, sa.and_(paper_requests.c.request_id == request_id, owned), at=at)
    if not found:
        raise RequestNotFound(f"request {request_id} does not exist, or is not yours")
    return found[0]


def _load(tx: Connection, condition: sa.ColumnElement[bool], *, at: datetime) -> tuple[PaperRequest, ...]:
    newest_first = paper_requests.select().where(condition).order_by(paper_requests.c.request_id.desc()).limit(100)
    return tuple(_request(row, at=at) for row in tx.execute(newest_first))


def _request(row: Row[tuple[object, ...]], *, at: datetime | None = None) -> PaperRequest:
    state = RequestState(row.state)
    if at is not None and state in {RequestState.OPEN, RequestState.PENDING} and row.expires_at <= at:
        state = RequestState.EXPIRED
    return PaperRequest(
        row.request_id, Way(row.way), state, row.agency_code, row.staff_id, row.session_id, row.holder_id,
        row.procedure_id, row.words, row.created_at, row.expires_at, row.decided_at, row.submission_id, row.reason,
    )  # fmt: skip


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
