"""Key-encryption keys on a token and at a service: wrap and unwrap there, refuse what is not theirs, move from one to another."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest

from guard.egress import AllowedOrigin, GuardedHttp
from keys import FileKek, KekUnusable, KeyEncryptionKey, Pin, UnwrapFailed
from keys.kek_pkcs11 import Pkcs11Kek
from keys.kek_ring import KekRing
from keys.kek_transit import TransitKek
from keys.pkcs11_token import TokenModule
from keys.pkcs11_uri import read_pkcs11_uri
from tests.soft_tokens import MODULE, Reader, a_reader
from tests.transit_service import TOKEN, Transit, serving_transit
from vault.blobs import open_blob_vault
from vault.stores import open_store

# Each has a service or a token of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


def file_kek(name: str = "k") -> FileKek:
    return FileKek(name, key=secrets.token_bytes(32), random_bytes=secrets.token_bytes)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with a_reader(tmp_path / "reader") as made:
        yield made


@pytest.fixture
def transit() -> Iterator[Transit]:
    with serving_transit() as served:
        yield served


def transit_kek(transit: Transit, *, name: str = "vidimus", token: str = TOKEN) -> TransitKek:
    http = GuardedHttp([AllowedOrigin.from_url(transit.base_url, allow_private=True)])
    return TransitKek(http, base_url=transit.base_url, name=name, token=token)


def token_kek(reader: Reader, label: str) -> Pkcs11Kek:
    pin = secrets.token_hex(4)
    reader._run("--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "12345678")
    reader.replug()
    session = pkcs11.lib(str(MODULE)).get_token(token_label=label).open(rw=True, user_pin=pin)
    session.generate_key(pkcs11.KeyType.AES, 256, label="kek", id=b"\x07", store=True)
    session.close()
    uri = read_pkcs11_uri(f"pkcs11:token={label};object=kek")
    return Pkcs11Kek(TokenModule(MODULE), uri, pin=Pin(pin), random_bytes=secrets.token_bytes)


def check_wraps(kek: KeyEncryptionKey, other: KeyEncryptionKey) -> None:
    wrapped = kek.wrap(b"a keyset", b"document 1")
    assert b"a keyset" not in wrapped
    assert kek.unwrap(wrapped, b"document 1") == b"a keyset"
    for wrong, bound in (
        (wrapped, b"document 2"),
        (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"document 1"),
        (b"nothing", b"document 1"),
    ):
        with pytest.raises(UnwrapFailed):
            kek.unwrap(wrong, bound)
    with pytest.raises(UnwrapFailed):
        other.unwrap(wrapped, b"document 1")


def test_key_of_a_service_wraps_and_the_secret_opens_for_its_document_only(transit: Transit) -> None:
    check_wraps(transit_kek(transit), transit_kek(transit, name="another"))
    assert all(path.startswith("/v1/transit/") for path in transit.asked)


def test_sealed_service_and_a_wrong_token_are_told_apart_from_a_wrong_key(transit: Transit) -> None:
    kek = transit_kek(transit)
    wrapped = kek.wrap(b"x", b"d")
    with pytest.raises(KekUnusable, match="403"):
        transit_kek(transit, token="s.other").unwrap(wrapped, b"d")
    transit.is_sealed = True
    with pytest.raises(KekUnusable, match="503"):
        kek.unwrap(wrapped, b"d")


def test_key_of_a_token_wraps_and_the_secret_opens_for_its_document_only(reader: Reader) -> None:
    kek = token_kek(reader, "kek1")
    check_wraps(kek, file_kek())
    kek.close()


def test_keysets_move_to_the_next_key_without_a_blob_being_touched(tmp_path: Path, transit: Transit) -> None:
    old, new = file_kek("old"), transit_kek(transit)
    vault = open_blob_vault(tmp_path / "blobs", keysets=tmp_path / "keysets", kek=old)
    for document in ("D1", "D2", "D3"):
        vault.create_keyset(document)
        vault.put(document, "a", document.encode())
    vault.shred("D3")
    before = {path: path.read_bytes() for path in (tmp_path / "blobs").rglob("*") if path.is_file()}
    ring = open_blob_vault(tmp_path / "blobs", keysets=tmp_path / "keysets", kek=KekRing(new, old))
    # Meanwhile a process that knows only the old key deposits.
    assert ring.rewrap() == 2
    vault.create_keyset("D4")
    vault.put("D4", "a", b"D4")
    assert (ring.rewrap(), ring.rewrap()) == (1, 0)
    assert {path: path.read_bytes() for path in before} == before
    alone = open_blob_vault(tmp_path / "blobs", keysets=tmp_path / "keysets", kek=new)
    assert [alone.get(one, "a") for one in ("D1", "D2", "D4")] == [b"D1", b"D2", b"D4"]
    assert alone.is_shredded("D3")
    with pytest.raises(Exception, match="cannot be unwrapped"):
        vault.get("D1", "a")
    assert open_store(tmp_path / "keysets").list_paths() != []
