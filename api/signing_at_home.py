"""What a command needs to sign outside the pipeline: trust services and issuers of the home, or none without a home."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from api import migrations
from api.clock import SystemClock, system_random
from api.errors import HomeMissing
from api.home import open_home
from api.settings import Settings
from api.trust_services import open_signing_services
from api.trust_shelf import TrustShelf
from guard import Clock
from keys import Mode, check_certificate_mode, credential_of_certificates, open_authority, read_certificates
from keys.credentials import Credential
from signing import SigningServices
from vault import open_database


@dataclass(frozen=True, slots=True)
class SigningAtHome:
    """Trust services, known issuers and the mode whose certificates may sign."""

    services: SigningServices
    issuers_der: tuple[bytes, ...]
    mode: Mode
    clock: Clock

    def credential(self, key_id: str, certificates: bytes) -> Credential:
        """Read a signer's certificate file and complete its chain from the home's issuers.

        Raises:
            CertificateUnusable: unreadable, or not exactly one signer's certificate.
            DemoKeyInProduction: a specimen in production.
        """
        credential = credential_of_certificates(key_id, read_certificates(certificates), issuers_der=self.issuers_der)
        for der in (credential.certificate_der, *credential.chain_der):
            check_certificate_mode(der, self.mode)
        return credential


@contextlib.contextmanager
def open_signing(settings: Settings) -> Iterator[SigningAtHome]:
    """Open the trust services of the home; without a home only PAdES-B-B can be made, with any certificate.

    Raises:
        TrustFolderUnusable: the home's trust folder holds something that is no anchor.
    """
    clock = SystemClock()
    try:
        home = open_home(settings.home)
    except HomeMissing:
        yield SigningAtHome(SigningServices(), (), Mode.DEMO, clock)
        return
    authority = None
    if home.mode is not Mode.PRODUCTION:
        authority = open_authority(home.authority, clock=clock, random_bytes=system_random)
    anchors = TrustShelf(home, authority=authority, clock=clock).anchors()
    with contextlib.closing(open_database(settings.database_url)) as database:
        migrations.check_current(database)
        services = open_signing_services(
            settings,
            home,
            authority=authority,
            database=database,
            clock=clock,
            anchors=anchors if settings.tsa_urls or settings.revocation_urls else None,
        )
        yield SigningAtHome(services, (*anchors.intermediates_der, *anchors.roots_der), home.mode, clock)
