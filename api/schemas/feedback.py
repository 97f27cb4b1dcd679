"""What a citizen says of a dossier, a case or a refusal, and the agency's answer."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Asked, Moment, Told, UlidText

_KINDS = "^(COMPLAINT|SUGGESTION|THANKS)$"


class FeedbackAsked(Asked):
    """A word about something of one's own; a refusal is named by the original or the dossier that was refused."""

    about: str = Field(pattern="^(DOSSIER|CASE|REFUSAL)$", examples=["DOSSIER"])
    about_id: UlidText
    kind: str = Field(pattern=_KINDS, examples=["COMPLAINT"])
    text: str = Field(min_length=1, max_length=2000, repr=False, examples=["Tôi đã chờ hai giờ mà không ai gọi số."])


class FeedbackAnswerAsked(Asked):
    """The agency's answer; it is given once."""

    text: str = Field(min_length=1, max_length=2000, repr=False, examples=["Quầy 3 đã thêm người từ ngày mai."])


class FeedbackTold(Told):
    """A word and its answer."""

    feedback_id: UlidText
    about: str
    about_id: UlidText
    agency_code: str
    kind: str
    text: str = Field(repr=False)
    sent_at: Moment
    answer: str | None = Field(repr=False)
    answered_at: Moment | None


class FeedbackList(Told):
    """A page of words, newest first."""

    items: list[FeedbackTold]
    next_cursor: str | None
