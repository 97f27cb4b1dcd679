"""Share links: counted, closed, guessed at; and never a token in the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.vault_town import Town
from vault.errors import NotFound, PasscodeWrong, ShareAnswered, ShareClosed
from vault.history import AccessAction, AccessOutcome, history_for_holder
from vault.holders import Holder
from vault.records import Record, withdraw_record
from vault.share_answers import ShareAnswer, answer_share, answers_for_holder, count_share_answers
from vault.shares import (
    NewShare,
    OpenedShare,
    Share,
    check_share_open,
    create_share,
    hash_passcode,
    list_shares,
    open_share,
    revoke_share,
)
from vault.tables import share_answers, shares

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.fixture
def holder(town: Town) -> Holder:
    return town.enrol()


@pytest.fixture
def record(town: Town, holder: Holder) -> Record:
    return town.deposit_copy(holder)


def _share(town: Town, record: Record, *, max_views: int = 10, passcode: str | None = None) -> tuple[Share, str]:
    passcode_hash = hash_passcode(passcode, random_bytes=town.random_bytes) if passcode else None
    new = NewShare(
        record.record_id, "open an account", "Bà Nguyễn Canary", max_views=max_views, passcode_hash=passcode_hash
    )
    with town.database.transaction() as tx:
        owner = town.owner(Holder(record.holder_id, *[None] * 5))  # type: ignore[arg-type]  # only the id counts
        return create_share(tx, owner, new, vault=town.vault, at=town.at, random_bytes=town.random_bytes)


def _open(town: Town, token: str, *, passcode: str | None = None, later: timedelta = timedelta(0)) -> OpenedShare:
    return open_share(
        town.database,
        token,
        vault=town.vault,
        at=town.at + later,
        random_bytes=town.random_bytes,
        passcode=passcode,
    )


def _outcomes(town: Town, holder: Holder) -> list[AccessOutcome]:
    with town.database.read() as tx:
        entries = history_for_holder(tx, town.owner(holder))
    return [entry.event.outcome for entry in entries if entry.event.action is AccessAction.SHARE_OPENED]


def test_link_opens_the_paper_counts_the_view_and_stands_in_the_history(
    town: Town, holder: Holder, record: Record
) -> None:
    share, token = _share(town, record)
    opened = _open(town, token)
    assert opened.record == record
    assert (opened.share.views_used, opened.share.purpose) == (1, "open an account")
    assert share.expires_at == town.at + timedelta(days=7)
    assert _outcomes(town, holder) == [AccessOutcome.DONE]


def test_twenty_parallel_opens_of_a_one_view_link_open_it_once(town: Town, holder: Holder, record: Record) -> None:
    _, token = _share(town, record, max_views=1)

    def attempt(_: int) -> bool:
        try:
            _open(town, token)
        except ShareClosed:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(20))) == 1
    assert sorted(_outcomes(town, holder)) == [AccessOutcome.DONE] + [AccessOutcome.VIEWED_OUT] * 19


def test_link_ends_after_its_term_when_revoked_and_when_the_paper_is_withdrawn(
    town: Town, holder: Holder, record: Record
) -> None:
    share, token = _share(town, record)
    with pytest.raises(ShareClosed):
        _open(town, token, later=timedelta(days=7))
    with town.database.transaction() as tx:
        for _ in range(2):
            revoke_share(tx, town.owner(holder), share.share_id, at=town.at, random_bytes=town.random_bytes)
    with pytest.raises(ShareClosed):
        _open(town, token)
    _, other = _share(town, record)
    with town.database.transaction() as tx:
        withdraw_record(tx, town.owner(holder), record.record_id)
    with pytest.raises(ShareClosed):
        _open(town, other)
    assert set(_outcomes(town, holder)) == {AccessOutcome.EXPIRED, AccessOutcome.REVOKED, AccessOutcome.NOT_CURRENT}


def test_pages_of_an_opened_link_load_until_it_is_taken_back(town: Town, holder: Holder, record: Record) -> None:
    share, token = _share(town, record, max_views=1)
    with town.database.read() as tx, pytest.raises(ShareClosed):
        check_share_open(tx, share.share_id, vault=town.vault, at=town.at)
    _open(town, token)
    with town.database.transaction() as tx:
        assert check_share_open(tx, share.share_id, vault=town.vault, at=town.at)[1] == record
        with pytest.raises(ShareClosed):
            check_share_open(tx, share.share_id, vault=town.vault, at=town.at + timedelta(days=7))
        revoke_share(tx, town.owner(holder), share.share_id, at=town.at, random_bytes=town.random_bytes)
        with pytest.raises(ShareClosed):
            check_share_open(tx, share.share_id, vault=town.vault, at=town.at)


def test_unknown_token_is_a_closed_link(town: Town, record: Record) -> None:
    _, token = _share(town, record)
    with pytest.raises(ShareClosed):
        _open(town, token[:-1] + ("A" if token[-1] != "A" else "B"))


def test_passcode_opens_and_five_wrong_ones_close_for_good(town: Town, holder: Holder, record: Record) -> None:
    _, token = _share(town, record, passcode="hoa-sen-7")
    assert _open(town, token, passcode="hoa-sen-7").record == record
    for guess in ("a", "b", "c", None, "e"):
        with pytest.raises(PasscodeWrong):
            _open(town, token, passcode=guess)
    with pytest.raises(PasscodeWrong):
        _open(town, token, passcode="hoa-sen-7")
    assert _outcomes(town, holder).count(AccessOutcome.PASSCODE_WRONG) == 6


def test_right_passcode_gives_the_tries_back(town: Town, record: Record) -> None:
    _, token = _share(town, record, passcode="hoa-sen-7")
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(PasscodeWrong):
                _open(town, token, passcode="wrong")
        _open(town, token, passcode="hoa-sen-7")


def test_twenty_parallel_guesses_get_five_tries(town: Town, record: Record) -> None:
    _, token = _share(town, record, passcode="hoa-sen-7")

    def guess(number: int) -> str:
        try:
            _open(town, token, passcode=f"guess {number}")
        except PasscodeWrong:
            return "refused"
        return "opened"

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(guess, range(20))) == {"refused"}
    with town.database.read() as tx:
        assert tx.execute(sa.select(shares.c.passcode_tries_left)).scalar_one() == 0


def test_database_holds_neither_token_nor_passcode_nor_recipient(town: Town, record: Record) -> None:
    _, token = _share(town, record, passcode="hoa-sen-7")
    with town.database.read() as tx:
        row = tx.execute(sa.select(shares)).one()
    stored = " ".join(bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else str(v) for v in row)
    assert not any(secret in stored for secret in (token, "hoa-sen-7", "Canary", "open an account"))


@pytest.mark.parametrize(
    "new",
    [
        NewShare("R", " ", "bank"),
        NewShare("R", "open an account", ""),
        NewShare("R", "open an account", "bank", term=timedelta(days=8)),
        NewShare("R", "open an account", "bank", term=timedelta(0)),
        NewShare("R", "open an account", "bank", max_views=0),
        NewShare("R", "open an account", "bank", max_views=101),
    ],
)
def test_share_without_purpose_recipient_or_limits_is_refused(town: Town, holder: Holder, new: NewShare) -> None:
    with town.database.transaction() as tx, pytest.raises(ShareClosed):
        create_share(tx, town.owner(holder), new, vault=town.vault, at=town.at, random_bytes=town.random_bytes)


def test_stranger_cannot_share_list_or_close(town: Town, record: Record) -> None:
    share, _ = _share(town, record)
    stranger = town.owner(town.enrol())
    new = NewShare(record.record_id, "open an account", "bank")
    with town.database.transaction() as tx:
        assert list_shares(tx, stranger, vault=town.vault) == ()
        with pytest.raises(NotFound):
            create_share(tx, stranger, new, vault=town.vault, at=town.at, random_bytes=town.random_bytes)
        with pytest.raises(NotFound):
            revoke_share(tx, stranger, share.share_id, at=town.at, random_bytes=town.random_bytes)


def test_short_passcode_is_refused_and_a_withdrawn_paper_is_not_shared(
    town: Town, holder: Holder, record: Record
) -> None:
    with pytest.raises(PasscodeWrong):
        hash_passcode("12345", random_bytes=town.random_bytes)
    with town.database.transaction() as tx:
        withdraw_record(tx, town.owner(holder), record.record_id)
    with pytest.raises(ShareClosed):
        _share(town, record)


def _answer(town: Town, share: Share, answer: ShareAnswer, reason: str = "") -> None:
    with town.database.transaction() as tx:
        answer_share(
            tx, share.share_id, answer, reason=reason, vault=town.vault, at=town.at, random_bytes=town.random_bytes
        )


def test_answer_returns_to_the_holder_encrypted_and_counts_for_the_agency_the_link_was_for(
    town: Town, holder: Holder, record: Record
) -> None:
    new = NewShare(record.record_id, "open an account", "Ngân hàng", recipient_agency="BANK")
    with town.database.transaction() as tx:
        share, token = create_share(
            tx, town.owner(holder), new, vault=town.vault, at=town.at, random_bytes=town.random_bytes
        )
    with pytest.raises(ShareClosed):
        _answer(town, share, ShareAnswer.ACCEPTED)
    _open(town, token)
    with pytest.raises(ShareAnswered, match="without a reason"):
        _answer(town, share, ShareAnswer.REFUSED, " ")
    _answer(town, share, ShareAnswer.REFUSED, "Bà Nguyễn Canary is another")
    with pytest.raises(ShareAnswered, match="before"):
        _answer(town, share, ShareAnswer.ACCEPTED)
    with town.database.read() as tx:
        given = answers_for_holder(tx, town.owner(holder), vault=town.vault)[share.share_id]
        assert answers_for_holder(tx, town.owner(town.enrol()), vault=town.vault) == {}
        counted = count_share_answers(tx, "BANK", since=town.at)
        stored = tx.execute(sa.select(share_answers.c.sealed_reason)).scalar_one()
        newest = history_for_holder(tx, town.owner(holder))[0].event
    assert (given.answer, given.reason) == (ShareAnswer.REFUSED, "Bà Nguyễn Canary is another")
    assert counted == {ShareAnswer.REFUSED: 1}
    assert b"Canary" not in bytes(stored)
    assert (newest.action, newest.agency_code) == (AccessAction.SHARE_REFUSED, "BANK")


def test_link_taken_back_takes_no_answer(town: Town, holder: Holder, record: Record) -> None:
    share, token = _share(town, record)
    _open(town, token)
    with town.database.transaction() as tx:
        revoke_share(tx, town.owner(holder), share.share_id, at=town.at, random_bytes=town.random_bytes)
    with pytest.raises(ShareClosed):
        _answer(town, share, ShareAnswer.ACCEPTED)
