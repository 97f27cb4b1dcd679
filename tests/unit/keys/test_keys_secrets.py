"""Key-encryption keys and the Ed25519 keys of log and manifests."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import (
    FileKek,
    KekUnusable,
    KeyExists,
    KeyFileUnusable,
    KeyNotFound,
    UnwrapFailed,
    create_ed25519_key,
    create_file_kek,
    open_ed25519_key,
    open_file_kek,
)
from tests.office import Office, SeededBytes

SECRET = b"the keyset of one document"


@pytest.fixture
def kek(tmp_path: Path) -> FileKek:
    return create_file_kek(tmp_path / "home.kek", random_bytes=SeededBytes())


def test_wrapped_secret_opens_after_a_restart(kek: FileKek, tmp_path: Path) -> None:
    wrapped = kek.wrap(SECRET, b"document-1")
    again = open_file_kek(tmp_path / "home.kek", random_bytes=SeededBytes())
    assert again.kek_id == kek.kek_id
    assert again.unwrap(wrapped, b"document-1") == SECRET
    assert SECRET not in wrapped
    assert kek.wrap(SECRET, b"document-1") != wrapped


def test_secret_of_one_document_does_not_open_for_another(kek: FileKek) -> None:
    with pytest.raises(UnwrapFailed):
        kek.unwrap(kek.wrap(SECRET, b"document-1"), b"document-2")


def test_another_key_opens_nothing(kek: FileKek, tmp_path: Path) -> None:
    other = create_file_kek(tmp_path / "other.kek", random_bytes=SeededBytes(2))
    with pytest.raises(UnwrapFailed, match=other.kek_id):
        other.unwrap(kek.wrap(SECRET, b""), b"")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(position=st.integers(0, 200), value=st.integers(1, 255), cut=st.integers(0, 60))
def test_altered_or_cut_bytes_never_open(position: int, value: int, cut: int) -> None:
    kek = FileKek("kek", key=bytes(32), random_bytes=SeededBytes())
    wrapped = kek.wrap(SECRET, b"document-1")
    altered = bytearray(wrapped)
    altered[position % len(altered)] ^= value
    for forged in (bytes(altered), wrapped[:cut] if cut < len(wrapped) else b""):
        with pytest.raises(UnwrapFailed):
            kek.unwrap(forged, b"document-1")


def test_kek_is_never_overwritten_and_never_shown(kek: FileKek, tmp_path: Path) -> None:
    path = tmp_path / "home.kek"
    before = path.read_bytes()
    with pytest.raises(KekUnusable):
        create_file_kek(path, random_bytes=SeededBytes(3))
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert repr(kek) == f"FileKek({kek.kek_id})"


@pytest.mark.parametrize(
    "content", [b"", b"vidimus-kek-1 id", b"vidimus-kek-1 id AAAA", b"other id AAAA", b"\xff\xfe a b"]
)
def test_damaged_kek_file_is_refused_without_being_quoted(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.kek"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KekUnusable) as caught:
        open_file_kek(path, random_bytes=SeededBytes())
    assert "AAAA" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_missing_or_exposed_kek_is_refused(kek: FileKek, tmp_path: Path) -> None:
    with pytest.raises(KekUnusable):
        open_file_kek(tmp_path / "nowhere.kek", random_bytes=SeededBytes())
    (tmp_path / "home.kek").chmod(0o644)
    with pytest.raises(KekUnusable, match="chmod 0600"):
        open_file_kek(tmp_path / "home.kek", random_bytes=SeededBytes())


def test_log_key_signs_after_a_restart(tmp_path: Path) -> None:
    made = create_ed25519_key(tmp_path / "log", key_id="log-1", random_bytes=SeededBytes())
    opened = open_ed25519_key(tmp_path / "log", key_id="log-1")
    assert (opened.key_id, opened.public_key_raw) == ("log-1", made.public_key_raw)
    public_key = Ed25519PublicKey.from_public_bytes(opened.public_key_raw)
    public_key.verify(opened.sign(b"checkpoint"), b"checkpoint")
    with pytest.raises(InvalidSignature):
        public_key.verify(opened.sign(b"checkpoint"), b"another")
    assert repr(opened) == "FileEd25519Key(log-1)"


def test_log_key_is_made_once_and_found_by_its_name(tmp_path: Path) -> None:
    create_ed25519_key(tmp_path / "log", key_id="log-1", random_bytes=SeededBytes())
    with pytest.raises(KeyExists):
        create_ed25519_key(tmp_path / "log", key_id="log-1", random_bytes=SeededBytes())
    for key_id in ("log-2", "../log-1"):
        with pytest.raises(KeyNotFound):
            open_ed25519_key(tmp_path / "log", key_id=key_id)


def test_damaged_exposed_or_foreign_log_key_is_refused(tmp_path: Path, office: Office) -> None:
    create_ed25519_key(tmp_path / "log", key_id="log-1", random_bytes=SeededBytes())
    path = tmp_path / "log" / "log-1.ed25519.pem"
    path.chmod(0o640)
    with pytest.raises(KeyFileUnusable, match="chmod"):
        open_ed25519_key(tmp_path / "log", key_id="log-1")
    path.chmod(0o600)
    for content in (b"garbage", (office.folder / "authority" / "root.key.pem").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(KeyFileUnusable, match="restore"):
            open_ed25519_key(tmp_path / "log", key_id="log-1")


def test_key_is_not_written_where_the_disk_refuses(tmp_path: Path) -> None:
    with pytest.raises(KekUnusable):
        create_file_kek(tmp_path / "missing" / "home.kek", random_bytes=SeededBytes())
