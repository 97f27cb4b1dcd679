"""The end of a case: nothing is handed over without what its way needs, no address stands in clear, no secret outlives its link."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from certify.actors import Actor, ActorKind
from certify.case import Channel, Delivery, get_case
from certify.case_moves import case_history
from certify.counter import (
    LINK_TERM,
    AgreedBy,
    Arrival,
    Assistance,
    DeliveryTerms,
    NewPerson,
    PersonRole,
    Receiver,
    SeenBy,
    add_people,
    assistance_of,
    check_channel,
    check_receiver,
    forget_links,
    handovers_of,
    note_arrival,
    note_assistance,
    note_handover,
    note_returned,
    postal_note,
    read_links,
    read_terms,
    set_terms,
)
from certify.desk_tables import delivery_terms, handovers
from certify.errors import GuardRefused, RoleMissing
from certify.staff import Role
from tests.bureau import AT, Bureau

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

EMAIL = "canary@thi-du.example"
LETTER = Arrival("VNPost", "EB123456789VN", date(2026, 11, 20))


def opened(bureau: Bureau) -> str:
    case_id = bureau.open_case().case_id
    bureau.blobs.create_keyset(case_id)
    return case_id


def choose(bureau: Bureau, case_id: str, way: Delivery, terms: DeliveryTerms) -> None:
    with bureau.database.transaction() as tx:
        set_terms(
            tx, case_id, way, terms, blobs=bureau.blobs, actor=Actor(ActorKind.STAFF, "x"), at=AT,
            random_bytes=bureau.random_bytes,
        )  # fmt: skip


def terms_of(bureau: Bureau, case_id: str) -> DeliveryTerms:
    with bureau.database.read() as tx:
        return read_terms(tx, case_id, blobs=bureau.blobs)


def test_an_address_is_kept_under_seal_and_the_passcode_stays_when_the_address_changes(bureau: Bureau) -> None:
    case_id = opened(bureau)
    choose(bureau, case_id, Delivery.EMAIL_LINK, DeliveryTerms(EMAIL))
    first = terms_of(bureau, case_id)
    assert (first.email, len(first.passcode), first.passcode.isdigit()) == (EMAIL, 8, True)
    choose(bureau, case_id, Delivery.EMAIL_LINK, DeliveryTerms("other@thi-du.example"))
    second = terms_of(bureau, case_id)
    assert (second.email, second.passcode) == ("other@thi-du.example", first.passcode)
    assert EMAIL not in repr(first)
    assert first.passcode not in repr(first)
    with bureau.database.read() as tx:
        (row,) = tx.execute(sa.select(delivery_terms)).all()
        case, steps = get_case(tx, case_id), case_history(tx, case_id)
    assert EMAIL.encode() not in bytes(row.sealed_terms)
    assert case.delivery is Delivery.EMAIL_LINK
    assert [step.event for step in steps].count("CHOOSE_DELIVERY") == 1


@pytest.mark.parametrize(
    ("way", "terms", "code"),
    [
        (Delivery.EMAIL_LINK, DeliveryTerms(), "EMAIL_MISSING"),
        (Delivery.POST, DeliveryTerms(EMAIL, "  "), "ADDRESS_MISSING"),
    ],
)
def test_a_way_without_its_address_is_refused(bureau: Bureau, way: Delivery, terms: DeliveryTerms, code: str) -> None:
    case_id = opened(bureau)
    with pytest.raises(GuardRefused) as refused:
        choose(bureau, case_id, way, terms)
    assert refused.value.code == code
    assert terms_of(bureau, case_id) == DeliveryTerms()


@pytest.mark.parametrize(
    ("way", "receiver", "code"),
    [
        (Delivery.PRINT, Receiver(), "RECEIVER_MISSING"),
        (Delivery.OWN_MEDIUM, Receiver(PersonRole.PRESENTER), "RECEIVER_MISSING"),
        (Delivery.PRINT, Receiver(PersonRole.SUBJECT, SeenBy.ID_CARD), "RECEIVER_UNKNOWN"),
        (Delivery.POST, Receiver(carrier="VNPost"), "TRACKING_MISSING"),
    ],
)
def test_nothing_is_handed_over_of_which_nobody_could_say_to_whom(
    bureau: Bureau, way: Delivery, receiver: Receiver, code: str
) -> None:
    case_id = opened(bureau)
    person = NewPerson(PersonRole.PRESENTER, "Canary", "000190000001", seen_by=SeenBy.ID_CARD)
    roles = (PersonRole.PRESENTER, PersonRole.REQUESTER, PersonRole.HOLDER)
    people = [NewPerson(role, person.name, person.number, seen_by=person.seen_by) for role in roles]
    with bureau.database.transaction() as tx:
        add_people(tx, case_id, people, blobs=bureau.blobs, digest_of=str, staff_id="x", at=AT)
        with pytest.raises(GuardRefused) as refused:
            check_receiver(tx, case_id, way, receiver)
        check_receiver(tx, case_id, Delivery.PRINT, Receiver(PersonRole.HOLDER, SeenBy.PASSPORT))
    assert refused.value.code == code


def test_the_secret_of_a_link_lies_under_seal_and_is_forgotten_when_its_time_is_over(bureau: Bureau) -> None:
    case_id = opened(bureau)
    with bureau.database.transaction() as tx:
        made = note_handover(
            tx, case_id, Delivery.EMAIL_LINK, Receiver(), made_by=bureau.officer.staff_id, at=AT,
            random_bytes=bureau.random_bytes, links=(("share-1", "token-canary"),), blobs=bureau.blobs,
        )  # fmt: skip
        assert handovers_of(tx, case_id) == (made,)
        (row,) = tx.execute(sa.select(handovers.c.sealed_links)).all()
        assert b"token-canary" not in bytes(row.sealed_links)
        assert read_links(tx, made.handover_id, blobs=bureau.blobs) == ("token-canary",)
        assert forget_links(tx, at=AT + LINK_TERM - timedelta(seconds=1)) == 0
        assert forget_links(tx, at=AT + LINK_TERM) == 1
        assert read_links(tx, made.handover_id, blobs=bureau.blobs) == ()


GOOD: dict[str, Any] = {"seen_by": SeenBy.ID_CARD, "delivery": Delivery.VAULT, "arrival": None, "helped": None}


@pytest.mark.parametrize(
    ("channel", "facts", "code"),
    [
        (Channel.ONLINE, {}, "CHANNEL_ONLINE"),
        (Channel.POSTAL, {"seen_by": SeenBy.BY_POST}, "ARRIVAL_MISSING"),
        (Channel.POSTAL, {"arrival": LETTER}, "NOBODY_AT_COUNTER"),
        (
            Channel.POSTAL,
            {"arrival": LETTER, "seen_by": SeenBy.BY_POST, "delivery": Delivery.PRINT},
            "NOBODY_AT_COUNTER",
        ),
        (Channel.COUNTER, {"arrival": LETTER}, "CHANNEL_MISMATCH"),
        (Channel.COUNTER, {"seen_by": SeenBy.BY_POST}, "CHANNEL_MISMATCH"),
        (Channel.ASSISTED, {}, "ASSISTANCE_MISSING"),
        (Channel.COUNTER, {"helped": Assistance("x", AgreedBy.SIGNED_SLIP)}, "CHANNEL_MISMATCH"),
    ],
)
def test_a_channel_without_what_makes_it_one_is_refused(channel: Channel, facts: dict[str, Any], code: str) -> None:
    with pytest.raises(GuardRefused) as refused:
        check_channel(channel, **(GOOD | facts))
    assert refused.value.code == code


def test_what_came_by_post_goes_back_by_post_under_a_number_once(bureau: Bureau) -> None:
    check_channel(
        Channel.POSTAL, seen_by=SeenBy.BY_POST, delivery=Delivery.POST, arrival=LETTER, helped=None
    )  # fmt: skip
    case_id = opened(bureau)
    with bureau.database.transaction() as tx:
        note_arrival(tx, case_id, LETTER, staff_id=bureau.officer.staff_id, at=AT)
        for number in ("EA1", "EA2"):
            back = Receiver(carrier="VNPost", tracking_id=number)
            note_returned(tx, case_id, back, staff_id=bureau.officer.staff_id, at=AT)
        found = postal_note(tx, case_id)
    assert found is not None
    assert found.arrival == LETTER
    assert found.returned is not None
    assert found.returned.tracking_id == "EA1"


def test_who_helps_is_a_helper_and_never_the_one_alone_who_takes_the_case_in(bureau: Bureau) -> None:
    case_id = opened(bureau)
    helper = bureau.add_officer(roles=frozenset({Role.HELPER}), key_id=None)
    both = bureau.add_officer(roles=frozenset({Role.HELPER, Role.COUNTER_CLERK}), key_id=None)
    with bureau.database.transaction() as tx:
        with pytest.raises(RoleMissing):
            note_assistance(
                tx, case_id, Assistance(bureau.officer.staff_id, AgreedBy.SIGNED_SLIP), staff_id=both.staff_id, at=AT
            )
        with pytest.raises(GuardRefused) as alone:
            note_assistance(tx, case_id, Assistance(both.staff_id, AgreedBy.SIGNED_SLIP), staff_id=both.staff_id, at=AT)
        assert alone.value.code == "HELPER_ALONE"
        told = Assistance(helper.staff_id, AgreedBy.COUNTER_SCREEN, "en")
        note_assistance(tx, case_id, told, staff_id=both.staff_id, at=AT)
        assert assistance_of(tx, case_id) == told
