"""Every setting of Vidimus, read once from the environment and handed down as a value."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from api.callers import ProxyNetwork
from api.errors import BadSetting
from api.home import Home
from api.setting_table import DEFAULT_HOME, DEFAULT_PORT, SETTINGS
from api.setting_words import Setting
from api.setting_words import origin as _origin
from api.setting_words import path_of as _path
from api.setting_words import roles as _roles
from api.setting_words import whole_number as _whole_number
from api.setting_words import words as _words
from api.vault_settings import VaultSettings, read_vault_settings
from keys import Mode

_LANGUAGES: Final = ("vi", "en", "fr")
_MAIL_PORTS: Final[Mapping[str, int]] = {"tls": 465, "starttls": 587, "none": 25}
_SENDER: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """Where another system is: an address, `sandbox`, or nothing; and the files with our secrets there."""

    name: str
    place: str = ""
    token_file: Path | None = None
    secret_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What this process was told; nothing else in the house reads the environment."""

    home: Path
    database_url: str
    blobs_url: str
    keysets_url: str
    verify_url: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    language: str = "vi"
    worker_name: str = "office"
    works_elsewhere: bool = False
    waiting_per_agency: int = 200
    waiting: int = 5000
    traces_url: str = ""
    ocr_processes: int = 2
    crash_at: str | None = None
    oidc_file: Path | None = None
    second_factor: frozenset[str] | None = None
    session_idle_minutes: int = 30
    staff_session_hours: int = 10
    citizen_session_hours: int = 2
    step_up_minutes: int = 15
    reports_per_hour: int = 60
    publish_dir: Path | None = None
    publish_hours: int = 24
    publish_days: int = 7
    tsa_urls: tuple[str, ...] = ()
    revocation_urls: tuple[str, ...] = ()
    trusted_list_urls: tuple[str, ...] = ()
    services_may_be_private: bool = False
    pkcs11_module: Path | None = None
    csc_url: str = ""
    csc_version: int = 2
    csc_client: str = ""
    csc_secret_file: Path | None = None
    token_file: Path | None = None
    public_door_url: str = ""
    proxies: tuple[ProxyNetwork, ...] = ()
    smtp_host: str = ""
    smtp_port: int = 465
    smtp_security: str = "tls"
    smtp_from: str = ""
    smtp_user: str = ""
    smtp_password_file: Path | None = None
    smtp_ca_file: Path | None = None
    sms_url: str = ""
    sms_token_file: Path | None = None
    webhooks_may_be_private: bool = False
    webhook_days: int = 3
    portal: DoorSettings = DoorSettings("VIDIMUS_PORTAL")
    population: DoorSettings = DoorSettings("VIDIMUS_POPULATION")
    paper_databases: DoorSettings = DoorSettings("VIDIMUS_PAPER_DATABASES")
    payment: DoorSettings = DoorSettings("VIDIMUS_PAYMENT")
    providers_file: Path | None = None
    bank_account: str = ""
    backup_url: str = ""
    backup_keysets_url: str = ""
    backup_keep_days: int = 30
    replica_url: str = ""
    metrics_token_file: Path | None = None
    vault: VaultSettings = field(default_factory=VaultSettings)
    no_colour: bool = False
    tool_path: str = field(default="/usr/local/bin:/usr/bin:/bin", repr=False)

    @property
    def base_url(self) -> str:
        """Where the doors of this process stand."""
        return f"http://{self.host}:{self.port}"

    @property
    def is_behind_tls(self) -> bool:
        """Whether people come to the doors by TLS; then their cookies say so in their names."""
        return self.door_url.startswith("https://")

    @property
    def door_url(self) -> str:
        """Where people find the doors, as it stands in mails."""
        return self.public_door_url or self.base_url


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read every setting, and stop on one that cannot be meant.

    Raises:
        BadSetting: names the variable, what was found and what is expected.
    """
    env = os.environ if environment is None else environment
    home = Path(env.get("VIDIMUS_HOME") or DEFAULT_HOME).expanduser().resolve()
    host = env.get("VIDIMUS_HOST") or "127.0.0.1"
    port = _whole_number(env, "VIDIMUS_PORT", DEFAULT_PORT, low=1, high=65535)
    language = env.get("VIDIMUS_LANG") or "vi"
    if language not in _LANGUAGES:
        raise BadSetting(f"VIDIMUS_LANG is {language!r}; use one of vi, en, fr")
    hosts = _words(env.get("VIDIMUS_ALLOWED_HOSTS") or "127.0.0.1,localhost")
    return Settings(
        tsa_urls=_words(env.get("VIDIMUS_TSA_URL") or ""),
        revocation_urls=_words(env.get("VIDIMUS_REVOCATION_URLS") or ""),
        trusted_list_urls=_words(env.get("VIDIMUS_TRUSTED_LIST_URLS") or ""),
        services_may_be_private=env.get("VIDIMUS_PRIVATE_SERVICES") == "1",
        home=home,
        database_url=env.get("VIDIMUS_DATABASE_URL") or f"sqlite:///{home / 'vidimus.db'}",
        blobs_url=env.get("VIDIMUS_BLOBS_URL") or str(home / "blobs"),
        keysets_url=env.get("VIDIMUS_KEYSETS_URL") or str(home / "keysets"),
        verify_url=(env.get("VIDIMUS_VERIFY_URL") or "").rstrip("/"),
        host=host,
        port=port,
        allowed_hosts=hosts,
        language=language,
        **_work(env),
        ocr_processes=_whole_number(env, "VIDIMUS_OCR_PROCESSES", 2, low=1, high=64),
        crash_at=env.get("VIDIMUS_CRASH_AT") or None,
        oidc_file=_path(env, "VIDIMUS_OIDC_FILE"),
        second_factor=_roles(env, "VIDIMUS_SECOND_FACTOR"),
        session_idle_minutes=_whole_number(env, "VIDIMUS_SESSION_IDLE_MINUTES", 30, low=1, high=240),
        staff_session_hours=_whole_number(env, "VIDIMUS_STAFF_SESSION_HOURS", 10, low=1, high=24),
        citizen_session_hours=_whole_number(env, "VIDIMUS_CITIZEN_SESSION_HOURS", 2, low=1, high=24),
        step_up_minutes=_whole_number(env, "VIDIMUS_STEP_UP_MINUTES", 15, low=1, high=60),
        reports_per_hour=_whole_number(env, "VIDIMUS_REPORTS_PER_HOUR", 60, low=0, high=100_000),
        publish_dir=_path(env, "VIDIMUS_PUBLISH_DIR"),
        publish_hours=_whole_number(env, "VIDIMUS_PUBLISH_HOURS", 24, low=1, high=24 * 30),
        publish_days=_whole_number(env, "VIDIMUS_PUBLISH_DAYS", 7, low=1, high=90),
        pkcs11_module=_path(env, "VIDIMUS_PKCS11_MODULE"),
        csc_url=env.get("VIDIMUS_CSC_URL") or "",
        csc_version=_whole_number(env, "VIDIMUS_CSC_VERSION", 2, low=1, high=2),
        csc_client=env.get("VIDIMUS_CSC_CLIENT") or "",
        csc_secret_file=_path(env, "VIDIMUS_CSC_SECRET_FILE"),
        token_file=_path(env, "VIDIMUS_TOKEN_FILE"),
        **_ways_out(env),
        **_kept_apart(env),
        no_colour=bool(env.get("NO_COLOR")),
        tool_path=env.get("PATH") or "/usr/local/bin:/usr/bin:/bin",
    )


def _work(env: Mapping[str, str]) -> dict[str, Any]:
    return {
        "worker_name": env.get("VIDIMUS_WORKER") or "office",
        "works_elsewhere": env.get("VIDIMUS_WORK_ELSEWHERE") == "1",
        "waiting_per_agency": _whole_number(env, "VIDIMUS_WAITING_PER_AGENCY", 200, low=1, high=1_000_000),
        "waiting": _whole_number(env, "VIDIMUS_WAITING", 5000, low=1, high=10_000_000),
        "traces_url": _origin(env, "VIDIMUS_TRACES_URL"),
    }


def _kept_apart(env: Mapping[str, str]) -> dict[str, Any]:
    data, keysets = env.get("VIDIMUS_BACKUP_URL") or "", env.get("VIDIMUS_BACKUP_KEYSETS_URL") or ""
    if bool(data) != bool(keysets) or (data and data == keysets):
        raise BadSetting(
            "VIDIMUS_BACKUP_URL and VIDIMUS_BACKUP_KEYSETS_URL must be two different places; set both or none"
        )
    return {
        "backup_url": data,
        "backup_keysets_url": keysets,
        "backup_keep_days": _whole_number(env, "VIDIMUS_BACKUP_KEEP_DAYS", 30, low=1, high=3650),
        "replica_url": env.get("VIDIMUS_REPLICA_URL") or "",
        "metrics_token_file": _path(env, "VIDIMUS_METRICS_TOKEN_FILE"),
        "vault": read_vault_settings(env),
    }


def _ways_out(env: Mapping[str, str]) -> dict[str, Any]:
    security = env.get("VIDIMUS_SMTP_SECURITY") or "tls"
    if security not in _MAIL_PORTS:
        raise BadSetting(f"VIDIMUS_SMTP_SECURITY is {security!r}; use one of {', '.join(_MAIL_PORTS)}")
    sender = env.get("VIDIMUS_SMTP_FROM") or ""
    if sender and not _SENDER.fullmatch(sender):
        raise BadSetting(f"VIDIMUS_SMTP_FROM is {sender!r}; use a plain address such as no-reply@thi-du.example")
    return {
        "public_door_url": (env.get("VIDIMUS_DOOR_URL") or "").rstrip("/"),
        "proxies": _networks(env, "VIDIMUS_PROXIES"),
        "smtp_host": env.get("VIDIMUS_SMTP_HOST") or "",
        "smtp_port": _whole_number(env, "VIDIMUS_SMTP_PORT", _MAIL_PORTS[security], low=1, high=65535),
        "smtp_security": security,
        "smtp_from": sender,
        "smtp_user": env.get("VIDIMUS_SMTP_USER") or "",
        "smtp_password_file": _path(env, "VIDIMUS_SMTP_PASSWORD_FILE"),
        "smtp_ca_file": _path(env, "VIDIMUS_SMTP_CA_FILE"),
        "sms_url": env.get("VIDIMUS_SMS_URL") or "",
        "sms_token_file": _path(env, "VIDIMUS_SMS_TOKEN_FILE"),
        "portal": _door(env, "VIDIMUS_PORTAL"),
        "population": _door(env, "VIDIMUS_POPULATION"),
        "paper_databases": DoorSettings("VIDIMUS_PAPER_DATABASES", env.get("VIDIMUS_PAPER_DATABASES") or ""),
        "payment": _door(env, "VIDIMUS_PAYMENT"),
        "providers_file": _path(env, "VIDIMUS_PROVIDERS"),
        "bank_account": env.get("VIDIMUS_BANK_ACCOUNT", ""),
        "webhooks_may_be_private": env.get("VIDIMUS_PRIVATE_WEBHOOKS") == "1",
        "webhook_days": _whole_number(env, "VIDIMUS_WEBHOOK_DAYS", 3, low=1, high=90),
    }


def _networks(env: Mapping[str, str], name: str) -> tuple[ProxyNetwork, ...]:
    found: list[ProxyNetwork] = []
    for word in _words(env.get(name) or ""):
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError as exc:
            raise BadSetting(f"{name} has {word!r}; use addresses or networks such as 127.0.0.1, 10.2.0.0/24") from exc
    if any(one.prefixlen == 0 for one in found):
        raise BadSetting(f"{name} names every address there is; anybody could then say to come from anywhere")
    return tuple(found)


def _door(env: Mapping[str, str], name: str) -> DoorSettings:
    token, secret = _path(env, f"{name}_TOKEN_FILE"), _path(env, f"{name}_SECRET_FILE")
    return DoorSettings(name, env.get(name) or "", token, secret)


def settings_for_home(settings: Settings, folder: Path, *, port: int | None = None) -> Settings:
    """Give the same settings for another home with everything inside it, as the demonstration needs them."""
    return replace(
        settings,
        home=folder,
        database_url=f"sqlite:///{folder / 'vidimus.db'}",
        blobs_url=str(folder / "blobs"),
        keysets_url=str(folder / "keysets"),
        verify_url="",
        port=port or settings.port,
        portal=_to_try_out(settings.portal),
        population=_to_try_out(settings.population),
        paper_databases=_to_try_out(settings.paper_databases),
        payment=_to_try_out(settings.payment),
    )


def _to_try_out(door: DoorSettings) -> DoorSettings:
    # The demonstration shows every door; what stands behind those that nobody configured says that it is a sandbox.
    return door if door.place else replace(door, place="sandbox")


def verify_url_for(settings: Settings, home: Home) -> str:
    """The address printed in every QR code of this home.

    Raises:
        BadSetting: production without an address, or with one that only this network can reach.
    """
    url = settings.verify_url
    if home.mode is not Mode.PRODUCTION:
        return url or settings.base_url
    if not url:
        raise BadSetting(
            "VIDIMUS_VERIFY_URL is not set; it is printed in every QR code for ever, so production needs it"
        )
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or _is_private(parts.hostname):
        raise BadSetting(f"VIDIMUS_VERIFY_URL is {url!r}; production needs a public https address")
    return url


def _is_private(host: str) -> bool:
    if host == "localhost" or ("." not in host and ":" not in host):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host.endswith((".local", ".internal", ".lan", ".invalid", ".test"))


__all__ = ["SETTINGS", "DoorSettings", "Setting", "Settings", "read_settings", "settings_for_home", "verify_url_for"]
