"""Remember verdicts for as long as asking again could give no other answer.

A verdict follows from the bytes, the anchors, the evidence supplied with them, the algorithm policy and the moment. The
first four are the key. The moment may move only up to the next date at which anything in the judgement changes: a
certificate begins or ends, evidence grows old, an algorithm's time is up. Bytes are never kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from keys.trust import TrustAnchors
from signing.verify.policy import policy_fingerprint
from signing.verify.report import VerificationReport

MAX_ENTRIES = 256
MAX_AGE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class VerdictKey:
    """What a verdict follows from, apart from the moment."""

    pdf_sha256_hex: str
    anchors_sha256_hex: str
    policy_sha256_hex: str


def key_of(pdf_sha256_hex: str, trust: TrustAnchors) -> VerdictKey:
    """Give the key of a file judged with these anchors."""
    engine = hashlib.sha256(trust.mode.value.encode())
    for group in (trust.roots_der, trust.intermediates_der, trust.crls_der):
        engine.update(len(group).to_bytes(4, "big"))
        for der in group:
            engine.update(hashlib.sha256(der).digest())
    scopes = sorted(json.dumps(scope.to_dict(), sort_keys=True) for scope in trust.scopes)
    engine.update(json.dumps(scopes).encode())
    return VerdictKey(pdf_sha256_hex, engine.hexdigest(), policy_fingerprint())


class VerdictCache:
    """A bounded number of verdicts, the least recently asked for leaving first. Thread-safe."""

    def __init__(self) -> None:
        """Begin empty; nothing outlives the process."""
        self._reports: OrderedDict[VerdictKey, VerificationReport] = OrderedDict()
        self._lock = Lock()

    def get(self, key: VerdictKey, *, at: datetime, file_name: str) -> VerificationReport | None:
        """Give the verdict as of `at`, or None when it has to be worked out."""
        with self._lock:
            report = self._reports.get(key)
            if report is None:
                return None
            if not _still_holds(report, at):
                del self._reports[key]
                return None
            self._reports.move_to_end(key)
        return replace(report, checked_at=at, file=file_name)

    def put(self, key: VerdictKey, report: VerificationReport) -> None:
        """Keep a verdict that says until when it holds; one that was cut short says nothing and is not kept."""
        if report.holds_until is None:
            return
        with self._lock:
            self._reports[key] = report
            self._reports.move_to_end(key)
            while len(self._reports) > MAX_ENTRIES:
                self._reports.popitem(last=False)


def _still_holds(report: VerificationReport, at: datetime) -> bool:
    end = report.checked_at + MAX_AGE
    until = end if report.holds_until is None else min(end, report.holds_until)
    return report.checked_at <= at < until
