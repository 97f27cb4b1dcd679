"""One process of the office for crash tests: certifies one item, dies where it is told, goes on when started again.

`python -m tests.faults.crash_driver FOLDER DATABASE_URL MINUTE KEY GOAL [POINT]`: KEY is `office` or `token`, where the
officer's key is; GOAL is an item state to reach; POINT is a crash point. Each start is some minutes later, under the same worker name, as a supervisor would do it.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from certify.approve import ask_a_token
from certify.errors import SignatureNotAwaited
from certify.items import Item
from certify.pipeline import CrashPoints, KillAt, NoCrashPoints, OutcomeKind
from certify.transitions import ItemState
from keys import Pin
from tests.bureau import AT
from tests.journey_office import OFFICER_PIN, JourneyOffice

TOKEN = "token"
_PATIENCE_SECONDS = 90


def drive(office: JourneyOffice, goal: ItemState, *, key: str) -> Item:
    """Do at each state what the people of the office would do, until the goal is reached."""
    item = office.the_only_item() or office.declare_item()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while item.state is not goal and time.monotonic() < deadline:
        act(office, item, key=key)
        item = office.item(item.item_id)
    return item


def act(office: JourneyOffice, item: Item, *, key: str) -> None:
    """One act of a clerk or an officer; where the pipeline is busy, only wait."""
    match item.state:
        case ItemState.ORIGINAL_PRESENTED:
            office.upload(item)
        case ItemState.EXTRACTED:
            office.compare(item)
        case ItemState.READY_TO_SIGN | ItemState.VOIDED:
            outcome = office.pipeline.prepare(
                item.item_id, officer_id=office.facts.officer_id, timeout_seconds=_PATIENCE_SECONDS
            )
            assert outcome.kind is OutcomeKind.DONE, outcome
        case ItemState.PREPARED if not office.is_approved(item):
            asked = ask_a_token(at=office.clock.now(), random_bytes=office.services.random_bytes)
            activation_id = asked if key == TOKEN else office.activate(item.item_id)
            office.pipeline.approve_and_certify(office.approval_request(item.item_id, activation_id=activation_id))
        case ItemState.AWAITING_ACTIVATION:
            office.pipeline.activate_again(
                item.item_id, officer_id=office.facts.officer_id, activation_id=office.activate(item.item_id)
            )
            wait_for_change(office, item)
        case ItemState.AWAITING_SIGNATURE:
            sign_with_token(office, item)
        case _:
            time.sleep(0.05)


def sign_with_token(office: JourneyOffice, item: Item) -> None:
    """Let the officer's token sign what it is asked for; a file stands for it. Where it has signed, only wait."""
    officer_id = office.facts.officer_id
    try:
        question = office.pipeline.by_token.question(item.item_id, officer_id=officer_id)
        key = office.keystore.open_key("officer-1", Pin(OFFICER_PIN))
        office.pipeline.by_token.give(item.item_id, officer_id=officer_id, signature=key.sign(question.to_be_signed))
    except SignatureNotAwaited:
        time.sleep(0.05)


def wait_for_change(office: JourneyOffice, item: Item) -> None:
    """Give the pipeline a moment to take the activation, so that it is not asked for twice."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while office.item(item.item_id).version == item.version and time.monotonic() < deadline:
        time.sleep(0.05)


def main(arguments: list[str]) -> int:
    """Run the office until the goal, or until the crash point."""
    folder, database_url, minute, key, goal, *points = arguments
    hook: CrashPoints = KillAt(points[0]) if points else NoCrashPoints()
    # Every document in files without a name, as a long one would be: a kill between file and vault leaves nothing.
    at = AT + timedelta(minutes=int(minute))
    office = JourneyOffice(Path(folder), database_url, crash_hook=hook, at=at, held_bytes=0)
    try:
        office.pipeline.start()
        item = drive(office, ItemState(goal), key=key)
        events = [step.event for step in office.pipeline.events(item.item_id)]
        sys.stdout.write(json.dumps({"item_id": item.item_id, "state": item.state.value, "events": events}))
        return 0 if item.state.value == goal else 1
    finally:
        office.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
