"""Reuse before a fee, inspection with its suggestions, four eyes, and the cashier's day."""

from __future__ import annotations

from datetime import timedelta

import pytest

import certify.desk_tables
import certify.outside.tables
from certify.case import compare
from certify.counter import (
    Finding,
    Inspection,
    Issuer,
    NewCheck,
    ReuseChoice,
    SourceAnswer,
    add_four_eyes,
    check_answered,
    choose,
    close_day,
    desk_rules,
    end_four_eyes,
    exempt,
    inspect,
    inspection_lines,
    is_four_eyes,
    latest_inspection,
    list_closes,
    list_four_eyes,
    preview_day,
    record_check,
    suggested_issuer,
    suggestions_of,
    waive,
)
from certify.counter.data import load_desk
from certify.errors import ChecklistIncomplete, GuardRefused, LawDataInvalid, PaymentConflict
from certify.items import Actor, ActorKind, Item
from certify.outside import (
    NewPayment,
    PaymentMethod,
    PaymentState,
    Taken,
    ask_payment,
    note_paid_at_desk,
    note_refunded,
)
from certify.staff import Role
from certify.tables import items
from certify.transitions import ItemState
from tests.bureau import AGENCY_CODE, AT, LAW, Bureau

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

RULES = desk_rules(LAW, at=AT)


def asked(bureau: Bureau, item: Item, *, found: bool) -> None:
    with bureau.database.transaction() as tx:
        record_check(
            tx,
            NewCheck(
                item.item_id,
                bureau.officer.staff_id,
                "decree-280-2025",
                (SourceAnswer("vault", "FOUND" if found else "NOT_FOUND"),),
                Finding.COPY_IN_VAULT if found else Finding.NOTHING,
                bureau.new_id() if found else None,
            ),
            at=AT,
            random_bytes=bureau.random_bytes,
        )


def chosen(bureau: Bureau, item: Item, choice: ReuseChoice, reason: str | None = None) -> Item:
    with bureau.database.transaction() as tx:
        return choose(
            tx,
            item.item_id,
            choice,
            reason_code=reason,
            rules=RULES,
            actor=Actor(ActorKind.STAFF, bureau.officer.staff_id),
            at=AT,
            random_bytes=bureau.random_bytes,
        )


def refused_code(bureau: Bureau, item: Item) -> str:
    with bureau.database.read() as tx, pytest.raises(GuardRefused) as refused:
        check_answered(tx, item.item_id)
    return refused.value.code


def test_no_fee_is_asked_before_vault_and_databases_were_asked_and_answered(bureau: Bureau) -> None:
    item = bureau.add_item()
    assert refused_code(bureau, item) == "REUSE_NOT_ASKED"
    asked(bureau, item, found=True)
    assert refused_code(bureau, item) == "REUSE_NOT_ANSWERED"
    chosen(bureau, item, ReuseChoice.CERTIFY, "PAPER_NEWER")
    with bureau.database.read() as tx:
        check = check_answered(tx, item.item_id)
    assert (check.choice, check.reason_code, check.chosen_by) == (
        ReuseChoice.CERTIFY,
        "PAPER_NEWER",
        bureau.officer.staff_id,
    )


def test_where_nothing_was_found_there_is_nothing_to_answer(bureau: Bureau) -> None:
    item = bureau.add_item()
    asked(bureau, item, found=False)
    with bureau.database.read() as tx:
        assert check_answered(tx, item.item_id).is_answered
    with pytest.raises(GuardRefused, match="nothing was found"):
        chosen(bureau, item, ReuseChoice.REUSE)


def test_reuse_ends_the_original_at_no_fee(bureau: Bureau) -> None:
    item = bureau.add_item()
    asked(bureau, item, found=True)
    assert chosen(bureau, item, ReuseChoice.REUSE).state is ItemState.REUSED


@pytest.mark.parametrize(("reason", "code"), [(None, "REASON_MISSING"), ("LAZY", "CHOICE_UNKNOWN")])
def test_new_copy_beside_one_in_the_vault_needs_a_reason_of_the_list(
    bureau: Bureau, reason: str | None, code: str
) -> None:
    item = bureau.add_item()
    asked(bureau, item, found=True)
    with pytest.raises(GuardRefused) as refused:
        chosen(bureau, item, ReuseChoice.CERTIFY, reason)
    assert refused.value.code == code


