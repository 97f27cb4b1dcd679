"""What the counter sees of a delivery: the way, whether an address stands, who took what, and the form for now."""

from __future__ import annotations

from dataclasses import dataclass

from api.acts.handover import HandoverView
from api.pages.views import Fact, Option, Say
from certify.case import Delivery
from certify.case_transitions import ENDED_STATES, CaseState
from certify.counter import IN_PERSON, CasePerson, SeenBy


@dataclass(frozen=True, slots=True)
class DeliveryBox:
    """The section of a case's page about its delivery."""

    facts: tuple[Fact, ...]
    may_hand_over: bool
    may_choose: bool
    asks_receiver: bool
    asks_post: bool
    button: str
    receivers: tuple[Option, ...]
    seen_by: tuple[Option, ...]
    ways: tuple[Option, ...]
    way: str
    has_sheet: bool


def delivery_box(view: HandoverView, state: CaseState, people: tuple[CasePerson, ...], say: Say) -> DeliveryBox:
    """Lay the delivery of a case out."""
    is_mail = view.way is Delivery.EMAIL_LINK
    may_hand_over = state is CaseState.COMPLETED or (state is CaseState.DELIVERED and is_mail)
    rows = [Fact(say("page.case.delivery"), say(f"delivery.{view.way.value}"))]
    if is_mail or view.way is Delivery.POST:
        rows.append(Fact(say("page.delivery.address"), say("page.yes" if view.has_address else "page.no")))
    for one in view.handovers:
        who = say(f"page.person.{one.receiver.role.value}") if one.receiver.role else one.receiver.tracking_id or "–"
        rows.append(Fact(say("page.delivery.handed"), f"{say.short(one.made_at)} · {who} · …{one.made_by[-6:]}"))
    if view.mail_state is not None:
        rows.append(Fact(say("page.delivery.mail"), say(f"page.delivery.mail_{view.mail_state.value}")))
    roles = dict.fromkeys(one.role for one in people)
    return DeliveryBox(
        facts=tuple(rows),
        may_hand_over=may_hand_over and view.way is not Delivery.VAULT,
        may_choose=state not in ENDED_STATES | {CaseState.ARCHIVED},
        asks_receiver=view.way in IN_PERSON,
        asks_post=view.way is Delivery.POST,
        button=say("page.delivery.again" if state is CaseState.DELIVERED else "page.delivery.hand_over"),
        receivers=tuple(Option(role.value, say(f"page.person.{role.value}")) for role in roles),
        seen_by=tuple(
            Option(one.value, say(f"page.seen_by.{one.value}"))
            for one in SeenBy
            if one not in {SeenBy.BY_POST, SeenBy.SIGNED_IN}
        ),
        ways=tuple(Option(one.value, say(f"delivery.{one.value}")) for one in Delivery),
        way=view.way.value,
        has_sheet=state in {CaseState.COMPLETED, CaseState.DELIVERED},
    )
