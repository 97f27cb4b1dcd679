"""What a dry run of the signing paths needs, from the home of this machine."""

from __future__ import annotations

from api.cli.books import Books
from api.cli.console import Console
from api.trust_services import open_signing_services
from certify import DryRunServices
from keys import Mode, load_trust_folder, open_authority


def signing_paths(console: Console, books: Books) -> DryRunServices:
    """Open keys, chains, revocation and time-stamps as the office would use them."""
    settings, home = console.settings, books.home
    authority = None
    if home.mode is not Mode.PRODUCTION:
        authority = open_authority(home.authority, clock=books.clock, random_bytes=books.random_bytes)
    is_configured = settings.tsa_urls or settings.revocation_urls
    signing = open_signing_services(
        settings,
        home,
        authority=authority,
        database=books.database,
        clock=books.clock,
        anchors=load_trust_folder(home.trust, mode=home.mode) if is_configured else None,
    )
    return DryRunServices(
        database=books.database,
        keystore=books.keystore,
        signing=signing,
        clock=books.clock,
        random_bytes=books.random_bytes,
    )
