"""The holder's own vault: papers, their files and page images, and who looked."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.acts import citizen as acts
from api.routes.content import digest_headers
from api.routes.depends import (
    Citizen,
    Cursor,
    Limit,
    Office,
    PageNumber,
    Ulid,
    etag,
    page_of,
    read_cursor,
    reply,
    write_cursor,
)
from api.routes.vaults_told import history_told, record_told
from api.schemas.vaults import HistoryList, RecordList, RecordTold
from vault import Record, RenditionKind

router = APIRouter(prefix="/v1", tags=["vault"])


@router.get("/records", response_model=RecordList)
def list_records(caller: Citizen, services: Office, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """List the holder's papers, newest first."""
    papers = acts.papers(services, caller, after_record_id=read_cursor(cursor), limit=limit + 1)
    shown, more = page_of(papers, id_of=lambda paper: paper.record_id, cursor=None, limit=limit)
    return reply(RecordList(items=[record_told(paper) for paper in shown], next_cursor=more))


@router.get("/records/{record_id}", response_model=RecordTold)
def get_record(caller: Citizen, services: Office, record_id: Ulid) -> Response:
    """Give one paper of the holder."""
    found = acts.record(services, caller, record_id)
    return reply(record_told(found), headers={"ETag": etag(_newest_sha256_hex(found))})


@router.get("/records/{record_id}/file", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def record_file(caller: Citizen, services: Office, record_id: Ulid) -> Response:
    """Give the newest signed file, byte for byte as it was sealed; the download stands in the history."""
    content = acts.record_pdf(services, caller, record_id)
    return Response(content, media_type="application/pdf", headers=digest_headers(content, name=f"{record_id}.pdf"))


@router.get(
    "/records/{record_id}/pages/{number}", response_class=Response, responses={200: {"content": {"image/png": {}}}}
)
def record_page(caller: Citizen, services: Office, record_id: Ulid, number: PageNumber) -> Response:
    """Give a page of a paper as an image."""
    return Response(acts.record_page(services, caller, record_id, page_index=number - 1), media_type="image/png")


@router.get("/history", response_model=HistoryList)
def read_history(caller: Citizen, services: Office, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """List who looked, when, why and with what outcome, newest first."""
    entries = acts.history(services, caller, before_event_id=read_cursor(cursor), limit=limit + 1)
    more = write_cursor(entries[limit - 1].event_id) if len(entries) > limit else None
    return reply(HistoryList(items=[history_told(entry) for entry in entries[:limit]], next_cursor=more))


def _newest_sha256_hex(record: Record) -> str:
    return record.newest(RenditionKind.SIGNED_PDF).sha256_hex
