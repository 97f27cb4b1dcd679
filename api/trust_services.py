"""Which time-stamp and revocation services a home signs with: those of the settings, or the embedded authority's."""

from __future__ import annotations

from urllib.parse import urlsplit

from api.clock import seconds_since_boot, system_random
from api.home import Home
from api.settings import Settings
from certify import SqlNotices
from guard import AllowedOrigin, Clock, GuardedHttp
from keys import (
    EmbeddedAuthority,
    FailoverTimestamps,
    FaultBoard,
    HttpRevocation,
    HttpTimestamps,
    InProcessRevocation,
    InProcessTimestamps,
    NamedTimestamps,
    NoticedRevocation,
    RevocationSource,
    TimestampAuthority,
    TrustAnchors,
)
from signing import ClockWatch, SigningServices
from vault import Database


def open_signing_services(
    settings: Settings,
    home: Home,
    *,
    authority: EmbeddedAuthority | None,
    database: Database,
    clock: Clock,
    anchors: TrustAnchors | None,
) -> SigningServices:
    """Give the configured services, or the embedded authority's; without either, what needs a time-stamp is refused.

    `anchors` certify the configured services and are needed only when there are any.
    """
    timestamps: TimestampAuthority | None = None
    revocation: RevocationSource | None = None
    if authority is not None:
        faults = FaultBoard(home.authority)
        timestamps = InProcessTimestamps(authority, clock=clock, random_bytes=system_random, faults=faults)
        revocation = InProcessRevocation(authority, clock=clock, random_bytes=system_random, faults=faults)
    if anchors is not None:
        urls = (*settings.tsa_urls, *settings.revocation_urls)
        http = GuardedHttp(
            [AllowedOrigin.from_url(url, allow_private=settings.services_may_be_private) for url in urls]
        )
        certificates = (*anchors.roots_der, *anchors.intermediates_der)
        if settings.tsa_urls:
            timestamps = _timestamps(settings, http, clock=clock, issuers_der=certificates)
        if settings.revocation_urls:
            revocation = HttpRevocation(http, clock=clock, random_bytes=system_random, certificates_der=certificates)
    # The office's own notice counts before any answer, however fresh that is, and where nobody is asked.
    notices = SqlNotices(database)
    if revocation is not None:
        revocation = NoticedRevocation(revocation, notices=notices)
    watch = ClockWatch(clock, steady_seconds=seconds_since_boot)
    return SigningServices(timestamps=timestamps, revocation=revocation, clock_watch=watch, notices=notices)


def _timestamps(
    settings: Settings, http: GuardedHttp, *, clock: Clock, issuers_der: tuple[bytes, ...]
) -> FailoverTimestamps:
    members = [
        NamedTimestamps(
            urlsplit(url).netloc,
            HttpTimestamps(http, url, clock=clock, random_bytes=system_random, issuers_der=issuers_der),
        )
        for url in settings.tsa_urls
    ]
    return FailoverTimestamps(members, clock=clock)
