"""Rooms for documents: small ones in memory, large ones in files that nobody finds and that go with the work."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from guard import FilePayload, Spool, bytes_of, open_payload, sha256_hex_of

CONTENT = b"%PDF-1.7 " * 100


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", held_bytes=len(CONTENT))


def test_what_fits_stays_in_memory(spool: Spool) -> None:
    with spool.room() as room:
        assert room.take(lambda file: file.write(CONTENT) and None) == CONTENT


@pytest.mark.parametrize("pieces", [1, 2, 900])
def test_what_is_larger_by_one_byte_lies_in_a_file(spool: Spool, pieces: int) -> None:
    whole = CONTENT + b"!"
    length = -(-len(whole) // pieces)
    with spool.room() as room:
        taken = room.take(
            lambda file: [file.write(whole[at : at + length]) for at in range(0, len(whole), length)] and None
        )
        assert isinstance(taken, FilePayload)
        assert (len(taken), bytes_of(taken)) == (len(whole), whole)
        assert sha256_hex_of(taken) == hashlib.sha256(whole).hexdigest()


def test_a_document_is_read_the_same_way_wherever_it_lies(spool: Spool) -> None:
    with spool.room() as room:
        for content in (CONTENT, CONTENT * 2):
            taken = room.take(lambda file, written=content: file.write(written) and None)  # type: ignore[misc]
            with open_payload(taken) as file:
                assert file.read() == content
            assert sha256_hex_of(taken) == hashlib.sha256(content).hexdigest()


def test_nothing_is_left_when_the_work_ends_and_nothing_had_a_name(spool: Spool) -> None:
    with spool.room() as room:
        taken = room.take(lambda file: file.write(CONTENT * 2) and None)
        assert isinstance(taken, FilePayload)
        assert list(spool.folder.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        taken.path.read_bytes()


def test_a_writer_that_fails_leaves_nothing(spool: Spool) -> None:
    def fail(file: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"), spool.room() as room:
        room.take(fail)
    assert list(spool.folder.iterdir()) == []
