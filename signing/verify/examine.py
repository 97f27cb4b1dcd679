"""Examine one signature field: what it covers, whether its mathematics hold, what was changed after it."""

from __future__ import annotations

from signing.verify.chain import ChainJudge
from signing.verify.changes import ChangeJudge
from signing.verify.cms import read_cms, verify_signers
from signing.verify.coverage import judge_coverage
from signing.verify.errors import CmsUnreadable, PdfUnreadable
from signing.verify.fields import SignedField, signed_fields
from signing.verify.judgement import FieldFacts
from signing.verify.permissions import broken_permissions, read_permissions
from signing.verify.report import ModifiedAfter
from signing.verify.revisions import PdfHistory
from signing.verify.timestamps import read_token

_SIGNATURE_SUBFILTERS = frozenset({"ETSI.CAdES.detached", "adbe.pkcs7.detached", "adbe.pkcs7.sha1"})


class FieldExaminer:
    """Examines the fields of one file; what it meets goes into the file's pool of certificates."""

    def __init__(self, history: PdfHistory, changes: ChangeJudge, chains: ChainJudge) -> None:
        """Bind the examiner to one file."""
        self._history = history
        self._changes = changes
        self._chains = chains

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
            if facts.signed.subfilter not in _SIGNATURE_SUBFILTERS:
                self._note_odd_subfilter(facts)
            facts.cms = read_cms(facts.signed.contents)
            facts.signers = verify_signers(
                facts.cms,
                content=content,
                hashed_content_allowed="sha1" if facts.signed.subfilter == "adbe.pkcs7.sha1" else None,
            )
        except CmsUnreadable as exc:
            facts.reasons.append(exc.code)
            return
        facts.warnings += ["PADDING_DATA"] if facts.cms.has_padding_data else []
        if len(facts.signers) > 1:
            facts.warnings.append("SEVERAL_SIGNERS")
        for signer in facts.signers:
            facts.reasons += signer.reasons
            facts.reasons += [] if signer.digest_matches else ["HASH_FAILURE"]
            if signer.digest_matches and not signer.signature_matches and not signer.reasons:
                facts.reasons.append("SIG_CRYPTO_FAILURE")
        for der in facts.cms.certificates_der:
            self._chains.certificates.add(der)
        first = facts.signers[0].certificate_der
        facts.certificate = self._chains.certificates.add(first) if first else None

    def _note_odd_subfilter(self, facts: FieldFacts) -> None:
        if facts.signed.subfilter == "adbe.x509.rsa_sha1":
            facts.reasons.append("SUBFILTER_UNSUPPORTED")
        else:
            # A private name over an ordinary detached CMS is odd, not wrong.
            facts.warnings.append("SUBFILTER_UNKNOWN")

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
