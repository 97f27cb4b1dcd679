"""Verify a signed PDF: one verdict for the file, one entry per signature field, by a numbered checklist.

Total: any bytes give a report. Parsers of hostile bytes raise what they like, so one boundary (`verify_pdf`) turns
the families named in `hostile.HOSTILE_INPUT_ERRORS` into MALFORMED; anything else is a defect of ours and is let through,
where the child process of `guard` contains it. Nothing is fetched: what did not come with the file or the trust
folder does not exist.
"""

from __future__ import annotations

from datetime import datetime

from keys.trust import TrustAnchors
from signing.verify.chain import ChainJudge
from signing.verify.changes import ChangeJudge
from signing.verify.digests import RunningDigests
from signing.verify.dss import SecurityStore, SecurityStores
from signing.verify.errors import NotAPdf, PasswordProtected, PdfUnreadable
from signing.verify.examine import FieldExaminer
from signing.verify.fields import (
    SignedField,
    count_with_second_parser,
    removed_signatures,
    signed_fields,
)
from signing.verify.hostile import HOSTILE_INPUT_ERRORS
from signing.verify.judgement import (
    FieldFacts,
    describe_signer,
    failure_of,
    is_technically_valid,
    level_of,
)
from signing.verify.policy import FILE_REASONS, worst
from signing.verify.report import (
    Indication,
    SignatureKind,
    SignatureVerdict,
    SubIndication,
    TimeSource,
    TimestampVerdict,
    Verdict,
    VerificationReport,
)
from signing.verify.revisions import PdfHistory, read_history
from signing.verify.structure import active_content, duplicate_names, file_reasons, file_warnings, has_unexplained_bytes
from signing.verify.times import claimed_time, indicate_trust, judge_timestamps
from signing.verify.timestamps import trust_token

MAX_SIGNATURES = 500


def verify_pdf(
    pdf: bytes, *, trust: TrustAnchors, at: datetime, file_name: str = "", may_render: bool = True
) -> VerificationReport:
    """Judge a file as seen at `at` with these anchors; never raises on content, never contacts anyone.

    A change that the objects cannot prove to be harmless is looked at; without `may_render` it stays INDETERMINATE.
    """
    judgement = _Judgement(pdf, trust=trust, at=at, file_name=file_name, may_render=may_render)
    try:
        return judgement.judge()
    except NotAPdf:
        return judgement.malformed("NOT_A_PDF")
    except PasswordProtected:
        return judgement.malformed("PASSWORD_PROTECTED")
    except PdfUnreadable as exc:
        return judgement.malformed(exc.code)
    except HOSTILE_INPUT_ERRORS:
        return judgement.malformed("UNREADABLE")


