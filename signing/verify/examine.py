"""Examine one signature field: what it covers, whether its mathematics hold, what was changed after it."""

from __future__ import annotations

from signing.verify.algorithms import SignedContent
from signing.verify.certificates import is_certificate
from signing.verify.chain import ChainJudge
from signing.verify.changes import ChangeJudge
from signing.verify.cms import read_cms, verify_signers
from signing.verify.comparison import StepChange
from signing.verify.coverage import judge_coverage
from signing.verify.errors import CmsUnreadable, PdfUnreadable
from signing.verify.fields import SignedField, signed_fields
from signing.verify.hostile import HOSTILE_INPUT_ERRORS
from signing.verify.judgement import FieldFacts
from signing.verify.permissions import broken_permissions, may_follow, read_permissions
from signing.verify.pkcs1 import SUBFILTER as BARE_SIGNATURE
from signing.verify.pkcs1 import certificates_of, verify_bare_signature
from signing.verify.proof import needs_rendering
from signing.verify.rendering import RenderedComparison
from signing.verify.report import ModifiedAfter
from signing.verify.revisions import PdfHistory, Revision
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
        if first and not is_certificate(first):
            # One parser reads a signer out of it, others refuse: nobody can say who that is.
            facts.reasons.append("NO_SIGNING_CERTIFICATE_FOUND")

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
        doc_mdp = facts.permissions.doc_mdp or self._doc_mdp_of_file(revision)
        for position, step in enumerate(facts.steps, start=revision.index + 1):
            if not may_follow(step, doc_mdp):
                facts.reasons.append("MODIFIED_AFTER_SIGNING")
            elif needs_rendering(step):
                self._examine_appearance(facts, step, self._changes.rendered(position))
            if step.adds_visible_field:
                facts.warnings.append("VISIBLE_SIGNATURE_ADDED")

    def _doc_mdp_of_file(self, revision: Revision) -> int | None:
        """Give what the certification of a file allows, for approvals that were given under it (12.8.2.2)."""
        catalog = self._history.resolve(revision, revision.trailer.get("Root"))
        permissions = self._history.resolve(revision, catalog.get("Perms")) if isinstance(catalog, dict) else None
        certification = permissions.get("DocMDP") if isinstance(permissions, dict) else None
        dictionary = self._history.resolve(revision, certification)
        return read_permissions(self._history, revision, dictionary).doc_mdp if isinstance(dictionary, dict) else None

    @staticmethod
    def _examine_appearance(facts: FieldFacts, step: StepChange, seen: RenderedComparison) -> None:
        if not seen.is_complete:
            facts.reasons.append("APPEARANCE_NOT_COMPARED")
        elif not seen.is_confined:
            facts.reasons.append("APPEARANCE_CHANGED")
        elif step.level is ModifiedAfter.ANNOTATION and seen.covers_ink:
            facts.reasons.append("ANNOTATION_COVERS_CONTENT")
        elif step.level is ModifiedAfter.ANNOTATION:
            facts.warnings.append("ANNOTATED_AFTER_SIGNING")
        elif step.level is ModifiedAfter.FORM_FILL:
            facts.warnings.append("FORM_FILLED_AFTER_SIGNING")
        elif seen.covers_ink:
            facts.warnings.append("SIGNATURE_COVERS_CONTENT")
