"""Settings of the vault and its log: where the key-encryption key is, who witnesses, how often a stamp is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.setting_words import Setting, path_of, whole_number

VAULT_SETTINGS: Final = (
    Setting(
        "VIDIMUS_KEK", "`pkcs11:token=…;object=…` or `transit:https://host/v1/transit/NAME`.", "(the home's file `kek`)"
    ),
    Setting(
        "VIDIMUS_KEK_SECRET_FILE", "File of mode 0600 with that token's PIN, or the key service's token.", "(none)"
    ),
    Setting("VIDIMUS_LOG_WITNESSES", "File with a line `URL KEY` for each witness of the log (C2SP).", "(none)"),
    Setting("VIDIMUS_LOG_STAMP_MINUTES", "Minutes between two time-stamps of the log; 0 for none.", "60"),
)


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """What this process was told about them."""

    kek: str = ""
    kek_secret_file: Path | None = None
    log_witnesses_file: Path | None = None
    log_stamp_minutes: int = 60


def read_vault_settings(env: Mapping[str, str]) -> VaultSettings:
    """Read them from the environment.

    Raises:
        BadSetting: the minutes are no whole number within bounds.
    """
    return VaultSettings(
        kek=env.get("VIDIMUS_KEK") or "",
        kek_secret_file=path_of(env, "VIDIMUS_KEK_SECRET_FILE"),
        log_witnesses_file=path_of(env, "VIDIMUS_LOG_WITNESSES"),
        log_stamp_minutes=whole_number(env, "VIDIMUS_LOG_STAMP_MINUTES", 60, low=0, high=10_080),
    )
