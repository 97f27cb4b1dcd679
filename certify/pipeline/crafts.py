"""What the pipeline asks of the crafts below: one method an arrow of the main job, with the office's fixed choices.

It keeps the choice of level, sandbox, language and service in one place, so that no step can choose another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from certify.rules import ScanRule
from certify.statement import OFFICER_FIELD, SEAL_FIELD
from guard.pool import SandboxPool
from guard.spool import Room
from guard.wire import Payload
from keys.activation import RawSigner
from keys.credentials import Credential
from keys.trust import TrustAnchors
from ocr.codes import read_codes
from ocr.errors import RenderFailed
from ocr.fields import DocumentFields, read_fields
from ocr.intake import OpenedUpload, open_upload, take_scan
from ocr.pages import Pages
from ocr.pages_codec import decode_pages, write_pages
from ocr.pdfa import PdfaDocument, write_pdfa
from ocr.pdfa_check import check_pdfa
from ocr.pdfa_copy import CopyParts, write_copy
from ocr.quality import Quality, QualityPolicy, judge, worst_lines
from ocr.reading import read_pages
from ocr.render import page_crop, page_preview, render_page
from ocr.scan import PageImage
from signing import (
    DEFERRED_LIFETIME,
    DeferredSignature,
    DeferredState,
    HashedPdf,
    Mark,
    PadesLevel,
    SignedPdf,
    SigningServices,
    SignRequest,
    complete_deferred,
    extend_to_lta,
    growing,
    prepare_deferred,
    sign_field,
)
from signing.verify import VerificationReport, verify_in_child

OFFICER_LEVEL: Final = PadesLevel.B_T
SEAL_LEVEL: Final = PadesLevel.B_LTA


@dataclass(frozen=True, slots=True)
class Crafts:
    """The crafts as this office uses them."""

    ocr_sandbox: SandboxPool
    verify_sandbox: SandboxPool
    signing: SigningServices
    trust: Callable[[], TrustAnchors]
    languages: tuple[str, ...]
    scan_rule: Callable[[datetime], ScanRule]
    """What a scan must be, by the instant at which it was handed in."""

    def open_upload(self, upload: Payload, *, declared_type: str | None) -> OpenedUpload:
        """Find out about an upload what needs no pixels."""
        return open_upload(upload, declared_type=declared_type, sandbox=self.ocr_sandbox)

    def read_chunk(
        self,
        opened: OpenedUpload,
        *,
        wanted: range,
        offset: int,
        on_page: Callable[[int, int], None],
        handed_in_at: datetime,
        turns: Sequence[int] = (),
    ) -> Pages:
        """Take some pages of an upload in and read them; `offset` leads to their place in the original.

        They are judged by the rule of the day on which the scan was handed in, however late they are read.

        `turns` are the quarter turns that a person gave each of them, or nothing.
        """
        taken = take_scan(opened, wanted=wanted, sandbox=self.ocr_sandbox)
        given = turns or [0] * len(taken.pages)
        placed = (
            replace(page, page_index=page.page_index + offset, quarter_turns=(page.quarter_turns + added) % 4)
            for page, added in zip(taken.pages, given, strict=True)
        )
        scan = replace(taken, pages=tuple(placed))
        rule = self.scan_rule(handed_in_at)
        policy = QualityPolicy(least_dpi=rule.least_dpi, needs_colour=rule.needs_colour)
        pages = read_pages(scan, sandbox=self.ocr_sandbox, languages=self.languages, policy=policy, on_page=on_page)
        return read_codes(pages, sandbox=self.ocr_sandbox)

    def encode(self, pages: Pages, *, room: Room) -> Payload:
        """Write pages for the blob vault."""
        return room.take(lambda file: write_pages(pages, file))

    def decode(self, stored: Payload, *, with_images: bool) -> Pages:
        """Read pages from the blob vault."""
        return decode_pages(stored, with_images=with_images)

    def judge(self, pages: Pages) -> Quality:
        """Ask the quality gate."""
        return judge(pages)

    def read_fields(self, pages: Pages) -> DocumentFields:
        """Find type, numbers, dates and names by their labels; a person confirms them."""
        return read_fields(pages)

    def write_scan(
        self, pages: Pages, *, images: Iterable[PageImage], title: str, language: str, created_at: datetime, room: Room
    ) -> PdfaDocument:
        """Write the searchable PDF/A of the scan alone, and check that it is one."""
        document = write_pdfa(
            pages,
            title=title,
            language=language,
            created_at=created_at,
            source_sha256_hex=pages.scan.sha256_hex,
            images=images,
            room=room,
        )
        check_pdfa(document.content)
        return document

    def write_copy(self, pages: Pages, *, images: Iterable[PageImage], parts: CopyParts, room: Room) -> PdfaDocument:
        """Write the copy with its statement, bands and empty fields, and check that it is PDF/A."""
        document = write_copy(pages, parts=parts, images=images, room=room)
        check_pdfa(document.content)
        return document

    def check_pdfa(self, pdf: Payload) -> None:
        """Refuse a file that is not PDF/A any more."""
        check_pdfa(pdf)

    def preview(self, pages: Pages, page_index: int, *, max_px: int) -> bytes:
        """Give a page as a JPEG for people."""
        return page_preview(pages, page_index, max_px=max_px, sandbox=self.ocr_sandbox)

    def crop_line(self, pages: Pages, page_index: int, line_index: int, *, max_px: int) -> bytes:
        """Give one of the lines of a page that were read least surely (0: the worst) as a PNG for people.

        Raises:
            RenderFailed: the page has no such line.
        """
        lines = worst_lines(pages.pages[page_index]) if 0 <= page_index < len(pages.pages) else ()
        if not 0 <= line_index < len(lines):
            raise RenderFailed(f"page {page_index + 1} has {len(lines)} lines to show, and no number {line_index + 1}")
        return page_crop(pages, page_index, lines[line_index], max_px=max_px, sandbox=self.ocr_sandbox)

    def render(self, pdf: Payload, page_index: int, *, dpi: int) -> bytes:
        """Give a page of a finished file as a PNG for people."""
        return render_page(pdf, page_index, dpi=dpi, sandbox=self.ocr_sandbox)

    def sign_as_officer(
        self,
        pdf: Payload,
        *,
        mark: Mark,
        reason: str,
        location: str,
        signer: RawSigner,
        signed_at: datetime,
        room: Room,
    ) -> SignedPdf:
        """Put the officer's certification signature into the empty field: only further signing is allowed after."""
        request = _officer_request(mark=mark, reason=reason, location=location, signed_at=signed_at)
        return sign_field(growing(pdf, room=room), request=request, signer=signer, services=self.signing)

    def prepare_for_officer(
        self,
        pdf: Payload,
        *,
        mark: Mark,
        reason: str,
        location: str,
        credential: Credential,
        signed_at: datetime,
        until: datetime,
        room: Room,
    ) -> DeferredSignature:
        """Do all of `sign_as_officer` that comes before a key in the officer's own hands."""
        return prepare_deferred(
            growing(pdf, room=room),
            request=_officer_request(mark=mark, reason=reason, location=location, signed_at=signed_at),
            credential=credential,
            services=self.signing,
            lifetime=min(until - signed_at, DEFERRED_LIFETIME),
        )

    def complete_for_officer(
        self,
        prepared_pdf: bytes | HashedPdf,
        *,
        state: DeferredState,
        signature: bytes,
        credential: Credential,
        at: datetime,
    ) -> SignedPdf:
        """Put the signature that came from the officer's hands into the prepared file."""
        return complete_deferred(
            prepared_pdf, state=state, signature=signature, credential=credential, services=self.signing, at=at
        )

    def seal(
        self,
        pdf: Payload,
        *,
        mark: Mark,
        reason: str,
        location: str,
        signer: RawSigner,
        signed_at: datetime,
        room: Room,
    ) -> SignedPdf:
        """Put the agency's seal into its empty field, with everything that keeps both signatures verifiable."""
        request = SignRequest(
            field=SEAL_FIELD,
            level=SEAL_LEVEL,
            mark=mark,
            reason=reason,
            location=location,
            certify=False,
            signed_at=signed_at,
        )
        return sign_field(growing(pdf, room=room), request=request, signer=signer, services=self.signing)

    def renew(self, pdf: Payload, *, at: datetime, room: Room) -> SignedPdf:
        """Add fresh evidence and an archive time-stamp; earlier bytes are never rewritten."""
        return extend_to_lta(growing(pdf, room=room), services=self.signing, at=at)

    def verify(self, pdf: Payload, *, at: datetime) -> VerificationReport:
        """Ask our own judge."""
        return verify_in_child(pdf, trust=self.trust(), at=at, sandbox=self.verify_sandbox)


def _officer_request(*, mark: Mark, reason: str, location: str, signed_at: datetime) -> SignRequest:
    return SignRequest(
        field=OFFICER_FIELD,
        level=OFFICER_LEVEL,
        mark=mark,
        reason=reason,
        location=location,
        certify=True,
        signed_at=signed_at,
    )