def looked_at(bureau: Bureau, item: Item, *, suggested: tuple[str, ...] = (), **changes: object) -> None:
    fields: dict[str, object] = {
        "pages_compared": 2,
        "issuer": Issuer.HOME,
        "checklist": tuple(line.code for line in inspection_lines(RULES, item.doc_type)),
    }
    with bureau.database.transaction() as tx:
        inspect(
            tx,
            item,
            Inspection(**fields | changes),  # type: ignore[arg-type]  # a test names the fields it changes
            suggested=suggested,
            rules=RULES,
            staff_id=bureau.officer.staff_id,
            at=AT,
            random_bytes=bureau.random_bytes,
        )


def test_every_type_of_paper_has_at_most_five_lines_and_others_the_default() -> None:
    assert all(1 <= len(lines) <= 5 for lines in RULES.lines.values())
    assert inspection_lines(RULES, "VN.OTHER") == RULES.lines[""]
    assert "CHANGES_PAGE" in {line.code for line in inspection_lines(RULES, "VN.LAND_CERT")}
    assert set(RULES.lines) - {""} <= {one.code for one in LAW.doc_types}
    assert {rule.refusal_code for rule in RULES.suggestions} <= {one.code for one in LAW.refusals}
    with pytest.raises(LawDataInvalid):
        load_desk("zz")


def test_inspection_says_pages_issuer_and_every_line_by_hand(bureau: Bureau) -> None:
    item = bureau.extracted_item(pages=2)
    with pytest.raises(GuardRefused, match="1 of 2"):
        looked_at(bureau, item, pages_compared=1)
    with pytest.raises(ChecklistIncomplete):
        looked_at(bureau, item, checklist=("NO_ERASURE",))
    looked_at(bureau, item)
    with bureau.database.read() as tx:
        told = latest_inspection(tx, item.item_id)
    assert told is not None
    assert (told["pages_compared"], told["issuer"], told["staff_id"]) == (2, "HOME", bureau.officer.staff_id)


def test_foreign_paper_asks_for_its_legalisation_and_a_bilingual_home_paper_does_not(bureau: Bureau) -> None:
    item = bureau.extracted_item()
    for evidence, code in ((None, "FOREIGN_NOT_LEGALISED"), ("MY_WORD", "CHOICE_UNKNOWN")):
        with pytest.raises(GuardRefused) as refused:
            looked_at(bureau, item, issuer=Issuer.FOREIGN, evidence=evidence)
        assert refused.value.code == code
    looked_at(bureau, item, issuer=Issuer.FOREIGN, evidence="EXEMPT_TREATY")
    looked_at(bureau, item, issuer=Issuer.HOME_BILINGUAL)


def test_recogniser_suggests_and_a_person_decides(bureau: Bureau) -> None:
    lines = ["Giấy xác nhận", "MẬT", "Đã đính chính theo Quyết định số 5"]
    assert suggestions_of(lines, rules=RULES) == ("SECRECY_STAMP", "CORRECTION")
    assert suggestions_of(["Giữ bí mật thông tin cá nhân"], rules=RULES) == ()
    item = bureau.extracted_item()
    with pytest.raises(GuardRefused) as open_one:
        looked_at(bureau, item, suggested=("SECRECY_STAMP",))
    assert open_one.value.code == "SUGGESTION_OPEN"
    looked_at(bureau, item, suggested=("SECRECY_STAMP",), dismissed=("SECRECY_STAMP",))
    assert bureau.item(item.item_id).state is ItemState.EXTRACTED


def test_paper_under_the_home_heading_is_no_foreign_one_in_any_language() -> None:
    head = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SOCIALIST REPUBLIC OF VIETNAM"]
    assert suggested_issuer(head, rules=RULES) is Issuer.HOME_BILINGUAL
    assert suggested_issuer(head[:1], rules=RULES) is Issuer.HOME
    assert suggested_issuer(["CERTIFICATE OF BIRTH"], rules=RULES) is None


