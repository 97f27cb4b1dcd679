"""Sign a PDF: prepare what is to be signed, let the key sign it once, complete the file.

Everything that can be refused is refused before the key is used: an activation covers one signature, and half a
signature must never leave this module. The three steps stay apart so that a key in other hands can do the middle one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pyhanko.pdf_utils.generic import pdf_date
from pyhanko.sign.fields import ensure_sig_flags

from keys.activation import RawSigner
from keys.credentials import Credential, check_signing_certificate
from signing.appearance import draw_mark
from signing.cms import check_signature, signed_attributes, signed_data, signed_data_bytes
from signing.evidence import EvidenceCollector
from signing.extend import add_evidence, certificate_end
from signing.fields import (
    SignatureField,
    add_blank_page,
    add_field,
    check_may_sign,
    check_room_for_mark,
    find_empty_field,
    references,
)
from signing.objects import dictionary, entry, name, text
from signing.reading import RevisionWriter, open_revision
from signing.request import SignedPdf, SigningServices, SignRequest
from signing.revision import OpenRevision, write_revision
from signing.source import HashedPdf, hashed

# A certified copy may still be sealed: filling existing signature fields is permitted, nothing else.
CERTIFY_PERMISSION = 2


@dataclass(frozen=True, slots=True)
class NewField:
    """A field to be made for a signature; invisible without a box (left, bottom, right, top).

    With `new_page_pt` a blank page of that size is put behind the last one first; then -1 names it.
    """

    page_index: int = 0
    box_pt: tuple[int, int, int, int] | None = None
    new_page_pt: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class PreparedSignature:
    """A file with room for one signature, and the very bytes that the key has to sign."""

    revision: OpenRevision
    to_be_signed: bytes
    request: SignRequest
    credential: Credential


@dataclass(frozen=True, slots=True)
class FinishedSignature:
    """A signed file where it lies, the time it was stamped, and when its newest time-stamp's certificate ends."""

    file: HashedPdf
    timestamp_at: datetime | None
    renew_before: datetime | None


def sign_field(
    pdf: bytes | HashedPdf, *, request: SignRequest, signer: RawSigner, services: SigningServices
) -> SignedPdf:
    """Sign the existing, empty field that `request` names, at exactly the level it asks for.

    Appends incremental updates; the bytes of `pdf` are the beginning of the answer. A `growing` file grows where it is.

    Raises:
        PdfUnusable, FieldUnusable, MarkUnusable, ServiceNotConfigured: before the key is used.
        CertificateError: expired, not yet valid, not meant for signing, revoked; before the key is used.
        ActivationError: the key was not activated for this.
        TrustServiceError: a service gave no usable answer; nothing was signed that leaves this function.
        SignatureMismatch, SignatureTooLarge, ChainIncomplete: as `signing.errors` says.
    """
    prepared = prepare_signature(pdf, request=request, credential=signer.credential, services=services)
    return complete_signature(prepared, signature=signer.sign(prepared.to_be_signed), services=services)


def sign_new_field(
    pdf: bytes, *, request: SignRequest, signer: RawSigner, services: SigningServices, new_field: NewField
) -> SignedPdf:
    """Sign any PDF in a field made for it, as another office would.

    Raises:
        FieldExists: the file has a field of that name.
        SigningError, KeysError: as `sign_field`.
    """
    prepared = prepare_signature(
        pdf, request=request, credential=signer.credential, services=services, new_field=new_field
    )
    return complete_signature(prepared, signature=signer.sign(prepared.to_be_signed), services=services)


def prepare_signature(
    pdf: bytes | HashedPdf,
    *,
    request: SignRequest,
    credential: Credential,
    services: SigningServices,
    new_field: NewField | None = None,
) -> PreparedSignature:
    """Check everything that can be checked without the key and return what the key has to sign.

    Raises:
        SigningError, KeysError: as `sign_field`.
    """
    return prepare_hashed(
        lambda: hashed(pdf),
        writer=open_revision(pdf),
        request=request,
        credential=credential,
        services=services,
        new_field=new_field,
    )


