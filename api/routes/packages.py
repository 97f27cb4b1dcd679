"""Packages by copy: the holder takes one along, signs it or approves it; the recipient takes the one that was filed."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi import APIRouter, Response

from api.acts import packages as acts
from api.documents import DocumentGiven, digest_headers, document_response
from api.routes.depends import Office, Recipient, RecipientActing, Sharer, Ulid, VaultReader, reply
from api.routes.packages_told import bytes_sent, marks_told, own_certificate, question_told
from api.schemas.approvals import OptionsTold
from api.schemas.entry import PasskeyEntry
from api.schemas.packages import (
    PackageCertificate,
    PackageMarkList,
    PackageQuestionTold,
    PackageSignature,
)
from api.services import Services
from guard import Room
from signing import CONTAINER_TYPE

router = APIRouter(prefix="/v1", tags=["packages by copy"])
_CONTAINER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CONTAINER_TYPE: {}}}}


@router.get("/submissions/{submission_id}/package", response_class=Response, responses=_CONTAINER)
def get_own_package(caller: Sharer, services: Office, submission_id: Ulid) -> Response:
    """Give the package of one's own dossier by copy (ASiC-E), for a recipient without our software."""
    return package_response(
        services,
        submission_id,
        lambda room: room.take(
            lambda target: acts.write_own_package(services, caller, submission_id, target, room=room)
        ),
    )


@router.get("/submissions/{submission_id}/package/marks", response_model=PackageMarkList)
def list_own_marks(caller: VaultReader, services: Office, submission_id: Ulid) -> Response:
    """Say what stands under the package: the office's seal, a signature by certificate, an approval by passkey."""
    return reply(marks_told(acts.own_marks(services, caller, submission_id)))


@router.post("/submissions/{submission_id}/package/signature-question", response_model=PackageQuestionTold)
def ask_package_signature(caller: Sharer, services: Office, submission_id: Ulid, asked: PackageCertificate) -> Response:
    """Give what the applicant's own key has to sign; the key may be in a file, a token or a card elsewhere."""
    question = acts.ask_signature(services, caller, submission_id, own_certificate(asked))
    return reply(question_told(question))


@router.post("/submissions/{submission_id}/package/signature", response_model=PackageMarkList)
def keep_package_signature(caller: Sharer, services: Office, submission_id: Ulid, asked: PackageSignature) -> Response:
    """Keep the applicant's signature by certificate under form and package; once."""
    marks = acts.keep_signature(
        services,
        caller,
        submission_id,
        own_certificate(asked),
        signature=bytes_sent(asked.signature, "signature"),
        signing_time=asked.signing_time,
    )
    return reply(marks_told(marks))


@router.post("/submissions/{submission_id}/package/passkey-options", response_model=OptionsTold)
def ask_package_approval(caller: Sharer, services: Office, submission_id: Ulid) -> Response:
    """Give what the browser needs to have a passkey approve exactly this package."""
    options, expires_at = acts.ask_approval(services, caller, submission_id)
    return reply(OptionsTold(options=json.loads(options), expires_at=expires_at))


@router.post("/submissions/{submission_id}/package/approval", response_model=PackageMarkList)
def keep_package_approval(caller: Sharer, services: Office, submission_id: Ulid, asked: PasskeyEntry) -> Response:
    """Keep the approval by passkey: shown and packed as what it is, which is no signature by certificate; once."""
    return reply(marks_told(acts.keep_approval(services, caller, submission_id, asked.answer)))


@router.post("/received/{submission_id}/package", response_class=Response, responses=_CONTAINER)
def get_received_package(caller: RecipientActing, services: Office, submission_id: Ulid) -> Response:
    """Give a filed dossier by copy (ASiC-E); each paper in it is a fetch that the holder sees."""
    return package_response(
        services,
        submission_id,
        lambda room: room.take(
            lambda target: acts.write_received_package(services, caller, submission_id, target, room=room)
        ),
    )


@router.get("/received/{submission_id}/package/marks", response_model=PackageMarkList)
def list_received_marks(caller: Recipient, services: Office, submission_id: Ulid) -> Response:
    """Say whether the applicant signed the package by certificate or approved it by passkey."""
    return reply(marks_told(acts.received_marks(services, caller, submission_id)))


def package_response(services: Services, submission_id: str, write: acts.WritePackage) -> Response:
    """Answer with a package as a download."""

    def give(room: Room) -> DocumentGiven:
        content = write(room)
        return content, digest_headers(content, name=f"{submission_id}.asice")

    return document_response(services.spool, give, media_type=CONTAINER_TYPE)