def scanned_by(bureau: Bureau, item: Item, staff_id: str) -> None:
    with bureau.database.transaction() as tx:
        tx.execute(items.update().where(items.c.item_id == item.item_id).values(scanned_by=staff_id))


def test_where_four_eyes_are_asked_for_the_one_who_scanned_does_not_certify(bureau: Bureau) -> None:
    item = bureau.extracted_item()
    scanned_by(bureau, item, bureau.officer.staff_id)
    other = bureau.add_officer(roles=frozenset({Role.CERTIFIER}))
    with bureau.database.transaction() as tx:
        with pytest.raises(GuardRefused, match="decision"):
            add_four_eyes(
                tx, agency_code=AGENCY_CODE, decision_number=" ", valid_from=AT, valid_until=None,
                random_bytes=bureau.random_bytes,
            )  # fmt: skip
        add_four_eyes(
            tx, agency_code=AGENCY_CODE, decision_number="7/QĐ", valid_from=AT, valid_until=AT + timedelta(days=9),
            random_bytes=bureau.random_bytes,
        )  # fmt: skip
        with pytest.raises(GuardRefused) as same:
            compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=AT)
        assert same.value.code == "FOUR_EYES"
        assert (
            compare(tx, item.item_id, officer_id=other.staff_id, pages_compared=2, at=AT).compared_by == other.staff_id
        )


def test_four_eyes_may_be_asked_for_one_type_of_paper_and_end_without_touching_what_was_before(bureau: Bureau) -> None:
    item = bureau.extracted_item()
    scanned_by(bureau, item, bureau.officer.staff_id)
    asked = {"agency_code": AGENCY_CODE, "decision_number": "8/QĐ", "valid_until": None}
    with bureau.database.transaction() as tx:
        other_type = add_four_eyes(
            tx, valid_from=AT, doc_type="VN.LAND_CERT", random_bytes=bureau.random_bytes, **asked
        )  # fmt: skip
        assert not is_four_eyes(tx, AGENCY_CODE, at=AT, doc_type=item.doc_type)
        this_type = add_four_eyes(
            tx, valid_from=AT + timedelta(days=1), doc_type=item.doc_type, random_bytes=bureau.random_bytes, **asked
        )  # fmt: skip
        # Before its day nothing changes, and it is this type alone that asks.
        assert not is_four_eyes(tx, AGENCY_CODE, at=AT, doc_type=item.doc_type)
        later = AT + timedelta(days=2)
        with pytest.raises(GuardRefused, match="scanned"):
            compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=later)
        ended = end_four_eyes(tx, this_type.policy_id, ended_by="x", at=later, random_bytes=bureau.random_bytes)
        assert (ended.holds_at(later - timedelta(seconds=1)), ended.holds_at(later)) == (True, False)
        again = end_four_eyes(
            tx, this_type.policy_id, ended_by="y", at=later + timedelta(days=1), random_bytes=bureau.random_bytes
        )  # fmt: skip
        assert again == ended
        assert compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=later)
        assert [one.policy_id for one in list_four_eyes(tx, AGENCY_CODE)] == [
            this_type.policy_id, other_type.policy_id,
        ]  # fmt: skip
        with pytest.raises(GuardRefused, match="no decision"):
            end_four_eyes(tx, bureau.new_id(), ended_by="x", at=AT, random_bytes=bureau.random_bytes)


def test_without_such_a_decision_one_officer_may_do_both(bureau: Bureau) -> None:
    item = bureau.extracted_item()
    scanned_by(bureau, item, bureau.officer.staff_id)
    with bureau.database.transaction() as tx:
        assert compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=AT)


@pytest.mark.parametrize(("relation", "state"), [(None, None), ("FORMER_NAME", ItemState.READY_TO_SIGN)])
def test_paper_about_somebody_else_needs_a_relation_or_stops(
    bureau: Bureau, relation: str | None, state: ItemState | None
) -> None:
    item = bureau.extracted_item()
    with bureau.database.transaction() as tx:
        tx.execute(
            items.update()
            .where(items.c.item_id == item.item_id)
            .values(subject_match="DIFFERENT", relation_code=relation)
        )
        if state is None:
            with pytest.raises(GuardRefused) as differs:
                compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=AT)
            assert differs.value.code == "SUBJECT_MISMATCH"
        else:
            done = compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=AT)
            assert done.state is state


