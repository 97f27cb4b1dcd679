"""Uploads that come in parts: what was acknowledged stays, nobody else goes on with it, and it ends when nobody does."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from tests.vault_town import AT, Town
from vault.errors import BlobShredded, NotFound, TooManyUploads, UploadMoved, UploadOverfull, UploadUnfinished
from vault.uploads import MOST_UNFINISHED, UPLOAD_LIFETIME, ResumableUpload, Uploads

OWNER = "staff:01KC5Z00000000000000000001"


@pytest.fixture
def uploads(town: Town) -> Uploads:
    return Uploads(town.database, town.vault, town.random_bytes)


def begin(uploads: Uploads, byte_count: int = 6) -> ResumableUpload:
    return uploads.create(OWNER, byte_count=byte_count, metadata={"filename": "giay khai sinh.pdf"}, at=AT)


def send(uploads: Uploads, upload: ResumableUpload, content: bytes) -> ResumableUpload:
    return uploads.acknowledge(upload, [uploads.keep(upload, content, starts_at=upload.received)], at=AT)


def content_of(uploads: Uploads, upload: ResumableUpload) -> bytes:
    out = io.BytesIO()
    uploads.copy_to(upload, out)
    return out.getvalue()


def test_parts_are_put_together_in_their_order(uploads: Uploads) -> None:
    upload = send(uploads, send(uploads, begin(uploads), b"abc"), b"def")
    assert upload.is_finished
    assert content_of(uploads, uploads.get(OWNER, upload.upload_id, at=AT)) == b"abcdef"


def test_a_part_without_its_row_does_not_count(uploads: Uploads) -> None:
    upload = begin(uploads)
    uploads.keep(upload, b"abc", starts_at=0)
    assert uploads.get(OWNER, upload.upload_id, at=AT).received == 0
    assert content_of(uploads, send(uploads, upload, b"uvwxyz")) == b"uvwxyz"


def test_two_who_go_on_at_one_place_do_not_both_count(uploads: Uploads) -> None:
    upload = begin(uploads)
    first = uploads.keep(upload, b"abc", starts_at=0)
    second = uploads.keep(upload, b"xyz", starts_at=0)
    stands = uploads.acknowledge(upload, [first], at=AT)
    with pytest.raises(UploadMoved):
        uploads.acknowledge(upload, [second], at=AT)
    assert content_of(uploads, send(uploads, stands, b"def")) == b"abcdef"


def test_more_than_was_announced_is_refused(uploads: Uploads) -> None:
    with pytest.raises(UploadOverfull):
        send(uploads, begin(uploads), b"abcdefg")


def test_an_upload_with_missing_parts_is_not_used(uploads: Uploads) -> None:
    with pytest.raises(UploadUnfinished):
        content_of(uploads, send(uploads, begin(uploads), b"abc"))


def test_an_upload_of_somebody_else_does_not_exist(uploads: Uploads) -> None:
    upload = begin(uploads)
    with pytest.raises(NotFound):
        uploads.get("staff:somebody-else", upload.upload_id, at=AT)
    assert uploads.list_of("staff:somebody-else", at=AT) == ()


def test_an_upload_nobody_goes_on_with_ends_and_its_bytes_are_destroyed(town: Town, uploads: Uploads) -> None:
    upload = send(uploads, begin(uploads), b"abc")
    over = AT + UPLOAD_LIFETIME
    with pytest.raises(NotFound):
        uploads.get(OWNER, upload.upload_id, at=over)
    assert uploads.sweep(at=over - timedelta(seconds=1)) == 0
    assert uploads.sweep(at=over) == 1
    assert uploads.sweep(at=over) == 0
    with pytest.raises(BlobShredded):
        town.vault.open_document(upload.upload_id)


def test_each_part_puts_the_end_off(uploads: Uploads) -> None:
    upload, later = begin(uploads), AT + timedelta(hours=20)
    uploads.acknowledge(upload, [uploads.keep(upload, b"abc", starts_at=0)], at=later)
    assert uploads.get(OWNER, upload.upload_id, at=AT + timedelta(hours=30)).expires_at == later + UPLOAD_LIFETIME


def test_an_ended_upload_is_not_gone_on_with(uploads: Uploads) -> None:
    upload = begin(uploads)
    part = uploads.keep(upload, b"abc", starts_at=0)
    uploads.end(upload)
    with pytest.raises(NotFound):
        uploads.acknowledge(upload, [part], at=AT)


def test_nobody_keeps_more_unfinished_uploads_than_are_allowed(uploads: Uploads) -> None:
    begun = [begin(uploads) for _ in range(MOST_UNFINISHED)]
    with pytest.raises(TooManyUploads):
        begin(uploads)
    uploads.end(begun[0])
    assert begin(uploads).received == 0


def test_the_name_of_a_file_stands_in_no_row_and_no_log(town: Town, uploads: Uploads) -> None:
    upload = begin(uploads)
    assert "khai sinh" not in repr(upload)
    with town.database.read() as tx:
        rows = tx.exec_driver_sql("SELECT * FROM vault_uploads").all()
    assert "khai sinh" not in repr(rows)
