"""The holder's own vault: papers, their files and page images, and who looked."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.acts import citizen as acts
from api.documents import DocumentGiven, digest_headers, document_response
from api.routes.cursors import Page
from api.routes.depends import Office, PageNumber, Ulid, VaultReader, etag, reply
from api.routes.vaults_told import fields_told, history_told, record_told
from api.routes.wanted_records import Wanted
from api.schemas.vaults import FieldsTold, HistoryList, RecordList, RecordTold
from guard import Room
from vault import Record, RenditionKind

router = APIRouter(prefix="/v1", tags=["vault"])


@router.get("/records", response_model=RecordList)
def list_records(caller: VaultReader, services: Office, paging: Page, wanted: Wanted) -> Response:
    """List the holder's papers, newest first, all or those wanted; words are looked for in the holder's own index."""
    shown, more = paging.page(
        f"records:{wanted.mark}",
        caller.holder_id,
        read=lambda after, limit: acts.papers(
            services, caller, wanted=wanted.choice, after_record_id=after, limit=limit
        ),
        id_of=lambda paper: paper.record_id,
    )
    return reply(RecordList(items=[record_told(paper) for paper in shown], next_cursor=more))


@router.get("/records/{record_id}", response_model=RecordTold)
def get_record(caller: VaultReader, services: Office, record_id: Ulid) -> Response:
    """Give one paper of the holder."""
    found = acts.record(services, caller, record_id)
    return reply(record_told(found), headers={"ETag": etag(_newest_sha256_hex(found))})


@router.get("/records/{record_id}/fields", response_model=FieldsTold)
def record_fields(caller: VaultReader, services: Office, record_id: Ulid) -> Response:
    """Give the machine-readable twin of a paper; each field says whether anybody confirmed it."""
    return reply(fields_told(*acts.record_fields(services, caller, record_id)))


@router.get("/records/{record_id}/file", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def record_file(caller: VaultReader, services: Office, record_id: Ulid) -> Response:
    """Give the newest signed file, byte for byte as it was sealed; the download stands in the history."""

    def give(room: Room) -> DocumentGiven:
        content = acts.record_pdf(services, caller, record_id, room=room)
        return content, digest_headers(content, name=f"{record_id}.pdf")

    return document_response(services.spool, give)


@router.get(
    "/records/{record_id}/proof", response_class=Response, responses={200: {"content": {"application/json": {}}}}
)
def record_proof(caller: VaultReader, services: Office, record_id: Ulid) -> Response:
    """Give the proof that the public log holds this copy; `vidimus audit verify` and the offline page read it."""
    content = acts.record_proof(services, caller, record_id)
    return Response(content, media_type="application/json", headers=digest_headers(content, name=f"{record_id}.proof"))


@router.get(
    "/records/{record_id}/pages/{number}", response_class=Response, responses={200: {"content": {"image/png": {}}}}
)
def record_page(caller: VaultReader, services: Office, record_id: Ulid, number: PageNumber) -> Response:
    """Give a page of a paper as an image."""
    return Response(acts.record_page(services, caller, record_id, page_index=number - 1), media_type="image/png")


@router.get("/history", response_model=HistoryList)
def read_history(caller: VaultReader, services: Office, paging: Page) -> Response:
    """List who looked, when, why and with what outcome, newest first."""
    shown, more = paging.page(
        "history",
        caller.holder_id,
        read=lambda before, limit: acts.history(services, caller, before_event_id=before, limit=limit),
        id_of=lambda entry: entry.event_id,
    )
    return reply(HistoryList(items=[history_told(entry) for entry in shown], next_cursor=more))


def _newest_sha256_hex(record: Record) -> str:
    return record.newest(RenditionKind.SIGNED_PDF).sha256_hex
