"""Reading the renewal policy of a country from its data file, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib import resources
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import yaml
from yaml import CSafeLoader

from certify.errors import LawDataInvalid
from certify.renewal import RenewalPolicy, end_of_day

_KEYS: Final = {"lead_days", "retry_hours", "per_round", "algorithm_ends"}


def load_renewal_policy(country: str, *, timezone: ZoneInfo) -> RenewalPolicy:
    """Load the policy of a country, for example "vn".

    Raises:
        LawDataInvalid: the file is missing, or a key is unknown, missing or of the wrong kind.
    """
    source = resources.files("certify").joinpath("law", country.lower(), "renewal.yaml")
    try:
        written = yaml.load(source.read_text(encoding="utf-8"), Loader=CSafeLoader)
    except (OSError, yaml.YAMLError) as exc:
        raise LawDataInvalid(f"certify/law/{country}/renewal.yaml cannot be read: {type(exc).__name__}") from exc
    return read_renewal_policy(written, timezone=timezone)


def read_renewal_policy(written: object, *, timezone: ZoneInfo) -> RenewalPolicy:
    """Check what a policy file says.

    Raises:
        LawDataInvalid: as `load_renewal_policy`.
    """
    if not isinstance(written, Mapping) or set(written) != _KEYS:
        raise LawDataInvalid(f"renewal.yaml must hold exactly {', '.join(sorted(_KEYS))}")
    return RenewalPolicy(
        lead=timedelta(days=_positive(written, "lead_days")),
        retry=timedelta(hours=_positive(written, "retry_hours")),
        per_round=_positive(written, "per_round"),
        algorithm_ends=MappingProxyType(_ends(written["algorithm_ends"], timezone=timezone)),
    )


def _positive(written: Mapping[str, object], key: str) -> int:
    value = written[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise LawDataInvalid(f"renewal.yaml: {key} must be a whole number above zero")
    return value


def _ends(written: object, *, timezone: ZoneInfo) -> dict[str, datetime]:
    if not isinstance(written, list):
        raise LawDataInvalid("renewal.yaml: algorithm_ends must be a list")
    ends: dict[str, datetime] = {}
    for row in written:
        if not isinstance(row, Mapping) or set(row) != {"algorithm", "last_day"}:
            raise LawDataInvalid("renewal.yaml: each end of an algorithm has exactly algorithm and last_day")
        word, last_day = row["algorithm"], row["last_day"]
        # A moment is a date to Python, but a last day has no hour.
        if not isinstance(word, str) or not isinstance(last_day, date) or isinstance(last_day, datetime):
            raise LawDataInvalid("renewal.yaml: an algorithm is a word and its last day a date")
        if word in ends:
            raise LawDataInvalid(f"renewal.yaml: {word} has two last days")
        ends[word] = end_of_day(last_day, timezone=timezone)
    return ends
