"""Cases at the counter, reuse, inspection and the cashier's day, as they are sent and told."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from api.acts.cases import CaseAct
from api.schemas.administration import CaseTold
from api.schemas.handover import ArrivalAsked, AssistanceAsked, TermsAsked
from api.schemas.wire import Asked, Line, Moment, Sentence, Told, UlidText
from certify import Channel
from certify.case import Delivery
from certify.counter import Finding, Issuer, Power, ReuseChoice, SeenBy

_Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Z][A-Z0-9_]*$")]
_Number = Annotated[str, Field(pattern=r"^[0-9 ]{9,20}$", examples=["000195012345"])]


class PersonAsked(Asked):
    """Somebody of a case as entered at the counter."""

    name: str = Field(default="", max_length=200, repr=False)
    number: _Number | None = Field(default=None, repr=False)
    birth_date: date | None = Field(default=None, repr=False)
    seen_by: SeenBy | None = Field(default=None, description="How the identity was seen; the presenter's must be.")
    power: Power | None = Field(default=None, description="By what somebody acts for another.")
    power_paper: str = Field(default="", max_length=200, repr=False)
    power_until: AwareDatetime | None = None


class OriginalAsked(Asked):
    """An original that is declared."""

    doc_type: str = Field(min_length=1, max_length=64, examples=["VN.BIRTH_CERT"])
    copies: int = Field(default=1, ge=1, le=100)


class CaseAsked(Asked):
    """A case: who presents it, who asks, whose vault it is; who is left out is the one before."""

    presenter: PersonAsked
    requester: PersonAsked | None = None
    holder: PersonAsked | None = None
    subjects: list[PersonAsked] = Field(default_factory=list, max_length=20)
    card: str = Field(default="", max_length=500, repr=False, description="The code of the presenter's identity card.")
    channel: Channel = Channel.COUNTER
    delivery: Delivery = Delivery.VAULT
    terms: TermsAsked = Field(default_factory=TermsAsked, repr=False)
    arrival: ArrivalAsked | None = Field(default=None, description="For POSTAL: the letter that brought the original.")
    assistance: AssistanceAsked | None = Field(
        default=None, description="For ASSISTED: who helps, and whose yes it is."
    )
    responsible_agency: str | None = Field(default=None, max_length=64)
    appointment_at: AwareDatetime | None = None
    originals: list[OriginalAsked] = Field(min_length=1, max_length=50)


class CasePersonTold(Told):
    """Somebody of a case without a name."""

    role: str = Field(examples=["PRESENTER"])
    seen_by: str | None
    number_last4: str | None
    power: str | None
    power_until: Moment | None


class CaseStepTold(Told):
    """One line of a case's history."""

    event: str = Field(examples=["CLAIM"])
    from_state: str
    to_state: str
    actor_kind: str = Field(examples=["STAFF"])
    actor_id: str
    code: str | None
    at: Moment


class CaseWhole(CaseTold):
    """A case with its people, its clock, whose work it is, and its history."""

    agency_code: str
    received_by: str
    tracking_code: str | None = Field(examples=["K7PM-3QWX-9DHT-5"])
    delivery: Delivery
    appointment_at: Moment | None
    claimed_by: str | None
    claimed_at: Moment | None
    clock_stopped_at: Moment | None
    waits_until: Moment | None
    reason_code: str | None
    is_late: bool
    people: list[CasePersonTold]
    steps: list[CaseStepTold]


class CaseActAsked(Asked):
    """What is done to a case; `code` is a choice of a list, `to` a colleague or another agency."""

    act: CaseAct
    code: _Code | None = None
    to: str | None = Field(default=None, max_length=64)


class LeaveAsked(Asked):
    """Until when one is away, and who stands in."""

    until: AwareDatetime
    substitute_id: UlidText


class LeaveTold(Told):
    """How many cases went to the substitute."""

    handed_over: int


class TrackedTold(Told):
    """How far a case is; nothing about a person."""

    state: str = Field(examples=["IN_PROGRESS"])
    agency: Sentence
    received_by: Sentence
    opened_at: Moment
    due_at: Moment
    clock_stopped: bool
    reason_code: str | None
    delivery: Delivery
    items: int
    items_open: int
    ended_at: Moment | None


class ChoiceTold(Told):
    """One choice of a closed list."""

    code: str
    text: Sentence


class ChoicesTold(Told):
    """The closed lists of the counter, by name."""

    lists: dict[str, list[ChoiceTold]]


class SourceTold(Told):
    """A source that was asked, and how it answered."""

    source: str = Field(examples=["vault"])
    outcome: str = Field(examples=["NOT_FOUND"])


class ReuseTold(Told):
    """What was found in place of an original, and what was chosen."""

    item_id: UlidText
    finding: Finding
    record_id: str | None
    look_up_id: str | None = Field(
        description="The look-up that found a paper in a database, where the vault has none."
    )
    legal_basis: str
    sources: list[SourceTold]
    asked_at: Moment
    choice: ReuseChoice | None
    reason_code: str | None


class ReuseAsked(Asked):
    """What the person at the counter wants; a new copy beside one in the vault needs a reason of `reuse_reason`."""

    choice: ReuseChoice
    reason_code: _Code | None = None


class InspectionTold(Told):
    """What an officer has to look at and to confirm; nothing is ticked in advance."""

    item_id: UlidText
    pages: int
    lines: list[ChoiceTold]
    suggestions: list[str] = Field(description="What the recogniser points at; a person decides.")
    issuer: Issuer | None = Field(description="Whose paper it seems to be; null: nobody knows.")
    subject_match: str = Field(examples=["SAME"], description="SAME, SIMILAR, DIFFERENT or UNREAD.")


class GroundAsked(Asked):
    """Why nothing is due: by right (`exemption`) or by decision (`waiver`), with a code of that list."""

    kind: Annotated[str, Field(pattern=r"^(EXEMPT|WAIVED)$", examples=["EXEMPT"])]
    code: _Code


class CashDayTold(Told):
    """What a cashier took and gave back since the last close."""

    by_method_vnd: dict[str, int]
    count: int
    refunded_vnd: int
    refunds: int
    cash_vnd: int = Field(description="What must lie in the drawer.")


class CashCloseAsked(Asked):
    """What was counted in the drawer."""

    counted_cash_vnd: int = Field(ge=0, le=2_000_000_000)


class CashCloseTold(CashDayTold):
    """A closed day."""

    close_id: UlidText
    staff_id: str
    closed_at: Moment
    counted_cash_vnd: int
    difference_vnd: int


class CashCloseList(Told):
    """The closed days of the agency, newest first."""

    items: list[CashCloseTold]


class TransferTold(Told):
    """What the payer's bank app reads from a square, and what it says in words."""

    payload: str
    amount_vnd: int
    reference: Line