def due(bureau: Bureau, amount_vnd: int) -> Item:
    item = bureau.add_item()
    with bureau.database.transaction() as tx:
        new = NewPayment(item.item_id, AGENCY_CODE, amount_vnd, "f", bureau.officer.staff_id)
        ask_payment(tx, new, at=AT, random_bytes=bureau.random_bytes)
    return item


def paid(bureau: Bureau, item: Item, method: PaymentMethod, receipt: str) -> None:
    with bureau.database.transaction() as tx:
        taken = Taken(receipt, method, bureau.officer.staff_id)
        note_paid_at_desk(tx, item.item_id, taken, at=AT, random_bytes=bureau.random_bytes)


def test_cashiers_day_is_closed_with_its_totals_once(bureau: Bureau) -> None:
    me = bureau.officer.staff_id
    for amount, method, receipt in (
        (2000, PaymentMethod.CASH, "A1"),
        (5000, PaymentMethod.CASH, "A2"),
        (4000, PaymentMethod.BANK_TRANSFER, "B1"),
    ):
        paid(bureau, due(bureau, amount), method, receipt)
    back = due(bureau, 3000)
    paid(bureau, back, PaymentMethod.CASH, "A3")
    with bureau.database.transaction() as tx:
        payment = certify.outside.payment_of_item(tx, back.item_id)
        note_refunded(tx, payment, receipt_number="R1", staff_id=me, at=AT, random_bytes=bureau.random_bytes)
        before = preview_day(tx, agency_code=AGENCY_CODE, staff_id=me)
        closed = close_day(
            tx, agency_code=AGENCY_CODE, staff_id=me, counted_cash_vnd=6500, at=AT, random_bytes=bureau.random_bytes
        )
        assert closed.totals == before
        assert before.by_method_vnd == {"BANK_TRANSFER": 4000, "CASH": 10000}
        assert (before.count, before.refunded_vnd, before.cash_vnd, closed.difference_vnd) == (4, 3000, 7000, -500)
        with pytest.raises(GuardRefused) as empty:
            close_day(
                tx, agency_code=AGENCY_CODE, staff_id=me, counted_cash_vnd=0, at=AT, random_bytes=bureau.random_bytes
            )
        assert empty.value.code == "NOTHING_TO_CLOSE"
        assert list_closes(tx, agency_code=AGENCY_CODE) == (closed,)


def test_fee_is_not_due_by_right_or_by_decision_with_a_ground_of_the_list(bureau: Bureau) -> None:
    first, second, third = due(bureau, 2000), due(bureau, 2000), due(bureau, 2000)
    me, random_bytes = bureau.officer.staff_id, bureau.random_bytes
    with bureau.database.transaction() as tx:
        free = exempt(tx, first.item_id, code="MERIT", rules=RULES, staff_id=me, at=AT, random_bytes=random_bytes)
        assert (free.state, free.exemption_code) == (PaymentState.EXEMPT, "MERIT")
        given = waive(tx, second.item_id, code="OUR_ERROR", rules=RULES, staff_id=me, at=AT, random_bytes=random_bytes)
        assert given.state is PaymentState.WAIVED
        assert given == waive(
            tx, second.item_id, code="OUR_ERROR", rules=RULES, staff_id=me, at=AT, random_bytes=random_bytes
        )
        with pytest.raises(GuardRefused):
            exempt(tx, third.item_id, code="FRIEND", rules=RULES, staff_id=me, at=AT, random_bytes=random_bytes)
        with pytest.raises(PaymentConflict):
            waive(tx, first.item_id, code="DECISION", rules=RULES, staff_id=me, at=AT, random_bytes=random_bytes)
        assert preview_day(tx, agency_code=AGENCY_CODE, staff_id=me).count == 0
