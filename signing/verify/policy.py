"""The algorithm policy and the meaning of reason codes, as dated data.

A weak algorithm is acceptable only when a trusted time-stamp proves the signature is older than the weakness
(the dates follow the rounded end dates of ETSI TS 119 312 and its predecessors as applied by European validators).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from signing.verify.algorithms import SignatureAlgorithm, key_description, signature_family
from signing.verify.report import Verdict

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_OPEN_END = datetime(9999, 1, 1, tzinfo=UTC)

DIGEST_USABLE_UNTIL = {
    "md5": datetime(2005, 1, 1, tzinfo=UTC),
    "sha1": datetime(2012, 1, 1, tzinfo=UTC),
    "sha224": datetime(2026, 1, 1, tzinfo=UTC),
    "sha256": _OPEN_END,
    "sha384": _OPEN_END,
    "sha512": _OPEN_END,
    "sha3_224": datetime(2026, 1, 1, tzinfo=UTC),
    "sha3_256": _OPEN_END,
    "sha3_384": _OPEN_END,
    "sha3_512": _OPEN_END,
    "shake256": _OPEN_END,
}

# Smallest key size that is still usable, with the date it ends: (bits, until), largest first.
KEY_USABLE_UNTIL = {
    "rsa": ((2048, _OPEN_END), (1536, datetime(2014, 1, 1, tzinfo=UTC)), (1024, datetime(2010, 1, 1, tzinfo=UTC))),
    "dsa": ((2048, datetime(2026, 1, 1, tzinfo=UTC)), (1024, datetime(2010, 1, 1, tzinfo=UTC))),
    "ec": ((256, _OPEN_END), (224, datetime(2021, 1, 1, tzinfo=UTC)), (160, datetime(2010, 1, 1, tzinfo=UTC))),
    "eddsa": ((256, _OPEN_END),),
}


@dataclass(frozen=True, slots=True)
class TimeRules:
    """What may lie between the times around one signature, for signatures proven at or after `since`.

    `claim_tolerance` is how far a claimed time may contradict a proven one; `stamp_delay` how long after the claimed time
    the signature's own time-stamp may come, None for any time.
    """

    since: datetime
    claim_tolerance: timedelta
    stamp_delay: timedelta | None


TIME_RULES = (
    TimeRules(_NEVER, claim_tolerance=timedelta(hours=24), stamp_delay=None),
    # Whoever stamps a month later has a reason that a verifier cannot know; older files are judged by what was usual.
    TimeRules(datetime(2026, 1, 1, tzinfo=UTC), claim_tolerance=timedelta(hours=24), stamp_delay=timedelta(days=30)),
)
"""Oldest first; the last one whose date has come counts."""


def time_rules(moment: datetime) -> TimeRules:
    """Give the rules for a signature that is proven to have existed at `moment`."""
    return next(rules for rules in reversed(TIME_RULES) if rules.since <= moment)


def algorithm_named(oid: str, hash_name: str | None) -> SignatureAlgorithm | None:
    """Give the algorithm that signed a certificate or evidence from its identifier; None when we do not know it."""
    try:
        family, named = signature_family(oid)
    except KeyError:
        return None
    if family in ("ed25519", "ed448"):
        return SignatureAlgorithm(family, "sha512")
    return SignatureAlgorithm(family, named or (hash_name or "").replace("-", "_"))


def usable_until(algorithm: SignatureAlgorithm, public_key_der: bytes) -> datetime:
    """Give the date until which a signature by this algorithm and key may be relied on."""
    kind, bits = key_description(public_key_der)
    key_end = next((until for size, until in KEY_USABLE_UNTIL.get(kind, ()) if bits >= size), _NEVER)
    return min(key_end, DIGEST_USABLE_UNTIL.get(algorithm.digest, _NEVER))


def policy_dates() -> frozenset[datetime]:
    """Give every date at which an algorithm's time is up."""
    keys = {until for steps in KEY_USABLE_UNTIL.values() for _, until in steps}
    return frozenset({*DIGEST_USABLE_UNTIL.values(), *keys, *(rules.since for rules in TIME_RULES)})


@cache
def policy_fingerprint() -> str:
    """Give the digest of the whole policy: another policy is another judge."""
    text = repr(
        (sorted(DIGEST_USABLE_UNTIL.items()), sorted(KEY_USABLE_UNTIL.items()), sorted(FILE_REASONS), TIME_RULES)
    )
    return hashlib.sha256(text.encode()).hexdigest()


FILE_REASONS = frozenset(
    {
        "BYTES_BEFORE_HEADER",
        "TRAILING_DATA",
        "UNEXPLAINED_BYTES",
        "SIGNATURE_REMOVED",
        "PARSERS_DISAGREE",
        "DUPLICATE_FIELD_NAME",
        "SECOND_PARSER_REFUSED",
    }
)
"""Reasons about the whole file that make every signature in it technically invalid."""


def worst(verdicts: list[Verdict]) -> Verdict:
    """Give the worst verdict: MALFORMED, then INVALID, INDETERMINATE, and so on."""
    return max(verdicts, key=list(Verdict).index)