def prepare_hashed(
    read: Callable[[], HashedPdf],
    *,
    writer: RevisionWriter,
    request: SignRequest,
    credential: Credential,
    services: SigningServices,
    new_field: NewField | None,
) -> PreparedSignature:
    """Do the same for a file in memory or on disk; its bytes are read to be hashed when nothing is refused.

    Raises:
        SigningError, KeysError: as `sign_field`.
    """
    # (0) the clock did not jump: a claimed time, a validity window and a delegation are judged by it
    services.check_clock()
    # (1) the services that the level needs
    if request.level.has_timestamp:
        services.require_timestamps()
    if request.level.has_evidence:
        services.require_revocation()
    # (2) the certificate may sign now
    check_signing_certificate(credential.certificate_der, at=request.signed_at)
    services.check_not_noticed(credential)
    # (3) the file can carry a signature: `open_revision` saw to that
    # (4) the field is there, empty, and no earlier signature forbids it
    if new_field is None:
        field = find_empty_field(writer, request.field)
    else:
        if new_field.new_page_pt is not None:
            add_blank_page(writer, size_pt=new_field.new_page_pt)
        field = add_field(writer, request.field, page_index=new_field.page_index, box_pt=new_field.box_pt)
    check_may_sign(writer, field, certify=request.certify, is_new=new_field is not None)
    # (5) the certificate was not withdrawn, if anyone can be asked
    if services.revocation is not None:
        EvidenceCollector(services.revocation).check_not_revoked(credential)
    revision = _write(read(), writer=writer, field=field, request=request, credential=credential, services=services)
    attributes = signed_attributes(revision.document_sha256, certificate_der=credential.certificate_der)
    return PreparedSignature(revision, attributes, request, credential)


def complete_signature(prepared: PreparedSignature, *, signature: bytes, services: SigningServices) -> SignedPdf:
    """Put the key's answer into the file and bring it to the level that was asked.

    Raises:
        SignatureMismatch: the answer is not the key's signature over `prepared.to_be_signed`.
        SigningError, KeysError: as `sign_field`.
    """
    finished = finish_signature(prepared, signature=signature, services=services)
    return SignedPdf(
        content=finished.file.store.payload,
        sha256_hex=finished.file.sha256_hex,
        level=prepared.request.level,
        field=prepared.request.field,
        timestamp_at=finished.timestamp_at,
        renew_before=finished.renew_before,
    )


def finish_signature(prepared: PreparedSignature, *, signature: bytes, services: SigningServices) -> FinishedSignature:
    """Do the same and leave the file where it is, in memory or on disk.

    Raises:
        SigningError, KeysError: as `complete_signature`.
    """
    request, credential = prepared.request, prepared.credential
    check_signature(signature, to_be_signed=prepared.to_be_signed, credential=credential)
    token = None
    if request.level.has_timestamp:
        imprint = hashlib.sha256(signature).digest()
        token = services.require_timestamps().stamp(imprint, at_sent=request.signed_at)
    contents = signed_data(
        prepared.to_be_signed,
        signature=signature,
        credential=credential,
        timestamp_token=token.der if token else None,
    )
    file = prepared.revision.close(contents)
    newest = token
    if request.level.has_evidence:
        extension = add_evidence(
            file, level=request.level, services=services, at=request.signed_at, issuers_der=credential.chain_der
        )
        file, newest = extension.file, extension.token or token
    return FinishedSignature(
        file,
        timestamp_at=token.gen_time if token else None,
        renew_before=certificate_end(newest) if newest else None,
    )


def _write(
    file: HashedPdf,
    *,
    writer: RevisionWriter,
    field: SignatureField,
    request: SignRequest,
    credential: Credential,
    services: SigningServices,
) -> OpenRevision:
    signature = dictionary(
        {"/Type": "/Sig", "/Filter": "/Adobe.PPKLite", "/SubFilter": "/ETSI.CAdES.detached"}
        | {"/M": pdf_date(request.signed_at)}
        | ({"/Reason": text(request.reason)} if request.reason else {})
        | ({"/Location": text(request.location)} if request.location else {})
    )
    transforms = references(field, certify_permission=CERTIFY_PERMISSION if request.certify else None)
    if transforms is not None:
        signature[name("/Reference")] = transforms
    signature_ref = writer.add_object(signature)
    if request.mark is not None:
        width_pt, height_pt = check_room_for_mark(field)
        mark_ref = draw_mark(
            request.mark,
            writer=writer,
            width_pt=width_pt,
            height_pt=height_pt,
            faces=services.faces,
            rotation=field.rotation,
        )
        field.widget[name("/AP")] = dictionary({"/N": mark_ref})
        writer.update_container(field.widget)
    field.field[name("/V")] = signature_ref
    writer.update_container(field.field)
    ensure_sig_flags(writer)
    if request.certify:
        permissions = entry(writer.root, "/Perms", {})
        writer.root[name("/Perms")] = dictionary({**permissions, "/DocMDP": signature_ref})
        writer.rewrite_root()
    room = signed_data_bytes(credential, timestamp_bytes=services.timestamp_bytes if request.level.has_timestamp else 0)
    return write_revision(writer, base=file, signature=signature, contents_bytes=room)
