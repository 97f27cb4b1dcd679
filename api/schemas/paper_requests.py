"""What agencies ask of holders, the codes that two screens share, help at the counter, and access by a duty of law."""

from __future__ import annotations

from pydantic import Field, SecretStr

from api.schemas.procedures import MatchTold, ShortId
from api.schemas.vaults import FilingAsked
from api.schemas.wire import Asked, Line, Moment, Sha256Hex, Told, UlidText


class PapersAsked(Asked):
    """Whose papers are asked for, and for which procedure."""

    holder_number: str = Field(min_length=1, max_length=40, repr=False, examples=["000195012345"])
    procedure_id: ShortId


class CounterCodeAsked(Asked):
    """The procedure for which the counter shows a code."""

    procedure_id: ShortId


class CodeTaken(Asked):
    """The secret of a code: what stands after `#` in its link."""

    token: SecretStr = Field(min_length=1, max_length=256)


class PhoneCodeTaken(CodeTaken):
    """The secret of a code that a phone shows, and the procedure it is taken for."""

    procedure_id: ShortId


class RequestApproval(FilingAsked):
    """The holder's yes: what is sent, and the two words that were chosen."""

    words: str = Field(default="", max_length=64, repr=False, examples=["sen xanh"])


class RequestRefusal(Asked):
    """The holder's no; a reason may be given."""

    reason: str = Field(default="", max_length=300, repr=False)


class AssistanceAsked(Asked):
    """What the helper states: where the person agreed, and in which language it was read aloud."""

    counter: Line = Field(examples=["Quầy 3"])
    language: str = Field(pattern="^[a-z]{2,3}$", examples=["vi"])
    slip_sha256: Sha256Hex | None = Field(
        default=None, description="Digest of the signed slip that was scanned; none when the person used the screen."
    )


class RequestTold(Told):
    """A request; `words` are told to the session of the counter that began it, and to nobody else."""

    request_id: UlidText
    way: str = Field(examples=["ASKED"])
    state: str = Field(examples=["PENDING"])
    agency_code: str | None
    procedure_id: str | None
    created_at: Moment
    expires_at: Moment
    decided_at: Moment | None
    submission_id: str | None
    reason: str | None = Field(repr=False)
    words: str | None = Field(default=None, repr=False)


class RequestList(Told):
    """Requests, newest first."""

    items: list[RequestTold]
    next_cursor: str | None = None


class RequestCardTold(Told):
    """A request as its holder decides on it; `choices` are codes of two words, one of them on the other screen."""

    request: RequestTold
    match: MatchTold
    choices: list[str]


class ShownCodeTold(Told):
    """A code that was just made; its secret after `#` is told here and never again."""

    request: RequestTold
    link: str = Field(repr=False, examples=["https://tra-cuu.example/q#Q2hvIG3hu5l0IGzhuqduIHh1aSBy4bqlIGNob25n"])


class DutyAccessAsked(Asked):
    """Whose papers of which type are opened, by which article, for which case."""

    holder_number: str = Field(min_length=1, max_length=40, repr=False, examples=["000195012345"])
    duty_id: ShortId = Field(examples=["DUTY-STATE-AGENCY"])
    doc_type: ShortId = Field(examples=["VN.BIRTH_CERT"])
    case_number: str = Field(min_length=1, max_length=64, examples=["HS-2026-000123"])


class DutyAccessTold(Told):
    """An access by duty: what may be fetched until when, and the article the holder was told."""

    grant_id: UlidText
    article: str
    record_ids: list[str]
    expires_at: Moment
