"""Found a home: its keys, its database, its log, and in demo and training its own certification authority."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from api import migrations
from api.clock import system_random
from api.home import DEFAULT_COUNTRY, Home, init_home, mark_founded
from api.law import open_law
from api.log_signing import LOG_KEY
from api.services import MANIFEST_KEY
from keys import Mode, create_authority, create_ed25519_key, create_file_kek
from vault import open_database

_DEFAULT_AUTHORITY_URL: Final = "http://127.0.0.1:8750/authority"


def found_home(
    folder: Path,
    *,
    mode: Mode,
    at: datetime,
    database_url: str,
    authority_url: str = _DEFAULT_AUTHORITY_URL,
    country: str = DEFAULT_COUNTRY,
) -> Home:
    """Make a home with everything that must exist before anything can be certified; mode and country never change.

    Raises:
        LawDataInvalid: there is no law pack of this country.
        SampleLawInProduction: the pack is a sample, and the home is for real copies.
        HomeExists: the folder is a home already or holds something else.
    """
    open_law(country, mode=mode)
    home = init_home(folder, mode=mode, at=at, country=country)
    create_file_kek(home.kek, random_bytes=system_random)
    for key_id in (LOG_KEY, MANIFEST_KEY):
        create_ed25519_key(home.keys, key_id=key_id, random_bytes=system_random)
    if mode is not Mode.PRODUCTION:
        authority = create_authority(
            home.authority, mode=mode, at=at, random_bytes=system_random, base_url=authority_url
        )
        authority.export_trust(home.trust, at=at)
    database = open_database(database_url)
    try:
        migrations.upgrade(database)
    finally:
        database.close()
    return mark_founded(home)
