"""The officer's part of a sealed copy is found again by its digest, however the file is read."""

from __future__ import annotations

import hashlib

import pytest

from certify.pipeline.working_files import end_of_revision

REVISIONS = (b"%PDF-1.7 first %%EOF\n", b"second %%EOF\r\n", b"third %%EOF\r", b"fourth %%EOF")
PDF = b"".join(REVISIONS)


@pytest.mark.parametrize("read_at_once", [*range(1, 16), 64, 1 << 20])
@pytest.mark.parametrize("count", range(1, len(REVISIONS) + 1))
def test_end_of_each_revision_is_found_wherever_the_pieces_end(count: int, read_at_once: int) -> None:
    beginning = b"".join(REVISIONS[:count])
    digest = hashlib.sha256(beginning).hexdigest()
    assert end_of_revision(PDF, sha256_hex=digest, read_at_once=read_at_once) == len(beginning)


@pytest.mark.parametrize("read_at_once", [1, 7, 1 << 20])
def test_digest_of_no_revision_is_not_found(read_at_once: int) -> None:
    digest = hashlib.sha256(PDF[:10]).hexdigest()
    assert end_of_revision(PDF, sha256_hex=digest, read_at_once=read_at_once) is None