class _Judgement:
    """The state of one verification; it is used once and thrown away."""

    def __init__(self, pdf: bytes, *, trust: TrustAnchors, at: datetime, file_name: str, may_render: bool) -> None:
        self._pdf = pdf
        self._digests = RunningDigests(pdf)
        self._at = at
        self._file_name = file_name
        self._chains = ChainJudge(trust, at=at)
        self._trust = trust
        self._changes: ChangeJudge | None = None
        self._may_render = may_render
        self._reasons: list[str] = []
        self._warnings: list[str] = []

    def judge(self) -> VerificationReport:
        """Work through the checklist."""
        # (1) It is a PDF, it is not encrypted, and its revisions can be followed without guessing.
        history = read_history(self._pdf)
        self._digests = history.digests
        changes = self._changes = ChangeJudge(history, may_render=self._may_render)

        # (2) Every signature field is found, by two parsers, and none was taken away.
        form_fields = changes.fields(history.newest)
        signed = signed_fields(history, history.newest, form_fields)
        self._count(history, signed)
        if not signed:
            self._look_for_removed(history, signed)
            return self._report([], Verdict.INVALID if self._reasons else Verdict.NO_SIGNATURE)

        # (3) Nothing stands before, behind or between the revisions, and names are unique.
        self._reasons += file_reasons(history)
        self._warnings += file_warnings(history)
        if duplicate_names(form_fields):
            self._reasons.append("DUPLICATE_FIELD_NAME")

        # (4) What each signature covers, (5) whether its mathematics hold, (6) what was changed after it.
        stores = SecurityStores(history)
        store = stores.of(history.newest)
        examiner = FieldExaminer(
            history,
            changes,
            self._chains,
            known_certificates_der=(*store.certificates_der, *self._trust.intermediates_der),
        )
        facts = [examiner.examine(one) for one in signed]
        # Last, because streams that were read need no second look.
        self._look_for_removed(history, signed)
        self._check_later_bytes(history, facts)
        self._warnings += active_content(history, history.newest)
        self._warnings += ["STREAM_LENGTH_WRONG"] if history.wrong_lengths else []

        # (7) Time: the newest document time-stamp is judged now, each older one at the time proven by a newer one.
        self._take_evidence(store, facts)
        self._judge_document_timestamps(stores, facts)

        # (8) Trust: chain and revocation of each signer at its proven time. (9) The level. (10) The verdict.
        entries = [self._conclude(history, one, facts, stores) for one in facts]
        return self._report(entries, self._verdict(entries))

    def malformed(self, code: str) -> VerificationReport:
        """Give the report on a file that could not be judged."""
        self._reasons = [code]
        self._warnings = []
        return self._report([], Verdict.MALFORMED)

    # (2) ------------------------------------------------------------------------------------------------

    def _count(self, history: PdfHistory, signed: tuple[SignedField, ...]) -> None:
        if len(signed) > MAX_SIGNATURES:
            raise PdfUnreadable("TOO_MANY_SIGNATURES", f"the file has more than {MAX_SIGNATURES} signatures")
        try:
            names = sorted(name for one in signed for name in one.names)
            if list(count_with_second_parser(history.with_right_numbers())) != names:
                self._reasons.append("PARSERS_DISAGREE")
        except PdfUnreadable as exc:
            self._reasons.append(exc.code)

    def _look_for_removed(self, history: PdfHistory, signed: tuple[SignedField, ...]) -> None:
        if removed_signatures(history, signed):
            self._reasons.append("SIGNATURE_REMOVED")

    # (6) ------------------------------------------------------------------------------------------------

    def _check_later_bytes(self, history: PdfHistory, facts: list[FieldFacts]) -> None:
        first = min(one.revision_index for one in facts)
        try:
            is_explained = not any(has_unexplained_bytes(history, one) for one in history.revisions[first + 1 :])
        except PdfUnreadable:
            is_explained = False
        if not is_explained:
            self._reasons.append("UNEXPLAINED_BYTES")

    # (7) ------------------------------------------------------------------------------------------------

    def _take_evidence(self, store: SecurityStore, facts: list[FieldFacts]) -> None:
        if store.is_damaged:
            self._warnings.append("DSS_DAMAGED")
        self._take_store(store)
        for one in facts:
            if one.cms is not None:
                self._chains.revocation.add_ocsps(one.cms.ocsps_der)
                self._chains.revocation.add_crls(one.cms.crls_der)

    def _take_store(self, store: SecurityStore) -> None:
        for der in store.certificates_der:
            self._chains.certificates.add(der)
        self._chains.revocation.add_ocsps(store.ocsps_der)
        self._chains.revocation.add_crls(store.crls_der)

    def _judge_document_timestamps(self, stores: SecurityStores, facts: list[FieldFacts]) -> None:
        stamps = sorted((one for one in facts if one.token is not None), key=lambda one: -one.revision_index)
        proven_at, is_proven = self._at, False
        for stamp in stamps:
            if stamp.token is None or stamp.coverage.revision is None:
                continue
            store = stores.of(stamp.coverage.revision)
            self._take_store(store)
            stamp.chain = trust_token(stamp.token, chains=self._chains, proven_at=proven_at, is_proven=is_proven)
            gen_time = stamp.token.gen_time
            if stamp.chain.is_trusted and not stamp.reasons and gen_time is not None and gen_time <= proven_at:
                proven_at, is_proven = gen_time, True
                self._chains.revocation.prove((*store.ocsps_der, *store.crls_der), at=gen_time)

    def _proven_time(self, facts: FieldFacts, others: list[FieldFacts]) -> tuple[datetime, bool]:
        """Give the earliest time a trusted document time-stamp proves for a signature."""
        times = [
            one.token.gen_time
            for one in others
            if one.token is not None
            and one.token.gen_time is not None
            and one.chain.is_trusted
            and not one.reasons
            and one.revision_index > facts.revision_index
            and one.coverage.revision is not None
        ]
        return (min(times), True) if times else (self._at, False)

    # (8) (9) (10) ---------------------------------------------------------------------------------------

    def _conclude(
        self, history: PdfHistory, facts: FieldFacts, others: list[FieldFacts], stores: SecurityStores
    ) -> SignatureVerdict:
        moment, is_proven = self._proven_time(facts, others)
        if facts.token is None:
            moment, is_proven = judge_timestamps(facts, chains=self._chains, archived_at=moment, is_archived=is_proven)
            if facts.certificate is not None:
                facts.chain = self._chains.judge(facts.certificate, moment=moment, is_proven=is_proven)
        indication, sub_indication = self._indicate(facts, moment, is_proven=is_proven)
        self._note_specimen(facts)
        self._reasons += facts.reasons
        self._warnings += facts.warnings
        if sub_indication is not None and indication is not Indication.TOTAL_PASSED:
            self._reasons.append(sub_indication.value)
        stamps = [one for one in others if one.token is not None]
        return SignatureVerdict(
            field=facts.signed.name,
            kind=SignatureKind.DOCUMENT_TIMESTAMP if facts.signed.is_document_timestamp else SignatureKind.SIGNATURE,
            subfilter=facts.signed.subfilter,
            indication=indication,
            sub_indication=sub_indication,
            level=level_of(
                facts, document_timestamps=stamps, evidence_since=self._evidence_since(history, facts, stores)
            ),
            cryptographically_valid=facts.is_cryptographically_valid,
            coverage=facts.coverage.coverage,
            modified_after=facts.modified_after,
            technically_valid=is_technically_valid(facts, file_reasons=self._file_reasons()),
            trusted=facts.chain.is_trusted,
            signer=describe_signer(facts.certificate, self._chains),
            signed_at=self._signed_at(facts, moment, is_proven=is_proven),
            time_source=TimeSource.TIMESTAMP if is_proven or facts.token is not None else TimeSource.CLAIMED,
            timestamps=self._list_timestamps(facts, stamps),
            signature_policy=next(
                (one.signature_policy_oid for one in facts.signers if one.signature_policy_oid), None
            ),
        )

    def _indicate(
        self, facts: FieldFacts, moment: datetime, *, is_proven: bool
    ) -> tuple[Indication, SubIndication | None]:
        failure = failure_of(facts, file_reasons=self._file_reasons())
        if failure is not None:
            return failure
        if facts.chain.is_trusted and not all(chain.is_trusted for _, chain in facts.tokens):
            self._reasons.append("TIMESTAMP_NOT_TRUSTED")
        return indicate_trust(facts, moment=moment, is_proven=is_proven)

    def _file_reasons(self) -> list[str]:
        return [reason for reason in self._reasons if reason in FILE_REASONS]

    def _evidence_since(self, history: PdfHistory, facts: FieldFacts, stores: SecurityStores) -> int | None:
        """Give the first revision whose DSS speaks about the signer, None when none does."""
        if facts.certificate is None or not stores.of(history.newest).has_evidence:
            return None
        issuer = self._chains.certificates.issuer_of(facts.certificate)
        if issuer is None or not self._chains.revocation.has_evidence(facts.certificate, issuer):
            return None
        for revision in history.revisions:
            if revision.index >= facts.revision_index and stores.of(revision).has_evidence:
                return revision.index
        return None

    def _signed_at(self, facts: FieldFacts, moment: datetime, *, is_proven: bool) -> datetime | None:
        if facts.token is not None:
            return facts.token.gen_time
        if is_proven:
            return moment
        return claimed_time(facts)

    @staticmethod
    def _list_timestamps(facts: FieldFacts, stamps: list[FieldFacts]) -> tuple[TimestampVerdict, ...]:
        listed = [
            TimestampVerdict("SIGNATURE_TIMESTAMP", token.is_valid, chain.is_trusted, token.gen_time)
            for token, chain in facts.tokens
        ]
        listed += [
            TimestampVerdict("CONTENT_TIMESTAMP", token.is_valid, chain.is_trusted, token.gen_time)
            for token, chain in facts.content_tokens
        ]
        listed += [
            TimestampVerdict("DOCUMENT_TIMESTAMP", not one.reasons, one.chain.is_trusted, one.token.gen_time)
            for one in stamps
            if one.token is not None and facts.token is None and one.revision_index > facts.revision_index
        ]
        return tuple(listed)

    def _note_specimen(self, facts: FieldFacts) -> None:
        certificates = [*facts.chain.path, *([facts.certificate] if facts.certificate else [])]
        if any(one.is_specimen for one in certificates):
            self._warnings.append("SPECIMEN")
        if any(one.is_training for one in certificates):
            self._warnings.append("TRAINING")

    def _verdict(self, entries: list[SignatureVerdict]) -> Verdict:
        verdicts = [_BY_INDICATION[entry.indication] for entry in entries]
        if all(entry.kind is SignatureKind.DOCUMENT_TIMESTAMP for entry in entries):
            # A file that was only time-stamped was signed by nobody.
            self._warnings.append("TIMESTAMPS_ONLY")
        if self._file_reasons():
            verdicts.append(Verdict.INVALID)
        if self._warnings:
            verdicts.append(Verdict.VALID_WITH_WARNING)
        return worst(verdicts)

    def _report(self, entries: list[SignatureVerdict], verdict: Verdict) -> VerificationReport:
        warnings = sorted(set(self._warnings), key=lambda code: (code != "SPECIMEN", code))
        return VerificationReport(
            file=self._file_name,
            sha256_hex=self._digests.up_to(len(self._pdf), "sha256").end().hex(),
            verdict=verdict,
            checked_at=self._at,
            warnings=tuple(warnings),
            reasons=tuple(dict.fromkeys(self._reasons)),
            signatures=tuple(entries),
            differences=self._changes.differences() if self._changes else (),
            holds_until=self._chains.holds_until(),
        )


_BY_INDICATION = {
    Indication.TOTAL_PASSED: Verdict.VALID,
    Indication.INDETERMINATE: Verdict.INDETERMINATE,
    Indication.TOTAL_FAILED: Verdict.INVALID,
}
