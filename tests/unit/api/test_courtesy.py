"""Courtesy at the front door: whoever has a short question goes before those who hand in a pile of paper."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from api.courtesy import Courtesy
from tests.running import Running


async def turns(count: int) -> None:
    """Let the loop go round so often."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_a_piece_passes_at_once_when_nobody_asks() -> None:
    async def door() -> bool:
        piece = asyncio.ensure_future(Courtesy().let_others_go_first())
        await turns(6)
        return piece.done()

    assert asyncio.run(door())


def test_a_piece_waits_while_a_question_is_being_answered() -> None:
    async def door() -> tuple[bool, bool]:
        courtesy = Courtesy()
        first, second = courtesy.question(), courtesy.question()
        piece = asyncio.ensure_future(courtesy.let_others_go_first())
        first()
        first()  # said twice, it is one answer
        await turns(6)
        before = piece.done()
        second()
        await turns(6)
        return before, piece.done()

    assert asyncio.run(door()) == (False, True)


def test_a_question_that_takes_long_does_not_keep_a_pile_out_for_ever() -> None:
    async def door() -> None:
        courtesy = Courtesy()
        courtesy.question()
        for _ in range(3):
            await asyncio.wait_for(courtesy.let_others_go_first(), timeout=60)

    asyncio.run(door())


def test_pieces_of_many_piles_pass_one_a_turn_of_the_loop() -> None:
    async def door() -> int:
        courtesy, passed = Courtesy(), 0

        async def one() -> None:
            nonlocal passed
            await courtesy.let_others_go_first()
            passed += 1

        piles = [asyncio.ensure_future(one()) for _ in range(50)]
        most = before = 0
        while passed < len(piles):
            await asyncio.sleep(0)
            most, before = max(most, passed - before), passed
        return most

    assert asyncio.run(door()) == 1


@pytest.mark.slow
def test_a_question_that_fails_lets_the_next_pile_in(running: Running) -> None:
    with running.client() as client:
        for _ in range(3):
            assert client.get("/v1/records", headers={"Authorization": "Bearer nobody"}).status_code == 401
            with pytest.raises(httpx.HTTPError):
                client.get("/v1/uploads", headers={"Host": "evil.example"}).raise_for_status()
        answer = client.post("/v1/verifications", files={"file": ("a.pdf", b"x" * (3 << 20), "application/pdf")})
    assert answer.status_code == 200
