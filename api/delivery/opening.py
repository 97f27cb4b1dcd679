"""Opens the courier with the ways out that the settings name: a mail server, a gateway for short messages."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.delivery.courier import Carrier, Courier
from api.delivery.mail import MailCarrier
from api.delivery.portal import PortalCarrier
from api.delivery.sms import SmsCarrier
from api.delivery.spread import Spread
from api.delivery.webhooks import WebhookCarrier
from api.errors import BadSetting
from api.home import DEFAULT_COUNTRY
from api.messages import Messages
from api.outside.portal import open_portal
from api.settings import Settings
from dossiers import load_portal_form
from guard import AllowedOrigin, Clock, GuardedHttp, MailDoor, MailSecurity, MailServer, RandomBytes
from guard.egress import Resolver, resolve_by_system
from keys import read_private_file
from vault import BlobVault, Database
from vault.delivery import Channel

_SPECIMEN: Final = "MẪU – SPECIMEN"
_TRAINING: Final = f"HUẤN LUYỆN – TRAINING · {_SPECIMEN}"


@dataclass(frozen=True, slots=True)
class PostRoom:
    """What the courier needs of the office."""

    settings: Settings
    database: Database
    blobs: BlobVault
    messages: Messages
    clock: Clock
    random_bytes: RandomBytes
    is_specimen: bool
    country: str = DEFAULT_COUNTRY
    is_training: bool = False


def open_courier(room: PostRoom) -> Courier:
    """Open the courier; nothing is connected before something is due.

    Raises:
        BadSetting: a way out is named without what it needs.
        KeyFileUnusable: the file of a secret is open to others.
    """
    settings = room.settings
    carriers: dict[Channel, Carrier] = {}
    if settings.portal.place:
        portal = open_portal(settings, load_portal_form(room.country), is_specimen=room.is_specimen)
        if portal is not None:
            carriers[Channel.PORTAL] = PortalCarrier(room.database, portal)
    if settings.smtp_host:
        carriers[Channel.EMAIL] = _mail(room)
    if settings.sms_url:
        carriers[Channel.SMS] = _sms(room)
    spread = open_spread(room)
    return Courier(
        room.database, spread=spread.run_once, carriers=carriers, clock=room.clock, name=settings.worker_name
    )


def open_spread(room: PostRoom) -> Spread:
    """Open the half that turns what happened into notices and sendings."""
    settings = room.settings
    form = load_portal_form(room.country) if settings.portal.place else None
    return Spread(room.database, room.clock, room.random_bytes, settings.worker_name, form)


def open_webhooks(
    room: PostRoom, *, resolve: Resolver = resolve_by_system, tls: ssl.SSLContext | None = None
) -> Courier:
    """Open the courier for webhooks, apart from the one for people: a receiver that is slow delays no mail."""
    settings = room.settings
    carrier = WebhookCarrier(
        room.database,
        room.blobs,
        room.clock,
        room.random_bytes,
        tls or ssl.create_default_context(),
        allow_private=settings.webhooks_may_be_private,
        disable_after=timedelta(days=settings.webhook_days),
        resolve=resolve,
    )
    ways: dict[Channel, Carrier] = {Channel.WEBHOOK: carrier}
    # The other courier spreads what happened for both.
    return Courier(room.database, spread=lambda: None, carriers=ways, clock=room.clock, name=settings.worker_name)


def _mail(room: PostRoom) -> MailCarrier:
    settings = room.settings
    if not settings.smtp_from:
        raise BadSetting("VIDIMUS_SMTP_HOST is set; set VIDIMUS_SMTP_FROM too")
    if settings.smtp_user and settings.smtp_password_file is None:
        raise BadSetting("VIDIMUS_SMTP_USER is set; set VIDIMUS_SMTP_PASSWORD_FILE too")
    password = read_private_file(settings.smtp_password_file) if settings.smtp_password_file else b""
    if not password.isascii():
        raise BadSetting("the password in VIDIMUS_SMTP_PASSWORD_FILE has letters outside ASCII; SMTP cannot send them")
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        security=MailSecurity(settings.smtp_security),
        user=settings.smtp_user,
        password=password.decode("ascii").strip(),
        allow_private=settings.services_may_be_private,
    )
    cafile = settings.smtp_ca_file
    tls = ssl.create_default_context(cafile=str(cafile) if cafile else None)
    return MailCarrier(
        database=room.database,
        blobs=room.blobs,
        messages=room.messages,
        door=MailDoor(server, tls=tls),
        sender=settings.smtp_from,
        door_url=settings.door_url,
        mark=_mark(room),
    )


def _sms(room: PostRoom) -> SmsCarrier:
    settings = room.settings
    if settings.sms_token_file is None:
        raise BadSetting("VIDIMUS_SMS_URL is set; set VIDIMUS_SMS_TOKEN_FILE too")
    origin = AllowedOrigin.from_url(settings.sms_url, allow_private=settings.services_may_be_private)
    if origin.scheme != "https" and not settings.services_may_be_private:
        raise BadSetting("VIDIMUS_SMS_URL names a public gateway without https")
    token = read_private_file(settings.sms_token_file).decode("utf-8", "replace").strip()
    return SmsCarrier(
        room.database,
        room.blobs,
        room.messages,
        GuardedHttp([origin]),
        settings.sms_url,
        token,
        door_url=settings.door_url,
        mark=_mark(room),
    )


def _mark(room: PostRoom) -> str:
    if not room.is_specimen:
        return ""
    return f"[{_TRAINING if room.is_training else _SPECIMEN}] "
