"""Blobs: written once, bound to their document and name, gone when the keyset is gone."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from guard import Spool, bytes_of
from keys.kek import FileKek
from vault.blobs import BlobVault, open_blob_vault
from vault.errors import BlobConflict, BlobCorrupt, BlobShredded, NotFound, StoreUnavailable
from vault.stores import AlreadyStored, BucketStore, FolderStore, ObjectStore, open_store

DOCUMENT = "01KAN8Y0000000000000000A01"
OTHER = "01KAN8Y0000000000000000B01"


@pytest.fixture
def kek() -> FileKek:
    return FileKek("k1", key=secrets.token_bytes(32), random_bytes=secrets.token_bytes)


@pytest.fixture
def vault(tmp_path: Path, kek: FileKek) -> BlobVault:
    opened = open_blob_vault(tmp_path / "blobs", keysets=tmp_path / "keysets", kek=kek)
    opened.create_keyset(DOCUMENT)
    return opened


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return open_store(tmp_path / "store") if request.param == "folder" else open_store("memory:///")


def _only_file(folder: Path) -> Path:
    (found,) = (path for path in folder.rglob("*") if path.is_file())
    return found


def test_blob_comes_back_and_is_not_readable_on_disk(vault: BlobVault, tmp_path: Path) -> None:
    content = "Nguyễn Thị Thí Dụ".encode() * 100
    ref = vault.put(DOCUMENT, "scan.bin", content)
    assert vault.read(ref) == content
    assert (ref.byte_count, vault.get_ref(DOCUMENT, "scan.bin")) == (len(content), ref)
    assert all(b"Nguy" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 57, 1 << 20, (3 << 20) + 5])
def test_blob_of_any_size_comes_back(vault: BlobVault, size: int) -> None:
    content = secrets.token_bytes(size)
    assert vault.read(vault.put(DOCUMENT, "scan.bin", content)) == content


def test_second_content_under_one_name_is_refused_and_the_same_is_not(vault: BlobVault) -> None:
    first = vault.put(DOCUMENT, "copy.pdf", b"one")
    assert vault.put(DOCUMENT, "copy.pdf", b"one") == first
    with pytest.raises(BlobConflict):
        vault.put(DOCUMENT, "copy.pdf", b"two")
    assert vault.get(DOCUMENT, "copy.pdf") == b"one"


def test_step_that_runs_twice_continues_with_the_first_signature(vault: BlobVault) -> None:
    first, _ = vault.put_first(DOCUMENT, "signed.pdf", b"signature one")
    assert vault.put_first(DOCUMENT, "signed.pdf", b"signature two") == (first, b"signature one")


def test_eight_workers_that_sign_at_once_end_with_one_signature(vault: BlobVault) -> None:
    def sign(worker: int) -> bytes:
        return vault.put_first(DOCUMENT, "signed.pdf", f"signature {worker}".encode())[1]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(sign, range(8)))) == 1


@pytest.mark.parametrize("damage", ["flip", "truncate", "append", "empty"])
def test_bit_rot_is_found_on_reading(vault: BlobVault, tmp_path: Path, damage: str) -> None:
    vault.put(DOCUMENT, "copy.pdf", b"certified" * 1000)
    path = _only_file(tmp_path / "blobs")
    stored = path.read_bytes()
    middle = len(stored) // 2
    path.write_bytes(
        {
            "flip": stored[:middle] + bytes([stored[middle] ^ 1]) + stored[middle + 1 :],
            "truncate": stored[:-1],
            "append": stored + b"x",
            "empty": b"",
        }[damage]
    )
    with pytest.raises(BlobCorrupt):
        vault.get(DOCUMENT, "copy.pdf")


def test_blob_put_under_another_name_of_the_document_does_not_open(vault: BlobVault, tmp_path: Path) -> None:
    vault.put(DOCUMENT, "a.pdf", b"one")
    path = _only_file(tmp_path / "blobs")
    shutil.copy(path, path.with_name("b.pdf"))
    with pytest.raises(BlobCorrupt):
        vault.get(DOCUMENT, "b.pdf")


def test_keyset_put_under_another_document_does_not_open(vault: BlobVault, tmp_path: Path) -> None:
    vault.put(DOCUMENT, "a.pdf", b"one")
    keyset = _only_file(tmp_path / "keysets")
    shutil.copy(keyset, keyset.with_name(f"{OTHER}.keyset"))
    with pytest.raises(BlobCorrupt):
        vault.put(OTHER, "a.pdf", b"one")


def test_authentic_bytes_with_another_digest_are_not_given_out(vault: BlobVault) -> None:
    ref = vault.put(DOCUMENT, "a.pdf", b"one")
    other = vault.put(DOCUMENT, "b.pdf", b"two")
    with pytest.raises(BlobCorrupt):
        vault.read(type(ref)(ref.document_id, "a.pdf", other.sha256_hex, 3))


def test_another_key_encryption_key_opens_nothing(vault: BlobVault, tmp_path: Path) -> None:
    vault.put(DOCUMENT, "a.pdf", b"one")
    thief = FileKek("k1", key=secrets.token_bytes(32), random_bytes=secrets.token_bytes)
    with pytest.raises(BlobCorrupt):
        open_blob_vault(tmp_path / "blobs", keysets=tmp_path / "keysets", kek=thief).get(DOCUMENT, "a.pdf")


def test_damaged_keyset_is_named_as_such(vault: BlobVault, tmp_path: Path) -> None:
    vault.put(DOCUMENT, "a.pdf", b"one")
    _only_file(tmp_path / "keysets").write_bytes(b"not json")
    with pytest.raises(BlobCorrupt, match="keyset"):
        vault.get(DOCUMENT, "a.pdf")


def test_shredded_document_is_gone_even_when_its_bytes_come_back_from_a_backup(
    vault: BlobVault, tmp_path: Path
) -> None:
    vault.put(DOCUMENT, "a.pdf", b"one")
    sealed = vault.seal_value(DOCUMENT, "column", b"two")
    path = _only_file(tmp_path / "blobs")
    backup = path.read_bytes()
    vault.shred(DOCUMENT)
    vault.shred(DOCUMENT)
    assert not path.exists()
    path.write_bytes(backup)
    with pytest.raises(BlobShredded):
        vault.get(DOCUMENT, "a.pdf")
    with pytest.raises(BlobShredded):
        vault.open_value(DOCUMENT, "column", sealed)
    with pytest.raises(BlobShredded):
        vault.create_keyset(DOCUMENT)
    assert not vault.exists(DOCUMENT, "a.pdf")


def test_sealed_value_opens_only_where_it_belongs(vault: BlobVault) -> None:
    sealed = vault.seal_value(DOCUMENT, "identity", b"two")
    assert vault.open_value(DOCUMENT, "identity", sealed) == b"two"
    with pytest.raises(BlobCorrupt):
        vault.open_value(DOCUMENT, "other", sealed)


def test_document_without_a_keyset_takes_no_blob(vault: BlobVault) -> None:
    with pytest.raises(NotFound, match="create_keyset"):
        vault.put(OTHER, "a.pdf", b"one")
    with pytest.raises(NotFound):
        vault.get(DOCUMENT, "missing.pdf")


def test_blobs_and_keysets_may_not_share_a_place(tmp_path: Path, kek: FileKek) -> None:
    with pytest.raises(StoreUnavailable):
        open_blob_vault(tmp_path, keysets=tmp_path, kek=kek)


def test_store_writes_a_name_once(store: ObjectStore) -> None:
    store.put_new("a/b", b"one")
    with pytest.raises(AlreadyStored):
        store.put_new("a/b", b"two")
    assert store.get("a/b") == b"one"
    assert store.exists("a/b")
    assert not store.exists("a/c")
    assert store.list_paths("a") == ("a/b",)


def test_store_replaces_deletes_and_misses(store: ObjectStore) -> None:
    store.replace("a/b", b"one")
    store.replace("a/b", b"two")
    assert store.get("a/b") == b"two"
    store.delete("a/b")
    store.delete("a/b")
    with pytest.raises(NotFound):
        store.get("a/b")


@pytest.mark.parametrize(
    "path", ["../x", "a/../b", "/etc/passwd", "a//b", "", ".hidden", "a\\b", "a\x00b", "ạ", "a" * 129]
)
def test_name_that_could_climb_out_is_refused(store: ObjectStore, path: str) -> None:
    with pytest.raises(StoreUnavailable):
        store.put_new(path, b"x")
    with pytest.raises(StoreUnavailable):
        store.get(path)


def test_folder_store_leaves_no_half_file_when_the_disk_refuses(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    (tmp_path / "store" / "taken").write_bytes(b"a file where a folder is needed")
    with pytest.raises(StoreUnavailable):
        store.put_new("taken/x", b"one")
    assert store.list_paths("taken") == ()


def test_unknown_kind_of_bucket_is_refused() -> None:
    with pytest.raises(StoreUnavailable):
        open_store("gopher://nowhere/at/all")
    assert isinstance(open_store("memory:///"), BucketStore)


@pytest.mark.parametrize("held_bytes", [0, 1 << 20, 8 << 20])
def test_document_goes_in_and_comes_out_the_same_in_memory_and_in_a_file(
    vault: BlobVault, tmp_path: Path, held_bytes: int
) -> None:
    content = secrets.token_bytes((3 << 20) + 5)
    with Spool(tmp_path / "spool", held_bytes=held_bytes).room() as room:
        given = room.take(lambda file: file.write(content) and None)
        ref = vault.keep(DOCUMENT, "copy.pdf", given)
        assert (ref.sha256_hex, ref.byte_count) == (hashlib.sha256(content).hexdigest(), len(content))
        fetched = vault.fetch_recorded(ref, room=room)
        assert isinstance(fetched, bytes) == (held_bytes > len(content))
        assert bytes_of(fetched) == content
    assert vault.read(ref) == content


def test_document_from_a_file_does_not_replace_the_first_one(vault: BlobVault, tmp_path: Path) -> None:
    first = vault.put(DOCUMENT, "copy.pdf", b"the first")
    with Spool(tmp_path / "spool", held_bytes=0).room() as room:
        second = room.take(lambda file: file.write(b"the second") and None)
        assert vault.keep(DOCUMENT, "copy.pdf", second) == first


def test_document_in_a_file_that_is_not_the_recorded_one_is_refused(vault: BlobVault, tmp_path: Path) -> None:
    ref = replace(vault.put(DOCUMENT, "copy.pdf", b"a copy"), sha256_hex="0" * 64)
    with Spool(tmp_path / "spool", held_bytes=0).room() as room, pytest.raises(BlobCorrupt, match="recorded"):
        vault.fetch_recorded(ref, room=room)


def test_document_cut_short_on_disk_is_never_given_out_as_a_file(vault: BlobVault, tmp_path: Path) -> None:
    vault.put(DOCUMENT, "copy.pdf", secrets.token_bytes(3 << 20))
    stored = _only_file(tmp_path / "blobs")
    stored.write_bytes(stored.read_bytes()[:-1])
    with Spool(tmp_path / "spool", held_bytes=0).room() as room, pytest.raises(BlobCorrupt):
        vault.fetch(DOCUMENT, "copy.pdf", room=room)
