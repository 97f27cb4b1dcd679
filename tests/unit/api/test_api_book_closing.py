"""A register book ends: once, with totals, and a signature that anybody can verify."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from certify import void_reserved
from certify.items import Actor, ActorKind
from tests.running import PIN, Running
from tests.small_paper import small_scan
from tests.unit.api.test_api_books import place, the_book, trust_verdict

# A whole office works behind these, and its book is closed at the end: it has a module of its own.
pytestmark = pytest.mark.slow


def test_book_closes_once_with_totals_and_a_signature_that_verifies(running: Running) -> None:
    with running.officer() as officer:
        running.certify(officer)
        waiting = running.prepare(officer, running.read_draft(officer, small_scan(mark="second")))
        # (1) a book with a reserved number does not close
        refused = officer.post(f"{place(officer)}/closing", json={"last_number": 2})
        assert (refused.status_code, refused.json()["code"]) == (409, "BOOK_NOT_CLOSABLE")
        services = running.services
        with services.database.transaction() as tx:
            void_reserved(
                tx,
                actor=Actor(ActorKind.WORKER, "w"),
                at=services.clock.now(),
                random_bytes=services.random_bytes,
            )
        # (2) of two closings one is the closing
        with ThreadPoolExecutor(max_workers=2) as windows:
            answers = list(
                windows.map(lambda _: officer.post(f"{place(officer)}/closing", json={"last_number": 2}), range(2))
            )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        closed = the_book(officer)
        assert (closed["status"], closed["totals"]["voided"], closed["closing"]["signed_at"]) == ("CLOSED", 1, None)
        # (3) the document is the same each time, and is signed by its digest
        unsigned = officer.get(f"{place(officer)}/closing/document").content
        digest = hashlib.sha256(unsigned).hexdigest()
        assert officer.get(f"{place(officer)}/closing/document").content == unsigned
        other = officer.post(f"{place(officer)}/closing/signature", json={"sha256": "0" * 64, "pin": PIN})
        assert other.json()["code"] == "READY_COPY_CHANGED"
        wrong = officer.post(f"{place(officer)}/closing/signature", json={"sha256": digest, "pin": "999999"})
        assert wrong.json()["code"] == "WRONG_PIN"
        signed = officer.post(f"{place(officer)}/closing/signature", json={"sha256": digest, "pin": PIN})
        assert signed.status_code == 200, signed.text
        # (4) whoever has the file can verify both signatures
        paper = officer.get(f"{place(officer)}/closing/document").content
        assert hashlib.sha256(paper).hexdigest() == signed.json()["closing"]["signed_sha256"]
        assert trust_verdict(running, paper) == "VALID_WITH_WARNING"
        # (5) signing again changes nothing, and nothing is numbered any more
        again = officer.post(f"{place(officer)}/closing/signature", json={"sha256": digest, "pin": PIN})
        assert again.json() == signed.json()
        late = officer.post(
            f"/v1/drafts/{waiting['item_id']}/prepare",
            json={"pages_compared": 1},
            headers={"If-Match": officer.get(f"/v1/drafts/{waiting['item_id']}").headers["ETag"]},
        )
        assert "BOOK" in late.text.upper(), late.text
