"""Holders: found by number without storing it, named only under encryption, claimed once."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy.engine import Connection

from keys.kek import FileKek
from tests.vault_town import AGENCY, Town
from vault.errors import BlobShredded, HolderConflict, NotFound
from vault.holders import (
    ClaimState,
    Holder,
    HolderKind,
    Identity,
    IndexKey,
    NewHolder,
    NumberIndex,
    change_identity,
    claim_vault,
    enrol_holder,
    find_by_account,
    find_by_number,
    get_holder,
    open_number_index,
    read_identity,
    read_past_identities,
    reindex_holder,
)
from vault.stores import FolderStore

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

NUMBER = "000123456789"


def test_holder_is_found_by_number_however_it_is_spaced(town: Town) -> None:
    holder = town.enrol(number=NUMBER)
    with town.database.read() as tx:
        assert find_by_number(tx, HolderKind.PERSON, "000 123.456-789", index=town.index) == holder
        with pytest.raises(NotFound):
            find_by_number(tx, HolderKind.PERSON, "000123456780", index=town.index)
        with pytest.raises(NotFound):
            find_by_number(tx, HolderKind.ORGANISATION, NUMBER, index=town.index)


def test_identity_opens_for_a_screen_and_never_in_a_repr(town: Town) -> None:
    holder = town.enrol(name="Lê Thí Dụ", number=NUMBER)
    with town.database.read() as tx:
        identity = read_identity(tx, holder.holder_id, vault=town.vault)
    assert identity == Identity("Lê Thí Dụ", NUMBER, date(1990, 1, 2))
    assert "Lê" not in repr(identity)
    assert NUMBER not in repr(identity)


def test_number_gets_one_vault_even_when_two_counters_enrol_at_once(town: Town) -> None:
    def enrol(_: int) -> str:
        try:
            return town.enrol(number=NUMBER).holder_id
        except HolderConflict:
            return "conflict"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(enrol, range(6)))
    assert outcomes.count("conflict") == 5


def test_vault_is_claimed_once_and_by_one_account(town: Town) -> None:
    first, second = town.enrol(), town.enrol()
    with town.database.transaction() as tx:
        claimed = claim_vault(tx, first.holder_id, account_id="account-1", at=town.at)
        assert claimed == claim_vault(tx, first.holder_id, account_id="account-1", at=town.at)
        assert (claimed.state, claimed.claimed_by) == (ClaimState.CLAIMED, "account-1")
        assert find_by_account(tx, "account-1") == claimed
        with pytest.raises(HolderConflict):
            claim_vault(tx, first.holder_id, account_id="account-2", at=town.at)
        with pytest.raises(HolderConflict):
            claim_vault(tx, second.holder_id, account_id="account-1", at=town.at)
        with pytest.raises(NotFound):
            find_by_account(tx, "account-2")
        with pytest.raises(NotFound):
            get_holder(tx, town.new_id())


def test_new_name_and_number_keep_the_holder_and_the_old_ones_are_dated(town: Town) -> None:
    holder, other = town.enrol(number=NUMBER), town.enrol(number="000000000002")
    changed = Identity("Tên Mới", "000000000777", date(1990, 1, 2))
    with town.database.transaction() as tx:
        before = read_identity(tx, holder.holder_id, vault=town.vault)

        def change(holder_id: str, identity: Identity) -> None:
            change_identity(
                tx,
                holder_id,
                identity,
                document_number="12/QĐ-UBND",
                index=town.index,
                vault=town.vault,
                at=town.at,
            )

        change(holder.holder_id, changed)
        # A new name under the same number is a change, too.
        change(holder.holder_id, Identity("Tên Mới Hơn", "000000000777", date(1990, 1, 2)))
        for number in ("000000000777", NUMBER):
            assert find_by_number(tx, HolderKind.PERSON, number, index=town.index) == holder
        assert read_identity(tx, holder.holder_id, vault=town.vault).name == "Tên Mới Hơn"
        past = read_past_identities(tx, holder.holder_id, vault=town.vault)
        assert [(one.identity, one.until, one.document_number) for one in past] == [
            (changed, town.at, "12/QĐ-UBND"),
            (before, town.at, "12/QĐ-UBND"),
        ]
        with pytest.raises(HolderConflict):
            change(other.holder_id, changed)
        with pytest.raises(HolderConflict):
            town_enrols(tx, town, NUMBER)
        # Rotating the key of the index keeps every number.
        rotated = NumberIndex((IndexKey("n2", secrets.token_bytes(32)),))
        reindex_holder(tx, holder.holder_id, index=rotated, vault=town.vault)
        assert find_by_number(tx, HolderKind.PERSON, NUMBER, index=rotated) == holder


def town_enrols(tx: Connection, town: Town, number: str) -> Holder:
    new = NewHolder(HolderKind.PERSON, Identity("Ai Đó", number), AGENCY)
    return enrol_holder(tx, new, index=town.index, vault=town.vault, at=town.at, random_bytes=town.random_bytes)


def test_rotated_index_key_finds_old_holders_and_lets_the_old_key_go(town: Town) -> None:
    holder = town.enrol(number=NUMBER)
    rotated = NumberIndex((IndexKey("n2", secrets.token_bytes(32)), *town.index.keys))
    only_new = NumberIndex(rotated.keys[:1])
    with town.database.transaction() as tx:
        assert find_by_number(tx, HolderKind.PERSON, NUMBER, index=rotated) == holder
        with pytest.raises(NotFound):
            find_by_number(tx, HolderKind.PERSON, NUMBER, index=only_new)
        reindex_holder(tx, holder.holder_id, index=rotated, vault=town.vault)
        assert find_by_number(tx, HolderKind.PERSON, NUMBER, index=only_new) == holder


def test_index_key_is_kept_wrapped_and_opens_the_same_again(town: Town) -> None:
    kek = FileKek("k", key=secrets.token_bytes(32), random_bytes=secrets.token_bytes)
    store = FolderStore(town.folder / "index")
    first = open_number_index(store, kek=kek, random_bytes=secrets.token_bytes)
    again = open_number_index(store, kek=kek, random_bytes=secrets.token_bytes, key_ids=("n2", "n1"))
    assert first.keys == again.keys[1:]
    assert all(first.keys[0].secret not in path.read_bytes() for path in (town.folder / "index").rglob("n*"))


def test_erased_identity_cannot_be_read_any_more(town: Town) -> None:
    holder = town.enrol()
    town.vault.shred(holder.holder_id)
    with town.database.read() as tx, pytest.raises(BlobShredded):
        read_identity(tx, holder.holder_id, vault=town.vault)


def test_organisation_has_a_vault_of_its_own(town: Town) -> None:
    new = NewHolder(HolderKind.ORGANISATION, Identity("Công ty Thí Dụ", "000-111"), AGENCY)
    with town.database.transaction() as tx:
        holder = enrol_holder(tx, new, index=town.index, vault=town.vault, at=town.at, random_bytes=town.random_bytes)
        assert read_identity(tx, holder.holder_id, vault=town.vault).birth_date is None
        with pytest.raises(HolderConflict):
            enrol_holder(tx, new, index=town.index, vault=town.vault, at=town.at, random_bytes=town.random_bytes)
