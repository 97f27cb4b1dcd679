"""Judge the times around one signature: its own time-stamps, in which order they stand, and what they prove.

A signature is younger than a content-time-stamp it holds, and older than its signature-time-stamp, which is older than the
document time-stamps of later revisions. Times that contradict each other prove nothing (ETSI EN 319 102-1,
TIMESTAMP_ORDER_FAILURE).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from signing.verify.algorithms import PlainContent
from signing.verify.certificates import may_sign_documents
from signing.verify.chain import ChainJudge
from signing.verify.judgement import FieldFacts
from signing.verify.policy import time_rules, usable_until
from signing.verify.report import Indication, SubIndication
from signing.verify.timestamps import read_token, trust_token

MAX_TOKENS = 16
_DATE = re.compile(rb"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z|([+-])(\d\d)(?:'(\d\d))?)?", re.ASCII)


def read_date(value: object) -> datetime | None:
    """Read a complete date of a signature dictionary (ISO 32000-2, 7.9.4); without a zone it counts as UTC."""
    found = _DATE.match(value) if isinstance(value, bytes) else None
    if found is None:
        return None
    offset = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    try:
        zone = timezone(-offset if found[7] == b"-" else offset)
        year, month, day, hour, minute, second = (int(one) for one in found.groups()[:6])
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def claimed_time(facts: FieldFacts) -> datetime | None:
    """Give when the signer says to have signed: in the CMS, or where PAdES wants it, in the dictionary."""
    signed = next((signer.signing_time for signer in facts.signers if signer.signing_time), None)
    return signed or read_date(facts.signed.dictionary.get("M"))


def judge_timestamps(
    facts: FieldFacts, *, chains: ChainJudge, archived_at: datetime, is_archived: bool
) -> tuple[datetime, bool]:
    """Judge the time-stamps a signature holds; gives the earliest time that is proven for it, and whether any is.

    `archived_at` is what a later document time-stamp proves, or the present when there is none.
    """
    moment, is_proven = archived_at, is_archived
    facts.archived_at = archived_at if is_archived else None
    for signer in facts.signers[:1]:
        content = PlainContent(signer.signature_value)
        for token_der in signer.timestamp_tokens[:MAX_TOKENS]:
            token = read_token(token_der, content=content, chains=chains)
            chain = trust_token(token, chains=chains, proven_at=archived_at, is_proven=is_archived)
            facts.tokens.append((token, chain))
            if chain.is_trusted and token.gen_time is not None:
                moment, is_proven = min(moment, token.gen_time), True
        for token_der in signer.content_tokens[:MAX_TOKENS]:
            token = read_token(token_der, content=facts.coverage.signed_bytes, chains=chains)
            # It was signed with the rest: what proves the signature proves that it was there.
            chain = trust_token(token, chains=chains, proven_at=moment, is_proven=is_proven)
            facts.content_tokens.append((token, chain))
    if any(not token.is_valid for token, _ in (*facts.tokens, *facts.content_tokens)):
        facts.warnings.append("TIMESTAMP_INVALID")
    return moment, is_proven


def younger_than(facts: FieldFacts) -> datetime | None:
    """Give the latest time at which trusted content-time-stamps prove that the signature did not exist yet."""
    times = [token.gen_time for token, chain in facts.content_tokens if chain.is_trusted and token.gen_time is not None]
    return max(times, default=None)


def indicate_trust(facts: FieldFacts, *, moment: datetime, is_proven: bool) -> tuple[Indication, SubIndication | None]:
    """Give the indication of a technically valid signature from its chain, its time-stamps and their order."""
    if not facts.chain.is_trusted:
        failure = _proven_failure(facts)
        if failure is not None:
            return Indication.TOTAL_FAILED, failure
        is_failure = facts.chain.is_failure
        return (Indication.TOTAL_FAILED if is_failure else Indication.INDETERMINATE), facts.chain.problem
    problem = _trust_problem(facts, moment=moment, is_proven=is_proven)
    return (Indication.TOTAL_PASSED, None) if problem is None else (Indication.INDETERMINATE, problem)


def _proven_failure(facts: FieldFacts) -> SubIndication | None:
    """A content-time-stamp from after the end of a certificate proves that the signature came too late."""
    since, certificate = younger_than(facts), facts.certificate
    if since is None or certificate is None:
        return None
    if facts.chain.problem is SubIndication.OUT_OF_BOUNDS_NO_POE and since > certificate.not_after:
        return SubIndication.EXPIRED
    revoked_at = facts.chain.revoked_at
    if facts.chain.problem is SubIndication.REVOKED_NO_POE and revoked_at is not None and since > revoked_at:
        return SubIndication.REVOKED
    return None


def _trust_problem(facts: FieldFacts, *, moment: datetime, is_proven: bool) -> SubIndication | None:
    """Say what stands between a technically valid signature and trust, apart from its chain."""
    stamps = [*facts.tokens, *facts.content_tokens]
    if any(chain.problem is SubIndication.TIMESTAMP_ORDER_FAILURE for _, chain in stamps):
        return SubIndication.TIMESTAMP_ORDER_FAILURE
    if any(not token.is_valid or not chain.is_trusted for token, chain in facts.tokens):
        # A time-stamp that lies or that nobody vouches for must not read as proof of time.
        return SubIndication.GENERIC
    certificate = facts.certificate
    if certificate is None:
        return SubIndication.NO_SIGNING_CERTIFICATE_FOUND
    if facts.token is None and not may_sign_documents(certificate):
        return SubIndication.SIG_CONSTRAINTS_FAILURE
    algorithms = [signer.algorithm for signer in facts.signers if signer.algorithm is not None]
    if any(moment > usable_until(algorithm, certificate.public_key_der) for algorithm in algorithms):
        if is_proven:
            return SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        return SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    return _time_problem(facts, moment=moment, is_proven=is_proven)


def _time_problem(facts: FieldFacts, *, moment: datetime, is_proven: bool) -> SubIndication | None:
    """Hold the claimed time against what is proven; a claim is a clock on a desk, so it may be off a little."""
    claimed = claimed_time(facts)
    if claimed is None or facts.token is not None:
        return None
    rules, since = time_rules(moment), younger_than(facts)
    # (1) The content was time-stamped before it was signed.
    if since is not None and since > claimed + rules.claim_tolerance:
        return SubIndication.TIMESTAMP_ORDER_FAILURE
    # (2) It was signed before anything that proves it.
    if is_proven and claimed > moment + rules.claim_tolerance:
        return SubIndication.TIMESTAMP_ORDER_FAILURE
    # (3) Its own time-stamp came soon. A document time-stamp may come years later: that is archiving.
    stamped = min((token.gen_time for token, _ in facts.tokens if token.gen_time is not None), default=None)
    if stamped is not None and rules.stamp_delay is not None and stamped > claimed + rules.stamp_delay:
        return SubIndication.SIG_CONSTRAINTS_FAILURE
    return None
