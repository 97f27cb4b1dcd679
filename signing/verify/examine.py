"""Examine one signature field: what it covers, whether its mathematics hold, what was changed after it."""

from __future__ import annotations

from signing.verify.algorithms import SignedContent
from signing.verify.chain import ChainJudge
from signing.verify.changes import ChangeJudge
from signing.verify.cms import read_cms, verify_signers
from signing.verify.coverage import judge_coverage
from signing.verify.errors import CmsUnreadable, PdfUnreadable
from signing.verify.fields import SignedField, signed_fields
from signing.verify.hostile import HOSTILE_INPUT_ERRORS
from signing.verify.judgement import FieldFacts
from signing.verify.permissions import broken_permissions, read_permissions
from signing.verify.pkcs1 import SUBFILTER as BARE_SIGNATURE
from signing.verify.pkcs1 import certificates_of, verify_bare_signature
from signing.verify.report import ModifiedAfter
from signing.verify.revisions import PdfHistory
from signing.verify.timestamps import read_token

_SIGNATURE_SUBFILTERS = frozenset({"ETSI.CAdES.detached", "adbe.pkcs7.detached", "adbe.pkcs7.sha1"})


class FieldExaminer:
    """Examines the fields of one file; what it meets goes into the file's pool of certificates."""

    def __init__(
        self,
        history: PdfHistory,
        changes: ChangeJudge,
        chains: ChainJudge,
        *,
        known_certificates_der: tuple[bytes, ...],
    ) -> None:
        """Bind the examiner to one file; a CMS without its signer's certificate may find it among the known ones."""
        self._history = history
        self._changes = changes
        self._chains = chains
        self._known_certificates = known_certificates_der

    def examine(self, signed: SignedField) -> FieldFacts:
        """Work through (4) coverage, (5) mathematics and (6) changes; findings become reason codes."""
        history, newest = self._history, self._history.newest
        byte_range = history.resolve(newest, signed.dictionary.get("ByteRange"))
        facts = FieldFacts(signed, judge_coverage(history, signed, byte_range))
        facts.reasons += facts.coverage.reasons
        self._examine_cms(facts)
        try:
            facts.permissions = read_permissions(history, newest, signed.dictionary)
            self._examine_changes(facts)
        except PdfUnreadable as exc:
            facts.reasons.append(exc.code)
        return facts

    def _examine_cms(self, facts: FieldFacts) -> None:
        content = facts.coverage.signed_bytes
        if content is None:
            return
        try:
            if facts.signed.is_document_timestamp:
                facts.token = read_token(facts.signed.contents, content=content, chains=self._chains)
                facts.certificate = facts.token.certificate
                facts.reasons += facts.token.reasons
                facts.warnings += ["PADDING_DATA"] if facts.token.has_padding_data else []
                return
            self._read_signers(facts, content)
        except CmsUnreadable as exc:
            facts.reasons.append(exc.code)
            return
        except HOSTILE_INPUT_ERRORS:
            # One torn signature must not cost the others their answer.
            facts.reasons.append("CMS_UNREADABLE")
            return
        if len(facts.signers) > 1:
            facts.warnings.append("SEVERAL_SIGNERS")
        for signer in facts.signers:
            facts.reasons += signer.reasons
            facts.reasons += [] if signer.digest_matches else ["HASH_FAILURE"]
            if signer.digest_matches and not signer.signature_matches and not signer.reasons:
                facts.reasons.append("SIG_CRYPTO_FAILURE")
        first = facts.signers[0].certificate_der
        facts.certificate = self._chains.certificates.add(first) if first else None

    def _read_signers(self, facts: FieldFacts, content: SignedContent) -> None:
        subfilter, dictionary = facts.signed.subfilter, facts.signed.dictionary
        if subfilter == BARE_SIGNATURE:
            certificates = certificates_of(self._history.resolve(self._history.newest, dictionary.get("Cert")))
            facts.warnings.append("SUBFILTER_WITHDRAWN")
            facts.signers = (
                verify_bare_signature(facts.signed.contents, content=content, certificates_der=certificates),
            )
        else:
            if subfilter not in _SIGNATURE_SUBFILTERS:
                # A private name over an ordinary detached CMS is odd, not wrong.
                facts.warnings.append("SUBFILTER_UNKNOWN")
            facts.cms = read_cms(facts.signed.contents)
            facts.warnings += ["PADDING_DATA"] if facts.cms.has_padding_data else []
            facts.signers = verify_signers(
                facts.cms,
                content=content,
                hashed_content_allowed="sha1" if subfilter == "adbe.pkcs7.sha1" else None,
                other_certificates_der=self._known_certificates,
            )
            certificates = facts.cms.certificates_der
        for der in certificates:
            self._chains.certificates.add(der)

    def _examine_changes(self, facts: FieldFacts) -> None:
        revision = facts.coverage.revision
        if revision is None:
            return
        then = signed_fields(self._history, revision, self._changes.fields(revision))
        if not any(one.hole == facts.signed.hole and set(facts.signed.names) & set(one.names) for one in then):
            # The dictionary lies in the revision, but no field of that revision held it.
            facts.reasons.append("SIGNATURE_WRAPPED")
        facts.steps = self._changes.changes_since(revision)
        facts.reasons += broken_permissions(facts.permissions, facts.steps)
        level = facts.modified_after
        is_fill_allowed = level is ModifiedAfter.FORM_FILL and (facts.permissions.doc_mdp or 1) >= 2
        if level is ModifiedAfter.FORM_FILL and is_fill_allowed:
            facts.warnings.append("FORM_FILLED_AFTER_SIGNING")
        elif level.rank >= ModifiedAfter.FORM_FILL.rank:
            facts.reasons.append("MODIFIED_AFTER_SIGNING")
        if any(step.adds_visible_field for step in facts.steps):
            facts.warnings.append("VISIBLE_SIGNATURE_ADDED")
