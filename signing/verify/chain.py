"""Judge a certificate at a moment: path to an anchor, validity, rules of the path, revocation of every link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from keys.anchor_scope import Purpose
from keys.mode import Mode
from keys.trust import TrustAnchors
from signing.verify.certificates import Certificate, CertificatePool, path_breaks_rules, signing_purposes
from signing.verify.policy import algorithm_named, policy_dates, usable_until
from signing.verify.report import SubIndication
from signing.verify.revocation import RevocationPool, RevocationStatus, RevocationVerdict


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """`problem` is None when the certificate is trusted at the moment asked for."""

    problem: SubIndication | None
    path: tuple[Certificate, ...] = field(default=(), repr=False)
    is_failure: bool = False
    revoked_at: datetime | None = None

    @property
    def is_trusted(self) -> bool:
        """True when nothing stands against the chain."""
        return self.problem is None

    @staticmethod
    def refused() -> ChainVerdict:
        """Give the verdict on something that never reached the question of trust."""
        return ChainVerdict(SubIndication.GENERIC)


class ChainJudge:
    """All certificates and evidence around one file, judged as seen at one time."""

    def __init__(self, trust: TrustAnchors, *, at: datetime) -> None:
        """Start from the anchors; the file's own certificates and evidence are added as they are met."""
        self.at = at
        self._trust = trust
        self.mode = trust.mode
        self.certificates = CertificatePool(trust.roots_der, trust.intermediates_der)
        self.revocation = RevocationPool(self.certificates, at=at)
        self.revocation.add_crls(trust.crls_der)

    def holds_until(self) -> datetime:
        """Give the next moment at which any date behind these judgements passes."""
        scopes = {date for scope in self._trust.scopes for date in (scope.since, scope.until) if date is not None}
        dates = {*policy_dates(), *self.certificates.dates(), *self.revocation.dates(), *scopes}
        return min((date for date in dates if date > self.at), default=self.at)

    def judge(self, certificate: Certificate, *, moment: datetime, is_proven: bool) -> ChainVerdict:
        """Judge a signer's certificate at `moment`; `is_proven` when a trusted time-stamp fixes that moment."""
        path, problem = self._path(certificate, purposes=signing_purposes(certificate), moment=moment)
        if problem is not None:
            return ChainVerdict(problem, path)
        for one in path:
            if not one.is_valid_at(moment):
                # Proven to be older than its signer's own certificate: no later evidence can heal that.
                is_too_early = is_proven and one is path[0] and moment < one.not_before
                return ChainVerdict(_outside(one, moment), path, is_failure=is_too_early)
        if self._is_weak(path, moment):
            return ChainVerdict(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, path)
        for depth, verdict in enumerate(self._revocations(path, moment=moment, is_proven=is_proven)):
            if verdict.status is not RevocationStatus.GOOD:
                return _refusal(verdict, path, depth=depth, is_proven=is_proven)
        return ChainVerdict(None, path)

    def judge_authority(
        self, certificate: Certificate, *, moment: datetime, proven_at: datetime, is_proven: bool
    ) -> ChainVerdict:
        """Judge a time-stamping authority for a token of `moment` known to exist since `proven_at`.

        A key that was compromised could have stamped any time: then only a later trusted time-stamp from before
        the revocation helps.
        """
        path, problem = self._path(certificate, purposes=frozenset({Purpose.TIMESTAMP}), moment=moment)
        if problem is not None:
            return ChainVerdict(problem, path)
        if not all(one.is_valid_at(moment) for one in path) or proven_at > path[0].not_after:
            return ChainVerdict(SubIndication.OUT_OF_BOUNDS_NO_POE, path)
        # A certificate under a weak signature can be forged today for any time, so it counts when the token was proven.
        if self._is_weak(path, proven_at):
            return ChainVerdict(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, path)
        for depth, verdict in enumerate(self._revocations(path, moment=moment, is_proven=True)):
            if verdict.revoked_at is not None and verdict.is_compromise:
                is_older = is_proven and proven_at < verdict.revoked_at
                if not is_older:
                    return ChainVerdict(SubIndication.REVOKED_NO_POE, path)
            elif verdict.status is not RevocationStatus.GOOD:
                return _refusal(verdict, path, depth=depth, is_proven=False)
        return ChainVerdict(None, path)

    def _revocations(
        self, path: tuple[Certificate, ...], *, moment: datetime, is_proven: bool
    ) -> tuple[RevocationVerdict, ...]:
        """Judge every link from the anchor down, and give the verdicts from the signer up.

        Below a certificate that was revoked later, the time from which its key could lie slides down the path: only what
        is proven to be older counts (ETSI EN 319 102-1 calls it control-time sliding).
        """
        verdicts: list[RevocationVerdict] = []
        control_time: datetime | None = None
        for one, issuer in reversed(tuple(pairwise(path))):
            verdict = self.revocation.judge(one, issuer, moment=moment, is_proven=is_proven, known_before=control_time)
            verdicts.append(verdict)
            if verdict.revoked_at is not None:
                control_time = min(verdict.revoked_at, control_time or verdict.revoked_at)
        return tuple(reversed(verdicts))

    def _path(
        self, certificate: Certificate, *, purposes: frozenset[Purpose], moment: datetime
    ) -> tuple[tuple[Certificate, ...], SubIndication | None]:
        path = self.certificates.find_path(certificate)
        if path is None:
            return (), SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        if not self._trust.permits(path[-1].der, purposes=purposes, at=moment):
            # An anchor for seals vouches for no person, one for signatures for no time-stamp.
            return path, SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        if self.mode is Mode.PRODUCTION and any(one.is_specimen for one in path):
            return path, SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        if path_breaks_rules(path):
            return path, SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return path, None

    @staticmethod
    def _is_weak(path: tuple[Certificate, ...], moment: datetime) -> bool:
        """An anchor is trusted as it is; every signature below it must hold."""
        for one, issuer in pairwise(path):
            hashed = one.parsed.signature_hash_algorithm
            algorithm = algorithm_named(
                one.parsed.signature_algorithm_oid.dotted_string, hashed.name if hashed else None
            )
            if algorithm is None or moment > usable_until(algorithm, issuer.public_key_der):
                return True
        return False


def _outside(certificate: Certificate, moment: datetime) -> SubIndication:
    if moment < certificate.not_before:
        return SubIndication.NOT_YET_VALID
    return SubIndication.OUT_OF_BOUNDS_NO_POE


def _refusal(verdict: RevocationVerdict, path: tuple[Certificate, ...], *, depth: int, is_proven: bool) -> ChainVerdict:
    if verdict.status is RevocationStatus.REVOKED:
        if is_proven:
            # A trusted time-stamp shows that the signature came after the revocation.
            return ChainVerdict(SubIndication.REVOKED, path, is_failure=True, revoked_at=verdict.revoked_at)
        problem = SubIndication.REVOKED_CA_NO_POE if depth else SubIndication.REVOKED_NO_POE
        return ChainVerdict(problem, path, revoked_at=verdict.revoked_at)
    if verdict.status is RevocationStatus.STALE:
        return ChainVerdict(SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE, path)
    return ChainVerdict(SubIndication.TRY_LATER, path)
