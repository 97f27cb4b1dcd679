"""Lists of an agency's originals: read along an index from where the page before ended, an older release's rows too."""

from __future__ import annotations

import sqlalchemy as sa

from certify.items import list_agency_items
from certify.tables import items
from certify.transitions import ItemState
from tests.bureau import AGENCY_CODE, Bureau


def ids(
    bureau: Bureau, *, after: str | None = None, limit: int = 10, states: frozenset[ItemState] | None = None
) -> list[str]:
    with bureau.database.read() as tx:
        found = list_agency_items(
            tx, AGENCY_CODE, states=states or frozenset(ItemState), after_item_id=after, limit=limit
        )
    return [item.item_id for item in found]


def test_items_are_listed_oldest_first_from_where_the_page_before_ended(bureau: Bureau) -> None:
    made = sorted(bureau.add_item().item_id for _ in range(5))
    assert ids(bureau) == made
    assert ids(bureau, limit=2) == made[:2]
    assert ids(bureau, after=made[1], limit=2) == made[2:4]
    assert ids(bureau, after=made[-1]) == []


def test_items_that_an_older_release_wrote_stand_in_their_place(bureau: Bureau) -> None:
    made = sorted(bureau.add_item().item_id for _ in range(4))
    with bureau.database.transaction() as tx:
        tx.execute(sa.update(items).where(items.c.item_id.in_([made[0], made[2]])).values(agency_code=None))
    assert ids(bureau, limit=3) == made[:3]
    assert ids(bureau, after=made[0]) == made[1:]


def test_items_are_chosen_by_one_state_or_by_several(bureau: Bureau) -> None:
    read, waiting = bureau.extracted_item().item_id, bureau.add_item().item_id
    assert ids(bureau, states=frozenset({ItemState.EXTRACTED})) == [read]
    assert ids(bureau, states=frozenset({ItemState.ORIGINAL_PRESENTED})) == [waiting]
    assert ids(bureau, states=frozenset(ItemState) - {ItemState.EXTRACTED}) == [waiting]


def test_items_of_another_agency_are_not_listed(bureau: Bureau) -> None:
    bureau.add_item()
    with bureau.database.read() as tx:
        assert list_agency_items(tx, "elsewhere", limit=10) == ()


def test_a_page_of_a_long_list_is_read_along_the_index(bureau: Bureau) -> None:
    if bureau.database.dialect != "sqlite":
        return
    with bureau.database.read() as tx:
        plan = tx.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM certify_items WHERE agency_code = 'x' AND item_id > 'y' ORDER BY item_id LIMIT 3"
        ).all()
    told = " ".join(str(row[-1]) for row in plan)
    assert "ix_certify_items_agency_code_item_id" in told
    assert "TEMP B-TREE" not in told
