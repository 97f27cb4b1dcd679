"""Every setting of Vidimus, read once from the environment and handed down as a value."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from api.errors import BadSetting
from api.home import Home
from keys import Mode

_DEFAULT_HOME: Final = "./var/home"
_DEFAULT_PORT: Final = 8750
_LANGUAGES: Final = ("vi", "en", "fr")


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, what it decides, and what holds when it is absent."""

    name: str
    meaning: str
    default: str


# The reference page docs/reference/settings.md is written from this table, and checked against it.
SETTINGS: Final = (
    Setting("VIDIMUS_HOME", "Folder with database, blobs, keys and log.", _DEFAULT_HOME),
    Setting("VIDIMUS_DATABASE_URL", "SQLite file or PostgreSQL server.", "sqlite:///HOME/vidimus.db"),
    Setting("VIDIMUS_BLOBS_URL", "Folder or s3://bucket/prefix for encrypted documents.", "HOME/blobs"),
    Setting(
        "VIDIMUS_KEYSETS_URL",
        "Folder or s3://bucket/prefix for wrapped keysets, apart from the documents.",
        "HOME/keysets",
    ),
    Setting(
        "VIDIMUS_VERIFY_URL",
        "Address printed in every QR code for ever. Production refuses to start without it or with a private one.",
        "http://127.0.0.1:PORT (demo and training only)",
    ),
    Setting(
        "VIDIMUS_TSA_URL",
        "RFC 3161 time-stamping services in order of preference, separated by commas.",
        "(the embedded authority in demo and training)",
    ),
    Setting(
        "VIDIMUS_REVOCATION_URLS",
        "Origins at which certificates may name OCSP responders and CRLs, separated by commas.",
        "(the embedded authority in demo and training)",
    ),
    Setting(
        "VIDIMUS_TRUSTED_LIST_URLS",
        "Addresses from which `vidimus trust import URL` may fetch national trusted lists, separated by commas.",
        "(none: lists are imported from files)",
    ),
    Setting(
        "VIDIMUS_PKCS11_MODULE", "Driver (.so, .dll) of the tokens or module that `pkcs11:` keys lie on.", "(none)"
    ),
    Setting("VIDIMUS_CSC_URL", "Remote signing service (CSC API) that `csc:` keys lie at.", "(none)"),
    Setting("VIDIMUS_CSC_VERSION", "Version of that API: 1 or 2.", "2"),
    Setting("VIDIMUS_CSC_CLIENT", "Our client id at that service.", "(none)"),
    Setting("VIDIMUS_CSC_SECRET_FILE", "File of mode 0600 with our client secret at that service.", "(none)"),
    Setting("VIDIMUS_PRIVATE_SERVICES", "1 lets the services above stand in a private network.", "0"),
    Setting("VIDIMUS_HOST", "Address to listen on.", "127.0.0.1"),
    Setting("VIDIMUS_PORT", "Port to listen on.", str(_DEFAULT_PORT)),
    Setting("VIDIMUS_ALLOWED_HOSTS", "Host names a browser may use, separated by commas.", "127.0.0.1, localhost"),
    Setting("VIDIMUS_LANG", "Language of messages when the reader states none: vi, en or fr.", "vi"),
    Setting("VIDIMUS_WORKER", "Stable name of this worker; a restarted worker resumes the work of its name.", "office"),
    Setting("VIDIMUS_OCR_PROCESSES", "Warm recognition processes.", "2"),
    Setting(
        "VIDIMUS_REPORTS_PER_HOUR",
        "Sealed reports that all strangers together may ask for in an hour; 0 gives none.",
        "60",
    ),
    Setting("VIDIMUS_PUBLISH_DIR", "Folder into which the worker publishes the static site by itself.", "(none)"),
    Setting("VIDIMUS_PUBLISH_HOURS", "Hours between two publications.", "24"),
    Setting("VIDIMUS_PUBLISH_DAYS", "Days until a published list is called stale.", "7"),
    Setting("VIDIMUS_CRASH_AT", "Tests only: stop the process at a named step, before or after its effect.", "(unset)"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What this process was told; nothing else in the house reads the environment."""

    home: Path
    database_url: str
    blobs_url: str
    keysets_url: str
    verify_url: str
    host: str = "127.0.0.1"
    port: int = _DEFAULT_PORT
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    language: str = "vi"
    worker_name: str = "office"
    ocr_processes: int = 2
    crash_at: str | None = None
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
    no_colour: bool = False
    tool_path: str = field(default="/usr/local/bin:/usr/bin:/bin", repr=False)

    @property
    def base_url(self) -> str:
        """Where the doors of this process stand."""
        return f"http://{self.host}:{self.port}"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read every setting, and stop on one that cannot be meant.

    Raises:
        BadSetting: names the variable, what was found and what is expected.
    """
    env = os.environ if environment is None else environment
    home = Path(env.get("VIDIMUS_HOME") or _DEFAULT_HOME).expanduser().resolve()
    host = env.get("VIDIMUS_HOST") or "127.0.0.1"
    port = _whole_number(env, "VIDIMUS_PORT", _DEFAULT_PORT, low=1, high=65535)
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
        worker_name=env.get("VIDIMUS_WORKER") or "office",
        ocr_processes=_whole_number(env, "VIDIMUS_OCR_PROCESSES", 2, low=1, high=64),
        crash_at=env.get("VIDIMUS_CRASH_AT") or None,
        reports_per_hour=_whole_number(env, "VIDIMUS_REPORTS_PER_HOUR", 60, low=0, high=100_000),
        publish_dir=_path(env, "VIDIMUS_PUBLISH_DIR"),
        publish_hours=_whole_number(env, "VIDIMUS_PUBLISH_HOURS", 24, low=1, high=24 * 30),
        publish_days=_whole_number(env, "VIDIMUS_PUBLISH_DAYS", 7, low=1, high=90),
        pkcs11_module=_path(env, "VIDIMUS_PKCS11_MODULE"),
        csc_url=env.get("VIDIMUS_CSC_URL") or "",
        csc_version=_whole_number(env, "VIDIMUS_CSC_VERSION", 2, low=1, high=2),
        csc_client=env.get("VIDIMUS_CSC_CLIENT") or "",
        csc_secret_file=_path(env, "VIDIMUS_CSC_SECRET_FILE"),
        no_colour=bool(env.get("NO_COLOR")),
        tool_path=env.get("PATH") or "/usr/local/bin:/usr/bin:/bin",
    )


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
    )


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


def _path(env: Mapping[str, str], name: str) -> Path | None:
    # A link stays a link: a driver loaded under two names would be initialised twice.
    return Path(env[name]).expanduser().absolute() if env.get(name) else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _whole_number(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    text = env.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise BadSetting(f"{name} is {text!r}; use a whole number from {low} to {high}")
    return int(text)


__all__ = ["SETTINGS", "Setting", "Settings", "read_settings", "settings_for_home", "verify_url_for"]
