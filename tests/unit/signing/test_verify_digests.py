"""What several signatures share of a file is hashed once, in whatever order they ask, and the digests stay right."""

from __future__ import annotations

import hashlib
from itertools import permutations

import pytest

from signing.verify.digests import RunningDigests
from signing.verify.fields import removed_signatures
from signing.verify.revisions import read_history
from signing.verify.syntax import HexString
from tests.attack.pdf_surgery import Patient, stream
from tests.blank_copies import blank_copy

CONTENT = bytes(range(256)) * 40


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha3_512"])
def test_digests_are_right_in_every_order_of_asking(name: str) -> None:
    places = (0, 1, 4_000, len(CONTENT))
    for order in permutations(places):
        running = RunningDigests(CONTENT)
        for end in (*order, *order):
            assert running.up_to(end, name).end() == hashlib.new(name, CONTENT[:end]).digest()


def test_digest_with_a_length_of_its_own_is_right() -> None:
    running = RunningDigests(CONTENT)
    for end in (9, 3):
        assert running.up_to(end, "shake256").end() == hashlib.shake_256(CONTENT[:end]).digest(64)


def test_what_goes_on_from_a_place_changes_nothing_for_the_next_who_asks() -> None:
    running = RunningDigests(CONTENT)
    begun = running.up_to(100, "sha256")
    begun.update(b"something else")
    assert begun.end() == hashlib.sha256(CONTENT[:100] + b"something else").digest()
    assert running.up_to(100, "sha256").end() == hashlib.sha256(CONTENT[:100]).digest()
    assert running.up_to(200, "sha256").end() == hashlib.sha256(CONTENT[:200]).digest()


def test_signature_that_was_taken_away_is_found_beside_streams_that_were_read() -> None:
    patient = Patient(blank_copy(part=None))
    new = patient.size
    inside = stream(b"<</Type/Sig/ByteRange [0 1 2 3]>>", Type="EmbeddedFile")
    taken = {"Type": "Sig", "ByteRange": [0, 1, 2, 3], "Contents": HexString(b"\x00")}
    for objects, orphans in (({new: inside}, 0), ({new: inside, new + 1: taken, new + 2: inside}, 1)):
        history = read_history(patient.append(objects))
        for number in objects:
            history.fetch(history.newest, number)
        assert removed_signatures(history, ()) == orphans
        assert removed_signatures(read_history(history.pdf), ()) == orphans
