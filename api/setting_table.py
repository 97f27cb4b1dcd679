"""The environment variables of Vidimus as a table: name, meaning, default. `api/settings.py` reads them."""

from __future__ import annotations

from typing import Final

from api.setting_words import Setting
from api.vault_settings import VAULT_SETTINGS

DEFAULT_HOME: Final = "./var/home"
DEFAULT_PORT: Final = 8750

# The reference page docs/reference/settings.md is written from this table, and checked against it.
SETTINGS: Final = (
    Setting("VIDIMUS_HOME", "Folder with database, blobs, keys and log.", DEFAULT_HOME),
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
    Setting(
        "VIDIMUS_DOOR_URL",
        "Public address of the citizens' and the staff's doors, for links in mails.",
        "http://HOST:PORT",
    ),
    Setting(
        "VIDIMUS_PROXIES",
        "Addresses or networks of our own proxies: the caller is then whom the last of them names in X-Forwarded-For.",
        "(none: the caller is who connects)",
    ),
    Setting(
        "VIDIMUS_SMTP_HOST", "Mail server that takes our notices; without one notices stand on pages only.", "(none)"
    ),
    Setting("VIDIMUS_SMTP_PORT", "Its port.", "465, or 587 with starttls"),
    Setting(
        "VIDIMUS_SMTP_SECURITY",
        "tls, starttls, or none (only with VIDIMUS_PRIVATE_SERVICES, for a server on this machine).",
        "tls",
    ),
    Setting("VIDIMUS_SMTP_FROM", "Address that notices come from.", "(none)"),
    Setting("VIDIMUS_SMTP_USER", "Our name at the mail server.", "(none: no sign-in)"),
    Setting("VIDIMUS_SMTP_PASSWORD_FILE", "File of mode 0600 with our password at the mail server.", "(none)"),
    Setting("VIDIMUS_SMTP_CA_FILE", "Root certificates (PEM) that its certificate is checked with.", "(the system's)"),
    Setting("VIDIMUS_SMS_URL", "Gateway that takes short messages by POST.", "(none)"),
    Setting("VIDIMUS_SMS_TOKEN_FILE", "File of mode 0600 with our bearer token at that gateway.", "(none)"),
    Setting("VIDIMUS_PRIVATE_WEBHOOKS", "1 lets webhooks go to private networks, and by plain http.", "0"),
    Setting("VIDIMUS_WEBHOOK_DAYS", "Days of nothing but failures after which a webhook is disabled.", "3"),
    Setting(
        "VIDIMUS_PORTAL",
        "Address of the national portal that dossiers' statuses are told to, or `sandbox` (demo and training).",
        "(none)",
    ),
    Setting("VIDIMUS_PORTAL_TOKEN_FILE", "File of mode 0600 with our bearer token at the portal.", "(none)"),
    Setting(
        "VIDIMUS_POPULATION",
        "Address of the population database that the counter looks into first, or `sandbox` (demo and training).",
        "(none)",
    ),
    Setting("VIDIMUS_POPULATION_TOKEN_FILE", "File of mode 0600 with our bearer token there.", "(none)"),
    Setting(
        "VIDIMUS_PAPER_DATABASES",
        "File (YAML) of the databases that are asked for a paper before it is charged, or `sandbox` (demo and training).",
        "(none)",
    ),
    Setting(
        "VIDIMUS_PROVIDERS", "File (YAML) of the providers that holders fetch papers from by their address.", "(none)"
    ),
    Setting(
        "VIDIMUS_PAYMENT",
        "Address of the payment gateway, or `sandbox` (demo and training).",
        "(none: fees are paid at the desk)",
    ),
    Setting("VIDIMUS_PAYMENT_TOKEN_FILE", "File of mode 0600 with our bearer token there.", "(none)"),
    Setting(
        "VIDIMUS_PAYMENT_SECRET_FILE",
        "File of mode 0600 with the secret (`whsec_…`) that the gateway signs its callbacks with.",
        "(none)",
    ),
    Setting(
        "VIDIMUS_BANK_ACCOUNT", "Where fees go by bank transfer, as BANK:ACCOUNT (`970400:0011001234567`).", "(none)"
    ),
    Setting("VIDIMUS_PRIVATE_SERVICES", "1 lets the services above stand in a private network.", "0"),
    Setting("VIDIMUS_HOST", "Address to listen on.", "127.0.0.1"),
    Setting("VIDIMUS_PORT", "Port to listen on.", str(DEFAULT_PORT)),
    Setting("VIDIMUS_ALLOWED_HOSTS", "Host names a browser may use, separated by commas.", "127.0.0.1, localhost"),
    Setting(
        "VIDIMUS_TOKEN_FILE", "File of mode 0600 with the token that commands with `--server` come in with.", "(none)"
    ),
    Setting("VIDIMUS_LANG", "Language of messages when the reader states none: vi, en or fr.", "vi"),
    Setting("VIDIMUS_WORKER", "Stable name of this worker; a restarted worker resumes the work of its name.", "office"),
    Setting(
        "VIDIMUS_WORK_ELSEWHERE",
        "1: the doors of this process only put work into the queue; processes `vidimus worker --name …` do it.",
        "0",
    ),
    Setting(
        "VIDIMUS_WAITING_PER_AGENCY",
        "Scans of one agency that may wait to be read; more are answered with 429.",
        "200",
    ),
    Setting("VIDIMUS_WAITING", "Scans of all agencies that may wait to be read.", "5000"),
    Setting("VIDIMUS_OCR_PROCESSES", "Warm recognition processes.", "2"),
    Setting(
        "VIDIMUS_OIDC_FILE",
        "File (YAML) that describes identity providers; see docs/how-to/identity-provider.md.",
        "(none)",
    ),
    Setting(
        "VIDIMUS_SECOND_FACTOR",
        "Roles of staff that no password alone opens, separated by commas, or none.",
        "certifier,seal_keeper,admin (production); none (demo and training)",
    ),
    Setting("VIDIMUS_SESSION_IDLE_MINUTES", "Minutes without use after which a session ends.", "30"),
    Setting("VIDIMUS_STAFF_SESSION_HOURS", "Hours after which a session of the staff door ends, used or not.", "10"),
    Setting("VIDIMUS_CITIZEN_SESSION_HOURS", "The same for the citizen's door.", "2"),
    Setting(
        "VIDIMUS_STEP_UP_MINUTES",
        "Minutes for which a sign-in is fresh enough to share, to administer and to change an account.",
        "15",
    ),
    Setting(
        "VIDIMUS_REPORTS_PER_HOUR",
        "Sealed reports that all strangers together may ask for in an hour; 0 gives none.",
        "60",
    ),
    Setting("VIDIMUS_PUBLISH_DIR", "Folder into which the worker publishes the static site by itself.", "(none)"),
    Setting("VIDIMUS_PUBLISH_HOURS", "Hours between two publications.", "24"),
    Setting("VIDIMUS_PUBLISH_DAYS", "Days until a published list is called stale.", "7"),
    Setting("VIDIMUS_BACKUP_URL", "Folder or s3://bucket/prefix for backups, on another machine.", "(none)"),
    Setting("VIDIMUS_BACKUP_KEYSETS_URL", "The same for the keysets of backups, in another place.", "(none)"),
    Setting("VIDIMUS_BACKUP_KEEP_DAYS", "Days after which a backup and its keysets are destroyed.", "30"),
    Setting("VIDIMUS_REPLICA_URL", "Folder or bucket with the same blobs, from which a scrub heals.", "(the backups)"),
    *VAULT_SETTINGS,
    Setting("VIDIMUS_METRICS_TOKEN_FILE", "File of mode 0600 with the bearer token that /metrics asks for.", "(none)"),
    Setting(
        "VIDIMUS_TRACES_URL",
        "OpenTelemetry collector (OTLP over HTTP) for traces; needs the packages of requirements-traces.lock.",
        "(no traces)",
    ),
    Setting("VIDIMUS_CRASH_AT", "Tests only: stop the process at a named step, before or after its effect.", "(unset)"),
)
