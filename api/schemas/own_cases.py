"""A citizen's requests online, as they are sent and told."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from api.schemas.counter import OriginalAsked
from api.schemas.handover import TermsAsked
from api.schemas.wire import Asked, Moment, Told, UlidText
from certify.case import Delivery


class OwnCaseAsked(Asked):
    """What is asked for; the paper is brought to the counter afterwards."""

    agency_code: str = Field(min_length=1, max_length=64, examples=["THIDU"])
    originals: list[OriginalAsked] = Field(min_length=1, max_length=20)
    delivery: Delivery = Delivery.VAULT
    terms: TermsAsked = Field(default_factory=TermsAsked, repr=False)
    appointment_at: AwareDatetime | None = Field(default=None, description="When the paper is brought.")
    holder_id: UlidText | None = Field(
        default=None, description="Whose vault, when a mandate lets one act for somebody else (`GET /v1/vaults`)."
    )


class OwnItemTold(Told):
    """An original of a request, and how far it is."""

    item_id: UlidText
    doc_type: str
    copies: int
    state: str = Field(examples=["DECLARED"])


class OwnCaseTold(Told):
    """A request of one's own; `bring_until` is the last day on which the paper is awaited."""

    case_id: UlidText
    agency_code: str
    holder_id: UlidText
    state: str = Field(examples=["SUBMITTED"])
    tracking_code: str | None = Field(examples=["K7PM-3QWX-9DHT-5"])
    opened_at: Moment
    due_at: Moment
    bring_until: Moment | None
    appointment_at: Moment | None
    delivery: Delivery
    items: list[OwnItemTold]


class OwnCaseList(Told):
    """One's own requests, newest first."""

    items: list[OwnCaseTold]
