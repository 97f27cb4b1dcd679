"""Turn the facts about one signature field into its indication, level and technical validity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.x509.oid import NameOID

from signing.verify.certificates import Certificate
from signing.verify.chain import ChainJudge, ChainVerdict
from signing.verify.cms import CmsObject, SignerVerdict
from signing.verify.comparison import StepChange
from signing.verify.coverage import CoverageVerdict
from signing.verify.fields import SignedField
from signing.verify.permissions import Permissions
from signing.verify.report import (
    BaselineLevel,
    Coverage,
    Indication,
    ModifiedAfter,
    Signer,
    SubIndication,
)
from signing.verify.timestamps import TimestampFacts

_UNDECIDED = {
    # "Could not check" is never INVALID.
    "DIGEST_ALGORITHM_UNKNOWN": SubIndication.GENERIC,
    "SIGNATURE_ALGORITHM_UNKNOWN": SubIndication.GENERIC,
    "NO_SIGNING_CERTIFICATE_FOUND": SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
}


@dataclass(slots=True)
class FieldFacts:
    """Everything found out about one signature field, in the order it was found out."""

    signed: SignedField
    coverage: CoverageVerdict
    cms: CmsObject | None = field(default=None, repr=False)
    signers: tuple[SignerVerdict, ...] = ()
    token: TimestampFacts | None = None
    steps: tuple[StepChange, ...] = ()
    permissions: Permissions = field(default_factory=lambda: Permissions(None, ()))
    tokens: list[tuple[TimestampFacts, ChainVerdict]] = field(default_factory=list)
    content_tokens: list[tuple[TimestampFacts, ChainVerdict]] = field(default_factory=list)
    archived_at: datetime | None = None
    certificate: Certificate | None = None
    chain: ChainVerdict = field(default_factory=ChainVerdict.refused)
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def revision_index(self) -> int:
        """Position of the signed revision; behind everything when the coverage is PARTIAL."""
        return self.coverage.revision.index if self.coverage.revision else 1_000_000

    @property
    def is_cryptographically_valid(self) -> bool:
        """The digest of the covered bytes matches and every signature over it verifies."""
        if self.token is not None:
            return self.token.is_valid
        return bool(self.signers) and all(signer.is_valid for signer in self.signers)

    @property
    def modified_after(self) -> ModifiedAfter:
        """The worst of what later revisions changed."""
        return max((step.level for step in self.steps), key=lambda level: level.rank, default=ModifiedAfter.NONE)


def is_technically_valid(facts: FieldFacts, *, file_reasons: Sequence[str]) -> bool:
    """Cryptographically valid, whole revision covered, nothing suspicious after it, no structural reason."""
    return (
        facts.is_cryptographically_valid
        and facts.coverage.coverage is not Coverage.PARTIAL
        and not facts.reasons
        and not file_reasons
    )


def failure_of(facts: FieldFacts, *, file_reasons: Sequence[str]) -> tuple[Indication, SubIndication] | None:
    """Say what is wrong before trust is even asked about; None when nothing is."""
    undecided = next((_UNDECIDED[reason] for reason in facts.reasons if reason in _UNDECIDED), None)
    if undecided is not None:
        return Indication.INDETERMINATE, undecided
    if facts.coverage.signed_bytes is None:
        return Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE
    if facts.token is not None and "TIMESTAMP_IMPRINT_MISMATCH" in facts.token.reasons:
        return Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE
    if facts.token is None and any(not signer.digest_matches for signer in facts.signers):
        return Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE
    if facts.token is None and any(not signer.signature_matches for signer in facts.signers):
        return Indication.TOTAL_FAILED, SubIndication.SIG_CRYPTO_FAILURE
    if set(facts.reasons) == {"APPEARANCE_NOT_COMPARED"} and not file_reasons:
        # Nothing is wrong but that nobody could look: not INVALID, and never VALID.
        return Indication.INDETERMINATE, SubIndication.GENERIC
    if not is_technically_valid(facts, file_reasons=file_reasons):
        return Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE
    return None


def level_of(
    facts: FieldFacts, *, document_timestamps: Sequence[FieldFacts], evidence_since: int | None
) -> BaselineLevel:
    """Find the PAdES baseline level from what is there; `evidence_since` is the revision that brought it."""
    is_baseline = (
        facts.signed.subfilter == "ETSI.CAdES.detached"
        and facts.is_cryptographically_valid
        and all(signer.certificate_is_referenced for signer in facts.signers)
        and facts.coverage.revision is not None
    )
    if not is_baseline:
        return BaselineLevel.NOT_BASELINE
    later = [one for one in document_timestamps if one.is_cryptographically_valid and _covers(one, facts)]
    has_time = any(token.is_valid for token, _ in facts.tokens) or bool(later)
    if not has_time:
        return BaselineLevel.B_B
    if evidence_since is None:
        return BaselineLevel.B_T
    if any(one.revision_index >= evidence_since for one in later):
        return BaselineLevel.B_LTA
    return BaselineLevel.B_LT


def _covers(timestamp: FieldFacts, facts: FieldFacts) -> bool:
    return timestamp.coverage.revision is not None and timestamp.revision_index > facts.revision_index


def describe_signer(certificate: Certificate | None, chains: ChainJudge) -> Signer | None:
    """Give the signer in the words of the certificate."""
    if certificate is None:
        return None
    chains.certificates.add(certificate.der)
    return Signer(
        common_name=certificate.name(NameOID.COMMON_NAME),
        organisation=certificate.name(NameOID.ORGANIZATION_NAME),
        issuer=certificate.issuer_name,
        serial_hex=f"{certificate.parsed.serial_number:x}",
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        certificate_sha256_hex=certificate.sha256_hex,
    )
