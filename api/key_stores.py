"""Where an office's keys lie: files of the home, tokens by the driver of the settings, a remote signing service."""

from __future__ import annotations

from api.errors import BadSetting
from api.home import Home
from api.settings import Settings
from guard import AllowedOrigin, Clock, GuardedHttp
from keys import CscKeys, CscWire, OfficeKeyStore, Pin, Pkcs11Keys, read_private_file


def open_key_store(settings: Settings, home: Home, *, clock: Clock) -> OfficeKeyStore:
    """Open the home's keys with the driver and the service that the settings name; neither is called yet.

    Raises:
        BadSetting: a remote service without our id or secret there.
        KeyFileUnusable: the secret's file or the folder of keys is open to others.
    """
    pkcs11 = Pkcs11Keys(settings.pkcs11_module) if settings.pkcs11_module else None
    remote = CscKeys(_wire(settings, clock=clock)) if settings.csc_url else None
    return OfficeKeyStore(home.keys, mode=home.mode, pkcs11=pkcs11, remote=remote)


def _wire(settings: Settings, *, clock: Clock) -> CscWire:
    if not settings.csc_client or settings.csc_secret_file is None:
        raise BadSetting("VIDIMUS_CSC_URL is set; set VIDIMUS_CSC_CLIENT and VIDIMUS_CSC_SECRET_FILE too")
    secret = read_private_file(settings.csc_secret_file).decode("utf-8", "replace").strip()
    origin = AllowedOrigin.from_url(settings.csc_url, allow_private=settings.services_may_be_private)
    return CscWire(
        GuardedHttp([origin]),
        settings.csc_url,
        version=settings.csc_version,
        client_id=settings.csc_client,
        client_secret=Pin(secret),
        clock=clock,
    )
