"""How long things are kept: who decides, from which day on, what is held, and what a certificate of destruction says."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from certify.errors import LawDataInvalid, RetentionNotFound, RetentionRefused
from certify.items import Actor, ActorKind, Item
from certify.purge import class_of_file, due_files, note_purge_intent, note_purged
from certify.retention import (
    Decision,
    Destroyed,
    HoldScope,
    NewHold,
    RetentionClass,
    adopt_proposals,
    decide,
    get_certificate,
    issue_certificate,
    keep_rule,
    lift_hold,
    list_decisions,
    note_destroyed,
    place_hold,
    read_certificate,
    undecided,
)
from certify.retention.keeper import open_keeper
from certify.retention.rules import read_retention
from certify.tables import items
from certify.transitions import ItemState
from guard.identifiers import new_ulid
from keys import create_ed25519_key
from tests.bureau import AT, LAW, Bureau

RAW, OCR = RetentionClass.RAW_SCAN, RetentionClass.OCR_TEXT
TODAY = LAW.local_date(AT)
SYSTEM = Actor(ActorKind.WORKER, "test")


def decision(kind: RetentionClass, days: int | None, *, first_day: date = TODAY, number: str = "5/QĐ") -> Decision:
    return Decision(new_ulid(at=AT, random_bytes=secrets.token_bytes), kind, days, first_day, number, "admin", AT)


def enter(bureau: Bureau, new: Decision, *, today: date = TODAY) -> None:
    with bureau.database.transaction() as tx:
        decide(tx, new, law=LAW.retention, today=today, random_bytes=secrets.token_bytes)


def closed_item(bureau: Bureau, *, state: ItemState = ItemState.CERTIFIED, days_ago: int, scans: int = 1) -> Item:
    """An item that ended so many days ago."""
    ended = AT - timedelta(days=days_ago)
    office = replace(bureau, at=ended)
    item = office.add_item()
    values = {"state": state.value, "scan_number": scans}
    with bureau.database.transaction() as tx:
        tx.execute(items.update().where(items.c.item_id == item.item_id).values(**values))
    return bureau.item(item.item_id)


def due(bureau: Bureau, *, at: datetime = AT, goes_by_proposals: bool = True) -> set[tuple[str, str]]:
    with bureau.database.read() as tx:
        keeper = open_keeper(tx, law=LAW, goes_by_proposals=goes_by_proposals)
        return {(found.item.item_id, found.kind.value) for found in due_files(tx, keeper=keeper, at=at)}


def test_office_decides_where_the_law_says_nothing_and_only_there(bureau: Bureau) -> None:
    with bureau.database.read() as tx:
        assert RetentionClass.REGISTER not in undecided(tx, on=TODAY, law=LAW.retention)
        assert RAW in undecided(tx, on=TODAY, law=LAW.retention)
    enter(bureau, decision(RAW, 365))
    with bureau.database.read() as tx:
        assert RAW not in undecided(tx, on=TODAY, law=LAW.retention)
    with pytest.raises(RetentionRefused, match="not the office's"):
        enter(bureau, decision(RetentionClass.REGISTER, 365))


def test_adopting_the_proposals_leaves_nothing_undecided(bureau: Bureau) -> None:
    enter(bureau, decision(RAW, 365))
    with bureau.database.transaction() as tx:
        adopted = adopt_proposals(
            tx,
            law=LAW.retention,
            decision_number="6/QĐ",
            entered_by="admin",
            today=TODAY,
            at=AT,
            random_bytes=secrets.token_bytes,
        )
        assert RAW not in {one.kind for one in adopted}
        assert undecided(tx, on=TODAY, law=LAW.retention) == ()


def test_decision_changes_nothing_for_what_began_its_time_before(bureau: Bureau) -> None:
    enter(bureau, decision(RAW, 10))
    later = TODAY + timedelta(days=5)
    enter(bureau, decision(RAW, None, first_day=later))
    with bureau.database.read() as tx:
        decided = list_decisions(tx)
    before = keep_rule(RAW, on=later - timedelta(days=1), law=LAW.retention, decided=decided)
    after = keep_rule(RAW, on=later, law=LAW.retention, decided=decided)
    assert before is not None
    assert after is not None
    assert (before.days, after.days) == (10, None)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (decision(RAW, 10, first_day=TODAY - timedelta(days=1)), "past"),
        (decision(RAW, 10, number=" "), "number"),
        (decision(RAW, -1), "below zero"),
    ],
)
def test_decision_for_a_past_day_without_a_number_or_below_zero_is_refused(
    bureau: Bureau, new: Decision, said: str
) -> None:
    with pytest.raises(RetentionRefused, match=said):
        enter(bureau, new)


def test_second_decision_for_one_class_and_day_is_refused(bureau: Bureau) -> None:
    enter(bureau, decision(RAW, 10))
    with pytest.raises(RetentionRefused, match="already"):
        enter(bureau, decision(RAW, 20))


def test_each_class_of_a_closed_item_is_due_in_its_own_time(bureau: Bureau) -> None:
    certified, refused = (
        closed_item(bureau, days_ago=40, scans=2),
        closed_item(bureau, state=ItemState.REFUSED, days_ago=40),
    )
    fresh = closed_item(bureau, days_ago=3)
    enter(replace(bureau), decision(OCR, 100, first_day=TODAY), today=TODAY)
    found = due(bureau)
    # What was closed before the decision goes by what held on its day.
    kinds = {"RAW_SCAN", "SUPERSEDED_SCAN", "DRAFT", "OCR_TEXT"}
    assert found == {(certified.item_id, kind) for kind in kinds} | {(refused.item_id, "REFUSED_ITEM")}
    in_time = AT + timedelta(days=60)
    assert (fresh.item_id, "OCR_TEXT") in due(bureau, at=in_time)


def test_what_was_only_proposed_destroys_nothing_where_copies_are_real(bureau: Bureau) -> None:
    closed_item(bureau, days_ago=200)
    assert due(bureau, goes_by_proposals=False) == set()


def test_class_that_was_destroyed_is_not_due_again_and_the_last_closes_the_item(bureau: Bureau) -> None:
    item = closed_item(bureau, days_ago=40)
    with bureau.database.read() as tx:
        keeper = open_keeper(tx, law=LAW, goes_by_proposals=True)
        (raw, *others) = due_files(tx, keeper=keeper, at=AT)
    assert raw.kind is RAW
    first = replace(raw, is_last=False)
    with bureau.database.transaction() as tx:
        note_purge_intent(tx, first, at=AT, random_bytes=secrets.token_bytes)
        note_purged(tx, first, actor=SYSTEM, at=AT, random_bytes=secrets.token_bytes)
    assert bureau.item(item.item_id).purged_at is None
    assert due(bureau) == {(item.item_id, one.kind.value) for one in others}
    with bureau.database.transaction() as tx:
        for one in others:
            note_purged(tx, one, actor=SYSTEM, at=AT, random_bytes=secrets.token_bytes)
    assert bureau.item(item.item_id).purged_at == AT
    assert due(bureau) == set()


@pytest.mark.parametrize("scope", list(HoldScope))
def test_what_is_held_stays_until_a_decision_lifts_the_hold(bureau: Bureau, scope: HoldScope) -> None:
    item = closed_item(bureau, days_ago=40)
    target = {
        HoldScope.ITEM: item.item_id,
        HoldScope.CASE: item.case_id,
        HoldScope.HOLDER: bureau.holder.holder_id,
        HoldScope.AGENCY: bureau.officer.agency_code,
    }[scope]
    with bureau.database.transaction() as tx:
        hold = place_hold(tx, NewHold(scope, target, "9/TA", "admin"), at=AT, random_bytes=secrets.token_bytes)
    assert due(bureau) == set()
    with bureau.database.transaction() as tx:
        with pytest.raises(RetentionRefused, match="decision"):
            lift_hold(tx, hold.hold_id, decision_number="", lifted_by="a", at=AT, random_bytes=secrets.token_bytes)
        lift_hold(tx, hold.hold_id, decision_number="10/TA", lifted_by="a", at=AT, random_bytes=secrets.token_bytes)
    assert {item_id for item_id, _kind in due(bureau)} == {item.item_id}


def test_hold_without_a_decision_is_refused(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx, pytest.raises(RetentionRefused, match="decision"):
        place_hold(tx, NewHold(HoldScope.ITEM, "x", "  ", "admin"), at=AT, random_bytes=secrets.token_bytes)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("scan-2/of-0123456789abcdef/upload-1", RAW),
        ("scan-2/of-0123456789abcdef/declared-type-1", RAW),
        ("scan-1/of-0123456789abcdef/upload-1", RetentionClass.SUPERSEDED_SCAN),
        ("scan-1/pages", RetentionClass.SUPERSEDED_SCAN),
        ("scan-2/pages-from-0008", OCR),
        ("scan-2/scan.pdf", RetentionClass.DRAFT),
        ("copy-1/officer-signed.pdf", RetentionClass.DRAFT),
        ("requester", None),
    ],
)
def test_file_falls_into_its_class_by_its_name(bureau: Bureau, name: str, kind: RetentionClass | None) -> None:
    assert class_of_file(closed_item(bureau, days_ago=1, scans=2), name) is kind


def test_certificate_names_what_is_gone_once_and_breaks_with_one_byte(bureau: Bureau, tmp_path: Path) -> None:
    key = create_ed25519_key(tmp_path / "signing", key_id="manifest", random_bytes=secrets.token_bytes)
    since = AT - timedelta(days=40)
    gone = [Destroyed(RAW, "item-1", since, "5/QĐ"), Destroyed(RetentionClass.SESSION, "session-1", since, "5/QĐ")]
    with bureau.database.transaction() as tx:
        assert [note_destroyed(tx, one, at=AT) for one in (*gone, gone[0])] == [True, True, False]
        found = issue_certificate(tx, key=key, issuer="VN", at=AT, random_bytes=secrets.token_bytes)
        assert issue_certificate(tx, key=key, issuer="VN", at=AT, random_bytes=secrets.token_bytes) is None
        assert found is not None
        assert get_certificate(tx, found.certificate_id) == found
        with pytest.raises(RetentionNotFound):
            get_certificate(tx, "nothing")
    said = read_certificate(found.body, found.signature, public_key_raw=key.public_key_raw)
    assert said["by_class"] == {"RAW_SCAN": 1, "SESSION": 1}
    assert {(one["class"], one["id"], one["rule"]) for one in said["things"]} == {
        ("RAW_SCAN", "item-1", "5/QĐ"),
        ("SESSION", "session-1", "5/QĐ"),
    }
    altered = found.body.replace(b"item-1", b"item-2")
    with pytest.raises(RetentionRefused, match="does not hold"):
        read_certificate(altered, found.signature, public_key_raw=key.public_key_raw)


def _row(**changes: object) -> dict[str, object]:
    row = {
        "class": "RAW_SCAN",
        "legal_basis": "b",
        "valid_from": date(2015, 1, 1),
        "valid_to": None,
        "days": None,
        "proposed_days": 30,
    }
    return row | changes


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, "a list"),
        ([_row()], "says nothing of"),
        ([_row(**{"class": "SHOES"})], "no class"),
        ([_row(days="long")], "whole number"),
        ([_row(proposed_days=None)], "needs days"),
        ([{"class": "RAW_SCAN"}], "exactly the keys"),
        ([_row(valid_from="soon")], "are days"),
        (
            [_row(**{"class": kind.value}) for kind in RetentionClass] + [_row(valid_from=date(2016, 1, 1))],
            "two rows of RAW_SCAN",
        ),
    ],
)
def test_data_that_cannot_be_meant_stops_the_start(rows: object, said: str) -> None:
    with pytest.raises(LawDataInvalid, match=said):
        read_retention(rows)
