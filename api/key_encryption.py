"""Where the key-encryption key is: a file of the home, a token, or a key service; and the keys before it while one is rotated."""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

from api.clock import system_random
from api.errors import BadSetting
from api.home import Home
from api.settings import Settings
from guard import AllowedOrigin, GuardedHttp
from keys import (
    FileKek,
    KekRing,
    KekUnusable,
    KeyEncryptionKey,
    Pin,
    Pkcs11Kek,
    TokenModule,
    TransitKek,
    create_file_kek,
    open_file_kek,
    read_pkcs11_uri,
    read_private_file,
)
from vault import BlobVault, rewrap_number_index
from vault.stores import open_store

_TRANSIT: Final = "transit:"
_PKCS11: Final = "pkcs11:"
_NEXT: Final = "kek.next"
_BEFORE: Final = "kek-*"


def open_kek(settings: Settings, home: Home) -> KeyEncryptionKey:
    """Open the key that wraps, with those before it: `VIDIMUS_KEK`, then the home's file, then files set aside.

    Raises:
        KekUnusable: there is none, or one cannot be used.
        BadSetting: the setting names nothing that is known.
    """
    files = [open_file_kek(home.kek, random_bytes=system_random)] if home.kek.exists() else []
    files += [open_file_kek(path, random_bytes=system_random) for path in sorted(home.folder.glob(_BEFORE))]
    keys: list[KeyEncryptionKey] = [*_elsewhere(settings), *files]
    if not keys:
        raise KekUnusable(f"{home.kek} is missing and VIDIMUS_KEK names no other key; restore it from its backup")
    return keys[0] if len(keys) == 1 else KekRing(*keys)


def make_next_kek(home: Home) -> FileKek:
    """Make a new key of the home and set the one before aside, whatever happens in between.

    Raises:
        KekUnusable: one was set aside before and is not retired yet.
    """
    if any(home.folder.glob(_BEFORE)):
        raise KekUnusable("an earlier key still stands in the home; finish with `vidimus db rotate-kek --retire` first")
    path = home.folder / _NEXT
    made = (
        open_file_kek(path, random_bytes=system_random)
        if path.exists()
        else create_file_kek(path, random_bytes=system_random)
    )
    before = open_file_kek(home.kek, random_bytes=system_random)
    # (1) The old key gets a second name, (2) the new one takes its place: at each moment both can be opened.
    os.link(home.kek, home.folder / f"kek-{before.kek_id}")
    path.replace(home.kek)
    return made


def rewrap_all(settings: Settings, blobs: BlobVault, kek: KeyEncryptionKey) -> int:
    """Wrap every keyset and the keys of the number index under the current key; give how many keysets were moved."""
    rewrap_number_index(open_store(settings.keysets_url), kek=kek)
    return blobs.rewrap()


def retire_keks(settings: Settings, home: Home) -> int:
    """Destroy the key files that wrap nothing any more; give how many. Run `rewrap_all` before, and find nothing left."""
    gone = list(home.folder.glob(_BEFORE))
    if settings.vault.kek and home.kek.exists():
        gone.append(home.kek)
    for path in gone:
        path.unlink()
    return len(gone)


def _elsewhere(settings: Settings) -> list[KeyEncryptionKey]:
    if not settings.vault.kek:
        return []
    if settings.vault.kek_secret_file is None:
        raise BadSetting("VIDIMUS_KEK needs VIDIMUS_KEK_SECRET_FILE: the PIN of the token, or the token of the service")
    secret = read_private_file(settings.vault.kek_secret_file).decode().strip()
    if settings.vault.kek.startswith(_PKCS11):
        if settings.pkcs11_module is None:
            raise BadSetting("VIDIMUS_KEK is on a token; name its driver in VIDIMUS_PKCS11_MODULE")
        module = TokenModule(settings.pkcs11_module)
        return [Pkcs11Kek(module, read_pkcs11_uri(settings.vault.kek), pin=Pin(secret), random_bytes=system_random)]
    url = settings.vault.kek.removeprefix(_TRANSIT)
    base, _, name = url.rpartition("/")
    if not settings.vault.kek.startswith(_TRANSIT) or urlsplit(base).scheme not in {"http", "https"} or not name:
        raise BadSetting("VIDIMUS_KEK is `pkcs11:token=…;object=…` or `transit:https://host/v1/transit/NAME`")
    origin = AllowedOrigin.from_url(base, allow_private=settings.services_may_be_private)
    return [TransitKek(GuardedHttp([origin]), base_url=base, name=name, token=secret)]
