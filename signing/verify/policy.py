"""The algorithm policy and the meaning of reason codes, as dated data.

A weak algorithm is acceptable only when a trusted time-stamp proves the signature is older than the weakness
(the dates follow the rounded end dates of ETSI TS 119 312 and its predecessors as applied by European validators).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache

from signing.verify.algorithms import SignatureAlgorithm, key_description
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


def usable_until(algorithm: SignatureAlgorithm, public_key_der: bytes) -> datetime:
    """Give the date until which a signature by this algorithm and key may be relied on."""
    kind, bits = key_description(public_key_der)
    key_end = next((until for size, until in KEY_USABLE_UNTIL.get(kind, ()) if bits >= size), _NEVER)
    return min(key_end, DIGEST_USABLE_UNTIL.get(algorithm.digest, _NEVER))


def policy_dates() -> frozenset[datetime]:
    """Give every date at which an algorithm's time is up."""
    keys = {until for steps in KEY_USABLE_UNTIL.values() for _, until in steps}
    return frozenset({*DIGEST_USABLE_UNTIL.values(), *keys})


@cache
def policy_fingerprint() -> str:
    """Give the digest of the whole policy: another policy is another judge."""
    text = repr((sorted(DIGEST_USABLE_UNTIL.items()), sorted(KEY_USABLE_UNTIL.items()), sorted(FILE_REASONS)))
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
