"""How copies reach people, what came by post and who helped, as it is sent and told."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from api.schemas.wire import Asked, Moment, Told, UlidText
from certify.case import Delivery
from certify.counter import AgreedBy, PersonRole, SeenBy

_Short = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f]*$")]
_Language = Annotated[str, Field(pattern=r"^(vi|en|fr)$")]


class TermsAsked(Asked):
    """Where copies go that are mailed or posted; kept sealed and told to nobody."""

    email: str = Field(default="", max_length=254, repr=False)
    address: str = Field(default="", max_length=500, repr=False)
    language: _Language = "vi"


class DeliveryAsked(Asked):
    """In which way a case is delivered, and where to."""

    way: Delivery
    terms: TermsAsked = Field(default_factory=TermsAsked)


class ArrivalAsked(Asked):
    """A letter with an original."""

    carrier: _Short = Field(min_length=1, examples=["VNPost"])
    tracking_id: _Short = Field(min_length=1, examples=["EB123456789VN"])
    arrived_on: date


class AssistanceAsked(Asked):
    """Who helps a citizen, and how the citizen agreed."""

    helper_id: UlidText
    agreed_by: AgreedBy
    language: _Language = "vi"


class HandoverAsked(Asked):
    """Who of the case takes the copies and how the identity was seen, or with which number the post took them."""

    received_by: PersonRole | None = None
    seen_by: SeenBy | None = None
    carrier: _Short = ""
    tracking_id: _Short = ""


class HandoverTold(Told):
    """That copies were given."""

    handover_id: UlidText
    way: Delivery
    received_by: PersonRole | None
    seen_by: SeenBy | None
    carrier: str
    tracking_id: str
    links: int
    made_by: UlidText
    made_at: Moment


class DeliveryTold(Told):
    """How a case is delivered; the address is told to nobody. `mail_state` is how far the last mail with links is."""

    case_id: UlidText
    way: Delivery
    has_address: bool
    mail_state: str | None = Field(examples=["DONE"])
    mail_code: str | None
    handovers: list[HandoverTold]
